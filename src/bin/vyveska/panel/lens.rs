//! Sharp tiles for the screen, from a warm child for the document that is being read.
//!
//! All of it runs on the tiles' own thread. A document that breaks its child costs its tiles; the page's own picture
//! stays on the glass.

use vyveska::files::Files;
use vyveska::model::Digest;
use vyveska::pages::{Lens, Limits, PageChild, Part};
use vyveska::screen::tiles::{Order, Tile, Tiles, turned};

/// The document that is being read.
struct Warm {
    digest: Digest,
    lens: Lens,
    /// What is wrong with it was said.
    said: bool,
}

/// `wake` makes the glass take a turn.
pub fn tiles(child: PageChild, files: Files, wake: impl Fn() + Send + 'static) -> Tiles {
    let mut warm: Option<Warm> = None;
    let draw = move |order| {
        let Order::Draw(tile) = order else {
            warm = None;
            return None;
        };
        if warm.as_ref().is_none_or(|warm| warm.digest != tile.digest) {
            // The child before it goes first.
            warm = None;
            let lens = Lens::new(child.clone(), &files.path(&tile.digest), tile.stored, Limits::of_a_lens());
            warm = Some(Warm { digest: tile.digest, lens, said: false });
        }
        let warm = warm.as_mut()?;
        match warm.lens.part(&part(&tile)) {
            Ok(pixels) => turned(pixels.bytes(), (tile.width, tile.height), tile.quarter),
            Err(error) => {
                if !std::mem::replace(&mut warm.said, true) {
                    tracing::warn!("page {} of {} stays as it is: {error}", tile.page, tile.digest);
                }
                None
            }
        }
    };
    Tiles::behind(draw, wake)
}

fn part(tile: &Tile) -> Part {
    let Tile { page, turned, across, left, top, width, height, .. } = *tile;
    Part { page, turned, across, left, top, width, height }
}
