//! `[health]`: what is wired to the panel, and from where on a value is a finding.

use chrono::TimeDelta;

use super::section::Section;

#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// A feed that was not read for so long is stale.
    pub stale_after: TimeDelta,
    /// `NAME@HOST` or `NAME@HOST:PORT` of Network UPS Tools.
    pub ups: Option<String>,
    /// Traffic of a month, in MB of a million bytes, that the line has.
    pub monthly_megabytes: Option<u32>,
    /// The interface that it is counted on; `None`: all together.
    pub metered: Option<String>,
    /// Places of sensors: `CHIP/CHANNEL` or `gpioN`. A door says 1 where it is open, a heater where it heats.
    pub cabinet: Option<String>,
    pub door: Option<String>,
    pub heater: Option<String>,
    /// Degrees Celsius.
    pub cabinet_low: f64,
    pub cabinet_high: f64,
}

impl Default for Health {
    fn default() -> Health {
        Health {
            stale_after: TimeDelta::hours(24),
            ups: None,
            monthly_megabytes: None,
            metered: None,
            cabinet: None,
            door: None,
            heater: None,
            cabinet_low: -20.0,
            cabinet_high: 60.0,
        }
    }
}

pub fn read(top: &mut Section) -> Health {
    let mut health = Health::default();
    let Some(mut section) = top.section("health") else { return health };
    if let Some(hours) = section.whole("stale_hours", 1..=168) {
        health.stale_after = TimeDelta::hours(i64::from(hours));
    }
    health.ups = section.text("ups");
    health.monthly_megabytes = section.whole("monthly_megabytes", 1..=10_000_000);
    health.metered = section.text("metered");
    (health.cabinet, health.door, health.heater) =
        (section.text("cabinet"), section.text("door"), section.text("heater"));
    health.cabinet_low = section.number("cabinet_low", -60.0..=30.0).map_or(health.cabinet_low, f64::from);
    health.cabinet_high = section.number("cabinet_high", 30.0..=100.0).map_or(health.cabinet_high, f64::from);
    if let Some(ups) = &health.ups
        && !ups.split_once('@').is_some_and(|(name, host)| is_word(name) && !host.is_empty())
    {
        section.wrong("ups", format!("\"{ups}\" does not name a UPS"), "write \"cabinet@localhost\", as upsc takes it");
    }
    if let Some(link) = health.metered.as_ref().filter(|link| !is_word(link)) {
        section.wrong(
            "metered",
            format!("\"{link}\" is no interface"),
            "write its name, as `ip link` says it: \"wwan0\"",
        );
    }
    for (key, place) in [("cabinet", &health.cabinet), ("door", &health.door), ("heater", &health.heater)] {
        if let Some(place) = place.as_ref().filter(|place| !is_place(place)) {
            let cure = "write the chip and its channel (\"sht3x/temp1\"), or an exported line (\"gpio17\")";
            section.wrong(key, format!("\"{place}\" is no place of a sensor"), cure);
        }
    }
    section.finish();
    health
}

/// They become names of files.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))
}

fn is_place(text: &str) -> bool {
    match text.split_once('/') {
        Some((chip, channel)) => is_word(chip) && is_word(channel),
        None => text.strip_prefix("gpio").is_some_and(|line| line.parse::<u32>().is_ok()),
    }
}
