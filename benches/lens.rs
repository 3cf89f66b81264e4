//! How long a reader who has enlarged a page waits for its sharp tiles: all tiles of a portrait panel at three times the
//! width of the page's picture, the first ones with the start of the lens, then those one screenful further down.
//!
//! `VYVESKA_SAMPLES=… cargo bench --profile dev --no-default-features --bench lens`

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use vyveska::pages::{Lens, Limits, PageChild, Part};

const STORED: u32 = 1080;
const ACROSS: u32 = 3 * STORED;
const SIDE: u32 = 512;

fn main() {
    let Some(root) = std::env::var_os("VYVESKA_SAMPLES") else {
        println!("SKIPPED: real documents because VYVESKA_SAMPLES is not set (the folder that holds pdf/)");
        return;
    };
    let folder = PathBuf::from(root).join("pdf");
    println!(
        "{:<20} {:>10} {:>12} {:>12} {:>12} {:>9}",
        "1080 px enlarged 3 ×", "first tile", "one screen", "the next", "tile after", "memory"
    );
    for (class, name) in [
        ("office text", "g01-lo-cs-sans-15p"),
        ("scan CCITT G4", "g05-scan-g4-10p"),
        ("scan JBIG2", "g06-scan-jbig2-10p"),
        ("scan JPEG", "p03-scan-gutenberg"),
        ("scan JPEG 2000", "p05-jpx"),
        ("A0 vector map", "g08-a0-vector-map"),
    ] {
        measure(class, &folder.join(format!("{name}.pdf")));
    }
}

fn measure(class: &str, document: &Path) {
    let child = PageChild { program: PathBuf::from(env!("CARGO_BIN_EXE_vyveska")) };
    let mut lens = Lens::new(child, document, STORED, Limits::of_a_lens());
    // What a panel of 1080 × 1350 pixels shows of it, a little aside of the grid.
    let mut screen = |top: u32| {
        let mut taken = Vec::new();
        for row in 0..3 {
            for column in 2..5 {
                let (left, top) = (column * SIDE, (top + row) * SIDE);
                let part = Part { page: 1, turned: 0, across: ACROSS, left, top, width: SIDE, height: SIDE };
                let start = Instant::now();
                if let Err(error) = lens.part(&part) {
                    println!("{class}: {error}");
                }
                taken.push(start.elapsed());
            }
        }
        taken
    };
    let (first, mut next) = (screen(1), screen(4));
    let sum = |taken: &[Duration]| ms(taken.iter().sum());
    let (whole, after) = (sum(&first), sum(&next));
    next.sort();
    let memory = lens.child().map_or(0, peak) / 1024;
    println!(
        "{class:<20} {:>7.1} ms {whole:>9.1} ms {after:>9.1} ms {:>9.1} ms {memory:>6} MB",
        ms(first[0]),
        ms(next[next.len() / 2])
    );
}

/// Largest resident size of a process so far, in kB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
