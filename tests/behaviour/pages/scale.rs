//! JPEGs with more pixels than are seen are decoded to scale: they look the same, and an A0 scan fits into the memory.

use image::{DynamicImage, ImageFormat, Rgb};
use vyveska_raster::jpeg::{self, Fault, Picture};

use super::paper::{Folder, Paper};
use super::photo::encoded;
use super::{all, draw, ink, render};
use vyveska::pages::{Limits, PageFault, Pixels, Rendered};

/// The same drawing in the ways in which scanners and cameras write a JPEG.
const FIXTURES: [(&str, &[u8]); 5] = [
    ("sequential 4:2:0, restarts", include_bytes!("../../fixtures/jpeg/sequential-420-restarts.jpg")),
    ("sequential 4:2:2", include_bytes!("../../fixtures/jpeg/sequential-422.jpg")),
    ("progressive 4:2:0", include_bytes!("../../fixtures/jpeg/progressive-420.jpg")),
    ("progressive 4:4:4, restarts", include_bytes!("../../fixtures/jpeg/progressive-444-restarts.jpg")),
    ("progressive grey", include_bytes!("../../fixtures/jpeg/progressive-grey.jpg")),
];
const INKS: &[u8] = include_bytes!("../../fixtures/jpeg/cmyk.jpg");
const MEMORY: usize = 64 << 20;

/// Mean difference of two pictures, 0 to 255.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

/// Each pixel the mean of those it stands for.
fn mean(whole: &DynamicImage, by: u32, channels: usize) -> Picture {
    let (width, height) = (whole.width().div_ceil(by), whole.height().div_ceil(by));
    let rgb = whole.to_rgb8();
    let mut pixels = Vec::new();
    for at in 0..width * height {
        let (left, top) = (at % width * by, at / width * by);
        let (right, bottom) = ((left + by).min(whole.width()), (top + by).min(whole.height()));
        for channel in 0..channels {
            let values = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
            let sum: u32 = values.map(|(x, y)| u32::from(rgb.get_pixel(x, y).0[channel])).sum();
            pixels.push((sum / ((right - left) * (bottom - top))) as u8);
        }
    }
    Picture { width, height, channels, pixels }
}

#[test]
fn a_jpeg_decoded_to_scale_is_the_mean_of_the_whole() {
    for (name, bytes) in FIXTURES {
        let whole = image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).expect("a fixture");
        for by in [2, 4, 8] {
            let found = jpeg::reduced(bytes, by, MEMORY).expect(name);
            let wanted = mean(&whole, by, found.channels);
            assert_eq!((found.width, found.height), (wanted.width, wanted.height), "{name}");
            assert_eq!(found.channels, if name.ends_with("grey") { 1 } else { 3 });
            let off = difference(&found.pixels, &wanted.pixels);
            assert!(off < 2.5, "{name} at 1/{by} is off by {off:.2}");
        }
    }
}

#[test]
fn a_damaged_jpeg_is_refused_or_drawn_and_nothing_worse() {
    for (name, bytes) in FIXTURES {
        for cut in (0..bytes.len() - 64).step_by(41) {
            assert_eq!(jpeg::reduced(&bytes[..cut], 4, MEMORY), Err(Fault::Damaged), "{name} cut at {cut}");
        }
        for at in (2..bytes.len()).step_by(3) {
            let mut bad = bytes.to_vec();
            bad[at] ^= 1 << (at % 8);
            if let Ok(picture) = jpeg::reduced(&bad, 8, MEMORY) {
                assert_eq!(picture.pixels.len(), picture.width as usize * picture.height as usize * picture.channels);
            }
        }
    }
    // A size that no memory holds is found out before anything is decoded.
    let mut bomb = FIXTURES[2].1.to_vec();
    let frame = bomb.windows(2).position(|window| window == [0xff, 0xc2]).expect("a progressive frame");
    bomb[frame + 5..frame + 9].fill(0xff);
    assert!(matches!(jpeg::reduced(&bomb, 8, MEMORY), Err(Fault::Memory(needed)) if needed > MEMORY));
}

