//! Says loudly that a test cannot run on this machine, and why. CI counts such a line as a failure.

use std::io::{self, Write as _};

pub fn skipped(what: &str, why: &str) {
    // The harness keeps to itself what `println!` says in a test that passes; the stream it leaves alone.
    let _ = writeln!(io::stderr(), "SKIPPED: {what}, because {why}");
}
