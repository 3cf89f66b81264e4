//! What must hold of the pages and the report that the parent makes of a child's answers, whatever those were.
//!
//! The fuzzer's targets `pages` and `wire` look at it too.

use std::collections::HashSet;

use vyveska::pages::{Limits, Rendered, Report, Want};

pub fn check(pages: &[Rendered], report: &Report, want: &Want, limits: &Limits) {
    let mut numbers = HashSet::new();
    for page in &report.pages {
        assert!(page.number > 0 && page.number <= report.page_count && numbers.insert(page.number), "{report:?}");
    }
    assert!(report.pages.is_sorted_by_key(|page| page.number), "{report:?}");
    assert!(report.pages.len() <= limits.pages as usize, "{report:?}");
    let drawn = report.pages.iter().filter_map(|page| Some((page.number, *page.drawn.as_ref().ok()?)));
    assert!(drawn.clone().map(|(number, _)| number).eq(pages.iter().map(|page| page.number)), "{report:?}");
    for (page, (_, drawn)) in pages.iter().zip(drawn) {
        assert_eq!((page.width, page.height, page.sheet), (drawn.width, drawn.height, drawn.sheet));
        assert!(page.width == want.width && (1..=limits.height).contains(&page.height), "{drawn:?}");
        let bytes = page.width as usize * page.height as usize * page.pixels.channels();
        assert_eq!(page.pixels.bytes().len(), bytes);
        assert_eq!(page.text.is_some(), drawn.text);
        let text = page.text.as_deref().unwrap_or_default();
        assert!(text.len() <= limits.text_bytes as usize, "{} bytes of text", text.len());
        assert!(!text.contains(|letter: char| letter.is_control() && !matches!(letter, '\n' | '\t')), "{text:?}");
        let small = page.thumbnail();
        assert!(small.width > 0 && small.height > 0);
    }
    let json = report.to_json();
    assert_eq!(report.to_json_after(&json.to_string()), json);
}
