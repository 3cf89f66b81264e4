//! Documents written to do harm: each ends within its time, with a picture or a reason, and harms nothing else.

use std::time::Duration;

use super::paper::{A4, Folder, Paper, font};
use super::{all, render};
use vyveska::clock;
use vyveska::pages::{Limits, PageFault, PageRange, PagesError, Want};

fn survive(name: &str, bytes: Vec<u8>) {
    let folder = Folder::new();
    let path = folder.file("horror.pdf", bytes);
    let limits = Limits { page_time: Duration::from_secs(8), memory: 256 << 20, restarts: 1, ..Limits::default() };
    let began = clock::ticks();
    let result = render(&path, &Want { pages: PageRange::One(1), ..all(300) }, &limits);
    let took = clock::ticks() - began;
    assert!(took < Duration::from_secs(30), "{name} took {took:?}");
    match result {
        Ok((pages, report)) => {
            let fault = report.pages[0].drawn.clone().err();
            assert_eq!(pages.is_empty(), fault.is_some(), "{name}");
            assert!(matches!(fault, None | Some(PageFault::Memory | PageFault::Time)), "{name}: {fault:?}");
        }
        Err(error) => assert!(matches!(error, PagesError::Damaged | PagesError::NoPages), "{name}: {error}"),
    }
}

#[test]
fn marks_without_number() {
    let mut paper = Paper::new();
    let marks = "<< /Subtype /Square /Rect [1 1 9 9] >> ".repeat(200_000);
    paper.page(&format!("{A4} /Annots [{marks}]"), "");
    survive("annotations", paper.bytes());
    // One field, its own parent, again and again.
    let mut paper = Paper::new();
    let own = paper.objects() + 1;
    let field = paper.object(&format!("<< /Subtype /Widget /FT /Tx /V (a) /Parent {own} 0 R /Rect [1 1 90 90] >>"));
    let mut orphan = Paper::new();
    orphan.object(&format!("<< /Subtype /Widget /V (a) /Parent {own} 0 R /Rect [1 1 90 90] >>"));
    orphan.page(&format!("{A4} /Annots [{}]", format!("{own} 0 R ").repeat(2_000)), "");
    survive("a field that is its own parent", orphan.bytes());
    paper.page(&format!("{A4} /Annots [{}]", format!("{field} 0 R ").repeat(100_000)), "");
    survive("one field often", paper.bytes());
}

#[test]
fn trees_in_circles() {
    let mut paper = Paper::new();
    let own = paper.objects() + 1;
    paper.object(&format!("<< /Kids [{}] /Names [(a) {own} 0 R] >>", format!("{own} 0 R ").repeat(10_000)));
    paper.catalog = format!("/Names << /EmbeddedFiles {own} 0 R >> /AF [{own} 0 R]");
    paper.page(A4, "");
    survive("names", paper.bytes());
    // A form that draws itself, a pattern that is painted with itself.
    let mut paper = Paper::new();
    let form = paper.objects() + 1;
    paper.stream(
        &format!("/Subtype /Form /BBox [0 0 600 900] /Resources << /XObject << /X {form} 0 R >> >>"),
        "/X Do ".repeat(50).as_bytes(),
    );
    let pattern = paper.objects() + 1;
    paper.stream(
        &format!(
            "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 5 5] /XStep 5 /YStep 5 \
             /Resources << /Pattern << /P {pattern} 0 R >> >>"
        ),
        b"/Pattern cs /P scn 0 0 5 5 re f",
    );
    let resources = format!("/Resources << /XObject << /X {form} 0 R >> /Pattern << /P {pattern} 0 R >> >>");
    paper.page(&format!("{A4} {resources}"), "/X Do /Pattern cs /P scn 0 0 500 500 re f");
    survive("itself", paper.bytes());
}

#[test]
fn depth_and_breadth() {
    for (name, content) in [
        ("states", "q 0 0 595 842 re W n ".repeat(100_000)),
        ("clips", "q 0 0 m 500 100 l 300 800 l h W n ".repeat(5_000) + "0 0 595 842 re f"),
        ("arrays", "[".repeat(100_000)),
        ("covers", "0 0 595 842 re f ".repeat(50_000)),
        ("corners", format!("0 0 m {} f", "500 800 l 1 1 l ".repeat(200_000))),
        ("pens", "90 w 0 0 m 500 800 300 800 1 1 c S ".repeat(5_000)),
        ("letters", format!("BT /F 9 Tf {} ET", "1 0 0 1 20 20 Tm (abcdefghij) Tj ".repeat(50_000))),
    ] {
        let mut paper = Paper::new();
        let fonts = format!("/Resources << /Font << /F {} >> >>", font("TrueType", "Arial", ""));
        paper.page(&format!("{A4} {fonts}"), &content);
        survive(name, paper.bytes());
    }
}

#[test]
fn a_line_of_nothing_but_spaces() {
    survive("spaces", format!("Slovo\n{}a\n", " ".repeat(1_000_000)).into_bytes());
}

#[test]
fn pictures_larger_than_any_memory() {
    for (filter, bytes) in [
        // A page of 4 billion rows, and a picture header of the same size.
        ("JBIG2Decode", b"\0\0\0\0\x30\0\x01\0\0\0\x13\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0".to_vec()),
        ("JPXDecode", b"\xff\x4f\xff\x51\0\x29\0\0\xff\xff\xff\xf0\xff\xff\xff\xf0\0\0\0\0\0\0\0\0\xff\xff\xff\xf0\xff\xff\xff\xf0\0\0\0\0\0\0\0\0\0\x01\x07\x01\x01".to_vec()),
        ("CCITTFaxDecode", vec![0; 1000]),
        ("FlateDecode", b"x\x9c\x03\0\0\0\0\x01".to_vec()),
    ] {
        let mut paper = Paper::new();
        let picture = paper.stream(
            &format!("/Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /{filter}"),
            &bytes,
        );
        paper.page(&format!("{A4} /Resources << /XObject << /X {picture} 0 R >> >>"), "q 595 0 0 842 0 0 cm /X Do Q");
        survive(filter, paper.bytes());
    }
}
