//! What a reader may rely on, whatever happened before (DESIGN §5): it must hold after each event.

use std::time::Duration;

use vyveska::config::Language;
use vyveska::nav::{Event, Look, MAX_ZOOM, Nav, Page};
use vyveska::view::{Filter, View};

/// No page is shown smaller than a tenth of its normal size.
const LEAST: f32 = 0.1;

/// The first promise that does not hold, in words. The board's own language is Czech.
pub fn broken(nav: &Nav, view: &View, now: Duration) -> Option<String> {
    [posting(nav, view), canvas(nav), list(nav, view), wall(nav, now)].into_iter().find_map(|one| one.err())
}

fn keep(holds: bool, what: impl Fn() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// What is shown is up.
fn posting(nav: &Nav, view: &View) -> Result<(), String> {
    if let Page::Message(id) = nav.page() {
        return keep(view.message(id).is_some(), || format!("the message {id} is over"));
    }
    let (Page::Notice(key) | Page::Document(key) | Page::Pages(key)) = nav.page() else { return Ok(()) };
    let posting = view.posting(key).ok_or_else(|| format!("{key:?} is not up"))?;
    let reading = nav.reading();
    let read = !matches!(nav.page(), Page::Notice(_));
    keep(!read || reading.attachment() < posting.papers.len(), || format!("no attachment {}", reading.attachment()))
}

/// The pages cannot be lost from sight, nor shrink or grow beyond use, and the number below them is one of theirs.
fn canvas(nav: &Nav) -> Result<(), String> {
    let (reading, canvas) = (nav.reading(), nav.reading().canvas());
    let (page, pages, typed) = (reading.page(), reading.pages(), reading.typed());
    keep((1..=pages).contains(&page) && typed <= pages, || format!("page {page}, typed {typed} of {pages}"))?;
    let (frame, zoom) = (canvas.frame(), canvas.zoom());
    keep((LEAST - 1e-4..=MAX_ZOOM).contains(&zoom), || format!("zoom {zoom}"))?;
    let (left, top, unit, length) = (canvas.left(), canvas.top(), canvas.unit(), canvas.length());
    let lowest = (frame.height - length).min(0.0);
    keep(top <= 0.0 && top >= lowest - 1.0, || format!("top {top}, {length} long in {frame:?}"))?;
    let margin = ((frame.width - unit) / 2.0).max(0.0);
    let across = left <= margin + 1.0 && left + unit + margin >= frame.width - 1.0;
    keep(across, || format!("left {left}, {unit} wide in {frame:?}"))?;
    let seen = canvas.in_sight();
    keep(seen.is_finite() && seen >= 0.0, || format!("{seen} pages in sight"))
}

/// The list is one touch away from everywhere, and what it leaves out is there.
fn list(nav: &Nav, view: &View) -> Result<(), String> {
    if let Some(board) = &nav.filter().board {
        keep(view.desk(board).is_some(), || format!("no board {board}"))?;
    }
    if let Some(category) = &nav.filter().category {
        let categories = view.categories(nav.filter().board.as_deref());
        keep(categories.iter().any(|known| known.name == *category), || format!("no category {category}"))?;
    }
    Ok(())
}

/// The next person finds the board as it hangs.
fn wall(nav: &Nav, now: Duration) -> Result<(), String> {
    let asked = nav.warning(now);
    let home = matches!(nav.page(), Page::Wall | Page::Message(_));
    keep(!home || asked.is_none(), || format!("the wall asks: {asked:?}"))?;
    if nav.somebody_is_there() {
        return Ok(());
    }
    let own = Look { language: Language::Czech, contrast: false, large: false };
    let left = (home, nav.look(), nav.choosing_look(), nav.filter(), nav.note(), nav.reading().canvas().zoom());
    keep(left == (true, own, false, &Filter::default(), None, 1.0), || format!("left behind: {left:?}"))
}

/// One touch leads to the list; where the reader is asked whether they are there, the first one only answers.
pub fn list_is_one_touch_away(nav: &Nav, view: &View, now: Duration) -> bool {
    let mut nav = nav.clone();
    if nav.warning(now).is_some() {
        nav.update(view, Event::Active, now);
    }
    nav.update(view, Event::List, now);
    *nav.page() == Page::Board
}
