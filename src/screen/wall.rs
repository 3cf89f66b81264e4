//! The wall's sheets: as many whole titles on each as fit, and as long as the longest takes to read.
//!
//! The surprising thing: how high a title is, only the page knows. It is asked through a hidden probe, so no estimate
//! of letters a line can ever cut a title off. Asking takes time: a few notices are measured in each frame, and
//! meanwhile the wall shows the sheets of those that were.

mod sheets;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

use slint::{ComponentHandle, Image, ModelRc, VecModel};
use vyveska_ui::{self as ui, Density};

use super::{board, entry, head, qr};
use crate::model::Digest;
use crate::nav::Look;
use crate::view::{Left, Posting, View};

/// Letters a second that a person reads on a board.
const READING_SPEED: f32 = 12.0;
/// To find the place where one reads on.
const FINDING: Duration = Duration::from_millis(1_000);
const SHORTEST: Duration = Duration::from_secs(6);
/// Each title has been up once within this time; the letters get smaller before it is missed.
const ROUND: Duration = Duration::from_secs(120);
/// The wall turns through so many notices at most, the newest of each board; the list has them all. They take from a
/// quarter of an hour to half an hour, and no office is known to have more posted at once.
const MOST: usize = 600;
/// Measured in one frame at most, at each size of letters that is tried in it.
const SLICE: usize = 24;
/// Letters that would miss the round by this factor, as far as is known from the first notices, are not tried on all.
const CLEARLY: f32 = 1.25;
const DENSITIES: [Density; 3] = [Density::Roomy, Density::Plain, Density::Dense];

/// What hangs on the wall at one time: notices of one board, by position in the view.
#[derive(Debug, Clone, Default)]
struct Sheet {
    desk: usize,
    columns: Vec<Vec<usize>>,
    /// Logical pixels that each notice has more than it needs; the same in both columns, which begin side by side.
    air: f32,
    /// Letters of the longest title.
    letters: usize,
}

/// A board on the wall.
struct Hung {
    /// Of its notices, the newest that hang, by position in the view.
    postings: Vec<usize>,
    faces: Vec<Face>,
    /// Height of a column (logical pixels).
    room: f32,
}

/// What a notice looks like on the wall, as far as its height depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Face {
    digest: Digest,
    new: bool,
    left: Left,
}

/// The wall as it is laid out for one view, one language and one glass.
#[derive(Default)]
pub struct Wall {
    sheets: Vec<Sheet>,
    density: usize,
    look: Option<Look>,
    /// In the order of the desks.
    hung: Vec<Hung>,
    /// Notices of `hung`, one desk after the other, whose heights are not known yet.
    unmeasured: usize,
    /// By face, code of the language, larger letters, and density.
    known: HashMap<(Face, &'static str, bool, usize), f32>,
}

impl Wall {
    /// Lays the wall out anew; how long each sheet stays. What was measured before is not measured again.
    pub fn lay(&mut self, app: &ui::App, view: &View, look: Look) -> Vec<Duration> {
        self.look = Some(look);
        self.density = 0;
        self.hang(app, view);
        let faces: HashSet<Face> = self.hung.iter().flat_map(|hung| hung.faces.iter().copied()).collect();
        self.known.retain(|(face, ..), _| faces.contains(face));
        self.lay_on(app, view)
    }

    /// Measures the next few notices of the view that was laid out; how long each sheet stays as far as they go.
    pub fn lay_on(&mut self, app: &ui::App, view: &View) -> Vec<Duration> {
        let across = if app.global::<ui::Theme>().get_wide() { 2 } else { 1 };
        loop {
            let (heights, all) = self.measure(app, view);
            self.unmeasured = all - heights.iter().map(Vec::len).sum::<usize>();
            self.pack(across, view, &heights);
            let round: Duration = self.stays().iter().sum();
            let expected = round.mul_f32(all as f32 / (all - self.unmeasured).max(1) as f32);
            let limit = if self.unmeasured == 0 { ROUND } else { ROUND.mul_f32(CLEARLY) };
            // Whoever asked for larger letters stands there, and is not served by smaller ones.
            let large = self.look.is_some_and(|look| look.large);
            let whole = |(hung, heights): (&Hung, &Vec<f32>)| heights.iter().all(|height| *height <= hung.room);
            let whole = self.hung.iter().zip(&heights).all(whole);
            if (whole && (expected <= limit || large)) || self.density + 1 == DENSITIES.len() {
                return self.stays();
            }
            self.density += 1;
        }
    }

    /// Some notices are not on their sheets yet: [`Wall::lay_on`] puts them there.
    pub fn is_unfinished(&self) -> bool {
        self.unmeasured > 0
    }

    pub fn fill(&self, app: &ui::App, view: &View, at: usize) {
        let page = app.global::<ui::WallPage>();
        page.set_blank(board::blank(view, None, view.postings.len()));
        page.set_density(DENSITIES[self.density]);
        page.set_sheet(at as i32 + 1);
        page.set_sheets(self.sheets.len() as i32);
        let empty = Sheet::default();
        let sheet = self.sheets.get(at).unwrap_or(&empty);
        let column = |n: usize| {
            let entries = sheet.columns.get(n).into_iter().flatten();
            let entries: Vec<ui::Entry> = entries.map(|&at| entry::of(at, view, false, Image::default())).collect();
            ModelRc::from(Rc::new(VecModel::from(entries)))
        };
        page.set_left(column(0));
        page.set_right(column(1));
        page.set_air(sheet.air);
        self.dress(app, view, at);
    }

