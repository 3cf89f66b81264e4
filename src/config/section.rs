//! Reads one table of the file key by key, and remembers which keys somebody asked for: what is left is unknown.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;

/// The whole file, and what was found wrong with it so far.
pub struct Sheet<'a> {
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Sheet<'a> {
    pub fn new(text: &'a str) -> Sheet<'a> {
        Sheet { text, problems: RefCell::default() }
    }

    /// Line of a byte, from 1.
    pub fn line(&self, byte: usize) -> usize {
        let before = &self.text.as_bytes()[..byte.min(self.text.len())];
        before.iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    fn wrong(&self, line: usize, found: String, cure: String) {
        self.problems.borrow_mut().push(Problem { line, found, cure });
    }
}

/// One table: the file itself, `[panel]`, or one `[[board]]`.
pub struct Section<'s, 'a> {
    sheet: &'s Sheet<'a>,
    table: &'s DeTable<'a>,
    /// As people see it: `[panel]`, empty for the file itself.
    name: String,
    line: usize,
    known: Vec<&'static str>,
}

impl<'s, 'a> Section<'s, 'a> {
    pub fn top(sheet: &'s Sheet<'a>, table: &'s DeTable<'a>) -> Section<'s, 'a> {
        Section { sheet, table, name: String::new(), line: 1, known: Vec::new() }
    }

    /// Records a mistake at the line of `key`, or of the section where the key is not there.
    pub fn wrong(&self, key: &str, found: impl Display, cure: impl Display) {
        let line = self.table.get_key_value(key).map_or(self.line, |(key, _)| self.sheet.line(key.span().start));
        let place = format!("{}{}{key}", self.name, if self.name.is_empty() { "" } else { " " });
        self.sheet.wrong(line, format!("{place}: {found}"), cure.to_string());
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Some(_) => self.refuse(key, "it is empty".into(), "fill it in, or delete the line"),
            None => self.refuse(key, expected("text", value), "put it in \"quotes\""),
        }
    }

    /// A text that must be there.
    pub fn needed(&mut self, key: &'static str, example: &str) -> Option<String> {
        if !self.has(key) {
            self.known.push(key);
            self.wrong(key, "it is missing", format!("add {key} = {example}"));
            return None;
        }
        self.text(key)
    }

    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        match value.as_bool() {
            Some(flag) => Some(flag),
            None => self.refuse(key, expected("true or false", value), "write true or false, without quotes"),
        }
    }

    /// A whole number within bounds.
    pub fn whole(&mut self, key: &'static str, bounds: RangeInclusive<u32>) -> Option<u32> {
        let value = self.value(key)?;
        let cure = format!("write a whole number from {} to {}", bounds.start(), bounds.end());
        let Some(written) = value.as_integer() else {
            return self.refuse(key, expected("a whole number", value), &cure);
        };
        match u32::from_str_radix(written.as_str(), written.radix()) {
            Ok(number) if bounds.contains(&number) => Some(number),
            _ => self.refuse(key, format!("{} is out of bounds", written.as_str()), &cure),
        }
    }

    /// A number within bounds, with or without decimals.
    pub fn number(&mut self, key: &'static str, bounds: RangeInclusive<f32>) -> Option<f32> {
        let value = self.value(key)?;
        let cure = format!("write a number from {} to {}", bounds.start(), bounds.end());
        let written = match value {
            DeValue::Integer(number) => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            other => return self.refuse(key, expected("a number", other), &cure),
        };
        match written.parse::<f32>() {
            Ok(number) if bounds.contains(&number) => Some(number),
            _ => self.refuse(key, format!("{written} is out of bounds"), &cure),
        }
    }

    /// Exactly `N` numbers.
    pub fn numbers<const N: usize>(&mut self, key: &'static str, example: &str) -> Option<[f64; N]> {
        let value = self.value(key)?;
        let number = |value: &DeValue| match value {
            DeValue::Integer(number) => number.as_str().parse::<f64>().ok(),
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            _ => None,
        };
        let array = value.as_array().into_iter().flat_map(|array| array.iter());
        let numbers: Option<Vec<f64>> = array.map(|item| number(item.get_ref())).collect();
        match numbers.unwrap_or_default().try_into() {
            Ok::<[f64; N], _>(numbers) if numbers.iter().all(|number| number.is_finite()) => Some(numbers),
            _ => self.refuse(key, format!("a list of {N} numbers is expected here"), &format!("write {example}")),
        }
    }

    pub fn path(&mut self, key: &'static str, folder: &Path) -> Option<PathBuf> {
        self.text(key).map(|path| folder.join(path))
    }

    pub fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.value(key)?;
        let cure = "write [\"one\", \"two\"]";
        let Some(array) = value.as_array() else {
            return self.refuse(key, expected("a list of texts", value), cure);
        };
        let mut texts = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => return self.refuse(key, expected("a list of texts", item.get_ref()), cure),
            }
        }
        Some(texts)
    }

    /// `[key]`
    pub fn section(&mut self, key: &'static str) -> Option<Section<'s, 'a>> {
        let line = self.line_of(key);
        let value = self.value(key)?;
        match value.as_table() {
            Some(table) => {
                Some(Section { sheet: self.sheet, table, name: format!("[{key}]"), line, known: Vec::new() })
            }
            None => self.refuse(key, expected("a section", value), &format!("write [{key}] on a line of its own")),
        }
    }

    /// Every `[[key]]`
    pub fn sections(&mut self, key: &'static str) -> Option<Vec<Section<'s, 'a>>> {
        let value = self.value(key)?;
        let cure = format!("write [[{key}]] on a line of its own before each");
        let Some(array) = value.as_array() else {
            return self.refuse(key, expected("a list of sections", value), &cure);
        };
        let mut sections = Vec::new();
        for item in array.iter() {
            let Some(table) = item.get_ref().as_table() else {
                return self.refuse(key, expected("a section", item.get_ref()), &cure);
            };
            let line = self.sheet.line(item.span().start);
            let name = format!("[[{key}]]");
            sections.push(Section { sheet: self.sheet, table, name, line, known: Vec::new() });
        }
        Some(sections)
    }

    /// Says of each key that nobody asked for which one it may have been meant to be.
    pub fn finish(self) {
        for key in self.table.keys() {
            let word = key.get_ref().as_ref();
            if self.known.contains(&word) {
                continue;
            }
            let cure = match nearest(word, &self.known) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("delete it; known here: {}", self.known.join(", ")),
            };
            let found = format!("\"{word}\" is not a setting{}", self.within());
            self.sheet.wrong(self.sheet.line(key.span().start), found, cure);
        }
    }

    fn within(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!(" of {}", self.name) }
    }

    fn line_of(&self, key: &str) -> usize {
        self.table.get_key_value(key).map_or(self.line, |(key, _)| self.sheet.line(key.span().start))
    }

    fn value(&mut self, key: &'static str) -> Option<&'s DeValue<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key).map(Spanned::get_ref)
    }

    fn refuse<T>(&self, key: &str, found: String, cure: &str) -> Option<T> {
        self.wrong(key, found, cure);
        None
    }
}

fn expected(what: &str, value: &DeValue) -> String {
    format!("{what} is expected here, not {}", value.type_str())
}

/// The known word that takes the fewest changes of letters, if it takes few enough to be a slip of the finger; else the
/// nearest one that says the same with more parts or fewer: "diagonal" is "diagonal_inches".
fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let changed = |known: &&&str| (changes(word, known), known.len());
    let (slip, meant) = known.iter().map(|known| (changes(word, known), *known)).min()?;
    if slip <= 1 + meant.len() / 4 {
        return Some(meant);
    }
    let parts = |word: &str| word.split(['_', '-', '.']).map(str::to_owned).collect::<Vec<_>>();
    let mine = parts(word);
    let alike = |known: &&&str| parts(known).iter().any(|part| part.len() > 2 && mine.iter().any(|mine| mine == part));
    known.iter().filter(alike).min_by_key(changed).copied()
}

/// Letters to insert, delete or exchange to turn one word into the other (Levenshtein).
fn changes(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let exchange = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = exchange.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
