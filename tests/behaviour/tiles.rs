//! Sharp tiles from the document on the disk to what lies over its page, through the panel's own lens.

use std::sync::mpsc::channel;
use std::time::Duration;

use slint::Model;
use vyveska::files::Files;
use vyveska::model::Digest;
use vyveska::pages::PageChild;
use vyveska::screen::tiles::{REST, Sight, Visible};

use super::pages::paper::{A4, Folder, Paper};

#[path = "../../src/bin/vyveska/panel/lens.rs"]
mod lens;

/// A page of A4 at 200 dpi of the paper is so wide.
const ACROSS: f32 = 1654.0;
const DOWN: f32 = 2340.0;

/// A document on the disk, as sync leaves it.
fn stored(files: &Files, bytes: &[u8]) -> Digest {
    let digest = Digest::of(bytes);
    let path = files.path(&digest);
    std::fs::create_dir_all(path.parent().expect("a folder of its own")).expect("a folder");
    std::fs::write(path, bytes).expect("a file");
    digest
}

#[test]
fn an_enlarged_page_gets_sharp_tiles_and_a_broken_one_keeps_its_picture() {
    let folder = Folder::new();
    let files = Files::open(&folder.0).expect("a folder");
    // Lines of 1 pt, 1 pt apart: the page's own picture shows them as an even grey.
    let mut paper = Paper::new();
    let lines: String = (0..400).map(|line| format!("0 {} 595 1 re ", line * 2)).collect();
    paper.page(A4, &format!("{lines} f"));
    let sound = stored(&files, &paper.bytes());
    let broken = stored(&files, b"%PDF-1.4 and nothing else");

    let (wake, woken) = channel();
    let child = PageChild { program: env!("CARGO_BIN_EXE_vyveska").into() };
    let mut tiles = lens::tiles(child, files, move || wake.send(()).unwrap_or_default());
    for quarter in [0, 1] {
        let model = tiles.of(1);
        let (width, height) = if quarter == 0 { (ACROSS, DOWN) } else { (DOWN, ACROSS) };
        let page = Visible { page: 1, stored: 400, turned: 0, width, height, sight: [600.0, 600.0, 1500.0, 1500.0] };
        let at = Duration::from_secs(u64::from(quarter) + 1);
        tiles.show(Sight { digest: sound, quarter, pages: vec![page] }, at);
        tiles.tick(at + REST);
        // 900 pixels from 600 on touch two squares of 512 each way, and a third where the page is turned.
        let count = if quarter == 0 { 4 } else { 6 };
        while model.row_count() < count {
            woken.recv_timeout(Duration::from_secs(30)).expect("a tile comes");
            tiles.arrived();
        }
        for tile in model.iter() {
            let picture = tile.picture.to_rgb8().expect("pixels");
            assert_eq!((tile.width * width).round() as u32, picture.width());
            let row = picture.width() as usize;
            let (mut dark, mut light) = (0, 0);
            let line: Vec<u8> = match quarter {
                0 => picture.as_slice().iter().skip(row / 2).step_by(row).map(|pixel| pixel.g).collect(),
                _ => picture.as_slice()[..row].iter().map(|pixel| pixel.g).collect(),
            };
            line.iter().for_each(|value| match value {
                0..60 => dark += 1,
                196.. => light += 1,
                _ => {}
            });
            assert!(dark > line.len() / 5 && light > line.len() / 5, "{quarter}: {dark} and {light} of {}", line.len());
        }
    }
    let model = tiles.of(1);
    let page =
        Visible { page: 1, stored: 400, turned: 0, width: 900.0, height: 500.0, sight: [0.0, 0.0, 900.0, 500.0] };
    let at = Duration::from_secs(9);
    tiles.show(Sight { digest: broken, quarter: 0, pages: vec![page] }, at);
    tiles.tick(at + REST);
    for _ in 0..2 {
        woken.recv_timeout(Duration::from_secs(30)).expect("an answer comes");
        tiles.arrived();
    }
    assert_eq!(model.row_count(), 0, "it keeps its picture");
}
