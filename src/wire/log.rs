//! The last lines of the panel's log: `run/panel.log`, in memory, so that they are there when the program is gone that
//! wrote them.
//!
//! It is not the log; the system keeps that. What is in it is for somebody far away: no title and no typed word is in any
//! log of ours.

use std::io;
use std::path::Path;

use super::{read_small, replace};

/// So many lines are kept, and so many bytes of them together; the newest stay.
pub const LINES: usize = 40;
pub const MAX_BYTES: usize = 6 << 10;
const FILE: &str = "panel.log";

/// What is left of a log with these lines.
pub fn tail(lines: &str) -> &str {
    let begins = |(at, _): (usize, &str)| at + 1;
    let lines = lines.trim_end();
    let first = lines.rmatch_indices('\n').nth(LINES - 1).map_or(0, begins);
    let rest = &lines[first..];
    match rest.len().checked_sub(MAX_BYTES) {
        None | Some(0) => rest,
        // A line that was cut is left out.
        Some(beyond) => {
            rest.match_indices('\n').find(|(at, _)| *at >= beyond).map_or("", |found| &rest[begins(found)..])
        }
    }
}

/// Empty: there are none.
pub fn read(run: &Path) -> String {
    let bytes = read_small(&run.join(FILE), 2 * MAX_BYTES as u64).unwrap_or_default();
    tail(&String::from_utf8_lossy(&bytes)).to_owned()
}

pub fn write(run: &Path, lines: &str) -> io::Result<()> {
    replace(run, FILE, tail(lines).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_lines_stay() {
        assert_eq!((tail(""), tail("one\ntwo\n")), ("", "one\ntwo"));
        let many: String = (0..100).map(|number| format!("line {number}\n")).collect();
        let left: Vec<&str> = tail(&many).lines().collect();
        assert_eq!((left.len(), left[0], left[39]), (LINES, "line 60", "line 99"));
        let long: String = (0..9).map(|number| format!("{number}{}\n", "ř".repeat(500))).collect();
        let left: Vec<&str> = tail(&long).lines().collect();
        assert!(left.len() == 6 && left[0].starts_with('3'), "{left:?}");
        assert_eq!(tail(&"x".repeat(MAX_BYTES + 1)), "", "no line is shown in part");
    }
}
