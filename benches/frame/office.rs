//! A board as large as they come, and pages about as hard to unpack as text.

use vyveska::clock;
use vyveska::files::{Files, Picture};
use vyveska::model::{Board, Digest, Document, Media, Notice, Standing};
use vyveska::store::{Filed, PageSize, Posted};
use vyveska::view::View;
use vyveska::wire::SyncReport;

/// Of the first document; the others have two.
pub const PAGES: u32 = 12;
const PAGE: PageSize = PageSize { width: 1080, height: 1527, turned: 0, blank: false };

/// Grey pages with lines that are about as hard to unpack as text.
pub fn store_pages(files: &Files, document: &Digest, pages: u32) {
    let mut pixels = vec![255; (PAGE.width * PAGE.height) as usize];
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = (at as u32 % PAGE.width, at as u32 / PAGE.width);
        if (80..1000).contains(&x) && y % 28 < 12 {
            *pixel = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) as u8 | 0x0f;
        }
    }
    for number in 1..=pages {
        let picture = Picture { number, width: PAGE.width, height: PAGE.height, pixels: &pixels };
        files.write_page(document, picture).expect("a page is stored");
    }
}

pub fn view(documents: &[Digest]) -> View {
    let board = Board {
        key: "lhota".to_owned(),
        name: "Obec Dolní Lhota".to_owned(),
        standing: Standing::Official,
        feed: "https://lhota.example/deska.json".to_owned(),
        web: None,
        ico: None,
        colour: 0x0f4c81,
        phone: None,
        official_at: None,
    };
    let now = clock::parse("2026-03-02T08:00:00+01:00").expect("a time");
    let posted = documents.iter().enumerate().map(|(number, document)| {
        let pages = if number == 0 { PAGES } else { 2 };
        let filed = Filed {
            digest: Some(*document),
            media: Some(Media::Pdf),
            pages: vec![PAGE; pages as usize],
            page_count: Some(pages),
            ..Filed::default()
        };
        let notice = notice(number);
        let digest = notice.digest();
        Posted { board: "lhota".to_owned(), notice, digest, first_seen: now.at, documents: vec![filed] }
    });
    View::of(&[board], posted.collect(), &SyncReport::default(), now)
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
        documents: vec![Document {
            url: format!("https://lhota.example/soubor/{number}.pdf"),
            title: None,
            declared_type: None,
            digest: None,
        }],
    }
}
