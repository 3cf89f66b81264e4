//! A board of three villages to draw pages of, made up for pictures and tests: titles short and long, all states.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use slint::Rgb8Pixel;
use vyveska::clock::Now;
use vyveska::config::{Language, Panel};
use vyveska::model::{Board, Digest, Document, Notice, Standing};
use vyveska::nav::Patience;
use vyveska::screen::pictures::{Pictures, Pixels, Wanted};
use vyveska::store::{Filed, PageSize, Posted};
use vyveska::wire::decree::Decree;
use vyveska::wire::{BoardReport, SyncReport};

use super::studio::Set;

/// Title, category, first day and last day (days from the day of the picture), pages of each attachment.
type Line = (&'static str, &'static str, i64, Option<i64>, &'static [u32]);

const LINES: &[&[Line]] = &[
    &[
        ("Návrh rozpočtu obce na rok 2027", "Rozpočty", 0, Some(16), &[2, 61]),
        ("Záměr obce pronajmout nebytový prostor v č. p. 41", "Majetek obce", -16, Some(0), &[1]),
        ("Pozvánka na 14. zasedání zastupitelstva obce", "Zastupitelstvo", -1, Some(8), &[1]),
        (
            "Veřejná vyhláška – stanovení přechodné úpravy provozu na pozemní komunikaci, silnice II/214, úsek Dolní Lhota – Zálesí",
            "Doprava",
            -6,
            Some(11),
            &[4],
        ),
        ("Oznámení o zahájení řízení o změně č. 3 územního plánu", "Územní plán", -20, Some(12), &[3, 1]),
        ("Oznámení o vyhlášení obecně závazné vyhlášky o místním poplatku za odpady", "Vyhlášky", -12, Some(4), &[6]),
        ("Oznámení o možnosti převzít písemnost", "Doručení veřejnou vyhláškou", -3, Some(12), &[1]),
        (
            "Dražební vyhláška – opakovaná elektronická dražba spoluvlastnického podílu o velikosti id. 1/2 na pozemku parc. č. 1204/7 v katastrálním území Dolní Lhota, zapsaném na listu vlastnictví č. 318 u katastrálního úřadu",
            "Dražby",
            -9,
            Some(23),
            &[9],
        ),
        ("Výběrové řízení na pracovní místo referenta stavebního úřadu", "Volná místa", -4, Some(10), &[]),
        ("Rozpočtové opatření č. 7/2026", "Rozpočty", -30, Some(39), &[1]),
        ("Závěrečný účet obce za rok 2025", "Rozpočty", -150, None, &[12]),
        ("Informace o počtu a sídle volebních okrsků", "Volby", -2, Some(30), &[1]),
    ],
    &[
        ("Střednědobý výhled rozpočtu na roky 2027–2029", "Rozpočty", -1, Some(15), &[3]),
        ("Záměr prodat pozemek parc. č. 88/2 v k. ú. Horní Lhota", "Majetek obce", -5, Some(10), &[1, 1]),
        ("Pozvánka na veřejné zasedání zastupitelstva", "Zastupitelstvo", -3, Some(4), &[1]),
        ("Oznámení o přerušení dodávky elektrické energie", "Ostatní", -2, Some(6), &[2]),
    ],
    &[
        ("Opatření obecné povahy – zákaz odběru povrchových vod", "Životní prostředí", -18, Some(20), &[5]),
        ("Sazebník úhrad za poskytování informací", "Ostatní", -80, None, &[1]),
    ],
];

pub fn set(now: Option<DateTime<Utc>>) -> Set {
    let now = now.unwrap_or_else(|| DateTime::from_timestamp(1_795_352_700, 0).expect("22 November 2026, 14:05"));
    let now = Now::trusted(now);
    let board = |key: &str, name: &str, standing, colour, phone: Option<&str>| Board {
        key: key.into(),
        name: name.into(),
        standing,
        feed: format!("https://{key}.example/uredni-deska.json"),
        web: Some(format!("https://www.{key}.example/uredni-deska")),
        ico: None,
        colour,
        phone: phone.map(str::to_owned),
        official_at: (key == "hornilhota").then(|| "před obecním úřadem, Horní Lhota 12".to_owned()),
    };
    let boards = vec![
        board("dolnilhota", "Obec Dolní Lhota", Standing::Official, 0x0f_4c_81, Some("+420 555 010 101")),
        board("hornilhota", "Obec Horní Lhota", Standing::Copy, 0x7a_2e_1f, None),
        board("zalesi", "Obec Zálesí", Standing::Copy, 0x2c_5e_2e, Some("+420 555 010 303")),
    ];
    let report = |board: &Board| BoardReport {
        key: board.key.clone(),
        last_good_at: Some(now.at - TimeDelta::minutes(3)),
        ..BoardReport::default()
    };
    let report = SyncReport { boards: boards.iter().map(report).collect(), ..SyncReport::default() };
    let lines = boards.iter().zip(LINES).flat_map(|(board, lines)| lines.iter().map(move |line| (board, line)));
    let posted = lines.enumerate().map(|(at, (board, line))| posted(at, &board.key, line, now)).collect();
    let (idle, warning) = (TimeDelta::seconds(120), TimeDelta::seconds(20));
    Set {
        posted,
        report,
        decree: Decree::default(),
        now,
        boards,
        panel: Panel {
            width_px: 1080,
            height_px: 1920,
            width_mm: 398.0,
            height_mm: 707.6,
            lower_edge_mm: 850.0,
            reading_distance_mm: 800.0,
        },
        patience: Patience { idle: idle.to_std().expect("positive"), warning: warning.to_std().expect("positive") },
        languages: Language::ALL.to_vec(),
    }
}

fn posted(at: usize, board: &str, line: &Line, now: Now) -> Posted {
    let &(title, category, first, last, papers) = line;
    let day = |days: i64| -> Option<NaiveDate> { now.today().checked_add_signed(TimeDelta::days(days)) };
    let delivered = category == "Doručení veřejnou vyhláškou";
    let document = |n: usize| Document {
        url: format!("https://www.{board}.example/uredni-deska/{at}/{n}.pdf"),
        title: (papers.len() > 1).then(|| ["Souhrn", "Rozpis příjmů a výdajů"][n.min(1)].to_owned()),
        declared_type: None,
        digest: None,
    };
    let notice = Notice {
        id: format!("{at}"),
        url: Some(format!("https://www.{board}.example/uredni-deska/{at}")),
        title: title.into(),
        description: None,
        posted: day(first),
        relevant_until: last.and_then(day),
        reference_number: (at % 3 != 2).then(|| format!("OÚDL {}/2026", 412 + at)),
        file_number: None,
        issuer: delivered.then(|| "Finanční úřad pro Zlínský kraj".to_owned()),
        categories: vec![category.into()],
        documents: (0..papers.len()).map(document).collect(),
    };
    let filed = |(n, pages): (usize, &u32)| Filed {
        digest: Some(Digest::of(format!("{at} {n}").as_bytes())),
        pages: (0..*pages)
            .map(|page| match page % 9 {
                // A table across the page.
                6 => PageSize { width: 1080, height: 764, ..PageSize::default() },
                _ => PageSize { width: 1080, height: 1527, ..PageSize::default() },
            })
            .collect(),
        page_count: Some(*pages),
        ..Filed::default()
    };
    Posted {
        board: board.into(),
        digest: notice.digest(),
        first_seen: now.at.checked_sub_days(Days::new(200)).unwrap_or(now.at),
        documents: papers.iter().enumerate().map(filed).collect(),
        notice,
    }
}

/// Pages with lines instead of words.
pub fn pictures() -> Pictures {
    Pictures::new(|wanted| {
        let (width, height, number) = match wanted {
            Wanted::Page(_, width, number) => {
                (width, if number % 9 == 7 { width * 764 / 1080 } else { width * 1527 / 1080 }, number)
            }
            Wanted::Thumb(digest, number) => (240, 339, u32::from(digest.0[0]) + number - 1),
        };
        let mut page = Pixels::new(width, height);
        let unit = width / 40;
        for (at, pixel) in page.make_mut_slice().iter_mut().enumerate() {
            let (x, y) = (at as u32 % width, at as u32 / width);
            let (line, within) = (y / (unit * 2), y % (unit * 2));
            let end = 36 - (line * 7 + number * 3) % 11;
            let heading = line == 3 && (4..22).contains(&(x / unit));
            let written = line > 5 && line < height / unit / 2 - 3 && line % 8 != 5 && (4..end).contains(&(x / unit));
            let value = match (heading, written) {
                (true, _) if within < unit * 3 / 2 => 40,
                (_, true) if within < unit * 2 / 3 => 120,
                _ => 255,
            };
            *pixel = Rgb8Pixel { r: value, g: value, b: value };
        }
        Some(page)
    })
}
