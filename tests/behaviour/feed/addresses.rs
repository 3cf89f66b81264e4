//! Addresses of notices and documents.

use serde_json::{Value, json};
use vyveska::feed;
use vyveska::model::Severity::{Lost, Repaired, Uncertain};
use vyveska::model::{Defect, Digest};

use super::{board, day, one, only, sound};

fn document(url: &str) -> (Option<String>, Vec<Defect>) {
    let (notice, defects) = one(|item| item["dokument"][0]["url"] = json!(url));
    (notice.documents.first().map(|document| document.url.clone()), defects)
}

#[test]
fn sound_addresses_stay_and_are_made_fit_to_fetch() {
    let cases = [
        ("https://dolni-lhota.example/a.pdf?b=1&c=2", "https://dolni-lhota.example/a.pdf?b=1&c=2"),
        ("http://dolni-lhota.example/a%20b.pdf", "http://dolni-lhota.example/a%20b.pdf"),
        // The norm says IRI: letters outside ASCII are no defect.
        ("https://dolni-lhota.example/příloha.pdf", "https://dolni-lhota.example/p%C5%99%C3%ADloha.pdf"),
        ("https://dolní-lhota.example/a.pdf?q=č", "https://xn--doln-lhota-n8a.example/a.pdf?q=%C4%8D"),
        ("  https://dolni-lhota.example/a.pdf\n", "https://dolni-lhota.example/a.pdf"),
    ];
    for (raw, expected) in cases {
        assert_eq!(document(raw), (Some(expected.to_owned()), vec![]), "{raw}");
    }
}

#[test]
fn what_can_be_put_right_is() {
    let cases = [
        ("https://dolni-lhota.example/a?b=1&amp;c=2", "https://dolni-lhota.example/a?b=1&c=2"),
        ("https://dolni-lhota.example/a?b=1&amp;amp;c=2", "https://dolni-lhota.example/a?b=1&c=2"),
        ("soubory/a.pdf", "https://data.dolni-lhota.example/deska/soubory/a.pdf"),
        ("/soubory/příloha č. 1.pdf", "https://data.dolni-lhota.example/soubory/p%C5%99%C3%ADloha%20%C4%8D.%201.pdf"),
        ("../a.pdf", "https://data.dolni-lhota.example/a.pdf"),
        ("//cdn.example/a.pdf", "https://cdn.example/a.pdf"),
        ("?soubor=7", "https://data.dolni-lhota.example/deska/feed.jsonld?soubor=7"),
        ("www.dolni-lhota.example/a.pdf", "https://www.dolni-lhota.example/a.pdf"),
        ("https://dolni-lhota.example/a b.pdf", "https://dolni-lhota.example/a%20b.pdf"),
        ("https://user:secret@dolni-lhota.example/a.pdf", "https://dolni-lhota.example/a.pdf"),
    ];
    for (raw, expected) in cases {
        let (url, defects) = document(raw);
        assert_eq!((url.as_deref(), only(&defects)), (Some(expected), ("dokument.url", Repaired)), "{raw}");
    }
}

#[test]
fn only_the_web_is_an_address() {
    let refused = [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://dolni-lhota.example/a.pdf",
        "mailto:urad@dolni-lhota.example",
        "C:\\dokumenty\\a.pdf",
        "https://",
        "http://[::1",
        "",
        "#",
    ];
    for raw in refused {
        let (url, defects) = document(raw);
        assert_eq!((url, only(&defects)), (None, ("dokument.url", Lost)), "{raw}");
    }
    let (url, defects) = document(&format!("https://dolni-lhota.example/{}", "a".repeat(5_000)));
    assert_eq!((url, only(&defects)), (None, ("dokument.url", Lost)));
    let (notice, defects) = one(|item| item["url"] = json!("javascript:alert(1)"));
    assert_eq!((notice.url, only(&defects)), (None, ("url", Uncertain)));
}

