//! The words of the glass: each one has its Czech, in every form that Czech counts with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Context, source, and whether it is counted.
type Word = (String, String, bool);

const CATALOGUE: &str = "ui/lang/cs/LC_MESSAGES/vyveska-ui.po";

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

/// Translations of the catalogue: one, or one for each form.
fn catalogue() -> BTreeMap<Word, Vec<String>> {
    let text = fs::read_to_string(root().join(CATALOGUE)).expect("the catalogue is readable");
    let mut known = BTreeMap::new();
    for block in text.split("\n\n") {
        let line = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(quoted).map(|(text, _)| text)
        };
        let Some(id) = line("msgid ").filter(|id| !id.is_empty()) else { continue };
        let forms = block.lines().filter(|line| line.starts_with("msgstr"));
        let forms =
            forms.filter_map(|line| line.split_once(' ').and_then(|(_, text)| quoted(text))).map(|(text, _)| text);
        let counted = line("msgid_plural ").is_some();
        known.insert((line("msgctxt ").unwrap_or_default(), id, counted), forms.collect());
    }
    known
}

#[test]
fn every_word_has_its_czech_in_every_form() {
    let (words, known) = (words(), catalogue());
    assert!(words.len() > 100, "the pages have words: {}", words.len());
    for word in &words {
        let forms = known.get(word).unwrap_or_else(|| panic!("{CATALOGUE} lacks {word:?}"));
        assert_eq!(forms.len(), if word.2 { 3 } else { 1 }, "one, few and many: {word:?}");
        for form in forms {
            assert!(!form.is_empty(), "{word:?} is not translated");
            let needed = word.1.matches('{').count();
            let given = form.matches('{').count();
            assert!(given <= needed && (needed == 0 || given > 0), "{word:?} and {form:?} speak of other values");
        }
    }
    let unused: Vec<_> = known.keys().filter(|word| !words.contains(word)).collect();
    assert!(unused.is_empty(), "nobody says these any more: {unused:?}");
}

#[test]
fn czech_does_not_part_what_belongs_together() {
    for (word, forms) in catalogue() {
        for form in forms {
            let words: Vec<&str> = form.split(' ').collect();
            for pair in words.windows(2) {
                let letters = pair[0].trim_start_matches(['(', '„']);
                let preposition = letters.chars().count() == 1 && "ksvzouaiKSVZOUAI".contains(letters);
                assert!(!preposition, "{word:?}: a line could end with {letters:?} in {form:?}");
                assert!(!pair[0].ends_with("{n}"), "{word:?}: a number could lose its noun in {form:?}");
            }
        }
    }
}
