//! The guard's verdicts and the reports of documents in a clerk's words: what was found, and what to do about it.
//!
//! What `vyveska check` and the guard say of themselves is for whoever sits at a terminal. The surprising thing: text
//! that nobody sees on a page comes first, because whoever saves the document can read it.

use serde::Deserialize;

use crate::guard::{Field, Hold, HoldKind, Patience};
use crate::hub::language::Language;
use crate::wire::Trouble;

type Pair = (&'static str, &'static str);

/// What is held back, and what that means.
pub fn hold(hold: &Hold, language: Language) -> (String, &'static str) {
    let count = hold.subjects.len();
    let notices = language.count(count, ["písemnosti", "písemností", "písemností"], ["notice", "notices"]);
    let (what, meaning): (String, Pair) = match hold.kind {
        HoldKind::Unreadable => (
            language.say("Data úřadu nejde přečíst", "The office’s data cannot be read").to_owned(),
            (
                "Nic se z nich nebere a na panelech zůstává, co tam bylo. Ať je správce webu úřadu opraví; pak se načtou sama.",
                "Nothing is taken from them, and the panels keep what they had. Have the office’s web mended; then they are read by themselves.",
            ),
        ),
        HoldKind::WrongOperator => {
            let what = language.say("Data patří někomu jinému", "The data are somebody else’s");
            let found = hold.found.as_deref().filter(|found| !found.is_empty());
            let what = found.map_or_else(|| what.to_owned(), |found| format!("{what}: {found}"));
            (
                what,
                (
                    "Nic se z nich nebere. Zkontrolujte adresu dat; jsou-li to přesto data vašeho úřadu, pusťte je.",
                    "Nothing is taken from them. Check the address of the data; if they are your office’s all the same, let them through.",
                ),
            )
        }
        HoldKind::Emptied => (
            language.say("Deska je v datech najednou prázdná", "The board is suddenly empty in the data").to_owned(),
            (
                "Na panelech zatím zůstává všechno. Opravdu má být deska prázdná? Jinak ať správce webu data opraví.",
                "Everything stays on the panels for now. Is the board meant to be empty? If not, have the data mended.",
            ),
        ),
        HoldKind::MassLoss | HoldKind::SmallLoss => (
            format!("{} {count} {notices}", language.say("Z dat najednou zmizelo:", "Suddenly gone from the data:")),
            (
                "Na panelech zatím zůstávají. Opravdu mají být sejmuty? Jinak ať správce webu data opraví.",
                "They stay on the panels for now. Are they meant to be taken down? If not, have the data mended.",
            ),
        ),
        HoldKind::FieldBlanked { field } => (
            format!(
                "{} {count} {notices} {} {}",
                language.say("U", "On"),
                language.say("najednou chybí", "suddenly missing:"),
                self::field(field, language)
            ),
            (
                "Na panelech zatím zůstává, co tam bylo. Je-li to záměr, pusťte to; jinak ať správce webu data opraví.",
                "The panels keep what they had. If it is meant, let it through; if not, have the data mended.",
            ),
        ),
        HoldKind::FieldChanged { field } => (
            format!(
                "{} {count} {notices} {} {}",
                language.say("U", "On"),
                language.say("je najednou jiný údaj:", "suddenly different:"),
                self::field(field, language)
            ),
            (
                "Na panelech zatím zůstává, co tam bylo. Je-li to záměr, pusťte to; jinak ať správce webu data opraví.",
                "The panels keep what they had. If it is meant, let it through; if not, have the data mended.",
            ),
        ),
        HoldKind::WebChanged => (
            format!(
                "{} {count} {notices}",
                language.say("Nový web úřadu? Jiné označení má", "A new web of the office? Under other names:")
            ),
            (
                "Panely zatím ukazují písemnosti pod původním označením. Má-li úřad nový web, pusťte to.",
                "The panels go on with the names they know. If the office has a new web, let it through.",
            ),
        ),
    };
    (what, language.say(meaning.0, meaning.1))
}

/// What happens if nobody does anything.
pub fn patience(hold: &Hold, language: Language) -> &'static str {
    let (czech, english) = match hold.patience {
        _ if hold.kind == HoldKind::Unreadable => return "",
        Patience::Hours => (
            "Když to za dvě hodiny bude v datech stejně, pustí se to samo.",
            "It passes by itself if the data still say so two hours later.",
        ),
        Patience::Day => (
            "Když to v datech zůstane den a noc, pustí se to samo.",
            "It passes by itself if the data say so for a day and a night.",
        ),
        Patience::Hand => {
            ("Samo se to nepustí, čeká to na člověka.", "It does not pass by itself; it waits for a person.")
        }
    };
    language.say(czech, english)
}

