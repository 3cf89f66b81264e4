//! How long a frame takes on the reference panel, 1080 × 1920: the first one, a touched key, the thrown list, a
//! document scrolled through pages that are read from the disk, everything painted anew. Then, as on a panel, with pages
//! unpacked by a worker: the document thrown again, and from the touch on a title to page one with its picture.
//!
//! `cargo bench --profile dev --bench frame` (the profile of development and demo: nothing is compiled twice); with
//! `-- --memory` also what is held after a thousand documents and ten thousand page turns; `-- --count WHAT N` only makes
//! N frames of one kind, for `instructions.py`.

#[cfg(feature = "kms")]
mod count;
mod office;
#[cfg(feature = "kms")]
mod scanout;
#[cfg(feature = "kms")]
mod slints;

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{env, fs};

use vyveska::clock;
use vyveska::config::{Language, Panel};
use vyveska::files::Files;
use vyveska::glass::{Damage, Offscreen, Phase, scale_factor};
use vyveska::model::Digest;
use vyveska::nav::{Event, Patience};
use vyveska::screen::pictures::Pictures;
use vyveska::screen::{Screen, Setting};

use office::{PAGES, store_pages, view};
#[cfg(feature = "kms")]
use scanout::{SIZE, Scanout};

const PANEL: Panel = Panel {
    width_px: 1080,
    height_px: 1920,
    width_mm: 398.0,
    height_mm: 708.0,
    lower_edge_mm: 850.0,
    reading_distance_mm: 600.0,
};
const NOTICES: usize = 150;
/// Lists that are thrown: one must be as light as the other.
const LISTS: [usize; 2] = [20, 2_000];
/// Documents that are opened one after the other; none is remembered.
const OPENED: usize = 100;
const FRAME: Duration = Duration::from_micros(16_667);

fn main() {
    // As the panel does.
    // SAFETY: sets a number of the allocator, before there is a second thread.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 10);
    }
    let folder = env::temp_dir().join(format!("vyveska-frame-{}", std::process::id()));
    let documents: Vec<Digest> = (0..NOTICES).map(|number| Digest::of(&number.to_le_bytes())).collect();
    let files = Files::open(&folder).expect("a folder");
    #[cfg(feature = "kms")]
    if let Some(what) = env::args().skip_while(|argument| argument != "--count").nth(1) {
        let times = env::args().next_back().and_then(|times| times.parse().ok()).expect("--count WHAT TIMES");
        assert!(count::run(&what, times, &files, &documents), "there is nothing called {what} to be counted");
        let _ = fs::remove_dir_all(&folder);
        return;
    }
    store_pages(&files, &documents[0], PAGES);
    documents[1..OPENED].iter().for_each(|document| store_pages(&files, document, 2));

    let start = Instant::now();
    let (mut glass, mut screen) = stage(Pictures::of_files(files.clone()), &documents);
    let made = start.elapsed();
    glass.draw();
    println!("{:<44} {:>9.2} ms", "glass, fonts and pages made", ms(made));
    println!("{:<44} {:>9.2} ms", "first frame", ms(start.elapsed() - made));

    report("a frame in which nothing changed", 1000, || {
        glass.draw();
    });
    let wall = report("the wall painted anew", 40, || anew(&mut glass));
    let mut minute = 0;
    let label = report("a label of the wall changed (the time)", 40, || {
        minute += 1;
        let now = clock::parse(&format!("2026-03-02T08:{minute:02}:00+01:00")).expect("a time");
        screen.tell_time(now, glass.time());
        assert!(!glass.draw().is_empty(), "the time has changed");
    });
    ratio(label, wall);
    screen.send(Event::List, glass.time());
    glass.draw();
    let list = report("the list painted anew", 40, || anew(&mut glass));
    ratio(throws("the list thrown, one frame", 480, &mut glass, &mut screen), list);
    #[cfg(feature = "kms")]
    bare(&mut glass, &mut screen, list);
    let key = screen.view().postings[0].key.clone();
    screen.send(Event::Open(key), glass.time());
    glass.draw();
    let page = report("a page of a document painted anew", 40, || anew(&mut glass));
    ratio(throws("the document thrown, one frame", 480, &mut glass, &mut screen), page);
    for notices in LISTS {
        let listed: Vec<Digest> = documents.iter().copied().cycle().take(notices).collect();
        screen.renew(view(&listed), glass.time());
        screen.send(Event::List, glass.time());
        glass.draw();
        throws(&format!("the list of {notices} thrown, one frame"), 480, &mut glass, &mut screen);
    }
    drop(screen);
    drop(glass);

    let (wake, woken) = channel();
    let pictures = Pictures::behind(files, move || wake.send(()).unwrap_or_default());
    let (mut glass, mut screen) = stage(pictures, &documents);
    glass.draw();
    open(&mut glass, &mut screen, 0);
    ratio(throws("the same with a worker", 480, &mut glass, &mut screen), page);
    let (mut blank, mut ready) = (Vec::new(), Vec::new());
    for number in 1..OPENED {
        screen.send(Event::Start, glass.time());
        glass.draw();
        // Whatever was still being unpacked is done before the finger lifts.
        while woken.recv_timeout(Duration::from_millis(100)).is_ok() {
            screen.settle(glass.time());
        }
        let start = Instant::now();
        open(&mut glass, &mut screen, number);
        blank.push(start.elapsed());
        woken.recv().expect("page one comes");
        screen.settle(glass.time());
        glass.draw();
        ready.push(start.elapsed());
    }
    print("touch to page one, still blank", blank);
    print("touch to page one with its picture", ready);
    if env::args().any(|argument| argument == "--memory") {
        memory(&mut glass, &mut screen, &woken);
    }
    drop(screen);
    let _ = fs::remove_dir_all(&folder);
}

