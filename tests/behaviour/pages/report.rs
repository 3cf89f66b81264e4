//! What became of a document is said page by page, to programs and to its clerk.

use std::process::Command;

use serde_json::{Value, json};

use super::paper::{A4, Folder, Paper, font};
use super::{all, draw, program, render};
use vyveska::pages::{Attached, Limits, PageRange, Want};

/// `vyveska check FILE …`: its exit code and what it printed.
fn check(bytes: &[u8], arguments: &[&str]) -> (i32, String) {
    let folder = Folder::new();
    let path = folder.file("document.pdf", bytes);
    let output = Command::new(program().program).arg("check").arg(&path).args(arguments).output().expect("the program");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code().expect("an exit code"), text.replace(path.to_str().expect("a plain path"), "document.pdf"))
}

fn written(text: &str) -> String {
    format!("BT /F 12 Tf 50 700 Td ({text}) Tj ET")
}

fn fonts() -> String {
    format!("/Resources << /Font << /F {} >> >>", font("TrueType", "Arial", ""))
}

#[test]
fn a_sound_document_is_clean() {
    let mut paper = Paper::new();
    paper.page(&format!("/MediaBox [0 0 595.3 841.9] {}", fonts()), &written("Navrh rozpoctu"));
    paper.page(
        &format!("/MediaBox [0 0 595.3 841.9] /Rotate 90 {}", fonts()),
        "BT /F 12 Tf 0 1 -1 0 90 90 Tm (Prilohy) Tj ET",
    );
    let (code, text) = check(&paper.bytes(), &[]);
    let expected = "document.pdf\n  kind      pdf, 2 kB\n  pages     2\n  paper     210 × 297 mm (page 1)\n  \
                    paper     297 × 210 mm (page 2)\n\nNo defects.\n";
    assert_eq!((code, text.as_str()), (0, expected));
    let (code, text) = check(&paper.bytes(), &["--json"]);
    let found: Value = serde_json::from_str(&text).expect("JSON");
    let page = |number, paper: [u32; 2]| json!({"page": number, "text": true, "paper_mm": paper, "turned": 0, "sure": null, "blank": false, "warnings": []});
    assert_eq!((code, &found["v"], &found["usable"], &found["kind"]), (0, &json!(1), &json!(true), &json!("pdf")));
    let pages = [page(1, [210, 297]), page(2, [297, 210])];
    assert_eq!(found["document"], json!({"v": 1, "page_count": 2, "attached": [], "warnings": [], "pages": pages}));
}

#[test]
fn what_is_to_be_mended_is_said_with_its_cure() {
    let mut paper = Paper::new();
    for _ in 0..3 {
        paper.page(A4, "10 10 300 300 re f");
    }
    let annotation = "/Annots [<< /Type /Annot /Subtype /Sound /Rect [10 100 60 120] >>]";
    paper.page(&format!("{A4} {} {annotation}", fonts()), &written("text"));
    let (code, text) = check(&paper.bytes(), &[]);
    assert_eq!(code, 1);
    assert!(text.contains("\n  pages 1–3: no readable text\n    Cure: "), "{text}");
    assert!(text.contains("\n  page 4: 1 annotation(s)"), "{text}");
    assert!(text.ends_with("\n2 defects.\n"), "{text}");
    let (code, text) = check(b"%PDF-1.7 nothing else", &[]);
    assert_eq!((code, text.lines().count()), (2, 2), "{text}");
    let (_, text) = check(b"%PDF-1.7 nothing else", &["--json"]);
    let found: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&found["usable"], found["error"].is_string()), (&json!(false), true));
}

#[test]
fn files_inside_are_named() {
    let mut paper = Paper::new();
    let invoice = paper.stream("/Type /EmbeddedFile /Params << /Size 4321 >>", b"<faktura/>");
    let table = paper.stream("/Type /EmbeddedFile", b"x");
    let drawing = paper.stream("/Type /EmbeddedFile /Params << /Size 7 >>", b"x");
    // A tree of two levels that also names itself; a name in UTF-16; a file that is elsewhere.
    let leaf = paper.object(&format!(
        "<< /Names [(a) << /Type /Filespec /F (old.xml) /UF <FEFF01590065017E0069006D002E0078006D006C> \
         /EF << /F {invoice} 0 R >> >> (b) << /F (jinde.pdf) >> (\\236adost) << /EF << /F {table} 0 R >> >>] >>"
    ));
    let root = paper.objects() + 1;
    paper.object(&format!("<< /Kids [{leaf} 0 R {root} 0 R] >>"));
    paper.catalog = format!("/Names << /EmbeddedFiles {root} 0 R >> /AF [<< /F (znovu) /EF << /F {invoice} 0 R >> >>]");
    let pinned = format!(
        "/Annots [<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS << /F (plan.dwg) /EF << /F {drawing} 0 R >> >> >>]"
    );
    paper.page(&format!("{A4} {} {pinned}", fonts()), &written("text"));
    let (_, report) = draw(&paper, &all(100));
    let file = |name: &str, bytes| Attached { name: name.to_owned(), bytes };
    assert_eq!(report.attached[0], file("řežim.xml", Some(4321)));
    assert_eq!(report.attached[1], file("žadost", None));
    assert_eq!(report.attached[2..], [file("plan.dwg", Some(7))]);
    let (_, text) = check(&paper.bytes(), &[]);
    assert!(text.contains("  inside    řežim.xml (5 kB)\n") && text.contains("  inside    plan.dwg (7 B)\n"), "{text}");
}

#[test]
fn parts_of_a_document_make_one_report() {
    let folder = Folder::new();
    let mut paper = Paper::new();
    for number in 1..=3 {
        paper
            .page(&format!("{A4} {}", fonts()), &if number == 2 { "0 0 9 9 re f".to_owned() } else { written("text") });
    }
    let path = folder.file("three.pdf", paper.bytes());
    let part = |pages| render(&path, &Want { pages, ..all(100) }, &Limits::default()).expect("a sound document").1;
    let (first, rest, whole) =
        (part(PageRange::One(1)), part(PageRange::Between(2, u32::MAX)), part(PageRange::All).to_json());
    let earlier = first.to_json().to_string();
    assert_eq!(rest.to_json_after(&earlier), whole);
    // Done again, and after something that nobody can read.
    assert_eq!(rest.to_json_after(&whole.to_string()), whole);
    for nonsense in ["", "[]", "{\"pages\": 3}", "{"] {
        assert_eq!(rest.to_json_after(nonsense), rest.to_json(), "{nonsense}");
    }
}

#[test]
fn a_folder_of_documents_is_checked_file_by_file() {
    let folder = Folder::new();
    let mut paper = Paper::new();
    paper.page(A4, "");
    folder.file("b.pdf", paper.bytes());
    folder.file("a.txt", "Oznámení");
    folder.file("c.zfo", b"\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0");
    folder.file(".hidden", "nothing");
    let output = Command::new(program().program).arg("check").arg(&folder.0).output().expect("the program");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "the worst of them: {text}");
    let places =
        ["a.txt\n", "kind      text", "b.pdf\n", "kind      pdf", "c.zfo: unusable"].map(|part| text.find(part));
    assert!(places.is_sorted() && places.iter().all(Option::is_some) && !text.contains("hidden"), "{places:?} {text}");
}
