//! From the start of the process to the first frame, with 150 and with 20,000 notices on the board, 1080 × 1920.
//!
//! `cargo bench --profile dev --bench start`. It starts the panel off-screen, which paints the same frame as a display
//! gets, and waits for the line in which the panel says that the frame is made. The whole is measured from outside,
//! the loading of the program included. Then it says what the running panel takes of the memory.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use vyveska::clock;
use vyveska::model::Notice;
use vyveska::store::{Poll, Round, Status, Store};

/// Notices on the board, and how often the panel is started with so many.
const BOARDS: [(usize, usize); 2] = [(150, 20), (20_000, 5)];
const NOW: &str = "2026-03-02T08:00:00+01:00";

fn main() {
    for (notices, starts) in BOARDS {
        measure(notices, starts);
    }
}

fn measure(notices: usize, starts: usize) {
    let folder = env::temp_dir().join(format!("vyveska-start-{}-{notices}", std::process::id()));
    fs::create_dir_all(folder.join("run")).expect("a folder");
    let config = folder.join("panel.toml");
    let text = "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n[[board]]\nkey = \"lhota\"\n\
                name = \"Obec Dolní Lhota\"\nfeed = \"https://lhota.example/deska.json\"\n";
    fs::write(&config, text).expect("a file");
    fill(&folder.join("data"), notices);

    let mut taken: Vec<Duration> = (0..starts)
        .map(|_| {
            let (mut panel, took) = start(&config);
            let _ = panel.kill();
            let _ = panel.wait();
            took
        })
        .collect();
    taken.sort();
    let ms = |at: usize| taken[at].as_secs_f64() * 1000.0;
    println!(
        "start to first frame, {notices} notices: {:.0} ms (fastest {:.0}, slowest {:.0})",
        ms(starts / 2),
        ms(0),
        ms(starts - 1)
    );

    let (mut panel, _) = start(&config);
    thread::sleep(Duration::from_secs(2));
    let status = fs::read_to_string(format!("/proc/{}/status", panel.id())).unwrap_or_default();
    for line in
        status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM") || line.starts_with("Rss"))
    {
        println!("{line}");
    }
    let before = ticks(panel.id());
    thread::sleep(Duration::from_secs(5));
    println!("processor time of a standing panel in 5 s: {} ms", (ticks(panel.id()) - before) * 10);
    let _ = panel.kill();
    let _ = panel.wait();
    let _ = fs::remove_dir_all(&folder);
}

fn start(config: &std::path::Path) -> (Child, Duration) {
    let began = Instant::now();
    let mut panel = Command::new(env!("CARGO_BIN_EXE_vyveska"))
        .args(["panel", "--headless", "--now", NOW, "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the panel runs");
    let mut said = String::new();
    let out = panel.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut said).expect("it says so");
    assert!(said.contains("first frame"), "the panel said {said:?}");
    (panel, began.elapsed())
}

/// Processor time of a process, in hundredths of a second.
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<u64> = after_name.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    fields.get(11).zip(fields.get(12)).map_or(0, |(user, system)| user + system)
}

fn fill(data: &std::path::Path, count: usize) {
    let now = clock::parse(NOW).expect("a time");
    let notices: Vec<Notice> = (0..count).map(notice).collect();
    let round = Round {
        board: "lhota",
        now,
        poll: Poll {
            url: "https://lhota.example/deska.json".to_owned(),
            status: Status::Code(200),
            digest: None,
            validators: None,
            at: now.at,
        },
        add: &notices,
        change: &[],
        rename: &[],
        withdraw: &[],
        memory: None,
        released: None,
    };
    Store::open(data).and_then(|mut store| store.commit_round(&round)).expect("a store");
}

fn notice(number: usize) -> Notice {
    Notice {
        id: format!("https://lhota.example/deska/{number}"),
        url: Some(format!("https://lhota.example/deska/{number}.html")),
        title: format!("Záměr obce pronajmout část pozemku parc. č. {number}/2 v katastrálním území Dolní Lhota"),
        description: None,
        posted: "2026-03-01".parse().ok(),
        relevant_until: "2026-03-16".parse().ok(),
        reference_number: Some(format!("OÚ/{number}/2026")),
        file_number: None,
        issuer: None,
        categories: vec![["Záměry", "Rozpočty", "Dražby", "Zasedání"][number % 4].to_owned()],
        documents: Vec::new(),
    }
}
