//! `languages`: what a reader can choose from.

use super::section::Section;

/// A language that the glass can speak. Notices stay in the language in which they were posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Czech,
    English,
    German,
    Ukrainian,
}

impl Language {
    /// In the order in which they are offered where the file names none.
    pub const ALL: [Language; 4] = [Language::Czech, Language::English, Language::German, Language::Ukrainian];

    /// ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Language::Czech => "cs",
            Language::English => "en",
            Language::German => "de",
            Language::Ukrainian => "uk",
        }
    }

    /// What it calls itself. Said so whatever the glass speaks, so that whoever knows no other word finds it.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::Czech => "Čeština",
            Language::English => "English",
            Language::German => "Deutsch",
            Language::Ukrainian => "Українська",
        }
    }

    pub fn parse(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.code() == code)
    }

    /// What there is to choose from, for a sentence.
    pub fn codes() -> String {
        Language::ALL.map(|language| format!("\"{}\"", language.code())).join(", ")
    }
}

pub fn read(top: &mut Section) -> Vec<Language> {
    let mut languages = Vec::new();
    let codes = top.texts("languages");
    if codes.as_ref().is_some_and(Vec::is_empty) {
        let cure = format!("name at least one of {}, or delete the line for all of them", Language::codes());
        top.wrong("languages", "no language is listed", cure);
    }
    for code in codes.unwrap_or_default() {
        match Language::parse(&code) {
            Some(language) if languages.contains(&language) => {
                top.wrong("languages", format!("\"{code}\" is listed twice"), "list it once");
            }
            Some(language) => languages.push(language),
            None => {
                let cure = format!("choose from {}", Language::codes());
                top.wrong("languages", format!("\"{code}\" is not known"), cure);
            }
        }
    }
    if languages.is_empty() { Language::ALL.to_vec() } else { languages }
}