fn stage(pictures: Pictures, documents: &[Digest]) -> (Offscreen, Screen) {
    let scale = scale_factor(PANEL.width_px, PANEL.width_mm);
    let glass = Offscreen::new(PANEL.width_px, PANEL.height_px, scale).expect("a pane of glass");
    let screen = Screen::new(&setting(), glass.hands(), pictures, view(documents), Duration::ZERO).expect("pages");
    (glass, screen)
}

fn setting() -> Setting {
    Setting {
        panel: PANEL,
        patience: Patience { idle: Duration::from_secs(3600), warning: Duration::from_secs(20) },
        languages: vec![Language::Czech],
    }
}

/// What lifting the finger from a title does.
fn open(glass: &mut Offscreen, screen: &mut Screen, number: usize) {
    let id = format!("https://lhota.example/deska/{number}");
    let key = screen.view().postings.iter().find(|posting| posting.key.id == id).expect("it is up").key.clone();
    screen.send(Event::Open(key), glass.time());
    glass.draw();
    screen.settle(glass.time());
    glass.draw();
}

/// Frames of one throw after the other, down and up in turn: a finger takes the page along for nine of them and lifts.
fn throws(what: &str, frames: usize, glass: &mut Offscreen, screen: &mut Screen) -> Duration {
    throws_and(what, frames, glass, screen, |_, _| {})
}

/// The same, and what is done with each frame.
fn throws_and(
    what: &str,
    frames: usize,
    glass: &mut Offscreen,
    screen: &mut Screen,
    mut shown: impl FnMut(&mut Offscreen, Damage),
) -> Duration {
    const LIFTED: u32 = 9;
    let (mut taken, mut throw, mut step) = (Vec::new(), 0, 0);
    while taken.len() < frames {
        let start = Instant::now();
        let at = glass.time() + FRAME;
        let (from, to) = if throw % 4 < 2 { (1400.0, 700.0) } else { (700.0, 1400.0) };
        let y = from + (to - from) * step as f32 / LIFTED as f32;
        match step {
            0 => glass.touch(0, Phase::Down, 500.0, y, at),
            1..LIFTED => glass.touch(0, Phase::Move, 500.0, y, at),
            LIFTED => glass.touch(0, Phase::Up, 500.0, y, at),
            _ => glass.advance(FRAME),
        }
        if screen.wake().is_some_and(|due| due <= at) {
            screen.tick(at);
        }
        screen.settle(at);
        let damage = glass.draw();
        shown(glass, damage);
        taken.push(start.elapsed());
        let runs =
            glass.pane().rest().is_some_and(|rest| rest <= FRAME) || screen.wake().is_some_and(|due| due <= at + FRAME);
        let over = step > LIFTED && !runs || step > 10 * LIFTED;
        (throw, step) = if over { (throw + 1, 0) } else { (throw, step + 1) };
    }
    print(what, taken)
}

