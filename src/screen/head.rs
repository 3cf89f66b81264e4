//! What is said of a board at the top of every page.

use slint::Color;
use vyveska_ui as ui;

use super::day::moment;
use super::tie::tie;
use crate::config::contrast_with_white;
use crate::model::{Board, Standing};
use crate::view::{Desk, Freshness, Trouble, View};

/// Of several boards at once: no municipality's colour.
const NEUTRAL: u32 = 0x2f_3d_4a;
/// White letters on the colour, and the colour on paper, stay legible in the sun; also what high contrast asks (WCAG 2.2, 1.4.6).
const CONTRAST: f64 = 7.0;

const MAX_WEBS: usize = 3;
/// More boards than this are counted, not named.
const MAX_NAMES: usize = 4;

pub fn of_desk(desk: &Desk, view: &View) -> ui::Head {
    let board = &desk.board;
    ui::Head {
        name: board.name.as_str().into(),
        standing: match board.standing {
            Standing::Official => ui::Standing::Official,
            Standing::Copy => ui::Standing::Copy,
        },
        colour: colour(board.colour),
        web: board.web.as_deref().map(address).unwrap_or_default().into(),
        phone: phone(board).into(),
        official_at: board.official_at.as_deref().map(tie).unwrap_or_default().into(),
        held: desk.held,
        ..aged(desk.freshness, view)
    }
}

/// Of the board with this key, or of all of them together.
pub fn of(board: Option<&str>, view: &View) -> ui::Head {
    if let Some(desk) = board.and_then(|key| view.desk(key)) {
        return of_desk(desk, view);
    }
    if let [desk] = view.desks.as_slice() {
        return of_desk(desk, view);
    }
    let names: Vec<&str> = view.desks.iter().map(|desk| short(&desk.board.name)).collect();
    let webs: Vec<String> = view.desks.iter().filter_map(|desk| desk.board.web.as_deref().map(host)).collect();
    // The least well known of them tells how far all of it can be trusted.
    let oldest = view
        .desks
        .iter()
        .map(|desk| desk.freshness)
        .min_by_key(|freshness| (freshness.trouble.is_none(), freshness.at));
    ui::Head {
        name: names.join(", ").into(),
        boards: if names.len() > MAX_NAMES { names.len() as i32 } else { 0 },
        standing: ui::Standing::Several,
        colour: colour(NEUTRAL),
        // Of many boards, each one's own page says its address.
        web: if webs.len() <= MAX_WEBS { webs.join(", ").into() } else { Default::default() },
        held: view.desks.iter().any(|desk| desk.held),
        ..aged(oldest.unwrap_or_default(), view)
    }
}

fn aged(freshness: Freshness, view: &View) -> ui::Head {
    ui::Head {
        age: match (freshness.trouble, freshness.at) {
            (Some(Trouble::Unreached), _) => ui::Age::Unreached,
            (Some(Trouble::Unreadable), _) => ui::Age::Unreadable,
            (Some(Trouble::Panel), _) => ui::Age::Stuck,
            (None, Some(_)) => ui::Age::Checked,
            (None, None) => ui::Age::Never,
        },
        since: freshness.at.map(|at| moment(at, view.now)).unwrap_or_default(),
        clock_trusted: view.now.at == view.now.last_trusted,
        ..ui::Head::default()
    }
}

/// A number that is parted at the end of a line is dialled wrong.
pub fn phone(board: &Board) -> String {
    board.phone.as_deref().unwrap_or_default().replace(' ', "\u{202f}")
}

/// An address as people write it: without the scheme and the last slash.
pub fn address(url: &str) -> String {
    let bare = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    // Broken after a slash, not after a hyphen that people would take for one of ours.
    bare.trim_end_matches('/').replace('-', "\u{2011}")
}

fn host(url: &str) -> String {
    address(url).split('/').next().unwrap_or_default().to_owned()
}

/// The municipality's colour, darkened as far as it must be.
pub fn colour(given: u32) -> Color {
    let mut colour = given & 0xff_ff_ff;
    while contrast_with_white(colour) < CONTRAST {
        let part = |shift: u32| ((colour >> shift) & 0xff) * 15 / 16;
        colour = (part(16) << 16) | (part(8) << 8) | part(0);
    }
    Color::from_argb_encoded(0xff_00_00_00 | colour)
}

/// "Dolní Lhota" of "Obec Dolní Lhota": beside others everybody knows that it is a municipality.
pub fn short(name: &str) -> &str {
    let kinds = ["Obec ", "Městys ", "Město ", "Statutární město ", "Městská část ", "Městský obvod "];
    kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}
