//! Urgent messages to be drawn: in the languages of the glass, of every level, and as long as they may be.

use chrono::TimeDelta;
use vyveska::clock::Now;
use vyveska::wire::decree::{Decree, Info, MAX_HEADLINE, MAX_TEXT, Message, Severity, Status};

const WATER: [(&str, &str, &str); 4] = [
    (
        "cs",
        "Nepijte vodu z vodovodu",
        "Voda v Dolní Lhotě je znečištěná. Před pitím a vařením ji převařte aspoň deset minut.\nCisterna s pitnou vodou \
         stojí na návsi, od 8 do 20 hodin.",
    ),
    (
        "en",
        "Do not drink tap water",
        "The water in Dolní Lhota is contaminated. Boil it for at least ten minutes before drinking or cooking.\nA water \
         tank stands on the green from 8:00 to 20:00.",
    ),
    (
        "de",
        "Kein Leitungswasser trinken",
        "Das Wasser in Dolní Lhota ist verunreinigt. Kochen Sie es vor dem Trinken und Kochen mindestens zehn Minuten \
         ab.\nEin Wasserwagen steht von 8 bis 20 Uhr auf dem Dorfplatz.",
    ),
    (
        "uk",
        "Не пийте воду з крана",
        "Вода в Дольні Лготі забруднена. Перед питтям і готуванням кип’ятіть її щонайменше десять хвилин.\nЦистерна з \
         питною водою стоїть на площі з 8 до 20 години.",
    ),
];

/// One of an office, as the glass gets it.
pub fn message(severity: Severity, drill: bool, now: Now) -> Message {
    let info = |(language, headline, description): &(&str, &str, &str)| Info {
        language: (*language).to_owned(),
        headline: (*headline).to_owned(),
        description: (*description).to_owned(),
    };
    Message {
        id: format!("{severity:?} {drill}"),
        status: if drill { Status::Exercise } else { Status::Actual },
        severity,
        sender_name: "Obec Dolní Lhota".to_owned(),
        sent: now.at - TimeDelta::minutes(12),
        expires: now.at + TimeDelta::hours(6),
        info: WATER.iter().map(info).collect(),
    }
}

/// One of each level.
pub fn several(now: Now) -> Decree {
    Decree::of(Severity::ALL.map(|severity| message(severity, false, now)).to_vec(), Vec::new())
}

/// As long as it may be.
pub fn longest(now: Now) -> Decree {
    let mut message = message(Severity::Severe, false, now);
    let filled = |text: &str, most: usize| {
        let words: String = text.split_whitespace().cycle().take(80).collect::<Vec<_>>().join(" ");
        words.chars().take(most).collect::<String>()
    };
    for info in &mut message.info {
        info.headline = filled(&info.headline, MAX_HEADLINE);
        info.description = filled(&info.description, MAX_TEXT);
    }
    Decree::of(vec![message], Vec::new())
}