fn field(field: Field, language: Language) -> &'static str {
    let (czech, english) = match field {
        Field::Title => ("název", "the title"),
        Field::Description => ("popis", "the description"),
        Field::Posted => ("den vyvěšení", "the first day"),
        Field::RelevantUntil => ("den sejmutí", "the last day"),
        Field::ReferenceNumber => ("číslo jednací", "the reference number"),
        Field::FileNumber => ("spisová značka", "the file number"),
        Field::Issuer => ("původce", "the issuer"),
        Field::Categories => ("kategorie", "the category"),
        Field::Documents => ("seznam příloh", "the list of documents"),
        Field::Url => ("adresa na webu", "the address"),
    };
    language.say(czech, english)
}

/// Why a feed was not read.
pub fn trouble(trouble: Option<Trouble>, language: Language) -> &'static str {
    let (czech, english) = match trouble {
        Some(Trouble::Unreadable) => (
            "Web úřadu odpovídá, ale to, co posílá, není úřední deska. Zkontrolujte adresu, nebo ať správce webu data opraví.",
            "The office’s web answers, but what it sends is no notice board. Check the address, or have the data mended.",
        ),
        Some(Trouble::Panel) => (
            "Adresu nejde použít, nebo má potíže sama centrální správa: plný disk, hodiny, certifikáty.",
            "The address cannot be used, or the hub itself is in trouble: a full disk, the clock, certificates.",
        ),
        _ => (
            "Web úřadu neodpovídá. Panely zatím ukazují, co mají; zkouší se to znovu.",
            "The office’s web does not answer. The panels show what they have; it is tried again.",
        ),
    };
    language.say(czech, english)
}

/// What its clerk should know of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub what: String,
    pub cure: &'static str,
    /// Nothing of it is shown, or something may be read that must not be.
    pub grave: bool,
}

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    warnings: Vec<Warning>,
    #[serde(default)]
    pages: Vec<Page>,
    #[serde(default)]
    attached: Vec<serde_json::Value>,
    refused: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    page: u32,
    #[serde(default)]
    warnings: Vec<Warning>,
    failed: Option<String>,
    #[serde(default)]
    blank: bool,
    #[serde(default)]
    turned: u32,
}

#[derive(Deserialize)]
struct Warning {
    kind: String,
}

/// What a report says (`pages::Report`), the gravest first; nothing where there is nothing to say, or no report.
pub fn findings(report: &str, language: Language) -> Vec<Finding> {
    let Ok(report) = serde_json::from_str::<Report>(report) else { return Vec::new() };
    let mut found: Vec<(Rank, Vec<u32>)> = Vec::new();
    let mut note = |kind: &str, page: Option<u32>| {
        let Some(place) = KINDS.iter().position(|(name, ..)| *name == kind) else { return };
        match found.iter_mut().find(|(known, _)| *known == place) {
            Some((_, pages)) => pages.extend(page),
            None => found.push((place, page.into_iter().collect())),
        }
    };
    report.refused.iter().for_each(|why| note(why, None));
    report.warnings.iter().for_each(|warning| note(&warning.kind, None));
    for page in &report.pages {
        page.warnings.iter().for_each(|warning| note(&warning.kind, Some(page.page)));
        page.failed.iter().for_each(|_| note("failed", Some(page.page)));
        if page.blank {
            note("blank", Some(page.page));
        }
        if page.turned > 0 {
            note("turned", Some(page.page));
        }
    }
    if !report.attached.is_empty() {
        note("attached", None);
    }
    found.sort_by_key(|(place, _)| *place);
    let of = |(place, pages): (Rank, Vec<u32>)| {
        let (_, grave, what, cure) = KINDS[place];
        let what = language.say(what.0, what.1);
        let what = if pages.is_empty() { what.to_owned() } else { format!("{what} ({})", list(pages, language)) };
        Finding { what, cure: language.say(cure.0, cure.1), grave }
    };
    found.into_iter().map(of).collect()
}

/// Place in [`KINDS`].
type Rank = usize;

const AGAIN: Pair = ("Exportujte dokument znovu jako PDF/A.", "Export the document again as PDF/A.");
const PRINT: Pair = ("Vytiskněte dokument do PDF.", "Print the document to PDF.");
const NOTHING: Pair = ("", "");

