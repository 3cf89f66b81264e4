//! Sharp pieces over the pages that a reader has enlarged beyond their pictures: which of them are wanted, and those
//! that are there.
//!
//! What it deliberately does not do: draw them. Whoever made the panel says how; here it is only known that it takes
//! longer than a frame. The surprising thing: nothing is asked for while pages move. What is in sight once they have
//! rested for a moment is asked for, the middle first, and until it comes the reader has the page's own picture,
//! enlarged.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use slint::{Image, ModelRc, VecModel};
use vyveska_ui as ui;

use super::pictures::Pixels;
use super::worker::Worker;
use crate::model::Digest;

/// Pages have to rest so long before anything is asked for.
pub const REST: Duration = Duration::from_millis(80);
/// Side of a tile in pixels of the panel; those at the edges of a page are smaller.
pub const SIDE: u32 = 512;
/// A page's picture that is enlarged by less than this is sharp enough.
const SHARP: f32 = 1.02;
/// What the tiles on the glass may take, in bytes: a portrait panel that is full of them, and the edges beyond it.
const ROOM: usize = 12 << 20;
/// Wishes that could not be fulfilled; with one more the oldest is tried again.
const MAX_MISSING: usize = 64;

/// A piece of a page that is wanted. Lengths are pixels of the upright page when it is `across` pixels wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    pub digest: Digest,
    /// From 1.
    pub page: u32,
    /// Width of the page's stored picture.
    pub stored: u32,
    /// Quarters to the right by which that was set upright when it was drawn.
    pub turned: u8,
    /// Quarters that the reader has turned the page to the right; so is the piece to be turned.
    pub quarter: u8,
    pub across: u32,
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// What the one who draws is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Draw(Tile),
    /// Nobody looks at the document any more.
    Close,
}

/// A page in sight. Lengths are pixels of the panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visible {
    /// From 1.
    pub page: u32,
    /// Width of its stored picture, and the quarters to the right by which it was set upright when it was drawn.
    pub stored: u32,
    pub turned: u8,
    /// Of the whole page as it is shown, turned where it is turned.
    pub width: f32,
    pub height: f32,
    /// What of it is in sight: left, top, right, bottom.
    pub sight: [f32; 4],
}

/// What the reader has before the eyes.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    pub digest: Digest,
    pub quarter: u8,
    pub pages: Vec<Visible>,
}

#[derive(Default)]
pub struct Tiles {
    worker: Option<Worker<Order, Pixels>>,
    sight: Option<Sight>,
    /// When to ask for what is in sight.
    due: Option<Duration>,
    /// What of the sight was asked for last.
    wanted: Vec<Tile>,
    missing: VecDeque<Tile>,
    /// Latest last.
    kept: VecDeque<Kept>,
    /// By page, whichever document it is of: what a page shows is emptied when another one takes its place.
    models: Vec<(u32, Rc<VecModel<ui::Tile>>)>,
}

struct Kept {
    tile: Tile,
    bytes: usize,
    shape: ui::Tile,
}

