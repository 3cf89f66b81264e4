//! A feed that has moved for good: readers see nothing of it, the clerk is told what to change.

use super::publisher::Answer;
use super::town::{Panel, Town};

#[test]
fn the_clerk_is_told_where_the_feed_has_moved() {
    let town = Town::new("lhota", 3);
    let new = town.web.url("/deska.json");
    let target = new.clone();
    town.web.answer("/stara.json", move |_| Answer::redirect(301, &target));
    let panel = Panel::with("allow_private = true", &[("lhota", town.web.url("/stara.json"))]);
    let now = "2026-03-02T08:00:00+01:00";
    panel.good_round(now);
    let told = String::from_utf8(panel.run(&["notices", "--now", now]).stdout).expect("words");
    let cure = format!("the feed has moved for good: set feed = \"{new}\"");
    assert!(told.contains(&cure), "{told}");
    assert!(told.contains("up (3)"), "{told}");
}
