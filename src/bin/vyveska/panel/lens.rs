//! Sharp tiles for the screen, from a warm child for the document that is being read.
//!
//! All of it runs on the tiles' own thread. A document that breaks its child costs its tiles; the page's own picture
//! stays on the glass.

use vyveska::files::Files;
use vyveska::model::Digest;
use vyveska::pages::{Lens, Limits, PageChild, Part};
use vyveska::screen::tiles::{Order, Tiles, turned};

/// `wake` makes the glass take a turn.
pub fn tiles(files: Files, wake: impl Fn() + Send + 'static) -> Tiles {
    let mut warm: Option<(Digest, Lens)> = None;
    let draw = move |order| {
        let Order::Draw(tile) = order else {
            warm = None;
            return None;
        };
        if warm.as_ref().is_none_or(|(digest, _)| *digest != tile.digest) {
            // The child before it goes first.
            warm = None;
            let document = files.path(&tile.digest);
            let lens = Lens::new(PageChild::this_program(), &document, tile.stored, Limits::of_a_lens());
            warm = Some((tile.digest, lens));
        }
        let (_, lens) = warm.as_mut()?;
        let part = Part {
            page: tile.page,
            turned: tile.turned,
            across: tile.across,
            left: tile.left,
            top: tile.top,
            width: tile.width,
            height: tile.height,
        };
        match lens.part(&part) {
            Ok(pixels) => turned(pixels.bytes(), (tile.width, tile.height), tile.quarter),
            Err(error) => {
                tracing::warn!("page {} of {} stays as it is: {error}", tile.page, tile.digest);
                None
            }
        }
    };
    Tiles::behind(draw, wake)
}
