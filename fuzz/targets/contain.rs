//! Whose panic it is. One in a foreign library costs a page or a child and nothing else, so it is named once and let
//! go; one in the project's own code is a finding.

use std::collections::HashSet;
use std::panic::{PanicHookInfo, set_hook};
use std::sync::Mutex;

/// Instead of the fuzzer's own hook, which takes every panic for a finding, those that are caught included.
pub fn foreign_panics() {
    set_hook(Box::new(hear));
}

fn hear(panic: &PanicHookInfo) {
    static NAMED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    if !place.contains("/registry/src/") {
        eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }
    let mut named = NAMED.lock().expect("no panic while it is held");
    if named.get_or_insert_default().insert(place.clone()) {
        eprintln!("contained: {place}");
    }
}
