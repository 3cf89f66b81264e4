//! One kind of frame again and again, for `instructions.py`, which counts what [`counted`] takes and all below it.
//!
//! Ours is everything from the touch to the buffer that is scanned out: the event, the canvas, the painting, and the
//! copy of what changed in the last two frames. Slint's own way on a bare display is its painting of the whole screen
//! into that buffer and nothing else, which is less than it takes there.

use std::rc::Rc;
use std::time::Duration;

use slint::platform::software_renderer::{MinimalSoftwareWindow, RenderingRotation, RepaintBufferType};
use slint::platform::{Platform, PlatformError, WindowAdapter, WindowEvent, set_platform};
use vyveska::clock;
use vyveska::config::Rotation;
use vyveska::files::Files;
use vyveska::glass::kms::rotation::turned;
use vyveska::glass::{Hands, Phase, Xrgb, scale_factor};
use vyveska::model::Digest;
use vyveska::nav::Event;
use vyveska::screen::Screen;
use vyveska::screen::pictures::Pictures;

use super::office::{store_pages, view};
use super::scanout::{SIZE, Scanout};
use super::{FRAME, PANEL, open, setting, stage};

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
        "list" => slints_way(times, rotation, Some(Event::List), files, documents),
        "wall" => slints_way(times, rotation, None, files, documents),
        "thrown" => thrown(times, rotation, files, documents),
        "label" => label(times, rotation, files, documents),
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

/// Frames of a list that a finger takes along.
fn thrown(times: usize, rotation: Rotation, files: &Files, documents: &[Digest]) {
    let (mut glass, mut screen) = stage(Pictures::of_files(files.clone()), documents);
    screen.send(Event::List, glass.time());
    let mut scanout = Scanout::new(rotation);
    scanout.draw(&mut glass);
    let at = glass.time();
    glass.touch(0, Phase::Down, 500.0, 1700.0, at);
    for step in 1..=times {
        // 12 pixels a frame, down and up again: a page that is read along.
        let back = (step / 100) % 2 == 1;
        let along = if back { 100 - step % 100 } else { step % 100 };
        let at = glass.time() + FRAME;
        counted(|| {
            glass.touch(0, Phase::Move, 500.0, 1700.0 - along as f32 * 12.0, at);
            screen.settle(at);
            scanout.draw(&mut glass);
        });
    }
}

/// A new minute on the wall's clock.
fn label(times: usize, rotation: Rotation, files: &Files, documents: &[Digest]) {
    let (mut glass, mut screen) = stage(Pictures::of_files(files.clone()), documents);
    let mut scanout = Scanout::new(rotation);
    scanout.draw(&mut glass);
    scanout.draw(&mut glass);
    for minute in 1..=times {
        let now = clock::parse(&format!("2026-03-02T08:{:02}:00+01:00", minute % 60)).expect("a time");
        counted(|| {
            screen.tell_time(now, glass.time());
            scanout.draw(&mut glass);
        });
    }
}

struct Desktop(Rc<MinimalSoftwareWindow>);

impl Platform for Desktop {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.0.clone())
    }

    fn duration_since_start(&self) -> Duration {
        Duration::ZERO
    }
}

/// The same pages under Slint's own window, all of the screen painted each time.
fn slints_way(times: usize, rotation: Rotation, page: Option<Event>, files: &Files, documents: &[Digest]) {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    set_platform(Box::new(Desktop(window.clone()))).expect("no other platform in this process");
    let (hands, pictures) = (Hands::default(), Pictures::of_files(files.clone()));
    let mut screen = Screen::new(&setting(), hands, pictures, view(documents), Duration::ZERO).expect("pages");
    window.set_size(slint::PhysicalSize::new(SIZE.width, SIZE.height));
    let scale_factor = scale_factor(PANEL.width_px, PANEL.width_mm);
    window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor });
    if let Some(page) = page {
        screen.send(page, Duration::ZERO);
    }
    let turn = match rotation {
        Rotation::Upright => RenderingRotation::NoRotation,
        _ => RenderingRotation::Rotate90,
    };
    let mut pixels = vec![Xrgb::default(); (SIZE.width * SIZE.height) as usize];
    let stride = turned(SIZE, rotation).width as usize;
    // The first one lays the pages out.
    for time in 0..=times {
        screen.settle(Duration::ZERO);
        window.request_redraw();
        window.draw_if_needed(|renderer| {
            renderer.set_rendering_rotation(turn);
            let mut paint = || renderer.render(&mut pixels, stride);
            if time == 0 {
                paint()
            } else {
                counted(paint)
            };
        });
    }
}