#[test]
fn relative_addresses_need_a_base() {
    let mut item = sound(1);
    item["dokument"][0]["url"] = json!("a.pdf");
    let mut feed = board(&json!([item]));
    let read = |feed: &Value, base: &str| feed::read(feed.to_string().as_bytes(), base, day("2022-05-10")).unwrap();
    assert_eq!(read(&feed, "").notices[0].documents[0].url, "https://dolni-lhota.example/a.pdf");
    assert_eq!(read(&feed, "/tmp/feed.jsonld").notices[0].documents[0].url, "https://dolni-lhota.example/a.pdf");
    feed["stránka"] = json!("");
    let snapshot = read(&feed, "");
    assert_eq!(snapshot.notices[0].documents, []);
    assert!(snapshot.defects.iter().any(|defect| defect.field == "dokument.url" && defect.severity == Lost));
}

#[test]
fn documents_in_any_form() {
    let url = "https://dolni-lhota.example/soubory/1.pdf";
    let forms = [
        json!({"typ": "Digitální objekt", "url": url}),
        json!(url),
        json!([url]),
        json!([{"url": url}, {"url": url}]),
        json!([{"url": url}, null, {}, ""]),
        json!([{"odkaz": url}]),
        json!([{"iri": url}]),
        json!([{"url": [url]}]),
        json!([{"url": {"@id": url}}]),
    ];
    for form in forms {
        for key in ["dokument", "příloha", "dokumenty", "Dokument", "priloha"] {
            let (notice, _) = one(|item| {
                let item = item.as_object_mut().unwrap();
                item.remove("dokument");
                item.insert(key.to_owned(), form.clone());
            });
            let urls: Vec<&str> = notice.documents.iter().map(|document| document.url.as_str()).collect();
            assert_eq!(urls, [url], "{key}: {form}");
        }
    }
    let (notice, defects) = one(|item| {
        item["příloha"] = json!([{"typ": "Digitální objekt", "url": "https://dolni-lhota.example/soubory/2.pdf"}]);
    });
    assert_eq!((notice.documents.len(), only(&defects)), (2, ("dokument", Repaired)));
    for none in [json!([]), json!(null), json!({}), json!("")] {
        let (notice, defects) = one(|item| item["dokument"] = none);
        assert_eq!((notice.documents.len(), defects.len()), (0, 0));
    }
    let (notice, defects) = one(|item| item["dokument"] = json!([{"název": {"cs": "Mapa"}}, 7, {"url": url}]));
    assert_eq!(notice.documents.len(), 1);
    assert_eq!(defects.iter().filter(|defect| defect.severity == Lost).count(), 2);
}

#[test]
fn a_media_type_is_only_a_claim() {
    let declared = |value: Value| {
        let (notice, defects) = one(|item| item["dokument"][0]["typ_média"] = value);
        (notice.documents[0].declared_type.clone(), defects.len())
    };
    let iana = "http://www.iana.org/assignments/media-types/";
    assert_eq!(declared(json!(format!("{iana}image/tiff"))), (Some("image/tiff".to_owned()), 0));
    assert_eq!(declared(json!("application/PDF; charset=binary")), (Some("application/pdf".to_owned()), 0));
    assert_eq!(declared(json!("application/x-neznamy")), (Some("application/x-neznamy".to_owned()), 0));
    assert_eq!(declared(json!(null)), (None, 0));
    for wrong in [json!("pdf"), json!("PDF dokument/příloha"), json!(7), json!(["application/pdf"]), json!(iana)] {
        assert_eq!(declared(wrong), (None, 1));
    }
}

#[test]
fn a_publisher_may_give_the_digest() {
    let digest = Digest::of(b"x");
    let (notice, defects) = one(|item| item["dokument"][0]["sha256"] = json!(digest.to_string()));
    assert_eq!((notice.documents[0].digest, defects.len()), (Some(digest), 0));
}

#[test]
fn documents_are_bounded() {
    let many: Vec<Value> = (0..600).map(|n| json!({"url": format!("https://dolni-lhota.example/{n}.pdf")})).collect();
    let (notice, defects) = one(|item| item["dokument"] = json!(many));
    assert_eq!((notice.documents.len(), only(&defects)), (feed::MAX_DOCUMENTS, ("dokument", Lost)));
}
