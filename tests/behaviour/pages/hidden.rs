//! Text that nobody sees on a page is neither kept nor passed over in silence.

use std::fmt::Write as _;

use super::paper::{A4, Paper, font};
use super::{all, draw};
use vyveska::pages::{Report, WarningKind};

/// The text of a page that draws this, and how many letters were found covered and invisible.
fn said(content: &str) -> (String, u32, u32) {
    said_with("", content, |_| String::new())
}

/// The same with more resources, and more entries of the page.
fn said_with(resources: &str, content: &str, more: impl FnOnce(&mut Paper) -> String) -> (String, u32, u32) {
    let mut paper = Paper::new();
    let more = more(&mut paper);
    let states = "/ExtGState << /Light << /ca 0.4 >> /None << /ca 0 >> /Multiply << /BM /Multiply >> >>";
    let fonts = format!("/Font << /F {} >>", font("TrueType", "Arial", ""));
    paper.page(&format!("{A4} /Resources << {fonts} {states} {resources} >> {more}"), content);
    let (pages, report) = draw(&paper, &all(1080));
    let (covered, invisible) = counts(&report);
    (pages[0].text.clone().unwrap_or_default(), covered, invisible)
}

fn counts(report: &Report) -> (u32, u32) {
    let (mut covered, mut invisible) = (0, 0);
    for warning in &report.warnings {
        match warning.kind {
            WarningKind::TextCovered(count) => covered = count,
            WarningKind::TextInvisible(count) => invisible = count,
            _ => {}
        }
    }
    (covered, invisible)
}

/// Two words on a line of their own: the second begins at 100 and is about 60 points wide.
const NAME: &str =
    "BT /F 14 Tf 1 0 0 1 50 700 Tm (Narozen) Tj 1 0 0 1 150 700 Tm (Novakova) Tj 1 0 0 1 260 700 Tm (Bytem) Tj ET ";

#[test]
fn what_is_under_a_black_box_is_not_kept() {
    let bare = ("Narozen\tNovakova\tBytem".to_owned(), 0, 0);
    assert_eq!(said(NAME), bare);
    let box_over = |paint: &str| said(&format!("{NAME} {paint}"));
    let hidden = ("Narozen\tBytem".to_owned(), 8, 0);
    for (what, paint) in [
        ("a black box", "145 695 75 20 re f"),
        ("a white box", "1 g 145 695 75 20 re f"),
        ("a coloured box with a border", "0.8 0.9 1 rg 145 695 75 20 re B"),
        ("a round box", "150 690 m 140 690 140 720 150 720 c 215 720 l 230 720 230 690 215 690 c h f"),
        ("the stroke of a thick pen", "18 w 145 705 m 220 705 l S"),
        ("a black picture", "q 75 0 0 20 145 695 cm BI /W 1 /H 1 /BPC 8 /CS /G /F /AHx ID 00> EI Q"),
        ("a picture of something else", "q 75 0 0 20 145 695 cm BI /W 8 /H 1 /BPC 1 /CS /G /F /AHx ID AA> EI Q"),
        ("a stencil", "q 75 0 0 20 145 695 cm BI /W 1 /H 1 /IM true /BPC 1 /F /AHx ID 00> EI Q"),
        ("half of it first, then the rest", "145 695 40 20 re f 0.5 g 184 695 40 20 re f"),
    ] {
        assert_eq!(box_over(paint), hidden, "{what}");
    }
    let (text, covered, _) = box_over("145 695 75 20 re f 1 g BT /F 10 Tf 160 700 Td (xxxxxx) Tj ET");
    assert_eq!((text.as_str(), covered), ("Narozen\txxxxxx\tBytem", 8), "the label on the box is seen");
    let annotation = said_with("", NAME, |paper| {
        let picture = paper.stream("/Type /XObject /Subtype /Form /BBox [0 0 75 20]", b"0 0 75 20 re f");
        format!("/Annots [<< /Subtype /Square /Rect [145 695 220 715] /AP << /N {picture} 0 R >> >>]")
    });
    assert_eq!(annotation, hidden, "a box pinned to the page");
    let part = said(&format!("{NAME} 145 695 40 20 re f"));
    assert!(part.0.contains("Narozen") && !part.0.contains("Nov") && (3..=5).contains(&part.1), "{part:?}");
}