    /// What changes with time alone: the age of the data.
    pub fn dress(&self, app: &ui::App, view: &View, at: usize) {
        let page = app.global::<ui::WallPage>();
        let desk = self.sheets.get(at).map(|sheet| sheet.desk);
        self.tell_share(app, view, desk.unwrap_or(0));
        let desk = desk.and_then(|desk| view.desks.get(desk));
        let head = desk.map_or_else(|| head::of(None, view), |desk| head::of_desk(desk, view));
        app.global::<ui::Theme>().set_colour(head.colour);
        let web = desk.or(view.desks.first()).and_then(|desk| desk.board.web.as_deref());
        let code = web.and_then(qr::code);
        page.set_has_qr(code.is_some());
        page.set_qr(code.unwrap_or_default());
        page.set_head(head);
    }

    /// Notices of one sheet, as they hang from top to bottom.
    pub fn shown(&self, at: usize) -> impl Iterator<Item = usize> {
        self.sheets.get(at).into_iter().flat_map(|sheet| sheet.columns.iter().flatten().copied())
    }

    fn stays(&self) -> Vec<Duration> {
        let stay =
            |sheet: &Sheet| SHORTEST.max(FINDING + Duration::from_secs_f32(sheet.letters as f32 / READING_SPEED));
        self.sheets.iter().map(stay).collect()
    }

    /// Chooses what hangs on the wall, and measures the room that each board has for it.
    fn hang(&mut self, app: &ui::App, view: &View) {
        let up: Vec<usize> = view.desks.iter().map(|desk| desk.up).collect();
        let empty = || Hung { postings: Vec::new(), faces: Vec::new(), room: 0.0 };
        self.hung = view.desks.iter().map(|_| empty()).collect();
        let shares = sheets::shares(&up, MOST);
        for (at, posting) in view.postings.iter().enumerate() {
            let hung = &mut self.hung[posting.desk];
            if hung.postings.len() < shares[posting.desk] {
                hung.postings.push(at);
                hung.faces.push(Face::of(posting));
            }
        }
        let page = app.global::<ui::WallPage>();
        let glass = app.window().size().to_logical(app.window().scale_factor());
        let line = app.get_line_height();
        // The strokes that count the sheets are measured with as many as there can be.
        page.set_sheets(99);
        page.set_blank(ui::Blank::None);
        for (at, desk) in view.desks.iter().enumerate() {
            page.set_probe_head(head::of_desk(desk, view));
            page.set_has_qr(desk.board.web.as_deref().and_then(qr::code).is_some());
            self.tell_share(app, view, at);
            complete(app);
            self.hung[at].room = glass.height - app.get_chrome_height() - line;
        }
    }

    /// Says how many of a board's notices hang on the wall, where that is not all.
    fn tell_share(&self, app: &ui::App, view: &View, desk: usize) {
        let page = app.global::<ui::WallPage>();
        let up = view.desks.get(desk).map_or(0, |desk| desk.up);
        let hung = self.hung.get(desk).map_or(0, |hung| hung.postings.len());
        page.set_up(up as i32);
        page.set_hung(if hung < up { hung as i32 } else { 0 });
    }

    /// Heights of the notices of each desk, as far as one slice goes; and how many there are in all.
    fn measure(&mut self, app: &ui::App, view: &View) -> (Vec<Vec<f32>>, usize) {
        let look = self.look.expect("a wall is laid out for a look");
        let page = app.global::<ui::WallPage>();
        page.set_density(DENSITIES[self.density]);
        let mut left = SLICE;
        let mut height = |at: usize, face: Face| {
            let key = (face, look.language.code(), look.large, self.density);
            if let Some(&height) = self.known.get(&key) {
                return Some(height);
            }
            left = left.checked_sub(1)?;
            page.set_probe(entry::of(at, view, false, Image::default()));
            complete(app);
            let height = app.get_entry_height();
            self.known.insert(key, height);
            Some(height)
        };
        let mut stopped = false;
        let heights = self.hung.iter().map(|hung| {
            let each = hung.postings.iter().zip(&hung.faces).map_while(|(&at, &face)| {
                let height = if stopped { None } else { height(at, face) };
                stopped |= height.is_none();
                height
            });
            each.collect()
        });
        (heights.collect(), self.hung.iter().map(|hung| hung.postings.len()).sum())
    }

    /// Shares the measured notices among sheets, each board on its own.
    fn pack(&mut self, across: usize, view: &View, heights: &[Vec<f32>]) {
        self.sheets.clear();
        for (desk, (hung, heights)) in self.hung.iter().zip(heights).enumerate() {
            // Evened out once all are known: until then the sheets would change with each frame.
            let share = if self.unmeasured == 0 { sheets::even } else { sheets::greedy };
            for columns in share(heights, hung.room, across) {
                let air = columns.iter().map(|column| sheets::air(column, heights, hung.room)).reduce(f32::min);
                let columns: Vec<Vec<usize>> =
                    columns.into_iter().map(|column| column.into_iter().map(|n| hung.postings[n]).collect()).collect();
                let letters = |&at: &usize| view.postings[at].notice.title.chars().count();
                let letters = columns.iter().flatten().map(letters).max().unwrap_or(0);
                self.sheets.push(Sheet { desk, columns, air: air.unwrap_or(0.0), letters });
            }
        }
    }
}

impl Face {
    fn of(posting: &Posting) -> Face {
        Face { digest: posting.notice.digest(), new: posting.new, left: posting.left }
    }
}

/// Slint makes what stands behind an `if` in a pass of its own, and until then measures without it. Showing the window
/// once more is its public way to ask for that pass; nothing else comes of it.
fn complete(app: &ui::App) {
    if let Err(error) = app.show() {
        tracing::error!("the wall may be laid out too full: {error}");
    }
}