/// By the names that `pages::Report` uses; the gravest first.
const KINDS: [(&str, bool, Pair, Pair); 20] = [
    (
        "text_covered",
        true,
        (
            "Pod začerněním zůstal text, který si každý může zkopírovat",
            "Text remains under black boxes, and anybody can copy it",
        ),
        (
            "Stáhněte dokument z webu, text v něm opravdu smažte a zveřejněte ho znovu.",
            "Take the document off the web, remove the text itself, and publish it again.",
        ),
    ),
    (
        "locked",
        true,
        ("Dokument je na heslo, nic z něj není vidět", "The document opens with a password; nothing of it is shown"),
        ("Zveřejněte ho bez hesla.", "Publish it without a password."),
    ),
    ("damaged", true, ("Dokument je poškozený", "The document is damaged"), AGAIN),
    ("no_pages", true, ("V dokumentu není žádná stránka", "The document has no page"), AGAIN),
    (
        "unsupported",
        true,
        ("Tento druh souboru panel neumí ukázat", "The panel cannot show this kind of file"),
        ("Zveřejněte ho jako PDF.", "Publish it as PDF."),
    ),
    (
        "too_big",
        true,
        ("Dokument je příliš velký", "The document is too large"),
        ("Rozdělte ho, nebo zmenšete obrázky.", "Divide it, or make its pictures smaller."),
    ),
    (
        "dynamic_form",
        true,
        ("Formulář, který ukáže jen program, v němž vznikl", "A form that only its maker’s program can show"),
        PRINT,
    ),
    ("failed", true, ("Některé stránky nejde vykreslit", "Some pages cannot be drawn"), AGAIN),
    (
        "text_invisible",
        false,
        ("Je v něm text, který není vidět a dá se zkopírovat", "It has text that is not seen and can be copied"),
        ("Odstraňte ho, pokud tam být nemá.", "Remove it, unless it is meant to be there."),
    ),
    (
        "pages_left_out",
        false,
        ("Ukazují se jen první stránky", "Only the first pages are shown"),
        ("Rozdělte dokument do více souborů.", "Divide it into several documents."),
    ),
    ("picture_not_drawn", false, ("Chybí obrázek", "A picture is missing"), AGAIN),
    (
        "letters_missing",
        false,
        ("Chybějí písmena", "Letters are missing"),
        ("Exportujte ho s vloženými fonty (PDF/A).", "Export it with all fonts embedded (PDF/A)."),
    ),
    (
        "font_not_usable",
        false,
        ("Písmo nejde použít", "A font cannot be used"),
        ("Exportujte ho s vloženými fonty (PDF/A).", "Export it with all fonts embedded (PDF/A)."),
    ),
    ("annotations_not_drawn", false, ("Poznámky nejsou vidět", "Annotations are not shown"), PRINT),
    ("fields_not_drawn", false, ("Vyplněná pole nejsou vidět", "Filled-in fields are not shown"), PRINT),
    (
        "attached",
        false,
        ("Uvnitř jsou další soubory, které panel neukáže", "Files inside it are not shown"),
        ("Zveřejněte je jako samostatné přílohy.", "Publish them as documents of their own."),
    ),
    (
        "drawn_smaller",
        false,
        ("Velmi dlouhá stránka je zmenšená", "A very long page is drawn smaller"),
        ("Rozdělte ji na stránky.", "Divide it into pages."),
    ),
    (
        "no_text",
        false,
        (
            "Je to jen obrázek: nejde v něm hledat ani ho předčítat",
            "It is only a picture: nothing to search or to read aloud",
        ),
        ("Zveřejněte raději původní dokument, ne sken.", "Rather publish the document as it was written."),
    ),
    ("turned", false, ("Stránky ležely na boku a jsou otočené", "Pages lay on their side and are turned"), NOTHING),
    ("blank", false, ("Prázdné stránky se přeskakují", "Empty pages are skipped"), NOTHING),
];

/// `strany 1–4, 7`.
fn list(mut pages: Vec<u32>, language: Language) -> String {
    pages.sort_unstable();
    pages.dedup();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for page in &pages {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 >= *page => *last = *page,
            _ => runs.push((*page, *page)),
        }
    }
    let run = |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}–{last}") };
    let runs: Vec<String> = runs.iter().map(run).collect();
    let noun = language.count(pages.len(), ["strana", "strany", "strany"], ["page", "pages"]);
    format!("{noun}\u{a0}{}", runs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_text_comes_first_and_pages_are_named_in_runs() {
        let report = r#"{"v":1,"warnings":[{"kind":"encrypted"}],"pages":[
            {"page":1,"blank":true,"warnings":[]},{"page":2,"blank":true,"warnings":[]},
            {"page":4,"blank":true,"turned":90,"warnings":[{"kind":"text_covered","count":7}]}]}"#;
        let found = findings(report, Language::Czech);
        let what: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
        assert_eq!(
            what,
            [
                "Pod začerněním zůstal text, který si každý může zkopírovat (strana\u{a0}4)",
                "Stránky ležely na boku a jsou otočené (strana\u{a0}4)",
                "Prázdné stránky se přeskakují (strany\u{a0}1–2, 4)",
            ]
        );
        assert!(found[0].grave && !found[1].grave);
        assert_eq!(findings("nonsense", Language::Czech), []);
    }
}
