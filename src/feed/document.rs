//! The documents of an item (OFN: dokument, digitální objekt) → addresses that can be fetched.
//!
//! Fetches nothing and believes no media type; the bytes will decide. The surprising thing: the norm's schema does
//! not require a document to have an address, so its identity is tried in its place.

use std::collections::HashSet;
use std::sync::LazyLock;

use url::Url;

use crate::model::{Digest, Document, Severity};

use super::MAX_DOCUMENTS;
use super::address::{self, Refusal};
use super::defects::{Defects, quote};
use super::field::{Fields, Table};
use super::item::Context;
use super::json::Value;
use super::language::{Expect, text};

static KEYS: LazyLock<Table<5>> = LazyLock::new(|| {
    Table::new(
        [
            ("url", &["odkaz", "href", "soubor", "adresa", "url_ke_stažení"]),
            ("název", &["nadpis", "titulek", "title", "name"]),
            ("typ_média", &["mediaType", "formát"]),
            ("iri", &["@id", "id"]),
            // Our own publishers give the digest, so that a document that did not change need not be asked for again.
            ("sha256", &[]),
        ],
        &["typ", "@type", "popis", "vytvořeno", "aktualizováno", "podmínky_užití", "velikost"],
    )
});

/// `listed` under the norm's key, `attached` under `příloha`; both are shown.
pub(super) fn all<'v, 'a: 'v>(
    listed: impl Iterator<Item = &'v Value<'a>>,
    attached: impl Iterator<Item = &'v Value<'a>>,
    context: &Context,
    defects: &mut Defects,
) -> Vec<Document> {
    let attached = attached.map(|value| (value, true));
    let mut documents: Vec<Document> = Vec::new();
    let mut count = 0;
    for (value, foreign) in listed.map(|value| (value, false)).chain(attached) {
        // Must be survived, and not even wrong for a thing in general (OFN: věc).
        if foreign {
            let found = "Documents stand under the key `příloha`.";
            defects.add("dokument", Severity::Repaired, found, "Rename the key to `dokument`.");
        }
        let many = match value {
            Value::List(list) => list.as_slice(),
            // Must be survived: one object, or its bare address, where a list is meant.
            single => {
                let found = format_args!("It is {} where a list is meant.", single.kind()).to_string();
                defects.add("dokument", Severity::Repaired, found, "Put it into a list: \"dokument\": [ … ].");
                std::slice::from_ref(single)
            }
        };
        for one in many.iter().filter(|one| !one.is_blank()) {
            count += 1;
            if documents.len() < MAX_DOCUMENTS {
                documents.extend(document(one, count, context, defects));
            }
        }
    }
    if documents.len() == MAX_DOCUMENTS && count > MAX_DOCUMENTS {
        let found = format_args!("Of {count} documents only the first {MAX_DOCUMENTS} are shown.").to_string();
        defects.add("dokument", Severity::Lost, found, "Put the documents into fewer files.");
    }
    if documents.len() > 1 {
        let before = documents.len();
        let mut seen = HashSet::with_capacity(before);
        let again: Vec<bool> = documents.iter().map(|document| !seen.insert(document.url.as_str())).collect();
        let mut again = again.into_iter();
        documents.retain(|_| !again.next().unwrap_or_default());
        if documents.len() < before {
            let found = "A document is listed twice; it is shown once.";
            defects.add("dokument", Severity::Repaired, found, "List it once.");
        }
    }
    documents
}

