//! One kind of frame again and again, for `instructions.py`, which counts what [`counted`] takes and all below it.
//!
//! Ours is everything from the touch to the buffer that is scanned out: the event, the canvas, the painting, and the
//! copy of what changed in the last two frames. Slint's own way on a bare display is its painting of the same frames,
//! all of the screen into that buffer, and nothing else, which is less than it takes there (`slints.rs`).

use std::time::Duration;

use i_slint_core::input::TouchPhase;
use vyveska::clock::{self, Now};
use vyveska::config::Rotation;
use vyveska::files::Files;
use vyveska::glass::Phase;
use vyveska::model::Digest;
use vyveska::nav::Event;
use vyveska::screen::pictures::Pictures;

use super::office::store_pages;
use super::scanout::Scanout;
use super::slints::Slints;
use super::{FRAME, open, stage};

/// What the script counts.
#[inline(never)]
fn counted<R>(work: impl FnOnce() -> R) -> R {
    std::hint::black_box(work())
}

/// `what` is a line of the script's table; false where there is no such line.
pub fn run(what: &str, times: usize, files: &Files, documents: &[Digest]) -> bool {
    let rotation = if what.ends_with("-turned") { Rotation::Quarter } else { Rotation::Upright };
    match what.trim_end_matches("-turned") {
        "tap" => taps(times, files, documents),
        "thrown" => thrown(times, rotation, files, documents),
        "label" => label(times, rotation, files, documents),
        "slints-thrown" => slints_thrown(times, rotation, files, documents),
        "slints-label" => slints_label(times, rotation, files, documents),
        _ => return false,
    }
    true
}

/// Opens documents that nobody has read before, on one thread, so that an instruction is counted wherever it is spent.
fn taps(times: usize, files: &Files, documents: &[Digest]) {
    documents[1..=times].iter().for_each(|document| store_pages(files, document, 2));
    let (mut glass, mut screen) = stage(Pictures::of_files(files.clone()), documents);
    screen.send(Event::List, glass.time());
    glass.draw();
    for number in 1..=times {
        counted(|| open(&mut glass, &mut screen, number));
        screen.send(Event::Start, glass.time());
        glass.draw();
        screen.send(Event::List, glass.time());
        glass.draw();
    }
}

/// Where the finger is that takes a list along: 12 pixels a frame, up and down again, as a page is read.
fn finger(step: usize) -> (f32, f32) {
    let back = (step / 100) % 2 == 1;
    let along = if back { 100 - step % 100 } else { step % 100 };
    (500.0, 1700.0 - along as f32 * 12.0)
}

fn thrown(times: usize, rotation: Rotation, files: &Files, documents: &[Digest]) {
    let (mut glass, mut screen) = stage(Pictures::of_files(files.clone()), documents);
    screen.send(Event::List, glass.time());
    let mut scanout = Scanout::new(rotation);
    scanout.draw(&mut glass);
    let ((x, y), at) = (finger(0), glass.time());
    glass.touch(0, Phase::Down, x, y, at);
    for step in 1..=times {
        let ((x, y), at) = (finger(step), glass.time() + FRAME);
        counted(|| {
            glass.touch(0, Phase::Move, x, y, at);
            screen.settle(at);
            scanout.draw(&mut glass);
        });
    }
}

fn slints_thrown(times: usize, rotation: Rotation, files: &Files, documents: &[Digest]) {
    let mut slints = Slints::new(rotation, files, documents);
    slints.screen.send(Event::List, Duration::ZERO);
    slints.paint();
    let (x, y) = finger(0);
    slints.touch(TouchPhase::Started, x, y);
    for step in 1..=times {
        let (x, y) = finger(step);
        slints.touch(TouchPhase::Moved, x, y);
        counted(|| slints.paint());
    }
}

/// The wall's clock, a minute later each time.
fn minute(step: usize) -> Now {
    clock::parse(&format!("2026-03-02T08:{:02}:00+01:00", step % 60)).expect("a time")
}

fn label(times: usize, rotation: Rotation, files: &Files, documents: &[Digest]) {
    let (mut glass, mut screen) = stage(Pictures::of_files(files.clone()), documents);
    let mut scanout = Scanout::new(rotation);
    scanout.draw(&mut glass);
    scanout.draw(&mut glass);
    for step in 1..=times {
        let now = minute(step);
        counted(|| {
            screen.tell_time(now, glass.time());
            scanout.draw(&mut glass);
        });
    }
}

fn slints_label(times: usize, rotation: Rotation, files: &Files, documents: &[Digest]) {
    let mut slints = Slints::new(rotation, files, documents);
    slints.paint();
    for step in 1..=times {
        slints.screen.tell_time(minute(step), Duration::ZERO);
        counted(|| slints.paint());
    }
}
