//! The child cannot get out, and the parent believes nothing it says.

use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::paper::{A4, Folder, Paper};
use super::{all, program};
use vyveska::clock;
use vyveska::pages::{Limits, PageChild, PageFault, PagesError, Report};

/// Tries something forbidden inside the closed sandbox: what it said, and the signal it died of.
fn probe(name: &str) -> (String, Option<i32>) {
    // Width, height and so on do not matter here: 256 MiB of memory and one second of processor time do.
    let request = format!("1,1,100,100,0,100,0,100,268435456,1,{}", std::process::id());
    let output = Command::new(program().program)
        .args(["page-child", &request, "--probe", name])
        .stdin(Stdio::null())
        .output()
        .expect("the program");
    (String::from_utf8_lossy(&output.stdout).trim().to_owned(), output.status.signal())
}

#[test]
fn the_sandbox_refuses_everything_but_memory_and_time() {
    assert_eq!(probe("nothing"), ("allowed: nothing was tried".to_owned(), None), "the probe itself works");
    for name in ["open", "write", "list", "look", "memory"] {
        let (said, signal) = probe(name);
        assert!(said.starts_with("refused") && signal.is_none(), "{name}: {said} {signal:?}");
    }
    for (name, expected) in [
        ("socket", libc::SIGSYS),
        ("exec", libc::SIGSYS),
        ("thread", libc::SIGSYS),
        ("executable", libc::SIGSYS),
        ("signal", libc::SIGSYS),
        ("abort", libc::SIGABRT),
        ("spin", libc::SIGXCPU),
        ("deep", libc::SIGSEGV),
    ] {
        let (said, signal) = probe(name);
        assert_eq!((said.as_str(), signal), ("", Some(expected)), "{name}");
    }
    assert!(!Path::new("/tmp/vyveska-page-child-was-here").exists());
}

#[test]
fn a_child_that_has_been_left_behind_does_nothing() {
    let output = Command::new(program().program)
        .args(["page-child", "1,1,100,100,0,100,0,100,268435456,1,4000000", "--probe", "nothing"])
        .stdin(Stdio::null())
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("the sandbox is open") && said.contains("parent"), "{said}");
}

