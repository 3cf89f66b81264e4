//! JSON text → a tree that keeps what `serde_json::Value` forgets: repeated keys and their order. Texts without
//! escapes are borrowed from the feed.
//!
//! Does not repair (that is `mend`) and does not know the norm. The surprising thing: keys are composed (NFC) here,
//! because feeds written on a Mac carry `název` as `na` + combining acute + `zev`.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use unicode_normalization::UnicodeNormalization;

use super::{MAX_DEPTH, MAX_VALUES};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Vec<Entry<'a>>),
}

pub(super) type Entry<'a> = (Cow<'a, str>, Value<'a>);

/// Where in the text, as an editor counts: both from 1, the column in characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) line: usize,
    pub(super) column: usize,
}

#[derive(Debug)]
pub(super) enum Fault {
    Syntax(SyntaxFault),
    TooDeep(At),
    TooManyValues,
}

#[derive(Debug)]
pub(super) struct SyntaxFault {
    pub(super) at: At,
    /// In bytes.
    pub(super) offset: usize,
    pub(super) cut_off: bool,
    pub(super) message: String,
}

impl Value<'_> {
    /// Says nothing: null, a text of blanks, a list or an object of nothing.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Bool(_) | Value::Number(_) => false,
            Value::Text(text) => text.trim().is_empty(),
            Value::List(list) => list.iter().all(Value::is_blank),
            Value::Object(entries) => entries.iter().all(|(_, value)| value.is_blank()),
        }
    }

    /// What it is, for a sentence about what was found.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(list) if list.is_empty() => "an empty list",
            Value::List(_) => "a list",
            Value::Object(entries) if entries.is_empty() => "an empty object",
            Value::Object(_) => "an object",
        }
    }
}

/// Parses a whole text. Depth and number of values are bounded by the module's limits.
pub(super) fn parse(text: &str) -> Result<Value<'_>, Fault> {
    let limits = Limits { values: Cell::new(0), too_deep: Cell::new(false), too_many: Cell::new(false) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = Seed { depth: 0, limits: &limits }.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    parsed.map_err(|error| {
        if limits.too_many.get() {
            return Fault::TooManyValues;
        }
        let (at, offset) = locate(text, error.line(), error.column());
        if limits.too_deep.get() {
            return Fault::TooDeep(at);
        }
        Fault::Syntax(SyntaxFault { at, offset, cut_off: error.is_eof(), message: error.to_string() })
    })
}

/// serde_json counts columns in bytes, and a fault at the end of a line at column 0 of the next; editors do neither.
fn locate(text: &str, line: usize, column: usize) -> (At, usize) {
    let newlines = || text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index);
    let start = if line < 2 { 0 } else { newlines().nth(line - 2).map_or(0, |newline| newline + 1) };
    let offset = text.floor_char_boundary((start + column).saturating_sub(1).min(text.len()));
    let line = newlines().take_while(|newline| *newline < offset).count() + 1;
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    (At { line, column: text[start..offset].chars().count() + 1 }, offset)
}

struct Limits {
    values: Cell<usize>,
    too_deep: Cell<bool>,
    too_many: Cell<bool>,
}

#[derive(Clone, Copy)]
struct Seed<'l> {
    depth: usize,
    limits: &'l Limits,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            self.limits.too_deep.set(true);
            return Err(E::custom("too deep"));
        }
        Ok(Seed { depth: self.depth + 1, limits: self.limits })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        let count = self.limits.values.get() + 1;
        self.limits.values.set(count);
        if count > MAX_VALUES {
            self.limits.too_many.set(true);
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = items.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            entries.push((key, map.next_value_seed(inner)?));
        }
        Ok(Value::Object(entries))
    }
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(compose(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(compose(Cow::Owned(key.to_owned())))
    }
}

/// NFC. Every combining mark of Latin and Cyrillic writing begins with the byte 0xCC or 0xCD; without one there is
/// nothing to compose.
pub(super) fn compose(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().any(|byte| matches!(byte, 0xCC | 0xCD)) { Cow::Owned(text.nfc().collect()) } else { text }
}