/// What a frame costs on a bare display: besides painting, what changed in the last two of them is copied to the buffer
/// that will be shown, and turned on the way. Slint's own way paints all of it into that buffer.
#[cfg(feature = "kms")]
fn bare(glass: &mut Offscreen, screen: &mut Screen, whole: Duration) {
    use vyveska::config::Rotation;
    use vyveska::glass::Rect;
    use vyveska::glass::kms::rotation::{Raw, copy, turned};

    let all = [Rect { x: 0, y: 0, width: SIZE.width, height: SIZE.height }];
    for rotation in Rotation::ALL {
        let turn = rotation.degrees();
        let (mut pixels, stride) =
            (vec![Raw::default(); all[0].area() as usize], turned(SIZE, rotation).width as usize);
        report(&format!("all of it copied, turned by {turn}"), 40, || {
            copy(glass.pane().pixels(), SIZE, &all, rotation, &mut pixels, stride);
        });
        let mut scanout = Scanout::new(rotation);
        let thrown = format!("the list thrown and copied, turned by {turn}");
        ratio(throws_and(&thrown, 240, glass, screen, |glass, damage| scanout.show(glass, damage)), whole);
        lifts(&format!("a lifted finger answered, turned by {turn}"), 60, glass, screen, |glass, damage| {
            scanout.show(glass, damage);
        });
    }
}

/// From the finger that lifts on a notice of the list to the frame in which the glass shows something else.
#[cfg(feature = "kms")]
fn lifts(
    what: &str,
    times: usize,
    glass: &mut Offscreen,
    screen: &mut Screen,
    mut shown: impl FnMut(&mut Offscreen, Damage),
) {
    const HELD: Duration = Duration::from_millis(60);
    let mut taken = Vec::new();
    for _ in 0..times {
        screen.send(Event::Start, glass.time());
        screen.send(Event::List, glass.time());
        screen.settle(glass.time());
        glass.advance(Duration::from_secs(1));
        let at = glass.time() + FRAME;
        glass.touch(0, Phase::Down, 500.0, 900.0, at);
        shown(glass, Damage::default());
        glass.draw();
        let start = Instant::now();
        glass.touch(0, Phase::Up, 500.0, 900.0, at + HELD);
        screen.settle(glass.time());
        let damage = glass.draw();
        assert!(damage.rects().iter().any(|rect| rect.height > 1000), "another page is on the glass");
        shown(glass, damage);
        taken.push(start.elapsed());
    }
    print(what, taken);
    screen.send(Event::Start, glass.time());
    screen.send(Event::List, glass.time());
    glass.draw();
}

/// A thousand documents opened and ten thousand pages turned: what the process holds must not grow with them.
fn memory(glass: &mut Offscreen, screen: &mut Screen, woken: &Receiver<()>) {
    for opened in 0..=1000 {
        open(glass, screen, opened % OPENED);
        let _ = woken.recv_timeout(Duration::from_millis(100));
        screen.settle(glass.time());
        glass.draw();
        if opened == OPENED || opened == 1000 {
            println!("{:<44} {:>9.1} MB", format!("held after {opened} documents"), resident());
        }
        screen.send(Event::Start, glass.time());
    }
    open(glass, screen, 0);
    for turned in 1..=10_000 {
        let down = (turned / PAGES).is_multiple_of(2);
        screen.send(if down { Event::NextPage } else { Event::PreviousPage }, glass.time());
        glass.advance(FRAME);
        screen.settle(glass.time());
        glass.draw();
        if turned == 1000 || turned == 10_000 {
            println!("{:<44} {:>9.1} MB", format!("held after {turned} page turns"), resident());
        }
    }
}

/// Memory of this process in MB.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0) / 1024.0
}

fn anew(glass: &mut Offscreen) {
    glass
        .resize(PANEL.width_px, PANEL.height_px, scale_factor(PANEL.width_px, PANEL.width_mm))
        .expect("the same panel");
    glass.draw();
}

/// Runs it `times` times and prints the median, and what one in twenty exceeds; gives the median.
fn report(what: &str, times: usize, mut run: impl FnMut()) -> Duration {
    let taken = (0..times)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    print(what, taken)
}

fn ratio(part: Duration, whole: Duration) {
    println!("{:<44} {:>9.3}", "  of painting it anew", part.as_secs_f64() / whole.as_secs_f64());
}

fn print(what: &str, mut taken: Vec<Duration>) -> Duration {
    taken.sort();
    let at = |part: usize| ms(taken[(taken.len() * part / 100).min(taken.len() - 1)]);
    println!("{what:<44} {:>9.2} ms (95 %: {:.2} ms, slowest {:.2} ms)", at(50), at(95), at(100));
    taken[taken.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
