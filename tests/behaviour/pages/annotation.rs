//! Marks, notes and filled-in fields are drawn where their maker left no picture of them.

use super::paper::{A4, Paper, font};
use super::{all, draw, ink, kinds};
use vyveska::pages::{Pixels, Rendered, Report};

/// One pixel a point.
fn page(annotations: &[&str], catalog: &str) -> (Rendered, Report) {
    let mut paper = Paper::new();
    paper.catalog = catalog.to_owned();
    let fonts = format!("/Resources << /Font << /F {} >> >>", font("TrueType", "Arial", ""));
    let text = "BT /F 12 Tf 100 700 Td (Smlouva) Tj ET";
    paper.page(&format!("{A4} {fonts} /Annots [{}]", annotations.join(" ")), text);
    let (mut pages, report) = draw(&paper, &all(595));
    (pages.remove(0), report)
}

/// How much ink lies in a box given as in a PDF: left, bottom, right, top.
fn weight(page: &Rendered, [left, bottom, right, top]: [u32; 4]) -> u32 {
    (left..right)
        .flat_map(|x| (842 - top..842 - bottom).map(move |y| (x, y)))
        .map(|(x, y)| ink(page, x, y))
        .sum::<u32>()
        / 255
}

fn colour(page: &Rendered, x: u32, y: u32) -> [u8; 3] {
    let at = ((842 - y) * page.width + x) as usize;
    match &page.pixels {
        Pixels::Grey(grey) => [grey[at]; 3],
        Pixels::Rgb(rgb) => [rgb[at * 3], rgb[at * 3 + 1], rgb[at * 3 + 2]],
    }
}