#[test]
fn what_is_seen_stays() {
    let whole = ("Narozen\tNovakova\tBytem".to_owned(), 0, 0);
    for (what, before, after) in [
        ("on a dark box", "0 0 0.4 rg 40 695 300 20 re f 1 g", ""),
        ("under a marker", "", "/Multiply gs 1 1 0 rg 145 695 75 20 re f"),
        ("under glass", "", "/Light gs 1 0 0 rg 145 695 75 20 re f"),
        ("in a frame", "", "145 695 75 20 re S"),
        ("struck out", "", "1 w 145 705 m 220 705 l S"),
        ("underlined", "", "145 697 75 1.2 re f"),
        ("beside a box", "", "145 640 75 50 re f"),
        ("beside a clip", "", "q 0 0 100 100 re W n 145 695 75 20 re f Q"),
        ("in a frame of two rectangles", "", "140 690 90 30 re 145 695 75 20 re f*"),
        ("in pale grey", "0.8 g", ""),
        ("with an outline", "2 Tr 1 g", ""),
        ("on a picture", "q 300 0 0 20 40 695 cm BI /W 1 /H 1 /BPC 8 /CS /G /F /AHx ID 40> EI Q 1 1 0 rg", ""),
    ] {
        assert_eq!(said(&format!("{before} {NAME} {after}")), whole, "{what}");
    }
    let again = said(&format!("{NAME} 1 g 40 690 400 30 re f 0 g {NAME}"));
    assert_eq!(again, whole, "covered and written again");
    let stamp = said_with("", &format!("{NAME} q 75 0 0 20 145 695 cm /Stamp Do Q"), |_| String::new());
    assert_eq!(stamp, whole, "there is no such picture");
    let mut paper = Paper::new();
    // Transparent but for its right half.
    let mask =
        paper.stream("/Subtype /Image /Width 2 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray", &[0, 255]);
    let picture = paper.stream(
        &format!("/Subtype /Image /Width 2 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /SMask {mask} 0 R"),
        &[0, 0],
    );
    let entries = format!(
        "{A4} /Resources << /Font << /F {} >> /XObject << /Stamp {picture} 0 R >> >>",
        font("TrueType", "Arial", "")
    );
    paper.page(&entries, &format!("{NAME} q 600 0 0 30 40 690 cm /Stamp Do Q"));
    paper.page(&entries, &format!("{NAME} q 400 0 0 30 -180 690 cm /Stamp Do Q"));
    let (pages, report) = draw(&paper, &all(1080));
    assert_eq!(pages[0].text.as_deref(), Some("Narozen\tNovakova\tBytem"), "it shines through");
    assert_eq!((pages[1].text.as_deref(), counts(&report)), (Some("Bytem"), (15, 0)), "and here it does not");
}

#[test]
fn what_is_painted_for_nobody_is_not_kept() {
    let hidden = ("Narozen\tBytem".to_owned(), 0, 8);
    let frame = "BT /F 14 Tf 1 0 0 1 50 700 Tm (Narozen) Tj 1 0 0 1 260 700 Tm (Bytem) Tj ET";
    let name = "BT /F 14 Tf 1 0 0 1 150 700 Tm (Novakova) Tj ET";
    for (what, paint) in [
        ("white on white", format!("1 g {name}")),
        ("nearly white", format!("0.99 g {name}")),
        ("blue on blue", format!("0 0 0.5 rg 145 695 75 20 re f {name}")),
        ("without a trace of paint", format!("/None gs {name}")),
        ("not painted", format!("3 Tr {name}")),
        ("clipped away", format!("0 0 100 100 re W n {name}")),
        ("clipped by a circle", format!("100 100 m 100 200 200 200 200 100 c h W n {name}")),
        ("beside the page", "BT /F 14 Tf 1 0 0 1 700 700 Tm (Novakova) Tj ET".to_owned()),
        ("above the page", "BT /F 14 Tf 1 0 0 1 150 900 Tm (Novakova) Tj ET".to_owned()),
        ("as small as dust", "BT /F 0.2 Tf 1 0 0 1 150 700 Tm (Novakova) Tj ET".to_owned()),
        (
            "white on a white picture",
            format!("q 75 0 0 20 145 695 cm BI /W 1 /H 1 /BPC 8 /CS /G /F /AHx ID FF> EI Q 1 g {name}"),
        ),
    ] {
        assert_eq!(said(&format!("{frame} q {paint} Q")), hidden, "{what}");
    }
}

