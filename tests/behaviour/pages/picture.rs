//! Pictures that are scans: set upright where that is certain, looked at closely as they lie, blank sheets told.

use image::{GrayImage, ImageFormat};

use super::paper::Folder;
use super::photo::encoded;
use super::sheet::{PROSE, Scan, fonts, lines, scanned, sheets, turned};
use super::{all, program, render};
use vyveska::pages::{Lens, Limits, Part, Pixels, Rendered};

fn page() -> Scan {
    scanned(&fonts("Arial"), &lines(PROSE[0], 11.0, 80))
}

fn grey((levels, width, height): &Scan) -> GrayImage {
    GrayImage::from_raw(*width as u32, *height as u32, levels.clone()).expect("all its pixels")
}

/// Without compression, eight bits, one strip, 200 dpi (TIFF 6.0).
fn tiff(scans: &[Scan]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (levels, width, height) in scans {
        let strip = file.len() as u32;
        file.extend(levels);
        file.extend(vec![0; file.len() % 2]);
        let resolution = file.len() as u32;
        file.extend([200_u32, 1].iter().flat_map(|number| number.to_le_bytes()));
        let start = (file.len() as u32).to_le_bytes();
        file[link..link + 4].copy_from_slice(&start);
        let (width, height) = (*width as u32, *height as u32);
        let fields = [
            (256_u16, 4_u16, width),
            (257, 4, height),
            (258, 3, 8),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, strip),
            (277, 3, 1),
            (278, 4, height),
            (279, 4, levels.len() as u32),
            (282, 5, resolution),
            (283, 5, resolution),
        ];
        file.extend((fields.len() as u16).to_le_bytes());
        for (tag, kind, value) in fields {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(1_u32.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

fn apart(one: &[u8], other: &[u8]) -> u64 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() / one.len() as u64
}

fn same(one: &Rendered, other: &Rendered) -> bool {
    (one.width, one.height) == (other.width, other.height) && apart(one.pixels.bytes(), other.pixels.bytes()) < 8
}

#[test]
fn a_scan_in_a_picture_is_set_upright() {
    let (folder, page) = (Folder::new(), page());
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let mut upright = None;
        for (quarters, right) in [(0, 0), (1, 3), (2, 2), (3, 1)] {
            let path = folder.file("scan", encoded(grey(&turned(&page, quarters)), format));
            let (pages, report) = render(&path, &all(1080), &Limits::default()).expect("a picture");
            let sheet = sheets(&report)[0];
            assert_eq!((sheet.quarters(), sheet.blank), (right, false), "{format:?} turned by {quarters}");
            let upright = upright.get_or_insert_with(|| pages[0].clone());
            assert!(same(&pages[0], upright), "{format:?} turned by {quarters}");
        }
    }
}

#[test]
fn the_pages_of_a_tiff_are_sheets_like_any_other() {
    let page = page();
    let blank = (vec![250; page.0.len()], page.1, page.2);
    let folder = Folder::new();
    let path = folder.file("scan.tif", tiff(&[page.clone(), blank, turned(&page, 1), turned(&page, 2)]));
    let (pages, report) = render(&path, &all(1080), &Limits::default()).expect("a TIFF");
    let found: Vec<(u8, bool)> = sheets(&report).iter().map(|sheet| (sheet.quarters(), sheet.blank)).collect();
    assert_eq!(found, [(0, false), (0, true), (3, false), (2, false)]);
    assert!(sheets(&report).iter().all(|sheet| sheet.paper == Some((210, 297))), "{report:?}");
    assert!(same(&pages[2], &pages[0]) && same(&pages[3], &pages[0]));
    let path =
        folder.file("empty.png", encoded(GrayImage::from_pixel(1240, 1754, image::Luma([250])), ImageFormat::Png));
    let (_, report) = render(&path, &all(1080), &Limits::default()).expect("a picture");
    assert!(!sheets(&report)[0].blank, "of a single page nothing would be left");
}

#[test]
fn a_scan_is_looked_at_closely_as_it_was_set_upright() {
    let (folder, page) = (Folder::new(), page());
    let lying = turned(&page, 1);
    let documents = [
        (1, folder.file("scan.png", encoded(grey(&lying), ImageFormat::Png))),
        (2, folder.file("scan.tif", tiff(&[page.clone(), lying]))),
    ];
    for (number, path) in documents {
        let mut lens = Lens::new(program(), &path, 1080, Limits::of_a_lens());
        let part =
            Part { page: number, turned: 3, across: page.1 as u32, left: 200, top: 100, width: 1000, height: 600 };
        let Pixels::Grey(seen) = lens.part(&part).expect("a part") else { panic!("black on white") };
        let rows = page.0.chunks_exact(page.1).skip(100).take(600);
        let there: Vec<u8> = rows.flat_map(|row| &row[200..1200]).copied().collect();
        assert!(apart(&seen, &there) < 4, "{}: {}", path.display(), apart(&seen, &there));
        assert!(there.iter().any(|level| *level < 60), "there are letters");
        let beyond = Part { page: 9, ..part };
        assert!(lens.part(&beyond).is_err());
    }
}
