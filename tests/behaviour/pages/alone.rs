//! A page that is one picture looks as if the engine had drawn it, wherever the picture lies.

use super::paper::{A4, Paper};
use super::{all, draw};
use vyveska::pages::{Pixels, Rendered, Want};

const WIDE: usize = 1400;
const HIGH: usize = 1980;

/// Letters of a kind, larger and darker towards the lower right corner; one or three bytes a pixel.
fn picture(channels: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(WIDE * HIGH * channels);
    for (x, y) in (0..HIGH).flat_map(|y| (0..WIDE).map(move |x| (x, y))) {
        let ink = (x / (9 + x / 200) + y / (14 + y / 200)) % 3 == 0 && x % 97 > 9;
        let level = if ink { 150 - (x * 60 / WIDE + y * 60 / HIGH) as u8 } else { 245 };
        bytes.push(level);
        // A stamp.
        let red = (300..700).contains(&x) && (300..700).contains(&y);
        bytes.extend((1..channels).map(|_| if red { level / 2 } else { level }));
    }
    bytes
}

/// How the page looks when the picture is all there is, and with a dot that nobody sees but the engine.
fn drawn(channels: usize, entries: &str, place: &str) -> [Rendered; 2] {
    let mut paper = Paper::new();
    let space = if channels == 1 { "/DeviceGray" } else { "/DeviceRGB" };
    let dictionary =
        format!("/Subtype /Image /Width {WIDE} /Height {HIGH} /BitsPerComponent 8 /ColorSpace {space} {entries}");
    let image = paper.stream(&dictionary, &picture(channels));
    let page = format!("{A4} /Resources << /XObject << /X {image} 0 R >> >>");
    paper.page(&page, &format!("q {place} cm /X Do Q"));
    paper.page(&page, &format!("q {place} cm /X Do Q 1 g 300 841.9 0.01 0.01 re f"));
    let (pages, _) = draw(&paper, &Want { text: false, ..all(600) });
    <[Rendered; 2]>::try_from(pages).expect("two pages")
}

fn apart([one, other]: &[Rendered; 2]) -> f64 {
    assert_eq!((one.width, one.height), (other.width, other.height));
    assert_eq!(std::mem::discriminant(&one.pixels), std::mem::discriminant(&other.pixels));
    let levels = one.pixels.bytes().iter().zip(other.pixels.bytes()).map(|(a, b)| f64::from(a.abs_diff(*b)));
    levels.sum::<f64>() / one.pixels.bytes().len() as f64
}

#[test]
fn a_picture_alone_looks_as_the_engine_draws_it() {
    for channels in [1, 3] {
        for place in ["595 0 0 842 0 0", "400 0 0 600 100.4 120.7", "595.3 0 0 842.4 -0.2 -0.2"] {
            let pages = drawn(channels, "", place);
            assert_eq!(matches!(pages[0].pixels, Pixels::Grey(_)), channels == 1);
            let apart = apart(&pages);
            assert!(apart < 8.0, "{channels} channels at {place}: {apart} levels apart");
        }
    }
}

/// Upside down, turned, mirrored, cut, inverted, twice: what is not plain is the engine's, to the last pixel.
#[test]
fn whatever_is_not_plain_is_drawn_by_the_engine() {
    for (entries, place) in [
        ("", "0 842 -595 0 595 0"),
        ("", "-595 0 0 842 595 0"),
        ("", "595 0 0 -842 0 842"),
        ("", "590 40 -40 800 20 10"),
        ("", "1200 0 0 1700 0 0"),
        ("/Mask [0 9]", "595 0 0 842 0 0"),
        ("", "100 100 200 200 re W n 595 0 0 842 0 0"),
        ("", "100 0 m 300 600 l 500 100 l W n 595 0 0 842 0 0"),
    ] {
        assert!(apart(&drawn(1, entries, place)) < 0.01, "{entries} {place}");
    }
    let pages = drawn(1, "/Decode [1 0]", "595 0 0 842 0 0");
    assert!(apart(&pages) < 8.0, "inverted");
}
