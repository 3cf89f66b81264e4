//! A configuration that was spoiled while the panel hangs on its wall: the last good one stays in force.

use vyveska::clock::Now;
use vyveska::config::Config;
use vyveska::ledger::Ledger;
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

#[test]
fn what_hangs_is_told_and_released_by_the_settings_in_force() {
    let mut town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    town.edit(|entries| entries.truncate(1));
    assert_eq!(panel.good_round(&march(5, 10))["boards"][0]["held"][0]["kind"], "mass-loss");
    let started = Now::trusted(march(5, 0).parse().unwrap());
    Ledger::open(&panel.data()).unwrap().start("vyveska 0.1.0", "boot", started).unwrap();
    let kept = panel.folder.join("last-good.toml");
    std::fs::rename(panel.config_path(), &kept).unwrap();
    std::fs::write(panel.config_path(), "[[board").unwrap();
    let now = march(5, 20);
    for (words, said) in [
        (&["notices", "--now", &now][..], "mass-loss"),
        (&["release", "lhota", "--now", &now], "the next `vyveska sync` admits it"),
        (&["ledger"], "started: vyveska"),
    ] {
        let told = |output: &std::process::Output| String::from_utf8(output.stderr.clone()).unwrap();
        let alone = panel.run(words);
        assert_eq!(alone.status.code(), Some(2), "with nothing kept a mistake is the end: {words:?}");
        assert!(told(&alone).contains("line 1"), "{}", told(&alone));
        let output = panel.run(&[words, &["--last-good", kept.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", told(&output));
        assert!(String::from_utf8_lossy(&output.stdout).contains(said), "{words:?}: {output:?}");
        let mistake = told(&output);
        assert!(mistake.contains("last in force") && mistake.contains("line 1"), "{words:?}: {mistake}");
    }
    let both = ["ledger", "--data", "data", "--last-good", kept.to_str().unwrap()];
    assert_eq!(panel.run(&both).status.code(), Some(2), "one folder or the other");
}
