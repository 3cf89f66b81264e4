//! A plain text is a document of sheets: in its own encoding, at a readable size, with its columns under one another.

use std::path::Path;

use super::paper::Folder;
use super::{all, cell, ink, kinds, program, render};
use vyveska::model::Media;
use vyveska::pages::{Lens, Limits, PageRange, PagesError, Part, Rendered, Want, WarningKind};

const NOTICE: &str = "Obecní úřad Dolní Lhota\n\nPozvánka na veřejné zasedání: Žižkův sál, Šťastná čtvrť č. 3\n";

fn drawn(bytes: &[u8], width: u32) -> Vec<Rendered> {
    assert!(Media::of(bytes).has_pages(), "{:?}", String::from_utf8_lossy(bytes));
    let folder = Folder::new();
    let (pages, report) = render(&folder.file("document.txt", bytes), &all(width), &Limits::default()).expect("a text");
    assert_eq!(report.page_count as usize, pages.len());
    assert_eq!(kinds(&report), [], "nothing is missing");
    pages
}

/// The first and the last inked column of each line of letters.
fn edges(page: &Rendered) -> Vec<(u32, u32)> {
    let mut lines: Vec<(u32, u32)> = Vec::new();
    let mut within = false;
    for y in 0..page.height {
        let row = cell(page, 0, y, page.width, 1);
        let inked = |ink: &u32| *ink > 100;
        let (Some(first), Some(last)) = (row.iter().position(inked), row.iter().rposition(inked)) else {
            within = false;
            continue;
        };
        match lines.last_mut().filter(|_| within) {
            Some(line) => *line = (line.0.min(first as u32), line.1.max(last as u32)),
            None => lines.push((first as u32, last as u32)),
        }
        within = true;
    }
    lines
}

