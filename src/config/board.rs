//! `[[board]]`: one office each.

use super::colour;
use super::section::Section;
use super::{MAX_BOARDS, contrast_with_white};
use crate::model::{Board, Standing};

/// Used where the file names no colour.
const DEFAULT_COLOUR: u32 = 0x0f_4c_81;

pub fn read(top: &mut Section) -> Option<Vec<Board>> {
    let sections = top.sections("board");
    let there = top.has("board");
    let sections = match sections {
        Some(sections) if !sections.is_empty() => sections,
        None if there => return None,
        _ => {
            top.wrong("board", "no board is named", "add a [[board]] with key, name and feed");
            return None;
        }
    };
    if sections.len() > MAX_BOARDS {
        top.wrong("board", format!("{} boards are named", sections.len()), format!("name at most {MAX_BOARDS}"));
    }
    let mut boards: Vec<Board> = Vec::new();
    let mut whole = true;
    for mut section in sections {
        match one(&mut section, &boards) {
            Some(board) => boards.push(board),
            None => whole = false,
        }
        section.finish();
    }
    whole.then_some(boards)
}

fn one(section: &mut Section, others: &[Board]) -> Option<Board> {
    let key = section.needed("key", "\"dolni-lhota\"");
    let name = section.needed("name", "\"Obec Dolní Lhota\"");
    let feed = section.needed("feed", "\"https://www.example.cz/uredni-deska.json\"");
    let web = section.text("web");
    let ico = section.text("ico");
    let colour = section.text("colour");
    let standing = section.text("standing");
    let phone = section.text("phone");
    let official_at = section.text("official_at");

    if let Some(key) = &key {
        let letters = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !letters || key.len() > 32 {
            let cure = "use up to 32 of the letters a-z, digits and -";
            section.wrong("key", format!("\"{key}\" cannot name a file"), cure);
        }
        if others.iter().any(|other| other.key == *key) {
            section.wrong("key", format!("\"{key}\" names two boards"), "give each board a key of its own");
        }
    }
    for (field, address) in [("feed", &feed), ("web", &web)] {
        if let Some(address) = address
            && !url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        {
            section.wrong(field, format!("\"{address}\" is not an address"), "write it whole, from https:// on");
        }
    }
    if let Some(ico) = &ico
        && !(ico.len() == 8 && ico.bytes().all(|byte| byte.is_ascii_digit()))
    {
        section.wrong("ico", format!("\"{ico}\" is not an IČO"), "write its eight digits, leading zeros included");
    }
    let standing = match standing.as_deref() {
        None | Some("official") => Standing::Official,
        Some("copy") => Standing::Copy,
        Some(other) => {
            section.wrong("standing", format!("\"{other}\" is not known"), "write \"official\" or \"copy\"");
            Standing::Official
        }
    };
    if official_at.is_some() && standing == Standing::Official {
        let cure = "leave it out, or write standing = \"copy\"";
        section.wrong("official_at", "the official board is this one", cure);
    }
    let colour = match colour {
        None => DEFAULT_COLOUR,
        Some(text) => legible(section, &text),
    };
    Some(Board { key: key?, name: name?, standing, feed: feed?, web, ico, colour, phone, official_at })
}

fn legible(section: &Section, text: &str) -> u32 {
    let Some(colour) = colour::parse(text) else {
        section.wrong("colour", format!("\"{text}\" is not a colour"), "write it as \"#0f4c81\"");
        return DEFAULT_COLOUR;
    };
    let contrast = contrast_with_white(colour);
    if contrast < colour::MIN_CONTRAST {
        let found = format!("white letters on {text} have a contrast of {contrast:.1}, people need 4.5");
        section.wrong("colour", found, "choose a darker colour");
    }
    colour
}
