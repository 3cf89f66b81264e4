//! A lens: a warm child that answers with parts of pages, and whatever happens to it.

use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use vyveska::pages::{Lens, LensError, Limits, MAX_PART, PageFault, PageRange, PagesError, Part, Pixels, Want};

use super::paper::{A4, Folder, Paper};
use super::program;

fn lens(document: &Path, limits: Limits) -> Lens {
    Lens::new(program(), document, 400, limits)
}

fn grey(pixels: Pixels) -> Vec<u8> {
    match pixels {
        Pixels::Grey(bytes) => bytes,
        Pixels::Rgb(_) => panic!("nothing on it has a colour"),
    }
}

/// Lines and corners, turned as a scanner may leave them.
fn paper(entries: &str) -> Paper {
    let mut paper = Paper::new();
    paper.page(&format!("{A4} {entries}"), "100 500 200 150 re f 3 w 20 20 m 500 800 l S 0.5 w 0 421 m 595 421 l S");
    paper
}

#[test]
fn parts_are_what_the_whole_page_would_show() {
    let folder = Folder::new();
    for turn in ["", "/Rotate 90", "/Rotate 180"] {
        let path = folder.file("page.pdf", paper(turn).bytes());
        let want = Want { pages: PageRange::One(1), width: 1600, text: false };
        let mut whole = None;
        let each = |page| {
            whole = Some(page);
            std::ops::ControlFlow::Continue(())
        };
        program().render(&path, &want, &Limits::default(), each).expect("it is drawn");
        let whole = whole.expect("a page");
        let page = grey(whole.pixels);
        let mut lens = lens(&path, Limits::of_a_lens());
        for (left, top, width, height) in [(0, 0, 512, 512), (512, 512, 512, 400), (1536, 1024, 64, 90)] {
            let part = Part { page: 1, turned: 0, across: 1600, left, top, width, height };
            let bytes = grey(lens.part(&part).expect("it is drawn"));
            for (at, value) in bytes.iter().enumerate() {
                let (x, y) = (left as usize + at % width as usize, top as usize + at / width as usize);
                let there = page[y * 1600 + x];
                assert!(there.abs_diff(*value) <= 3, "{turn}: {value} and not {there} at {x}, {y}");
            }
        }
    }
}

#[test]
fn a_photograph_is_looked_at_with_all_its_pixels() {
    let folder = Folder::new();
    let path = folder.0.join("photo.png");
    let colours = |x: u32, y: u32| image::Rgb([(x / 4) as u8, (y / 3) as u8, ((x + y) / 6) as u8]);
    image::RgbImage::from_fn(900, 600, colours).save(&path).expect("a picture is written");
    let mut lens = lens(&path, Limits::of_a_lens());
    let part = |left, top| Part { page: 1, turned: 0, across: 900, left, top, width: 300, height: 300 };
    let decoded = image::open(&path).expect("a picture").into_rgb8();
    for (left, top) in [(0, 0), (600, 300)] {
        let pixels = lens.part(&part(left, top)).expect("it is drawn");
        let channels = pixels.channels();
        for (at, pixel) in pixels.bytes().chunks_exact(channels).enumerate() {
            let there = decoded.get_pixel(left + at as u32 % 300, top + at as u32 / 300);
            assert!(there.0[0].abs_diff(pixel[0]) <= 1 && there.0[2].abs_diff(pixel[channels - 1]) <= 1);
        }
    }
    assert!(matches!(lens.part(&Part { page: 2, ..part(0, 0) }), Err(LensError::Fault(PageFault::Damaged))));
}

#[test]
fn the_child_stays_warm_and_goes_with_its_lens() {
    let folder = Folder::new();
    let path = folder.file("page.pdf", paper("").bytes());
    let mut lens = lens(&path, Limits::of_a_lens());
    assert_eq!(lens.child(), None, "nothing is started before it is needed");
    let part = Part { page: 1, turned: 0, across: 1200, left: 0, top: 0, width: 512, height: 512 };
    lens.part(&part).expect("it is drawn");
    let child = lens.child().expect("a warm child");
    lens.part(&Part { left: 512, ..part }).expect("it is drawn");
    assert!(matches!(lens.part(&Part { page: 9, ..part }), Err(LensError::Fault(_))), "there is no such page");
    assert_eq!(lens.child(), Some(child), "one child for all of them");
    let there = format!("/proc/{child}");
    assert!(Path::new(&there).exists());
    drop(lens);
    assert!(!Path::new(&there).exists(), "it is gone");
}

#[test]
fn a_child_that_dies_is_replaced_so_many_times() {
    let folder = Folder::new();
    let path = folder.file("page.pdf", paper("").bytes());
    let mut lens = lens(&path, Limits { restarts: 2, ..Limits::of_a_lens() });
    let part = Part { page: 1, turned: 0, across: 1200, left: 0, top: 0, width: 512, height: 512 };
    for _ in 0..3 {
        lens.part(&part).expect("it is drawn");
        let child = lens.child().expect("a warm child");
        let pid = Pid::from_raw(child as i32).expect("a process");
        kill_process(pid, Signal::KILL).expect("it runs");
        assert!(lens.part(&part).is_err());
    }
    assert!(matches!(lens.part(&part), Err(LensError::GivenUp(3))));
}

#[test]
fn nothing_is_waited_for_without_end_and_nothing_senseless_is_asked() {
    let folder = Folder::new();
    let path = folder.file("page.pdf", paper("").bytes());
    let part = Part { page: 1, turned: 0, across: 1200, left: 0, top: 0, width: 512, height: 512 };
    let mut slow = lens(&path, Limits { page_time: Duration::ZERO, ..Limits::of_a_lens() });
    assert!(slow.part(&part).is_err());
    let mut sound = lens(&path, Limits::of_a_lens());
    for wrong in [Part { width: MAX_PART + 1, ..part }, Part { left: 1000, ..part }, Part { page: 0, ..part }] {
        assert!(matches!(sound.part(&wrong), Err(LensError::Part(_))), "{wrong:?}");
    }
    assert_eq!(sound.child(), None);
    let garbage = folder.file("garbage.pdf", b"%PDF-1.4 and nothing else");
    let mut hopeless = lens(&garbage, Limits::of_a_lens());
    assert!(matches!(hopeless.part(&part), Err(LensError::Document(PagesError::Damaged))));
    assert!(matches!(hopeless.part(&part), Err(LensError::GivenUp(1))), "it is not tried again");
}