impl Tiles {
    /// `draw` answers on a thread of its own: with `tile.width × tile.height` pixels, turned; `wake` makes the glass
    /// take a turn.
    pub fn behind(
        draw: impl FnMut(Order) -> Option<Pixels> + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> Tiles {
        let worker = Worker::start("tiles", draw, wake);
        if let Err(error) = &worker {
            tracing::warn!("enlarged pages stay as they are: {error}");
        }
        Tiles { worker: worker.ok(), ..Tiles::default() }
    }

    /// The tiles of a page of the document in sight, as they come and go.
    pub fn of(&mut self, page: u32) -> ModelRc<ui::Tile> {
        if let Some((_, model)) = self.models.iter().find(|(other, _)| *other == page) {
            return model.clone().into();
        }
        let shapes = self.kept.iter().filter(|kept| kept.tile.page == page).map(|kept| kept.shape.clone());
        let model = Rc::new(VecModel::from(shapes.collect::<Vec<_>>()));
        self.models.push((page, model.clone()));
        model.into()
    }

    /// This is in sight at `at`, perhaps still moving.
    pub fn show(&mut self, sight: Sight, at: Duration) {
        if self.worker.is_none() || self.sight.as_ref() == Some(&sight) {
            return;
        }
        let before = self.sight.replace(sight);
        let now = self.sight.as_ref().map(|sight| (sight.digest, sight.quarter));
        if before.is_some_and(|before| Some((before.digest, before.quarter)) != now) {
            self.forget();
        }
        self.due = Some(at + REST);
    }

    /// No page is in sight any more.
    pub fn close(&mut self) {
        if self.sight.take().is_none() {
            return;
        }
        self.due = None;
        self.forget();
        if let Some(worker) = &self.worker {
            worker.wish(Order::Close);
        }
    }

    /// Another document, or the same turned: nothing that is there or on its way fits it.
    fn forget(&mut self) {
        self.wanted.clear();
        self.missing.clear();
        self.kept.clear();
        self.models.retain(|(_, model)| Rc::strong_count(model) > 1);
        self.models.iter().for_each(|(_, model)| model.set_vec(Vec::new()));
        if let Some(worker) = &self.worker {
            worker.retain(|_| false);
        }
    }

    /// When [`Tiles::tick`] has something to do.
    pub fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Asks for what has been in sight for a while.
    pub fn tick(&mut self, at: Duration) {
        let (Some(worker), Some(sight)) = (&self.worker, &self.sight) else { return };
        if self.due.is_none_or(|due| due > at) {
            return;
        }
        self.due = None;
        self.wanted = wanted(sight);
        self.missing.retain(|tile| self.wanted.contains(tile));
        worker.retain(|order| matches!(order, Order::Draw(tile) if self.wanted.contains(tile)));
        let open = self.wanted.iter().filter(|tile| !self.missing.contains(tile) && !self.has(tile));
        // The newest wish comes first.
        worker.wish_all(open.rev().map(|tile| Order::Draw(*tile)));
        self.clear_away();
    }

    /// Takes in what was drawn since the last time.
    pub fn arrived(&mut self) {
        let answers = self.worker.as_ref().map(Worker::answers).unwrap_or_default();
        for (order, pixels) in answers {
            let Order::Draw(tile) = order else { continue };
            match pixels {
                Some(pixels) if self.wanted.contains(&tile) && !self.has(&tile) => self.put(tile, pixels),
                Some(_) => {}
                None => {
                    self.missing.truncate(MAX_MISSING - 1);
                    self.missing.push_front(tile);
                }
            }
            self.clear_away();
        }
    }

    fn has(&self, tile: &Tile) -> bool {
        self.kept.iter().any(|kept| kept.tile == *tile)
    }

    fn put(&mut self, tile: Tile, pixels: Pixels) {
        let Some(page) = self.sight.iter().flat_map(|sight| &sight.pages).find(|page| page.page == tile.page) else {
            return;
        };
        let bytes = pixels.as_bytes().len();
        let shape = ui::Tile { picture: Image::from_rgb8(pixels), ..place(&tile, page) };
        if let Some((_, model)) = self.models.iter().find(|(other, _)| *other == tile.page) {
            model.push(shape.clone());
        }
        self.kept.push_back(Kept { tile, bytes, shape });
    }

    /// Tiles of another size go when the new ones are all there, and the oldest when there is no more room.
    fn clear_away(&mut self) {
        let complete = self.wanted.iter().all(|tile| self.missing.contains(tile) || self.has(tile));
        let before = self.kept.len();
        if complete {
            let wanted = &self.wanted;
            self.kept.retain(|kept| wanted.contains(&kept.tile));
        }
        let mut taken: usize = self.kept.iter().map(|kept| kept.bytes).sum();
        while taken > ROOM
            && let Some(oldest) = self.kept.pop_front()
        {
            taken -= oldest.bytes;
        }
        if self.kept.len() < before {
            for (page, model) in &self.models {
                let shapes = self.kept.iter().filter(|kept| kept.tile.page == *page);
                model.set_vec(shapes.map(|kept| kept.shape.clone()).collect::<Vec<_>>());
            }
        }
    }
}

/// Size of the upright page, to the pixel.
fn upright(page: &Visible, quarter: u8) -> (u32, u32) {
    let (width, height) = (page.width.round() as u32, page.height.round() as u32);
    if quarter.is_multiple_of(2) { (width, height) } else { (height, width) }
}

/// From the page as it is shown to the page as it stands upright, both in pixels.
fn unturned([left, top, right, bottom]: [f32; 4], (width, height): (f32, f32), quarter: u8) -> [f32; 4] {
    match quarter % 4 {
        0 => [left, top, right, bottom],
        1 => [top, height - right, bottom, height - left],
        2 => [width - right, height - bottom, width - left, height - top],
        _ => [width - bottom, left, width - top, right],
    }
}

/// Where a tile lies on the page as it is shown, in parts of its width.
fn place(tile: &Tile, page: &Visible) -> ui::Tile {
    let (width, height) = upright(page, tile.quarter);
    // Tiles of another size lie where they would if they were of this one.
    let scale = width as f32 / tile.across as f32;
    let (left, top) = (tile.left as f32 * scale, tile.top as f32 * scale);
    let (across, down) = (tile.width as f32 * scale, tile.height as f32 * scale);
    let (width, height) = (width as f32, height as f32);
    let (left, top, across, down) = match tile.quarter % 4 {
        0 => (left, top, across, down),
        1 => (height - top - down, left, down, across),
        2 => (width - left - across, height - top - down, across, down),
        _ => (top, width - left - across, down, across),
    };
    let unit = page.width.round();
    ui::Tile { left: left / unit, top: top / unit, width: across / unit, height: down / unit, ..ui::Tile::default() }
}

/// The tiles in sight of pages whose own pictures are not sharp any more, the middle of the sight first.
fn wanted(sight: &Sight) -> Vec<Tile> {
    let mut wanted = Vec::new();
    for page in &sight.pages {
        let (across, down) = upright(page, sight.quarter);
        if across == 0 || across as f32 <= page.stored as f32 * SHARP {
            continue;
        }
        let seen = unturned(page.sight, (across as f32, down as f32), sight.quarter);
        let range = |from: f32, to: f32, end: u32| {
            let pixel = |at: f32| (at.max(0.0) as u32).min(end);
            pixel(from.floor()) / SIDE..pixel(to.ceil()).div_ceil(SIDE)
        };
        let middle = ((seen[0] + seen[2]) / 2.0, (seen[1] + seen[3]) / 2.0);
        for row in range(seen[1], seen[3], down) {
            for column in range(seen[0], seen[2], across) {
                let (left, top) = (column * SIDE, row * SIDE);
                let (width, height) = (SIDE.min(across - left), SIDE.min(down - top));
                let tile = Tile {
                    digest: sight.digest,
                    page: page.page,
                    stored: page.stored,
                    turned: page.turned,
                    quarter: sight.quarter,
                    across,
                    left,
                    top,
                    width,
                    height,
                };
                let aside = (left + width / 2) as f32 - middle.0;
                let below = (top + height / 2) as f32 - middle.1;
                wanted.push((aside.hypot(below), tile));
            }
        }
    }
    wanted.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let pixels = |tile: &Tile| tile.width as usize * tile.height as usize * 3;
    let mut room = ROOM;
    let fits = |(_, tile): (f32, Tile)| {
        room = room.checked_sub(pixels(&tile))?;
        Some(tile)
    };
    wanted.into_iter().map_while(fits).collect()
}

/// A picture of 1 (grey) or 3 (RGB) bytes a pixel, turned by quarters to the right; `None` where its size is not that.
pub fn turned(bytes: &[u8], (width, height): (u32, u32), quarter: u8) -> Option<Pixels> {
    use slint::Rgb8Pixel;
    let (across, down) = (width as usize, height as usize);
    let channels = [1, 3].into_iter().find(|channels| across * down * channels == bytes.len() && !bytes.is_empty())?;
    let mut turned = if quarter.is_multiple_of(2) { Pixels::new(width, height) } else { Pixels::new(height, width) };
    let row = turned.width() as usize;
    for (at, pixel) in turned.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = (at % row, at / row);
        let (x, y) = match quarter % 4 {
            0 => (x, y),
            1 => (y, down - 1 - x),
            2 => (across - 1 - x, down - 1 - y),
            _ => (across - 1 - y, x),
        };
        let source = &bytes[(y * across + x) * channels..][..channels];
        *pixel = Rgb8Pixel { r: source[0], g: source[channels / 2], b: source[channels - 1] };
    }
    Some(turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: [(f32, f32); 4] = [(1300.0, 1700.0), (1700.0, 1300.0), (1300.0, 1700.0), (1700.0, 1300.0)];

    fn sight(quarter: u8, sight: [f32; 4]) -> Sight {
        let (width, height) = SHOWN[usize::from(quarter)];
        let page = Visible { page: 2, stored: 400, turned: 0, width, height, sight };
        Sight { digest: Digest::of(b"plan"), quarter, pages: vec![page] }
    }

    /// A pixel of the upright page.
    fn value(x: u32, y: u32) -> u8 {
        (x / 7 + y / 3) as u8
    }

    fn drawn(tile: &Tile) -> Vec<u8> {
        let places = (0..tile.height).flat_map(|y| (0..tile.width).map(move |x| (x, y)));
        places.map(|(x, y)| value(tile.left + x, tile.top + y)).collect()
    }

    #[test]
    fn tiles_make_up_the_page_however_it_is_turned() {
        for quarter in 0..4 {
            let (width, height) = SHOWN[usize::from(quarter)];
            let sight = sight(quarter, [0.0, 0.0, width, height]);
            let mut page = vec![None; (width * height) as usize];
            for tile in wanted(&sight) {
                let shape = place(&tile, &sight.pages[0]);
                let pixels = turned(&drawn(&tile), (tile.width, tile.height), quarter).expect("as many as it has");
                let at = |part: f32| (part * width).round() as u32;
                assert_eq!((at(shape.width), at(shape.height)), (pixels.width(), pixels.height()));
                for (index, pixel) in pixels.as_slice().iter().enumerate() {
                    let (x, y) = (index as u32 % pixels.width(), index as u32 / pixels.width());
                    let place = (at(shape.top) + y) * width as u32 + at(shape.left) + x;
                    assert!(page[place as usize].replace(pixel.g).is_none(), "tiles overlap");
                }
            }
            let whole: Vec<u8> = (0..1700).flat_map(|y| (0..1300).map(move |x| value(x, y))).collect();
            let whole = turned(&whole, (1300, 1700), quarter).expect("a page");
            assert!(whole.as_slice().iter().zip(&page).all(|(pixel, seen)| *seen == Some(pixel.g)), "{quarter}");
        }
    }

    #[test]
    fn only_what_is_in_sight_and_not_sharp_is_asked_for() {
        for quarter in 0..4 {
            let (width, height) = SHOWN[usize::from(quarter)];
            let corner = sight(quarter, [width - 300.0, height - 100.0, width, height]);
            let tiles = wanted(&corner);
            assert!((1..=2).contains(&tiles.len()), "{tiles:?}");
            let mut sharp = corner.clone();
            sharp.pages[0].stored = 1700;
            assert_eq!(wanted(&sharp), []);
        }
        // However much is in sight, there is room for it.
        let mut huge = sight(0, [0.0, 0.0, 16_000.0, 16_000.0]);
        (huge.pages[0].width, huge.pages[0].height) = (16_000.0, 16_000.0);
        let bytes: u32 = wanted(&huge).iter().map(|tile| tile.width * tile.height * 3).sum();
        assert!(bytes as usize <= ROOM);
        // The middle first.
        let middle = wanted(&huge)[0];
        assert!(middle.left.abs_diff(8000) <= 512 && middle.top.abs_diff(8000) <= 512);
    }

    #[test]
    fn nothing_is_asked_for_while_pages_move() {
        use std::sync::mpsc::channel;

        let (asked, orders) = channel();
        let (wake, woken) = channel();
        let draw = move |order: Order| {
            asked.send(order).ok()?;
            let Order::Draw(tile) = order else { return None };
            turned(&drawn(&tile), (tile.width, tile.height), tile.quarter)
        };
        let mut tiles = Tiles::behind(draw, move || wake.send(()).unwrap_or_default());
        let ms = Duration::from_millis;
        for frame in 0..20 {
            let at = ms(16 * frame);
            tiles.tick(at);
            tiles.show(sight(0, [0.0, frame as f32 * 10.0, 400.0, 400.0 + frame as f32 * 10.0]), at);
        }
        let due = ms(16 * 19) + REST;
        assert_eq!(tiles.due(), Some(due));
        tiles.tick(due - ms(1));
        assert!(orders.try_recv().is_err(), "it moved a moment ago");
        tiles.tick(due);
        let model = tiles.of(2);
        let wanted = tiles.wanted.clone();
        for count in 1..=wanted.len() {
            woken.recv().expect("a tile comes");
            tiles.arrived();
            assert_eq!(slint::Model::row_count(&model), count);
        }
        let asked: Vec<Order> = orders.try_iter().collect();
        assert_eq!(asked, wanted.iter().map(|tile| Order::Draw(*tile)).collect::<Vec<_>>());
        // Another document takes the place of this one, on the same page of the glass.
        let same = tiles.of(2);
        let other = Sight { digest: Digest::of(b"another"), ..sight(0, [0.0, 0.0, 400.0, 400.0]) };
        tiles.show(other, ms(1000));
        assert_eq!((slint::Model::row_count(&model), slint::Model::row_count(&same)), (0, 0));
        tiles.tick(ms(2000));
        woken.recv().expect("a tile comes");
        tiles.arrived();
        assert_eq!(slint::Model::row_count(&same), 1);
        tiles.close();
        assert_eq!(slint::Model::row_count(&same), 0);
        assert!(orders.iter().any(|order| order == Order::Close));
    }
}
