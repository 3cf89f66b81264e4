//! A configuration that was spoiled while the panel hangs on its wall: the last good one stays in force.

use vyveska::config::Config;
use vyveska::wire::SyncReport;

use super::sync::march;
use super::town::{Panel, Town};

#[test]
fn the_last_good_settings_stay_in_force_and_the_mistake_is_reported() {
    let town = Town::new("lhota", 4);
    let panel = Panel::of(&[&town]);
    let kept = panel.folder.join("last-good.toml");
    let round = |minutes: i64| {
        let now = march(5, minutes);
        let words = ["sync", "--once", "--json", "--now", &now, "--last-good", kept.to_str().unwrap()];
        panel.run(&words)
    };
    let good = std::fs::read_to_string(panel.config_path()).unwrap();
    let config = panel.config();
    let report = || SyncReport::read(&config.run).unwrap();
    assert_eq!(round(0).status.code(), Some(0));
    assert_eq!((std::fs::read_to_string(&kept).unwrap(), report().settings_problem), (good.clone(), None));

    for spoiled in [good.replace("diagonal_inches", "diagonal"), "[[board".to_owned(), String::new()] {
        std::fs::write(panel.config_path(), spoiled).unwrap();
        let out = round(20);
        assert_eq!(out.status.code(), Some(0), "{out:?}");
        let said = String::from_utf8(out.stderr).unwrap();
        assert!(said.contains("last in force") && said.contains("line "), "{said}");
        assert_eq!((report().boards[0].up, report().settings_problem.is_some()), (4, true));
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), good, "a mistake is not kept");
    }
    // Also where the file is gone, and its folder is still what relative paths start at.
    std::fs::remove_file(panel.config_path()).unwrap();
    let (in_force, problem) = Config::in_force(&panel.config_path(), Some(&kept)).unwrap();
    assert!(problem.is_some() && in_force == config);

    // Mended, it is in force again; with nothing kept a mistake is the end, as it is at a desk.
    std::fs::write(panel.config_path(), good.replace("Obec lhota", "Obec Lhota")).unwrap();
    assert_eq!(round(40).status.code(), Some(0));
    assert_eq!(report().settings_problem, None);
    assert!(std::fs::read_to_string(&kept).unwrap().contains("Obec Lhota"));
    std::fs::remove_file(&kept).unwrap();
    std::fs::write(panel.config_path(), "[[board").unwrap();
    assert_eq!(round(60).status.code(), Some(2));
    std::fs::write(&kept, "[[board").unwrap();
    assert_eq!(round(60).status.code(), Some(2));
}
