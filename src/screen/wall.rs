//! The wall's sheets: as many whole titles on each as fit, and as long as the longest takes to read.
//!
//! The surprising thing: how high a title is, only the page knows. It is asked through a hidden probe, so no estimate
//! of letters a line can ever cut a title off.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use slint::{ComponentHandle, Image, ModelRc, VecModel};
use vyveska_ui::{self as ui, Density};

use super::{board, entry, head, qr};
use crate::model::Digest;
use crate::view::View;

/// Letters a second that a person reads on a board.
const READING_SPEED: f32 = 12.0;
/// To find the place where one reads on.
const FINDING: Duration = Duration::from_millis(1_000);
const SHORTEST: Duration = Duration::from_secs(6);
/// Each title has been up once within this time; the letters get smaller before it is missed.
const ROUND: Duration = Duration::from_secs(120);
/// Notices of a sheet that is not full stand further apart, by this share of their own height at most.
const AIR: f32 = 0.35;
const DENSITIES: [Density; 3] = [Density::Roomy, Density::Plain, Density::Dense];

/// What hangs on the wall at one time: notices of one board, by position in the view.
#[derive(Debug, Clone, Default)]
struct Sheet {
    desk: usize,
    columns: Vec<Vec<usize>>,
    /// Logical pixels that each notice of a column has more than it needs.
    air: Vec<f32>,
    /// Letters of the longest title.
    letters: usize,
}

/// The wall as it is laid out for one view, one language and one glass.
#[derive(Default)]
pub struct Wall {
    sheets: Vec<Sheet>,
    density: usize,
    /// Heights that were measured: they depend on the title, its dates, and what else the row says.
    known: HashMap<(Digest, u8, usize), f32>,
}

impl Wall {
    /// Lays the wall out anew; how long each sheet stays.
    pub fn lay(&mut self, app: &ui::App, view: &View) -> Vec<Duration> {
        let mut measured = HashMap::new();
        for (density, letters) in DENSITIES.into_iter().enumerate() {
            self.density = density;
            app.global::<ui::WallPage>().set_density(letters);
            self.sheets = self.pack(app, view, &mut measured);
            if self.stays().iter().sum::<Duration>() <= ROUND {
                break;
            }
        }
        self.known = measured;
        self.stays()
    }

    /// Heights depend on the language too.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    pub fn fill(&self, app: &ui::App, view: &View, at: usize) {
        let page = app.global::<ui::WallPage>();
        page.set_blank(board::blank(view, view.postings.len()));
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
        let air = |n: usize| sheet.air.get(n).copied().unwrap_or(0.0);
        page.set_left_air(air(0));
        page.set_right_air(air(1));
        self.dress(app, view, at);
    }

    /// What changes with time alone: the age of the data.
    pub fn dress(&self, app: &ui::App, view: &View, at: usize) {
        let page = app.global::<ui::WallPage>();
        let desk = self.sheets.get(at).and_then(|sheet| view.desks.get(sheet.desk));
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

    fn pack(&self, app: &ui::App, view: &View, measured: &mut HashMap<(Digest, u8, usize), f32>) -> Vec<Sheet> {
        let columns = if app.global::<ui::Theme>().get_wide() { 2 } else { 1 };
        let page = app.global::<ui::WallPage>();
        let glass = app.window().size().to_logical(app.window().scale_factor());
        // The strokes that count the sheets are measured with as many as there can be.
        page.set_sheets(99);
        page.set_blank(ui::Blank::None);
        let mut sheets = Vec::new();
        for (desk, known) in view.desks.iter().enumerate() {
            page.set_probe_head(head::of_desk(known, view));
            page.set_has_qr(known.board.web.as_deref().and_then(qr::code).is_some());
            complete(app);
            let room = glass.height - app.get_chrome_height();
            let mine = view.postings.iter().enumerate().filter(|(_, posting)| posting.desk == desk);
            let heights: Vec<(usize, f32)> = mine
                .map(|(at, posting)| {
                    let says = u8::from(posting.new) | u8::from(posting.ends_today()) << 1;
                    let key = (posting.notice.digest(), says, self.density);
                    let height = self.known.get(&key).copied().unwrap_or_else(|| {
                        page.set_probe(entry::of(at, view, false, Image::default()));
                        complete(app);
                        app.get_entry_height()
                    });
                    measured.insert(key, height);
                    (at, height)
                })
                .collect();
            for columns in even(&heights, room, columns) {
                let letters = |&at: &usize| view.postings[at].notice.title.chars().count();
                let letters = columns.iter().flatten().map(letters).max().unwrap_or(0);
                let height =
                    |at: &usize| heights.iter().find(|(known, _)| known == at).map_or(0.0, |(_, height)| *height);
                let air = |column: &Vec<usize>| {
                    let used: f32 = column.iter().map(height).sum();
                    ((room - used) / column.len() as f32).clamp(0.0, used / column.len() as f32 * AIR)
                };
                sheets.push(Sheet { desk, air: columns.iter().map(air).collect(), columns, letters });
            }
        }
        sheets
    }
}

/// Slint makes what stands behind an `if` in a pass of its own, and until then measures without it. Showing the window
/// once more is its public way to ask for that pass; nothing else comes of it.
fn complete(app: &ui::App) {
    if let Err(error) = app.show() {
        tracing::error!("the wall may be laid out too full: {error}");
    }
}

/// Fills as few sheets as possible, and those evenly: five notices on each of two rather than nine and one.
fn even(heights: &[(usize, f32)], room: f32, columns: usize) -> Vec<Vec<Vec<usize>>> {
    let fewest = greedy(heights, room, columns);
    let (mut low, mut high) = (room / 3.0, room);
    for _ in 0..8 {
        let middle = (low + high) / 2.0;
        if greedy(heights, middle, columns).len() <= fewest.len() { high = middle } else { low = middle }
    }
    greedy(heights, high, columns)
}

/// In order, each column until the next notice no longer fits. One that is higher than the glass has a column alone.
fn greedy(heights: &[(usize, f32)], room: f32, columns: usize) -> Vec<Vec<Vec<usize>>> {
    let mut sheets: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut left = 0.0;
    for &(at, height) in heights {
        if height > left || sheets.is_empty() {
            match sheets.last_mut() {
                Some(sheet) if sheet.len() < columns => sheet.push(Vec::new()),
                _ => sheets.push(vec![Vec::new()]),
            }
            left = room;
        }
        left -= height;
        sheets.last_mut().and_then(|sheet| sheet.last_mut()).expect("a sheet was just begun").push(at);
    }
    sheets
}

#[cfg(test)]
mod tests {
    use super::{even, greedy};

    fn heights(of: &[f32]) -> Vec<(usize, f32)> {
        of.iter().copied().enumerate().collect()
    }

    #[test]
    fn sheets_are_few_and_even() {
        let sheets = even(&heights(&[10.0; 10]), 95.0, 1);
        assert_eq!(sheets.iter().map(|sheet| sheet[0].len()).collect::<Vec<_>>(), [5, 5]);
        let sheets = greedy(&heights(&[40.0, 40.0, 40.0, 200.0, 10.0]), 100.0, 2);
        assert_eq!(sheets, [vec![vec![0, 1], vec![2]], vec![vec![3], vec![4]]]);
        assert!(even(&[], 100.0, 2).is_empty());
    }
}
