//! What the panel is made of: a display, a touch sensor, and the two services.

use std::path::Path;

use vyveska::sensors;

use super::{DARK, Finding, OLD, UNSOUND};
use crate::journal;

/// Lines of a log that are told, and letters of each.
const LAST_WORDS: u32 = 3;
const LINE: usize = 200;

pub fn look(root: &Path) -> Vec<Finding> {
    let mut findings = vec![display(root), touch(root)];
    for (unit, order) in [("vyveska-panel.service", DARK), ("vyveska-sync.service", OLD)] {
        match sensors::service_runs(root, unit) {
            Some(true) => findings.push(Finding::good("service", format!("{unit} runs."))),
            Some(false) => {
                let cure = format!("See `journalctl -u {unit} -n 20`, then `systemctl restart {unit}`.");
                let words = if root == Path::new("/") { last_words(unit) } else { Vec::new() };
                let words = words.iter().map(|line| format!("\n     {line}")).collect::<String>();
                findings.push(Finding::bad("service", order, format!("{unit} does not run.{words}"), cure));
            }
            None => {}
        }
    }
    findings
}

/// The last lines of a service's log; none where the log cannot be had soon.
fn last_words(unit: &str) -> Vec<String> {
    let text = journal::last(&[unit], LAST_WORDS).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().map(|line| line.chars().take(LINE).collect()).collect()
}

fn display(root: &Path) -> Finding {
    let connectors = sensors::connectors(root);
    if connectors.is_empty() {
        let cure = "See `dmesg | grep drm`: the display's driver or its entry in the device tree is missing.";
        return Finding::bad("display", DARK, "The kernel knows no display.", cure);
    }
    let plugged: Vec<_> = connectors.iter().filter(|one| one.connected).collect();
    if plugged.is_empty() {
        let names: Vec<&str> = connectors.iter().map(|one| one.name.as_str()).collect();
        let found = format!("Nothing is plugged in at {}.", names.join(", "));
        return Finding::bad("display", DARK, found, "See to the display's cable and its power.");
    }
    match plugged.iter().find(|one| one.enabled) {
        Some(one) => Finding::good("display", format!("{} is connected and gets a picture.", one.name)),
        None => {
            let found = format!("{} is connected and gets no picture.", plugged[0].name);
            Finding::bad("display", DARK, found, "Restart vyveska-panel; see its log where that does not help.")
        }
    }
}

fn touch(root: &Path) -> Finding {
    let sensors = sensors::touch_sensors(root);
    if sensors.is_empty() {
        let cure = "See to the sensor's cable, then `dmesg`; meanwhile the wall turns its pages by itself.";
        return Finding::bad("touch", UNSOUND, "The kernel knows no touch sensor.", cure);
    }
    Finding::good("touch", format!("{}.", sensors.join(", ")))
}
