//! The words of the glass: each one is said in every language, in every form that the language counts with, and by
//! letters that the typeface has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use vyveska::config::Language;

use super::typeface;

/// Context, source, and whether it is counted.
type Word = (String, String, bool);

/// Languages with a catalogue; English is the source. How each counts, as gettext writes the rules of CLDR.
const RULES: [(&str, usize, &str); 3] = [
    ("cs", 3, "nplurals=3; plural=(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2;"),
    ("de", 2, "nplurals=2; plural=(n != 1);"),
    (
        "uk",
        3,
        "nplurals=3; plural=(n%10==1 && n%100!=11) ? 0 : (n%10>=2 && n%10<=4 && (n%100<12 || n%100>14)) ? 1 : 2;",
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("ui/ is readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|end| end == "slint") {
            found.push(path);
        }
    }
}

/// The quoted text at the start, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let end = text.find('"')?;
    assert!(!text[..end].contains('\\'), "no escapes in words: {}", &text[..end]);
    Some((text[..end].to_owned(), &text[end + 1..]))
}

/// Every `@tr("context" => "word" | "words" % count)` of the pages.
fn words() -> BTreeSet<Word> {
    let mut found = Vec::new();
    pages(&root().join("ui"), &mut found);
    let mut words = BTreeSet::new();
    for path in found {
        let text = fs::read_to_string(&path).expect("a page is readable");
        for call in text.split("@tr(").skip(1) {
            let (mut word, mut rest) = quoted(call).unwrap_or_else(|| panic!("{}: {call}", path.display()));
            let mut context = String::new();
            if let Some(after) = rest.trim_start().strip_prefix("=>") {
                context = std::mem::take(&mut word);
                (word, rest) = quoted(after).expect("a word after its context");
            }
            words.insert((context, word, rest.trim_start().starts_with('|')));
        }
    }
    words
}