/// A scan as large as the page, one pixel a point: bars of ink where words stand, and what else is wanted.
fn scan(words: &[(usize, usize, usize)], boxes: &[(usize, usize, usize)], ink: u8) -> Vec<u8> {
    let mut picture = vec![240_u8; 595 * 842];
    let mut fill = |left: usize, base: usize, width: usize, bars: bool| {
        for y in (842 - base - 12)..(842 - base + 2) {
            for x in left..left + width {
                if !bars || x % 4 < 2 {
                    picture[y * 595 + x] = ink;
                }
            }
        }
    };
    words.iter().for_each(|(left, base, width)| fill(*left, *base, *width, true));
    boxes.iter().for_each(|(left, base, width)| fill(*left, *base, *width, false));
    picture
}

fn scanned(picture: &[u8], content: &str) -> (String, u32, u32) {
    let mut paper = Paper::new();
    let image =
        paper.stream("/Subtype /Image /Width 595 /Height 842 /BitsPerComponent 8 /ColorSpace /DeviceGray", picture);
    let fonts = font("TrueType", "Arial", "");
    paper.page(&format!("{A4} /Resources << /Font << /F {fonts} >> /XObject << /Scan {image} 0 R >> >>"), content);
    let (pages, report) = draw(&paper, &all(1080));
    let (covered, invisible) = counts(&report);
    (pages[0].text.clone().unwrap_or_default(), covered, invisible)
}

#[test]
fn recognised_words_count_where_the_scan_shows_them() {
    const SCAN: &str = "q 595 0 0 842 0 0 cm /Scan Do Q";
    let words = [(50, 700, 55), (150, 700, 65), (260, 700, 45)];
    let all_three = "Narozen\tNovakova\tBytem";
    let clean = scan(&words, &[], 30);
    for (what, content) in [
        ("invisible, over the scan", format!("{SCAN} 3 Tr {NAME}")),
        ("invisible, under the scan", format!("3 Tr {NAME} {SCAN}")),
        ("painted under the scan", format!("{NAME} {SCAN}")),
    ] {
        assert_eq!(scanned(&clean, &content), (all_three.to_owned(), 0, 0), "{what}");
        // The office blackened its scan; what was recognised before is still in the document.
        let black = scan(&[words[0], words[2]], &[(145, 700, 75)], 20);
        assert_eq!(scanned(&black, &content), ("Narozen\tBytem".to_owned(), 8, 0), "{what}, blackened");
        let white = scan(&[words[0], words[2]], &[], 20);
        assert_eq!(scanned(&white, &content), ("Narozen\tBytem".to_owned(), 0, 8), "{what}, erased");
        let over = format!("{content} 145 695 75 20 re f");
        assert_eq!(scanned(&clean, &over), ("Narozen\tBytem".to_owned(), 8, 0), "{what}, with a box over it");
    }
}

#[test]
fn a_page_of_a_thousand_covers_is_not_slow() {
    let mut content = String::new();
    for index in 0..3000 {
        let (x, y) = (index % 50 * 11, index / 50 * 13);
        write!(content, "0.5 g 0 0 595 842 re f 0 g BT /F 9 Tf {x} {y} Td (ab) Tj ET ").expect("a String");
    }
    let (text, covered, invisible) = said(&content);
    // Beyond the work that it is worth only the picture is asked.
    assert!(
        covered > 300 && covered + invisible > 5000,
        "{covered} letters are covered, {invisible} invisible: {text}"
    );
}
