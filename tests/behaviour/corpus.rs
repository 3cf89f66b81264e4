//! What the fuzzer began with and what it found (`fuzz/`): every file below tests/corpus passes the checks of its target.
//!
//! A document is drawn by a real child; what a child says is said by a script in its place.

mod answers;
mod board;
mod splices;
mod stored;

use std::fs;
use std::io::{ErrorKind, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use vyveska::clock;
use vyveska::pages::{Limits, PageChild, PageFault, PageRange, PagesError, Rendered, Report, Want};

use super::guard::device;
use super::pages::paper::Folder;

fn each(target: &str, mut check: impl FnMut(&Path, Vec<u8>)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let entries = fs::read_dir(&folder).expect("the folder of the target");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "the test looks at nothing");
    for file in files {
        eprintln!("{}", file.display());
        let began = clock::ticks();
        check(&file, fs::read(&file).expect("a file of the corpus"));
        let took = clock::ticks() - began;
        assert!(took < Duration::from_secs(30), "{} took {took:?}", file.display());
    }
}

#[test]
fn feeds() {
    each("feed", |_, bytes| board::check(&bytes));
}

#[test]
fn what_is_stored() {
    each("stored", |_, bytes| stored::check(&bytes));
}

fn render(program: PageChild, document: &Path, want: &Want, limits: &Limits) -> Result<Report, PagesError> {
    let mut pages: Vec<Rendered> = Vec::new();
    let report = program.render(document, want, limits, |page| {
        pages.push(page);
        ControlFlow::Continue(())
    })?;
    answers::check(&pages, &report, want, limits);
    Ok(report)
}

#[test]
fn documents() {
    each("pages", |file, _| {
        has_no_panic_of_its_own(file);
        let want = Want { pages: PageRange::Between(1, 2), width: 120, text: true };
        let limits = Limits { pages: 2, height: 400, memory: 256 << 20, restarts: 1, ..Limits::default() };
        match render(PageChild { program: env!("CARGO_BIN_EXE_vyveska").into() }, file, &want, &limits) {
            Ok(report) => {
                let crashed = |fault: &PageFault| matches!(fault, PageFault::Crashed(_));
                let fault =
                    report.pages.iter().filter_map(|page| page.drawn.as_ref().err()).find(|fault| crashed(fault));
                assert_eq!(fault, None, "{}", file.display());
            }
            Err(error) => {
                let told = matches!(
                    error,
                    PagesError::Damaged | PagesError::NoPages | PagesError::Encrypted | PagesError::Unsupported(_)
                );
                assert!(told, "{}: {error}", file.display());
            }
        }
    });
}

#[test]
fn what_children_and_parents_say() {
    let folder = Folder::new();
    let program = folder.file("child", "");
    each("wire", |file, bytes| {
        let Some((&[_, pages], said)) = bytes.split_first_chunk() else { return };
        let said = folder.file("said", said);
        write_program(&program, &format!("#!/bin/sh\nexec /bin/cat {}\n", said.display()));
        let pages = match pages % 4 {
            0 => PageRange::All,
            1 => PageRange::One(2),
            2 => PageRange::Between(2, 4),
            _ => PageRange::Between(3, 1),
        };
        let want = Want { pages, width: 16, text: true };
        let limits = Limits { pages: 6, height: 32, text_bytes: 64, restarts: 3, ..Limits::default() };
        while let Err(PagesError::Start(error)) = render(PageChild { program: program.clone() }, file, &want, &limits) {
            // Another test was starting a program while the script was being written.
            if error.kind() != ErrorKind::ExecutableFileBusy {
                break;
            }
        }
        look(&bytes);
    });
}

/// A panic costs the page or its text, wherever it is; in the project's own code it is a fault all the same.
fn has_no_panic_of_its_own(document: &Path) {
    let request = format!("1,2,120,400,1,1000000,0,1000000,268435456,20,{}", std::process::id());
    let output = Command::new(env!("CARGO_BIN_EXE_vyveska"))
        .args(["page-child", &request])
        .stdin(fs::File::open(document).expect("a document"))
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    let own = |place: &str| ["panic at src/", "panic at raster/"].iter().any(|own| place.starts_with(own));
    assert!(!said.lines().any(own), "{}: {said}", document.display());
}

fn write_program(path: &Path, script: &str) {
    fs::write(path, script).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a script that can be run");
}

/// A child of a lens is sent what nobody sends it: it ends of itself.
fn look(pipe: &[u8]) {
    let request = format!("1,1,16,64,0,100,1,1000000,268435456,5,{}", std::process::id());
    let mut child = Command::new(env!("CARGO_BIN_EXE_vyveska"))
        .args(["page-child", &request])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    // It may have heard enough before the end.
    let _ = child.stdin.take().expect("a pipe").write_all(pipe);
    assert!(child.wait().expect("an end").success());
}