fn text(language: &str) -> String {
    let path = root().join(format!("ui/lang/{language}/LC_MESSAGES/vyveska-ui.po"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Translations of a catalogue: one, or one for each form.
fn catalogue(language: &str) -> BTreeMap<Word, Vec<String>> {
    let mut known = BTreeMap::new();
    for block in text(language).split("\n\n") {
        let line = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(quoted).map(|(text, _)| text)
        };
        let Some(id) = line("msgid ").filter(|id| !id.is_empty()) else { continue };
        let forms = block.lines().filter(|line| line.starts_with("msgstr"));
        let forms =
            forms.filter_map(|line| line.split_once(' ').and_then(|(_, text)| quoted(text))).map(|(text, _)| text);
        let counted = line("msgid_plural ").is_some();
        let word = (line("msgctxt ").unwrap_or_default(), id, counted);
        let before = known.insert(word.clone(), forms.collect());
        assert!(before.is_none(), "{language} says {word:?} twice");
    }
    known
}

/// What stands for a value: "{0}", "{n}".
fn values(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn each_language_has_a_catalogue_and_each_catalogue_a_language() {
    let folders = fs::read_dir(root().join("ui/lang")).expect("the catalogues");
    let there: BTreeSet<String> =
        folders.map(|entry| entry.expect("an entry").file_name().into_string().expect("a code")).collect();
    let known: BTreeSet<String> = RULES.iter().map(|(language, ..)| (*language).to_owned()).collect();
    assert_eq!(there, known);
    let offered = Language::ALL.into_iter().filter(|language| *language != Language::English);
    assert_eq!(known, offered.map(|language| language.code().to_owned()).collect());
}

#[test]
fn every_word_is_said_in_each_language_and_in_every_form() {
    let words = words();
    assert!(words.len() > 100, "the pages have words: {}", words.len());
    for (language, forms_needed, rule) in RULES {
        let (text, known) = (text(language), catalogue(language));
        assert!(text.contains(&format!("\"Plural-Forms: {rule}\\n\"")), "{language} counts otherwise");
        assert!(text.contains(&format!("\"Language: {language}\\n\"")), "{language} is called otherwise");
        let doubtful: Vec<&str> =
            text.lines().filter(|line| line.starts_with("#,") || line.starts_with("#~")).collect();
        assert!(doubtful.is_empty(), "{language} has words that nobody has read: {doubtful:?}");
        for word in &words {
            let forms = known.get(word).unwrap_or_else(|| panic!("{language} lacks {word:?}"));
            assert_eq!(forms.len(), if word.2 { forms_needed } else { 1 }, "{language}: forms of {word:?}");
            for form in forms {
                assert!(!form.trim().is_empty(), "{language}: {word:?} is not translated");
                assert_eq!(values(form), values(&word.1), "{language}: {word:?} and {form:?} speak of other values");
            }
        }
        let unused: Vec<_> = known.keys().filter(|word| !words.contains(word)).collect();
        assert!(unused.is_empty(), "{language}: nobody says these any more: {unused:?}");
    }
}

#[test]
fn no_line_parts_what_belongs_together() {
    let one_letter = [("cs", "ksvzouaiKSVZOUAI"), ("de", ""), ("uk", "зувіоайЗУВІОАЙ")];
    for (language, short) in one_letter {
        for (word, forms) in catalogue(language) {
            for form in forms {
                let wide = form.contains('\u{a0}');
                assert!(!wide, "{word:?}: a line can break at U+00A0; tie with U+202F in {form:?}");
                let words: Vec<&str> = form.split(' ').collect();
                for pair in words.windows(2) {
                    let letters = pair[0].trim_start_matches(['(', '„', '«']);
                    let preposition = letters.chars().count() == 1 && short.contains(letters);
                    assert!(!preposition, "{word:?}: a line could end with {letters:?} in {form:?}");
                    let number = pair[0].ends_with("{n}") || ["Nr.", "№", "§", "č."].contains(&letters);
                    assert!(!number, "{word:?}: {letters:?} could lose what it belongs to in {form:?}");
                }
            }
        }
    }
}

#[test]
fn each_language_has_its_own_marks() {
    for (language, ..) in RULES {
        for (word, forms) in catalogue(language) {
            for form in forms {
                // A Ukrainian apostrophe is ’; three dots are one sign.
                let typed = form.contains(['\'', '`', '´']) || form.contains("...");
                assert!(!typed, "{language}: a typewriter's sign for {word:?} in {form:?}");
                let foreign = match language {
                    "cs" | "de" => form.contains(['«', '»', '”']),
                    _ => form.contains(['„', '“', '”']),
                };
                assert!(!foreign, "{language}: quotation marks of another language for {word:?} in {form:?}");
            }
        }
    }
}

#[test]
fn the_typeface_has_every_letter() {
    let alphabets = "aábcčdďeéěfghiíjklmnňoópqrřsštťuúůvwxyýzž äöüß абвгґдеєжзиіїйклмнопрстуфхцчшщьюя";
    let mut letters: BTreeSet<char> =
        alphabets.chars().flat_map(|letter| letter.to_uppercase().chain([letter])).collect();
    letters.extend("ẞ„“‚‘«»–…’§№€°\u{202f}".chars());
    letters.extend(Language::ALL.iter().flat_map(|language| language.own_name().chars()));
    for (language, ..) in RULES {
        letters.extend(catalogue(language).into_values().flatten().flat_map(|form| form.chars().collect::<Vec<_>>()));
    }
    letters.extend(words().into_iter().flat_map(|(_, word, _)| word.chars().collect::<Vec<_>>()));
    for face in ["Regular", "SemiBold", "Bold"] {
        let font = fs::read(root().join(format!("ui/fonts/InterDeska-{face}.ttf"))).expect("a typeface");
        let drawn = typeface::letters(&font);
        let missing: Vec<&char> = letters.iter().filter(|letter| !drawn.contains(letter)).collect();
        assert!(missing.is_empty(), "{face} lacks {missing:?}");
    }
}