#[test]
fn a_text_is_the_same_in_every_encoding() {
    let wide = |bytes: fn(u16) -> [u8; 2]| NOTICE.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let old = |encoding: &'static encoding_rs::Encoding| encoding.encode(NOTICE).0.into_owned();
    let encoded = [
        ["\u{feff}", NOTICE].concat().into_bytes(),
        wide(u16::to_le_bytes),
        [vec![0xff, 0xfe], wide(u16::to_le_bytes)].concat(),
        [vec![0xfe, 0xff], wide(u16::to_be_bytes)].concat(),
        old(encoding_rs::WINDOWS_1250),
        old(encoding_rs::ISO_8859_2),
        NOTICE.replace('\n', "\r\n").into_bytes(),
        NOTICE.replace('\n', "\r").into_bytes(),
    ];
    let plain = drawn(NOTICE.as_bytes(), 400);
    assert_eq!(plain[0].text.as_deref(), Some(NOTICE.trim_end()));
    assert_eq!((plain[0].width, plain[0].height), (400, 566), "A4");
    assert_eq!(plain[0].sheet.paper, Some((210, 297)));
    for bytes in encoded {
        assert_eq!(drawn(&bytes, 400), plain, "{:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn paragraphs_are_broken_between_words_within_the_margins() {
    let words: Vec<String> = (1..700).map(|number| format!("slovo{number}")).collect();
    let pages = drawn(format!("{}\n{}", words.join(" "), "W".repeat(300)).as_bytes(), 600);
    assert!(pages.len() > 1);
    let text: Vec<&str> = pages.iter().filter_map(|page| page.text.as_deref()).collect();
    let text = text.join("\n");
    let (read, long): (Vec<&str>, Vec<&str>) = text.split_whitespace().partition(|word| word.starts_with("slovo"));
    assert_eq!(read, words, "every word, whole and in its order");
    assert_eq!(long.concat(), "W".repeat(300), "a word that is too long is broken anywhere");
    for (left, right) in pages.iter().flat_map(edges) {
        assert!(left >= 45 && right <= 555, "{left} {right}");
    }
}

#[test]
fn columns_stay_under_one_another() {
    let row = |name: &str, from: u32, to: u32| format!("{name:<32}{from:>12}{to:>12}   8");
    let by_hand: Vec<String> =
        ["Daňové příjmy", "Nedaňové příjmy", "Kapitálové", "iiiiii"].map(|name| row(name, 1, 23_456_789)).to_vec();
    let pages = drawn(by_hand.join("\n").as_bytes(), 1080);
    let lines = edges(&pages[0]);
    let ends: Vec<u32> = lines.iter().map(|line| line.1).collect();
    assert!(ends.len() == 4 && ends.iter().all(|end| *end == ends[0]), "the last column stands in one line: {lines:?}");

    let values = "Kapitola;\"Příjem; Kč\";Výdaj\n1;20;8\n\"Doprava \"\"II\"\"\";3;8\n";
    let text = drawn(values.as_bytes(), 1080)[0].text.clone().expect("text");
    assert_eq!(text, "Kapitola\tPříjem; Kč Výdaj\n1\t20\t8\nDoprava \"II\" 3\t8");
    let prose = drawn("Dobrý den, zveme vás, přijďte.\nBude hudba, tanec, jídlo.\n".as_bytes(), 1080);
    assert_eq!(prose[0].text.as_deref(), Some("Dobrý den, zveme vás, přijďte.\nBude hudba, tanec, jídlo."));
}

#[test]
fn a_form_feed_turns_the_page_and_a_wide_table_is_set_smaller() {
    let pages = drawn(b"Prvni\x0cDruha\n", 300);
    assert_eq!(pages.iter().map(|page| page.text.as_deref()).collect::<Vec<_>>(), [Some("Prvni"), Some("Druha")]);
    let table = format!("{0}   {0}   {0}\n", "x".repeat(40)).repeat(4);
    assert_eq!(edges(&drawn(table.as_bytes(), 2000)[0]).len(), 4, "126 letters fit into a line");
}

#[test]
fn what_turns_letters_about_has_no_place_on_the_sheet() {
    let pages = drawn("faktura\u{202e}fdp.exe \u{2067}Kč\u{2069}\u{200b}\u{85} 12\n".as_bytes(), 300);
    assert_eq!(pages[0].text.as_deref(), Some("fakturafdp.exe Kč 12"));
    // Further down than anybody looks to tell what a file is.
    let pages = drawn(format!("{}konec\u{7}1\u{0}2\n", "řádek\n".repeat(12_000)).as_bytes(), 100);
    let last = pages.last().and_then(|page| page.text.as_deref());
    assert!(last.is_some_and(|text| text.ends_with("\nkonec12")), "{last:?}");
}

#[test]
fn a_letter_that_the_face_lacks_is_said() {
    let folder = Folder::new();
    let path = folder.file("document.txt", "Vítáme hosty: 歓迎");
    let (_, report) = render(&path, &all(300), &Limits::default()).expect("a text");
    assert_eq!(kinds(&report), [(Some(1), WarningKind::LettersMissing(2))]);
}

#[test]
fn a_text_without_end_costs_only_its_first_sheets() {
    let folder = Folder::new();
    let limits = Limits { pages: 3, document_bytes: 30 << 20, ..Limits::default() };
    let first = |path: &Path| {
        let (pages, report) = render(path, &all(100), &limits).expect("its first sheets");
        assert_eq!(pages.len(), 3);
        assert_eq!(kinds(&report), [(None, WarningKind::PagesLeftOut(3))]);
        report.page_count
    };
    let one_line = first(&folder.file("line.txt", vec![b'x'; 20 << 20]));
    let many_lines = first(&folder.file("lines.txt", b"a\n".repeat(5_000_000)));
    assert!(one_line > 3000 && many_lines > 90_000, "{one_line} {many_lines}");
    let path = folder.file("lines.txt", b"a\n".repeat(200_000));
    let want = Want { pages: PageRange::One(3700), ..all(100) };
    let (pages, _) = render(&path, &want, &Limits::default()).expect("a sheet far behind");
    assert_eq!((pages.len(), pages[0].number), (1, 3700));
    let too_big = render(&folder.file("big.txt", vec![b'x'; 31 << 20]), &all(100), &limits);
    assert!(matches!(too_big, Err(PagesError::TooBig { .. })));
    let zeros = render(&folder.file("zeros.txt", b"text\0\0\0\0".repeat(100)), &all(100), &limits);
    assert!(matches!(zeros, Err(PagesError::Unsupported("not of a kind that can be drawn"))));
}

#[test]
fn a_sheet_can_be_looked_at_closely() {
    let folder = Folder::new();
    let path = folder.file("document.txt", NOTICE);
    let mut lens = Lens::new(program(), &path, 1080, Limits::of_a_lens());
    let part = Part { page: 1, turned: 0, across: 2160, left: 0, top: 0, width: 1024, height: 512 };
    let pixels = lens.part(&part).expect("a part");
    let (wide, _) = render(&path, &all(2160), &Limits::default()).expect("a text");
    let whole: Vec<u32> =
        (0..512).flat_map(|y| (0..1024).map(move |x| (x, y))).map(|(x, y)| ink(&wide[0], x, y)).collect();
    let part: Vec<u32> = pixels.bytes().iter().map(|grey| 255 - u32::from(*grey)).collect();
    assert!(part == whole && part.iter().any(|ink| *ink > 200), "the same letters");
}
