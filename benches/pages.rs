//! What a whole child costs: time from its start to the first page and per page, and its memory.
//!
//! `cargo bench --profile dev --no-default-features --bench pages`; with VYVESKA_SAMPLES also real documents. The
//! baseline is a child that only starts, closes its sandbox and ends, and the smallest program there is.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vyveska::pages::{Limits, PageChild, PageRange, Want};

const RUNS: usize = 15;

fn main() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_vyveska"));
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, what, document, ..] = &arguments[..]
        && let "--picture" | "--all" = what.as_str()
    {
        return cost(&program, Path::new(document), what == "--all");
    }
    let start = median(|| run(Command::new("/bin/true")));
    let closed = median(|| {
        let mut command = Command::new(&program);
        let request = format!("1,1,100,100,0,100,0,100,268435456,1,{}", std::process::id());
        command.args(["page-child", &request, "--probe", "nothing"]);
        run(command)
    });
    println!("the smallest program          {:7.1} ms", milliseconds(start));
    println!("a child that only locks in    {:7.1} ms", milliseconds(closed));
    println!(
        "\n{:<30} {:>10} {:>12} {:>12} {:>9}",
        "document, 1080 px wide", "first page", "picture only", "page after", "memory"
    );

    let own = std::env::temp_dir().join(format!("vyveska-bench-{}.pdf", std::process::id()));
    std::fs::write(&own, office_page(10)).expect("a file for the bench");
    measure(&program, "own office text", &own);
    let _ = std::fs::remove_file(&own);
    match std::env::var_os("VYVESKA_SAMPLES") {
        Some(root) => {
            let folder = PathBuf::from(root).join("pdf");
            for (class, name) in [
                ("office text", "g01-lo-cs-sans-15p"),
                ("fonts not embedded", "g03-nonembedded-cs-fonts"),
                ("scan CCITT G4", "g05-scan-g4-10p"),
                ("scan JBIG2", "g06-scan-jbig2-10p"),
                ("scan JPEG", "p03-scan-gutenberg"),
                ("A0 vector map", "g08-a0-vector-map"),
            ] {
                measure(&program, class, &folder.join(format!("{name}.pdf")));
            }
        }
        None => println!("SKIPPED: real documents because VYVESKA_SAMPLES is not set (the folder that holds pdf/)"),
    }
}

fn measure(program: &Path, class: &str, document: &Path) {
    let child = PageChild { program: program.to_owned() };
    let mut pages = 0;
    let mut draw = |range, text| {
        let want = Want { pages: range, width: 1080, text };
        let start = Instant::now();
        let report = child.render(document, &want, &Limits::default(), |_| ControlFlow::Continue(())).expect("a page");
        assert!(report.pages.iter().all(|page| page.drawn.is_ok()), "{class}: {report:?}");
        pages = report.page_count;
        start.elapsed()
    };
    let first = median(|| draw(PageRange::One(1), true));
    let picture = median(|| draw(PageRange::One(1), false));
    let all = median(|| draw(PageRange::All, true));
    let after = match pages {
        0 | 1 => "–".to_owned(),
        _ => format!("{:.1} ms", milliseconds(all.saturating_sub(first)) / f64::from(pages - 1)),
    };
    println!(
        "{class:<30} {:>7.1} ms {:>9.1} ms {after:>12} {:>6} MB",
        milliseconds(first),
        milliseconds(picture),
        peak(program, document)
    );
}

/// For `renderers.py`: the processor time of one child that draws the first page, in milliseconds; with `text` one that
/// reads it, sees how it lies and sets it upright, too.
fn cost(program: &Path, document: &Path, text: bool) {
    let child = PageChild { program: program.to_owned() };
    let want = Want { pages: PageRange::One(1), width: 1080, text };
    let report = child.render(document, &want, &Limits::default(), |_| ControlFlow::Continue(())).expect("a page");
    assert!(report.pages[0].drawn.is_ok(), "{report:?}");
    // SAFETY: the kernel fills the whole of it in.
    let used = unsafe {
        let mut used = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut used);
        used
    };
    let milliseconds = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    println!("{} {}", milliseconds(used.ru_utime) + milliseconds(used.ru_stime), used.ru_maxrss / 1024);
}

/// The most memory that a child ever held, in megabytes: asked of the kernel while it draws.
fn peak(program: &Path, document: &Path) -> u64 {
    let file = std::fs::File::open(document).expect("the document");
    let request = format!("1,1,1080,16384,1,1048576,0,134217728,536870912,60,{}", std::process::id());
    let mut child = Command::new(program)
        .args(["page-child", &request])
        .stdin(file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    // It cannot end before its last byte is taken, so that its record can be read until then.
    let mut output = child.stdout.take().expect("a pipe");
    let mut peak = 0;
    let mut piece = vec![0; 65_536];
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(size.unwrap_or(0));
        if std::io::Read::read(&mut output, &mut piece).unwrap_or(0) == 0 {
            break;
        }
    }
    let _ = child.wait();
    peak / 1024
}

fn run(mut command: Command) -> Duration {
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output().expect("the program");
    assert!(output.status.success());
    start.elapsed()
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| measure()).collect();
    times.sort();
    times[RUNS / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Pages full of text in fonts that are not embedded.
fn office_page(pages: usize) -> Vec<u8> {
    let mut content = String::from("BT /F 10 Tf 12 TL 50 800 Td\n");
    for line in 0..60 {
        let face = if line % 5 == 0 { "/B" } else { "/F" };
        content += &format!(
            "{face} 10 Tf (Zastupitelstvo obce na svem zasedani c. {line} projednalo a schvalilo zamer prodeje pozemku) Tj T*\n"
        );
    }
    content += "ET";
    let fonts = "/F << /Type /Font /Subtype /TrueType /BaseFont /Arial /Encoding /WinAnsiEncoding >> \
                 /B << /Type /Font /Subtype /TrueType /BaseFont /TimesNewRoman,Bold /Encoding /WinAnsiEncoding >>";
    let kids: Vec<String> = (0..pages).map(|page| format!("{} 0 R", page + 4)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Count {pages} /Kids [{}] >>", kids.join(" ")),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    for _ in 0..pages {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R /Resources << /Font << {fonts} >> >> >>"
        ));
    }
    let mut file = String::from("%PDF-1.7\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let start = file.len();
    file += &table;
    file += &format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.into_bytes()
}
