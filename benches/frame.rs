//! How long a frame takes on the reference panel, 1080 × 1920: the first one, a touched key, a thrown list, everything.
//!
//! `cargo bench --profile dev --bench frame` (the profile of development and demo: nothing is compiled twice).

use std::time::{Duration, Instant};

use slint::ComponentHandle;
use vyveska::glass::{Offscreen, Phase, scale_factor};
use vyveska_ui::Probe;

const PANEL: (u32, u32) = (1080, 1920);
const PANEL_MM: f32 = 398.0;
const FRAME: Duration = Duration::from_micros(16_667);

fn main() {
    let start = Instant::now();
    let mut glass = Offscreen::new(PANEL.0, PANEL.1, scale_factor(PANEL.0, PANEL_MM)).expect("a pane of glass");
    let probe = Probe::new().expect("a component");
    probe.show().expect("it is shown");
    let made = start.elapsed();
    glass.draw();
    println!("{:<44} {:>9.2} ms", "set-up of glass and component", ms(made));
    println!("{:<44} {:>9.2} ms", "first frame", ms(start.elapsed() - made));

    let (x, y) = glass.find("first").and_then(|key| key.centre()).expect("the first key");
    report("a key looks pressed, and loose again", 200, || {
        let now = glass.time();
        glass.touch(0, Phase::Down, x, y, now);
        glass.draw();
        glass.touch(0, Phase::Up, x, y, now + FRAME);
        glass.draw();
    });
    report("a frame in which nothing changed", 1000, || {
        glass.draw();
    });
    report("a thrown list, one frame", 120, || {
        if !moving(&mut glass) {
            let from = if probe.get_scrolled() > 2_000.0 { 500.0 } else { 1700.0 };
            glass.drag((500.0, from), (500.0, 2200.0 - from), Duration::from_millis(150));
            glass.draw();
        }
        glass.advance(FRAME);
    });
    report("everything painted anew", 60, || {
        glass.resize(PANEL.0, PANEL.1, scale_factor(PANEL.0, PANEL_MM)).expect("the same panel");
        glass.draw();
    });
}

fn moving(glass: &mut Offscreen) -> bool {
    glass.pane().rest().is_some_and(|rest| rest <= FRAME)
}

/// Runs it `times` times and prints the median and the slowest twentieth.
fn report(what: &str, times: usize, mut run: impl FnMut()) {
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    taken.sort();
    let at = |part: usize| ms(taken[(taken.len() * part / 100).min(taken.len() - 1)]);
    println!("{what:<44} {:>9.3} ms (95 %: {:.3} ms)", at(50), at(95));
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
