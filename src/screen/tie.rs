//! Czech typography of what offices write: words that must not be parted at the end of a line are tied with a no-break
//! space. Only for the glass; what is stored and proved stays as it was published.

/// Narrow no-break space; the typeface draws it as wide as a space. Slint's layout (parley 0.11) breaks a line at a
/// U+00A0 that does not fit any more.
const NB: char = '\u{202f}';

/// Prepositions and conjunctions of one letter must not end a line, and a number stays with what it counts or names:
/// "v obci", "č. 3", "§ 26", "8. 12. 2026", "1 200 000 Kč", "č. p. 41".
pub fn tie(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut tied = String::with_capacity(text.len() + 8);
    for (at, word) in words.iter().enumerate() {
        tied.push_str(word);
        if let Some(next) = words.get(at + 1) {
            tied.push(if belongs(word, next) { NB } else { ' ' });
        }
    }
    tied
}

fn belongs(word: &str, next: &str) -> bool {
    // An opening bracket or quotation mark does not lengthen a word.
    let bare = word.trim_start_matches(['(', '„', '"', '[', '–']);
    let mut letters = bare.chars();
    if let (Some(letter), None) = (letters.next(), letters.next())
        && "ksvzouaiKSVZOUAI§".contains(letter)
    {
        return true;
    }
    let digits_follow = next.starts_with(|c: char| c.is_ascii_digit());
    if digits_follow && NAMES_A_NUMBER.contains(&bare.to_lowercase().as_str()) {
        return true;
    }
    let number = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.');
    if !number {
        return bare.to_lowercase() == "č." && next.to_lowercase().ends_with('.');
    }
    let next = next.trim_end_matches([',', '.', ')', ';', ':']);
    let ordinal = bare.ends_with('.');
    match ordinal {
        // Day, month and year.
        true => digits_follow || MONTHS.contains(&next.to_lowercase().as_str()),
        // Groups of thousands, and units.
        false => (bare.len() <= 3 && digits_follow && next.len() == 3) || UNITS.contains(&next),
    }
}

const NAMES_A_NUMBER: &[&str] = &[
    "č.", "čj.", "č.j.", "j.", "p.", "čp.", "ev.", "zn.", "odst.", "písm.", "str.", "st.", "parc.", "ul.", "roku",
    "rok", "sb.", "tel.",
];
const MONTHS: &[&str] = &[
    "ledna",
    "února",
    "března",
    "dubna",
    "května",
    "června",
    "července",
    "srpna",
    "září",
    "října",
    "listopadu",
    "prosince",
];
const UNITS: &[&str] =
    &["Kč", "€", "%", "m", "m²", "m2", "km", "ha", "kg", "t", "l", "hod", "h", "min", "let", "dní", "Sb"];

#[cfg(test)]
mod tests {
    use super::{NB, tie};

    #[test]
    fn ties_what_belongs_together() {
        for (given, expected) in [
            ("Záměr obce pronajmout prostor v č. p. 41", "Záměr obce pronajmout prostor v~č.~p.~41"),
            ("Rozpočet obce na rok 2027 a výhled", "Rozpočet obce na rok~2027 a~výhled"),
            ("změna č. 3 územního plánu", "změna č.~3 územního plánu"),
            ("do 8. 12. 2026 (v sobotu)", "do 8.~12.~2026 (v~sobotu)"),
            ("dne 18. listopadu 2026", "dne 18.~listopadu 2026"),
            ("za 1 200 000 Kč", "za 1~200~000~Kč"),
            ("výdaje 37 710 000 Kč. Podrobný", "výdaje 37~710~000~Kč. Podrobný"),
            ("podle § 26 odst. 2", "podle §~26 odst.~2"),
            ("  dvě   mezery ", "dvě mezery"),
            ("na silnici II/214, úsek", "na silnici II/214, úsek"),
        ] {
            assert_eq!(tie(given).replace(NB, "~"), expected);
        }
    }
}