fn document(value: &Value, number: usize, context: &Context, defects: &mut Defects) -> Option<Document> {
    let entries = match value {
        Value::Object(entries) => entries,
        // Must be survived: the bare address where an object is meant.
        Value::Text(_) => {
            let cure = "Write {\"typ\": \"Digitální objekt\", \"url\": \"…\"}.";
            let found = format_args!("Document {number} is a text where an object is meant.").to_string();
            defects.add("dokument", Severity::Repaired, found, cure);
            let url = link(value, "dokument.url", context.base, defects)?;
            return Some(Document { url, title: None, declared_type: None, digest: None });
        }
        other => {
            let found = format_args!("Document {number} is {} where an object is meant.", other.kind()).to_string();
            defects.add(
                "dokument",
                Severity::Lost,
                found,
                "Give its address: {\"typ\": \"Digitální objekt\", \"url\": \"…\"}.",
            );
            return None;
        }
    };
    let fields = Fields::of(entries, &KEYS, defects);
    let title = fields.get(1).and_then(|value| text(value, Expect::Title, "dokument.název", defects));
    let url = match (fields.get(0), fields.get(3)) {
        (Some(url), _) => link(url, "dokument.url", context.base, defects)?,
        // Allowed by the norm's schema, which requires no `url`: the identity may serve as an address.
        (None, Some(iri)) => {
            let found = format_args!("Document {number} has no address; its `iri` is tried.").to_string();
            defects.add("dokument.url", Severity::Uncertain, found, "Give the address under `url`.");
            link(iri, "dokument.url", context.base, defects)?
        }
        (None, None) => {
            let found = format_args!("Document {number} has no address.").to_string();
            defects.add("dokument.url", Severity::Lost, found, "Give the address under `url`.");
            return None;
        }
    };
    let declared_type = fields.get(2).and_then(|value| media_type(value, defects));
    let digest = match fields.get(4) {
        Some(Value::Text(hex)) => Digest::parse(hex.trim()),
        _ => None,
    };
    Some(Document { url, title, declared_type, digest })
}

/// `application/pdf` out of the norm's `http://www.iana.org/assignments/media-types/application/pdf`.
fn media_type(value: &Value, defects: &mut Defects) -> Option<String> {
    let raw = match value {
        Value::Text(text) => text.trim(),
        _ => "",
    };
    let name = raw.split_once("/media-types/").map_or(raw, |(_, name)| name);
    let token = |text: &str| {
        !text.is_empty()
            && text.len() < 100
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
    };
    let bare = name.split(';').next().unwrap_or_default().trim();
    if let Some((kind, subtype)) = bare.split_once('/')
        && token(kind)
        && token(subtype)
    {
        return Some(bare.to_ascii_lowercase());
    }
    defects.add(
        "dokument.typ_média",
        Severity::Repaired,
        format_args!("{} is no media type; the document's bytes decide.", quote(raw)),
        "Write \"http://www.iana.org/assignments/media-types/application/pdf\", or leave the key out.",
    );
    None
}

/// An address out of a text; `None` where it cannot be fetched, which is reported.
pub(super) fn link(value: &Value, field: &'static str, base: Option<&Url>, defects: &mut Defects) -> Option<String> {
    let raw: &str = match value {
        Value::Text(text) => text,
        Value::List(list) => {
            return list.iter().find(|one| !one.is_blank()).and_then(|one| match one {
                Value::List(_) => None,
                one => link(one, field, base, defects),
            });
        }
        Value::Object(entries) => {
            let named = entries.iter().find(|(key, _)| matches!(key.as_ref(), "@id" | "@value" | "url" | "iri" | "cs"));
            match named {
                Some((_, Value::Text(text))) => text,
                _ => "",
            }
        }
        _ => "",
    };
    match address::resolve(raw, base) {
        Ok(address) => {
            if let Some(repair) = address.repair {
                let found = format_args!("{} {}.", quote(raw), repair.found()).to_string();
                defects.add(field, Severity::Repaired, found, repair.cure());
            }
            Some(address.url)
        }
        Err(refusal) => {
            let severity = if field == "dokument.url" { Severity::Lost } else { Severity::Uncertain };
            let found = match refusal {
                Refusal::Blank => "The address is empty.".to_owned(),
                other => format!("{} {}.", quote(raw), other.found()),
            };
            defects.add(field, severity, found, "Write the whole address from https:// on.");
            None
        }
    }
}