#[test]
fn marks_and_drawings_are_seen() {
    // Each in a row of its own, 40 points high, from 600 down; the last number is where its ink must be.
    let quad = |y: u32| format!("[100 {} 200 {} 100 {y} 200 {y}]", y + 20, y + 20);
    let drawn = [
        (format!("/Subtype /Underline /QuadPoints {} /C [1 0 0]", quad(600)), [100, 600, 200, 604], 40),
        (format!("/Subtype /StrikeOut /QuadPoints {}", quad(560)), [100, 568, 200, 572], 60),
        (format!("/Subtype /Squiggly /QuadPoints {}", quad(520)), [100, 520, 200, 526], 60),
        ("/Subtype /Ink /InkList [[100 480 150 500 200 480]] /BS << /W 3 >>".to_owned(), [100, 480, 200, 502], 200),
        (
            "/Subtype /Line /L [100 450 200 450] /LE [/None /OpenArrow] /Border [0 0 2]".to_owned(),
            [100, 440, 201, 460],
            180,
        ),
        ("/Subtype /Square /IC [0.5] /BS << /W 2 >>".to_owned(), [100, 400, 200, 430], 1200),
        ("/Subtype /Circle /C [0 0 1]".to_owned(), [100, 360, 200, 390], 100),
        ("/Subtype /Polygon /Vertices [100 320 200 320 150 350] /IC [0]".to_owned(), [100, 320, 200, 350], 1200),
        ("/Subtype /PolyLine /Vertices [100 280 200 280 150 310]".to_owned(), [100, 280, 200, 310], 100),
        (
            "/Subtype /FreeText /Contents (Pozor, zmena terminu) /DA (/Helv 10 Tf 0 g)".to_owned(),
            [100, 240, 200, 270],
            100,
        ),
        ("/Subtype /Stamp /Name /Approved".to_owned(), [100, 200, 200, 230], 200),
    ];
    let annotations: Vec<String> = drawn
        .iter()
        .map(|(entries, [left, bottom, right, top], _)| {
            format!("<< /Type /Annot {entries} /Rect [{left} {bottom} {right} {top}] >>")
        })
        .collect();
    let (shown, report) = page(&annotations.iter().map(String::as_str).collect::<Vec<_>>(), "");
    assert_eq!(kinds(&report), []);
    for (entries, area, least) in &drawn {
        let found = weight(&shown, *area);
        assert!(found >= *least, "{entries}: {found}");
    }
    let text = shown.text.as_deref().unwrap_or_default();
    for words in ["Smlouva", "Pozor, zmena", "terminu", "Approved"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    // And nothing of it where it is not to be seen.
    let hidden: Vec<String> = annotations.iter().map(|annotation| annotation.replace("/Type /Annot", "/F 2")).collect();
    let unseen: Vec<String> =
        annotations.iter().map(|annotation| annotation.replace("/Type /Annot", "/F 32")).collect();
    for annotations in [hidden, unseen] {
        let (shown, report) = page(&annotations.iter().map(String::as_str).collect::<Vec<_>>(), "");
        assert_eq!(kinds(&report), []);
        assert_eq!((weight(&shown, [0, 0, 595, 650]), shown.text.as_deref()), (0, Some("Smlouva")));
    }
}

#[test]
fn a_marker_leaves_the_letters_to_be_read() {
    let (bare, _) = page(&[], "");
    let (marked, report) = page(&["<< /Subtype /Highlight /Rect [90 695 160 715] /C [1 1 0] >>"], "");
    assert_eq!(kinds(&report), []);
    assert_eq!(colour(&marked, 92, 710), [255, 255, 0]);
    let dark = |shown: &Rendered| {
        (95..155).flat_map(|x| (695..715).map(move |y| (x, y))).filter(|(x, y)| colour(shown, *x, *y)[0] < 100).count()
    };
    assert!(dark(&marked) > 50 && dark(&marked) == dark(&bare));
    assert_eq!(marked.text, bare.text);
}

#[test]
fn a_picture_of_its_own_is_left_as_it_is() {
    let mut paper = Paper::new();
    let picture = paper.stream("/Type /XObject /Subtype /Form /BBox [0 0 50 50]", b"0 0 1 rg 0 0 50 50 re f");
    let stamp = format!("<< /Subtype /Stamp /Name /Approved /Rect [10 10 60 60] /AP << /N {picture} 0 R >> >>");
    let sign =
        format!("<< /Subtype /Widget /FT /Sig /V << /Type /Sig >> /Rect [110 10 160 60] /AP << /N {picture} 0 R >> >>");
    paper.page(&format!("{A4} /Annots [{stamp} {sign}]"), "");
    let (pages, report) = draw(&paper, &all(595));
    assert_eq!(pages[0].text, None, "{:?}", kinds(&report));
    for x in [12, 35, 58, 112, 135, 158] {
        assert_eq!(colour(&pages[0], x, 35), [0, 0, 255]);
    }
}

#[test]
fn filled_in_fields_show_their_value() {
    let form = "/AcroForm << /NeedAppearances true /DA (/Helv 0 Tf 0 0 1 rg) /Fields [] >>";
    let (shown, report) = page(
        &[
            // In UTF-16; its kind and its value stand in the field above it.
            "<< /Subtype /Widget /Rect [100 600 250 620] /Parent << /FT /Tx /V <FEFF011A007600610020016000690072016F00760061> >> >>",
            "<< /Subtype /Widget /FT /Tx /Ff 4096 /V (prvni radek\\rdruhy radek) /DA (/Helv 9 Tf 0 g) /Rect [100 540 250 590] >>",
            "<< /Subtype /Widget /FT /Tx /V (vpravo) /Q 2 /DA (/Helv 9 Tf 0 g) /Rect [100 500 250 520] >>",
            "<< /Subtype /Widget /FT /Btn /V /Yes /AS /Yes /Rect [100 460 115 475] >>",
            "<< /Subtype /Widget /FT /Btn /V /Yes /AS /Off /Rect [140 460 155 475] >>",
            "<< /Subtype /Widget /FT /Btn /Ff 32768 /AS /Yes /Rect [180 460 195 475] >>",
            "<< /Subtype /Widget /FT /Ch /V (b) /Opt [[(a) (jedna)] [(b) (dve)]] /Rect [100 420 250 440] >>",
            "<< /Subtype /Widget /FT /Tx /V (tajne heslo) /Ff 8192 /Rect [100 380 250 400] >>",
            "<< /Subtype /Widget /FT /Tx /V (na bok) /MK << /R 90 /BG [0.9] /BC [0] >> /Rect [300 400 320 500] >>",
            "<< /Subtype /Widget /FT /Tx /V () /Rect [100 340 250 360] >>",
        ],
        form,
    );
    assert_eq!(kinds(&report), []);
    let text = shown.text.as_deref().unwrap_or_default();
    for words in ["Ěva Šir", "prvni radek\ndruhy radek", "vpravo", "dve", "***********", "na bok"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(!text.contains("tajne"), "{text}");
    assert_eq!(colour(&shown, 317, 497), [230; 3], "its ground");
    let boxes = [([100, 460, 115, 475], 8..80), ([140, 460, 155, 475], 0..1), ([180, 460, 195, 475], 20..80)];
    for (area, expected) in boxes {
        let found = weight(&shown, area);
        assert!(expected.contains(&found), "{area:?}: {found}");
    }
    assert!(weight(&shown, [100, 500, 200, 520]) == 0 && weight(&shown, [215, 500, 250, 520]) > 10, "to the right");
    let blue = (100..250)
        .any(|x| (600..620).any(|y| matches!(colour(&shown, x, y), [red, _, blue] if red < 100 && blue > 200)));
    assert!(blue, "in the colour of the form");
}

#[test]
fn a_turned_page_has_its_marks_in_their_place() {
    let mut paper = Paper::new();
    paper.page(
        "/MediaBox [0 0 200 400] /CropBox [0 100 200 400] /Rotate 90 /Annots [<< /Subtype /Square /IC [0] /Rect [0 100 50 150] >>]",
        "",
    );
    let (pages, _) = draw(&paper, &all(300));
    assert_eq!((pages[0].width, pages[0].height), (300, 200));
    // The lower left corner of the paper is the upper left one of the page.
    assert_eq!((ink(&pages[0], 25, 25), ink(&pages[0], 75, 25), ink(&pages[0], 25, 75)), (255, 0, 0));
}

#[test]
fn senseless_annotations_cost_nothing_but_themselves() {
    let numbers = "99999999999999999999 -99999999999999999999 400000000000 3000000000 0 0 0 0";
    let long = "x ".repeat(30_000);
    let mut annotations: Vec<String> = ["Highlight", "Squiggly", "Ink", "Line", "Square", "Circle", "Polygon", "FreeText", "Stamp", "Text"]
        .iter()
        .map(|kind| {
            format!(
                "<< /Subtype /{kind} /Rect [{numbers}] /QuadPoints [{numbers}] /InkList [[{numbers}] 3 [1]] /L [{numbers}] \
                 /Vertices [{numbers} 4] /C [7 7 7 7 7] /IC [-4] /Contents ({long}) /DA (Tf rg / 0 Tf) /BS << /W -1000000000 >> /Name /SB >>"
            )
        })
        .collect();
    let circle = "<< /Subtype /Widget /FT /Tx /V (a) /Rect [0 0 0 0] >>".to_owned();
    annotations.extend(std::iter::repeat_n(circle, 20_000));
    let (shown, report) = page(&annotations.iter().map(String::as_str).collect::<Vec<_>>(), "");
    assert!(shown.text.is_some_and(|text| text.contains("Smlouva")));
    assert!(report.pages[0].drawn.is_ok());
}
