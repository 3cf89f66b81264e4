//! A TIFF is a document of as many pages as it has directories, in every coding that paper is stored in.

use super::paper::Folder;
use super::{all, ink, kinds, render};
use vyveska::files::Media;
use vyveska::pages::{Limits, PageFault, PageRange, Pixels, Rendered, Want, WarningKind};

/// The same drawing nine times: uncompressed, G4 in strips, G3 of one and two dimensions, G3 with fill bits, PackBits,
/// LZW, G4 with the lowest bit first, deflate in tiles; high byte first, zero now black and now white.
const BILEVEL: &[u8] = include_bytes!("../../fixtures/tiff/bilevel.tif");
/// Uncompressed, LZW and deflate with differences, JPEG as RGB and as YCbCr with shared tables, PackBits, deflate in
/// tiles, a palette, JPEG in tiles; low byte first.
const COLOUR: &[u8] = include_bytes!("../../fixtures/tiff/colour.tif");

fn difference(a: &Rendered, b: &Rendered) -> u32 {
    let all = (0..a.height).flat_map(|y| (0..a.width).map(move |x| (x, y)));
    all.map(|(x, y)| ink(a, x, y).abs_diff(ink(b, x, y))).sum::<u32>() / (a.width * a.height)
}

#[test]
fn each_coding_gives_the_same_pages() {
    let folder = Folder::new();
    for (name, bytes, grey) in [("bilevel.tif", BILEVEL, true), ("colour.tif", COLOUR, false)] {
        assert!(Media::of(bytes).has_pages());
        let (pages, report) = render(&folder.file(name, bytes), &all(322), &Limits::default()).expect("a TIFF");
        assert_eq!((report.page_count, pages.len()), (9, 9), "{report:?}");
        for page in &pages {
            assert_eq!((page.width, page.height), (322, 240));
            assert_eq!(matches!(page.pixels, Pixels::Grey(_)), grey, "{name} {}", page.number);
            // The drawing: a filled box, the paper beside it, the box at the lower right corner.
            let (filled, paper, corner) = (ink(page, 80, 60), ink(page, 240, 140), ink(page, 310, 230));
            assert!(filled > 100 && paper < 8 && corner > 100, "{name} {}: {filled} {paper} {corner}", page.number);
            let off = difference(page, &pages[0]);
            assert!(off <= 2, "{name}: page {} differs by {off}", page.number);
        }
        assert!(kinds(&report).contains(&(Some(9), WarningKind::NoReadableText)));
    }
}

#[test]
fn one_page_can_be_had_alone_and_a_bad_one_costs_only_itself() {
    let folder = Folder::new();
    let mut bytes = COLOUR.to_vec();
    // The coding of the third page becomes one that nobody knows.
    let mut place = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
    for page in 0..3 {
        let count = usize::from(u16::from_le_bytes([bytes[place], bytes[place + 1]]));
        let next = place + 2 + count * 12;
        if page == 2 {
            let coding = (0..count).map(|n| place + 2 + n * 12).find(|at| bytes[*at..at + 2] == 259u16.to_le_bytes());
            bytes[coding.expect("a coding") + 8] = 99;
        }
        place = u32::from_le_bytes([bytes[next], bytes[next + 1], bytes[next + 2], bytes[next + 3]]) as usize;
    }
    let path = folder.file("scan.tif", bytes);
    let (pages, report) = render(&path, &all(100), &Limits::default()).expect("a TIFF");
    assert_eq!((pages.len(), report.pages.len()), (8, 9));
    assert_eq!(report.pages[2].drawn, Err(PageFault::Damaged));
    let one = Want { pages: PageRange::One(8), ..all(100) };
    let (pages, _) = render(&path, &one, &Limits::default()).expect("a TIFF");
    assert_eq!(pages.iter().map(|page| page.number).collect::<Vec<_>>(), [8]);
}

/// Whatever is wrong with the file, there are pages or a reason, and nothing waits or dies.
#[test]
fn a_damaged_tiff_does_no_harm() {
    let folder = Folder::new();
    let limits = Limits { memory: 96 << 20, ..Limits::default() };
    for (name, bytes) in [("bilevel.tif", BILEVEL), ("colour.tif", COLOUR)] {
        for step in 0..24 {
            let mut bad = bytes.to_vec();
            let from = bytes.len() * step / 24;
            match step % 3 {
                0 => bad.truncate(from),
                1 => bad[from..].iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55),
                _ => bad[from..].iter_mut().step_by(3).for_each(|byte| *byte = 0xff),
            }
            if let Ok((_, report)) = render(&folder.file(name, bad), &all(64), &limits) {
                for page in &report.pages {
                    let fault = page.drawn.as_ref().err();
                    let crashed = matches!(fault, Some(PageFault::Crashed(_) | PageFault::Time | PageFault::GivenUp));
                    assert!(!crashed, "{name}, {step}: {page:?}");
                }
            }
        }
    }
}