/// A drawing whose letters and edges would show a mistake.
fn drawing(width: u32, height: u32) -> Vec<u8> {
    let picture = image::ImageBuffer::from_fn(width, height, |x, y| {
        let line = x / 12 % 9 == 0 || (x + y) / 10 % 31 == 0;
        Rgb([if line { 20 } else { (x * 255 / width) as u8 }, if line { 20 } else { 200 }, (y * 255 / height) as u8])
    });
    encoded(picture, ImageFormat::Jpeg)
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).chain(*b">").collect()
}

/// A page with the picture upside down on its right half, and a black square over it.
fn page_with(entries: &str, size: (u32, u32), bytes: &[u8]) -> Paper {
    let mut paper = Paper::new();
    let entries = format!("/Type /XObject /Subtype /Image /Width {} /Height {} {entries}", size.0, size.1);
    let picture = paper.stream(&format!("{entries} /BitsPerComponent 8"), bytes);
    let resources = format!("/MediaBox [0 0 800 600] /Resources << /XObject << /P {picture} 0 R >> >>");
    paper.page(&resources, "q -400 0 0 -600 800 600 cm /P Do Q 500 200 100 100 re f");
    paper
}

fn bytes(page: &Rendered) -> &[u8] {
    let (Pixels::Grey(bytes) | Pixels::Rgb(bytes)) = &page.pixels;
    bytes
}

#[test]
fn a_page_looks_the_same_whether_its_picture_is_decoded_to_scale_or_whole() {
    let rgb = drawing(1800, 1400);
    let inverted = "/ColorSpace /DeviceCMYK /Decode [1 0 1 0 1 0 1 0]";
    for (space, size, jpeg) in
        [("/ColorSpace /DeviceRGB", (1800, 1400), &rgb[..]), ("", (1800, 1400), &rgb), (inverted, (1680, 1288), INKS)]
    {
        // Behind a second filter the picture is left to the engine.
        let whole = page_with(&format!("{space} /Filter [/ASCIIHexDecode /DCTDecode]"), size, &hex(jpeg));
        let scaled = page_with(&format!("{space} /Filter /DCTDecode"), size, jpeg);
        let ((whole, _), (scaled, report)) = (draw(&whole, &all(800)), draw(&scaled, &all(800)));
        assert!(report.pages[0].drawn.is_ok());
        let off = difference(bytes(&whole[0]), bytes(&scaled[0]));
        assert!(off > 0.0, "{space}: the engine decoded both");
        assert!(off < 1.5, "{space}: off by {off:.2}");
        assert_eq!((ink(&scaled[0], 550, 350), ink(&scaled[0], 200, 300)), (255, 0));
    }
}

#[test]
fn a_scan_larger_than_the_memory_is_drawn() {
    let limits = Limits { memory: 100 << 20, ..Limits::default() };
    let (width, height) = (6000, 8000);
    let jpeg = drawing(width, height);
    let folder = Folder::new();
    let pdf = page_with("/ColorSpace /DeviceRGB /Filter /DCTDecode", (width, height), &jpeg).bytes();
    let (pages, report) = render(&folder.file("plan.pdf", pdf), &all(800), &limits).expect("a document");
    assert_eq!(report.pages[0].drawn.as_ref().err(), None);
    assert_eq!(ink(&pages[0], 550, 350), 255);
    let (pages, _) = render(&folder.file("plan.jpg", &jpeg), &all(800), &limits).expect("a document");
    assert_eq!((pages[0].width, pages[0].height), (800, 1067));

    let pdf = page_with("/ColorSpace /DeviceRGB /Filter [/ASCIIHexDecode /DCTDecode]", (width, height), &hex(&jpeg));
    let (_, report) = render(&folder.file("whole.pdf", pdf.bytes()), &all(800), &limits).expect("a document");
    assert_eq!(report.pages[0].drawn, Err(PageFault::Memory), "the limit is no test of anything");
}