/// A child that says what it likes: a shell script in place of the program.
fn pretend(script: &str, limits: &Limits) -> Result<(Vec<u32>, Report), PagesError> {
    let folder = Folder::new();
    let mut paper = Paper::new();
    paper.page(A4, "");
    let document = folder.file("document.pdf", paper.bytes());
    let path = folder.file("child", format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a script that can be run");
    let mut numbers = Vec::new();
    loop {
        let result = PageChild { program: path.clone() }.render(&document, &all(16), limits, |page| {
            numbers.push(page.number);
            ControlFlow::Continue(())
        });
        match result {
            // Another test was starting a program while the script was being written.
            Err(PagesError::Start(error)) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
            other => return other.map(|report| (numbers, report)),
        }
    }
}

const READY: &str = r"printf 'R\001\000\000\000\001'";
const OPENED: &str = r"printf 'O\004\000\000\000\003\000\000\000'";
const BEGIN: [&str; 3] = [
    r"printf 'B\004\000\000\000\001\000\000\000'",
    r"printf 'B\004\000\000\000\002\000\000\000'",
    r"printf 'B\004\000\000\000\003\000\000\000'",
];
/// 16 × 1 grey pixels.
const PICTURE: &str =
    r"printf 'P\041\000\000\000\020\000\000\000\001\000\000\000\001\000\000\000\000\020\000\000\0000123456789abcdef'";
const END: &str = r"printf 'E\000\000\000\000'";

fn quick() -> Limits {
    Limits { page_time: Duration::from_millis(300), restarts: 4, ..Limits::default() }
}

#[test]
fn a_child_that_talks_nonsense_is_not_believed() {
    let opened = format!("{READY}; {OPENED}; ");
    let cases = [
        "printf 'what is this'".to_owned(),
        "yes".to_owned(),
        OPENED.to_owned(),
        format!("{READY}; {READY}"),
        format!("{opened}{}", BEGIN[1]),
        format!("{opened}{PICTURE}"),
        // Once more is for a page that is set upright.
        format!("{opened}{}; {PICTURE}; {PICTURE}; {PICTURE}", BEGIN[0]),
        format!("{opened}{}; {PICTURE}; {END}", BEGIN[0]),
        format!(
            r"{opened}{}; printf 'P\031\000\000\000\021\000\000\000\001\000\000\000\0010123456789abcdef'",
            BEGIN[0]
        ),
        format!(r"{opened}{}; printf 'P\377\377\377\377'; yes", BEGIN[0]),
    ];
    for script in cases {
        let result = pretend(&format!("{script}; sleep 100"), &Limits::default());
        assert!(matches!(result, Err(PagesError::Protocol(_))), "{script}: {result:?}");
    }
}

#[test]
fn a_child_that_hangs_or_dies_is_ended_and_named() {
    let result = pretend("sleep 100", &quick());
    assert!(matches!(result, Err(PagesError::Start(_))), "{result:?}");
    let result = pretend("exit 7", &quick());
    assert!(
        matches!(&result, Err(PagesError::Start(error)) if error.to_string().contains("exit code 7")),
        "{result:?}"
    );
    let result = pretend(&format!("{READY}; sleep 100"), &quick());
    assert!(matches!(result, Err(PagesError::Opening(PageFault::Time))), "{result:?}");
    let result = pretend(&format!("{READY}; kill -SEGV $$"), &quick());
    assert!(
        matches!(&result, Err(PagesError::Opening(PageFault::Crashed(how))) if how == "a memory fault"),
        "{result:?}"
    );
    let result = pretend(&format!("{READY}; kill -SYS $$"), &quick());
    assert!(
        matches!(&result, Err(PagesError::Opening(PageFault::Crashed(how))) if how.contains("forbidden")),
        "{result:?}"
    );
    // Closing its output does not save it, and a flood of complaints drowns nobody.
    let result = pretend(&format!("{READY}; exec >&-; sleep 100"), &Limits::default());
    assert!(matches!(result, Err(PagesError::Opening(_))), "{result:?}");
    let result = pretend(&format!("{READY}; (yes | head -c 20000000 >&2); kill -ABRT $$"), &Limits::default());
    assert!(matches!(&result, Err(PagesError::Opening(PageFault::Crashed(how))) if how == "abort"), "{result:?}");
    let result = PageChild { program: "/no/such/program".into() }.render(
        Path::new("/proc/self/exe"),
        &all(16),
        &Limits { document_bytes: u64::MAX, ..Limits::default() },
        |_| ControlFlow::Continue(()),
    );
    assert!(matches!(result, Err(PagesError::Start(_))), "{result:?}");
}

#[test]
fn a_page_that_kills_its_child_is_tried_alone_before_it_counts_as_failed() {
    // Its request says where a child begins: the third argument-number is the page. It dies on page 2 unless it
    // begins there, as one does whose memory earlier pages have used up.
    let rest = format!("{}; {PICTURE}; {}; {PICTURE}; {END}; exit", BEGIN[1], BEGIN[2]);
    let script = format!(
        "{READY}; {OPENED}; case $2 in 2,*) {rest};; esac\n{}; {PICTURE}; {}; kill -ABRT $$",
        BEGIN[0], BEGIN[1]
    );
    let (numbers, report) = pretend(&script, &quick()).expect("all pages in the end");
    assert_eq!(numbers, [1, 2, 3]);
    assert!(report.pages.iter().all(|page| page.drawn.is_ok()), "{report:?}");

    // Here page 2 kills whoever touches it.
    let script = format!(
        "{READY}; {OPENED}; case $2 in 2,*) {}; kill -ABRT $$;; 3,*) {}; {PICTURE}; {END}; exit;; esac\n\
         {}; {PICTURE}; {}; kill -ABRT $$",
        BEGIN[1], BEGIN[2], BEGIN[0], BEGIN[1]
    );
    let (numbers, report) = pretend(&script, &quick()).expect("the other pages");
    assert_eq!(numbers, [1, 3]);
    assert_eq!(report.pages[1].drawn, Err(PageFault::Crashed("abort".to_owned())));

    // And here every child dies at once: the number of children is limited.
    let script = format!("{READY}; {OPENED}; case $2 in 1,*) {};; *) exit 9;; esac; kill -ABRT $$", BEGIN[0]);
    let (numbers, report) = pretend(&script, &quick()).expect("a report");
    assert!(numbers.is_empty());
    assert_eq!(report.pages.len(), 3);
    assert!(report.pages.iter().all(|page| page.drawn.is_err()));
}

#[test]
fn the_child_dies_with_its_parent() {
    let folder = Folder::new();
    let mut paper = Paper::new();
    let mut form = paper.stream("/Type /XObject /Subtype /Form /BBox [0 0 600 900]", b"q Q");
    for _ in 0..9 {
        let entries =
            format!("/Type /XObject /Subtype /Form /BBox [0 0 600 900] /Resources << /XObject << /X {form} 0 R >> >>");
        form = paper.stream(&entries, "/X Do ".repeat(10).as_bytes());
    }
    paper.page(&format!("{A4} /Resources << /XObject << /X {form} 0 R >> >>"), "/X Do");
    let path = folder.file("endless.pdf", paper.bytes());
    let mut parent = Command::new(program().program)
        .arg("render")
        .arg(&path)
        .args(["-o", "/dev/null"])
        .spawn()
        .expect("the program");
    let child = wait_for(|| child_of(&parent)).expect("a child within ten seconds");
    // In the sandbox at last: no privileges to gain any more.
    wait_for(|| status(child).filter(|status| status.contains("NoNewPrivs:\t1"))).expect("a closed sandbox");
    parent.kill().expect("a parent to kill");
    parent.wait().expect("a parent to bury");
    let gone = wait_for(|| status(child).is_none_or(|status| status.contains("State:\tZ")).then_some(()));
    assert!(gone.is_some(), "the child {child} outlived its parent");
}

fn status(process: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{process}/status")).ok()
}

fn child_of(parent: &Child) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", parent.id())).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

/// Looks again and again, for ten seconds at most.
fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = clock::ticks() + Duration::from_secs(10);
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if clock::ticks() > end {
            return None;
        }
        thread::yield_now();
    }
}
