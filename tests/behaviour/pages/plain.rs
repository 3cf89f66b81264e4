//! A page of letters, lines and pictures looks as if the engine had drawn it.

use super::paper::{A4, Paper, font};
use super::{all, draw, ink};
use vyveska::pages::{Rendered, Want};

/// The page as it is, and with a pattern that it does not use, for which it is left to the engine.
fn drawn(page: &str, content: &str) -> [Rendered; 2] {
    let mut paper = Paper::new();
    let font = paper.object(&font("TrueType", "Arial", ""));
    let mask: Vec<u8> = (0..200 * 100).map(|at| (at % 200) as u8).collect();
    let picture: Vec<u8> = (0..200 * 100 * 3).map(|at| (at * 7 / 600 % 251) as u8).collect();
    let size = "/Subtype /Image /Width 200 /Height 100 /BitsPerComponent 8";
    let mask = paper.stream(&format!("{size} /ColorSpace /DeviceGray"), &mask);
    let whole = paper.stream(&format!("{size} /ColorSpace /DeviceRGB"), &picture);
    let faint = paper.stream(&format!("{size} /ColorSpace /DeviceRGB /SMask {mask} 0 R"), &picture);
    let resources = format!(
        "/Font << /F {font} 0 R >> /XObject << /W {whole} 0 R /T {faint} 0 R >> \
         /ExtGState << /H << /ca 0.5 /CA 0.5 >> /M << /BM /Multiply >> >>"
    );
    paper.page(&format!("{page} /Resources << {resources} >>"), content);
    paper.page(&format!("{page} /Resources << {resources} /Pattern << /P << >> >> >>"), content);
    let (pages, _) = draw(&paper, &Want { text: false, ..all(1080) });
    <[Rendered; 2]>::try_from(pages).expect("two pages")
}

/// What everybody can see: pixels that differ by an eighth.
fn apart([one, other]: &[Rendered; 2]) -> usize {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let places = (0..one.height).flat_map(|y| (0..one.width).map(move |x| (x, y)));
    places.filter(|(x, y)| ink(one, *x, *y).abs_diff(ink(other, *x, *y)) > 32).count()
}

/// Each would be wrong if letters were simply stamped over all the rest.
const ORDER: [(&str, &str); 16] = [
    ("letters alone", "BT /F 12 Tf 50 700 Td (Obec vyhla\\232uje) Tj 0 -20 Td 1 0 0 rg (a zve) Tj ET"),
    ("covered by an area", "BT /F 24 Tf 50 700 Td (Covered later) Tj ET 1 0 0 rg 90 690 60 40 re f"),
    ("covered by a line", "BT /F 24 Tf 50 700 Td (Struck out) Tj ET 0 1 0 RG 4 w 40 708 m 300 709 l S"),
    ("covered by letters", "BT /F 24 Tf 50 700 Td (Under) Tj ET 1 1 0 rg BT /F 60 Tf 50 690 Td (Over) Tj ET"),
    ("covered by a picture", "BT /F 24 Tf 50 700 Td (Under a picture) Tj ET q 100 0 0 50 80 690 cm /W Do Q"),
    ("half covered", "BT /F 24 Tf 50 700 Td (Under a faint one) Tj ET q 100 0 0 50 80 690 cm /T Do Q"),
    ("covered within a clip", "BT /F 24 Tf 50 700 Td (Covered) Tj ET q 80 690 9 40 re W n 0 0 1 rg 0 0 595 842 re f Q"),
    ("cut by a clip", "q 60 705 100 8 re W n BT /F 24 Tf 50 700 Td (Cut above and below) Tj ET Q"),
    ("cut by a shape", "q 50 700 m 150 760 l 250 700 l h W n BT /F 24 Tf 50 710 Td (Cut by a triangle) Tj ET Q"),
    ("cut by letters", "BT 7 Tr /F 60 Tf 50 700 Td (CLIP) Tj ET 0 0 1 rg 0 690 300 40 re f"),
    ("stroked", "BT 1 Tr 2 w /F 60 Tf 50 700 Td (Stroke) Tj 2 Tr 0 -90 Td 1 0 0 rg (Both) Tj ET"),
    ("half transparent", "/H gs BT /F 60 Tf 50 700 Td (Faint) Tj ET 1 0 0 rg 50 690 100 100 re f"),
    ("multiplied", "BT /F 60 Tf 50 700 Td (Below) Tj ET /M gs 1 1 0 rg 50 690 100 100 re f"),
    ("turned", "BT /F 24 Tf 0.8 0.6 -0.6 0.8 100 600 Tm (Turned by some) Tj ET"),
    ("large", "BT /F 400 Tf 20 400 Td (g) Tj ET 1 0 0 rg 0 500 300 20 re f"),
    ("off the sheet", "BT /F 24 Tf -20 -5 Td (From before the lower edge) Tj 560 840 Td (to beyond the upper) Tj ET"),
];

#[test]
fn a_plain_page_looks_as_the_engine_draws_it() {
    for page in [A4, "/MediaBox [0 0 595 842] /CropBox [60 600 400 800]", "/MediaBox [0 0 595 842] /Rotate 90"] {
        for (what, content) in ORDER {
            let pages = drawn(page, content);
            let dark = (0..pages[1].height).flat_map(|y| (0..pages[1].width).map(move |x| (x, y)));
            let dark = dark.filter(|(x, y)| ink(&pages[1], *x, *y) > 64).count();
            assert!(dark > 40 || page != A4, "{what}: nothing is there to be compared");
            let apart = apart(&pages);
            assert!(apart <= 3 + dark / 500, "{what} on {page}: {apart} pixels differ, {dark} are dark");
        }
    }
}
