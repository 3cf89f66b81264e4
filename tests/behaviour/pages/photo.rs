//! JPEG and PNG documents come out upright, on white, in the panel's width.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Luma, LumaA, Rgb};

use super::paper::Folder;
use super::{all, ink, kinds, render};
use vyveska::pages::{Limits, PageFault, Pixels, WarningKind};

/// The EXIF block that says how to hold the picture.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.push(orientation);
    block.extend_from_slice(&[0; 6]);
    block
}

pub fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).expect("an encoder that works");
    bytes.into_inner()
}

#[test]
fn a_photograph_is_held_as_its_camera_was() {
    // As stored: 160 × 80, black in the upper left quarter.
    let stored = image::ImageBuffer::from_fn(160, 80, |x, y| Luma([if x < 80 && y < 40 { 0_u8 } else { 255 }]));
    let plain = encoded(stored, ImageFormat::Jpeg);
    let folder = Folder::new();
    // Where the black quarter is once the picture is held right: left or right, upper or lower.
    let corners = [(1, 0, 0), (2, 1, 0), (3, 1, 1), (4, 0, 1), (5, 0, 0), (6, 1, 0), (7, 1, 1), (8, 0, 1)];
    for (orientation, right, low) in corners {
        let mut bytes = plain[..2].to_vec();
        bytes.extend(exif(orientation));
        bytes.extend_from_slice(&plain[2..]);
        let path = folder.file("photo.jpg", bytes);
        let (pages, report) = render(&path, &all(80), &Limits::default()).expect("a photograph");
        let size = if orientation < 5 { (80, 40) } else { (80, 160) };
        assert_eq!((pages[0].width, pages[0].height), size, "held as {orientation}");
        for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let found = ink(&pages[0], size.0 / 4 + x * size.0 / 2, size.1 / 4 + y * size.1 / 2);
            let dark = (x, y) == (right, low);
            assert!(if dark { found > 240 } else { found < 15 }, "held as {orientation}: {found} at {x}, {y}");
        }
        assert_eq!(kinds(&report), [(Some(1), WarningKind::NoReadableText)]);
    }
}

#[test]
fn transparency_is_white_and_grey_stays_grey() {
    let folder = Folder::new();
    let picture = image::ImageBuffer::from_fn(50, 50, |x, _| LumaA([0_u8, if x < 25 { 255 } else { 0 }]));
    let path = folder.file("stamp.png", encoded(picture, ImageFormat::Png));
    let (pages, _) = render(&path, &all(100), &Limits::default()).expect("a picture");
    assert!(matches!(pages[0].pixels, Pixels::Grey(_)));
    assert_eq!((ink(&pages[0], 20, 50), ink(&pages[0], 80, 50)), (255, 0));

    let picture = image::ImageBuffer::from_fn(64, 20, |x, _| Rgb([x as u16 * 1000, 0, 65_535]));
    let path = folder.file("deep.png", encoded(picture, ImageFormat::Png));
    let (pages, _) = render(&path, &all(64), &Limits::default()).expect("a picture of 16 bits");
    assert!(matches!(&pages[0].pixels, Pixels::Rgb(rgb) if rgb[..3] == [0, 0, 255]));
}

#[test]
fn a_picture_that_does_not_fit_is_refused_before_it_is_decoded() {
    let folder = Folder::new();
    let limits = Limits { memory: 96 << 20, ..Limits::default() };
    // A JPEG is decoded to scale: it is too large where it would be shown as large as it is.
    for (format, width) in [(ImageFormat::Png, 100), (ImageFormat::Jpeg, 4096)] {
        let picture = DynamicImage::new_rgb8(6000, 5000);
        let path = folder.file("poster", encoded(picture, format));
        let (pages, report) = render(&path, &all(width), &limits).expect("a document of one page");
        assert!(pages.is_empty());
        assert_eq!(report.pages[0].drawn, Err(PageFault::Oversized { width: 6000, height: 5000 }));
    }
    // A header that promises more than there is, and more than any memory.
    let mut bomb = encoded(DynamicImage::new_luma8(8, 8), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let (pages, report) = render(&folder.file("bomb.png", bomb), &all(100), &limits).expect("a document of one page");
    assert!(pages.is_empty() && report.pages[0].drawn.is_err());
}

#[test]
fn a_long_strip_is_drawn_smaller_on_white() {
    let folder = Folder::new();
    let path =
        folder.file("strip.png", encoded(DynamicImage::ImageLuma8(image::GrayImage::new(20, 8000)), ImageFormat::Png));
    let limits = Limits { height: 1000, ..Limits::default() };
    let (pages, report) = render(&path, &all(100), &limits).expect("a picture");
    assert_eq!((pages[0].width, pages[0].height), (100, 1000));
    assert_eq!((ink(&pages[0], 50, 500), ink(&pages[0], 40, 500), ink(&pages[0], 60, 500)), (255, 0, 0));
    assert!(kinds(&report).contains(&(Some(1), WarningKind::DrawnSmaller)));
}
