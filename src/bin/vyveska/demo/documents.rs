//! The villages' documents, carried in the program: nothing is read from the disk, nothing fetched.
//!
//! Only a program with the feature `hub` has them. The surprising thing: one of them is broken on purpose.

/// Name in `demo/documents`, and content.
pub struct Document {
    pub name: &'static str,
    pub bytes: &'static [u8],
}

macro_rules! documents {
    ($($name:literal),* $(,)?) => {
        /// Every file of `demo/documents`, by name.
        pub const DOCUMENTS: &[Document] = &[$(Document {
            name: $name,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/documents/", $name)),
        }),*];
    };
}

documents![
    "dl-doprava.pdf",
    "dl-dotace.pdf",
    "dl-drazba.pdf",
    "dl-elektrina.pdf",
    "dl-kaceni.pdf",
    "dl-misto.pdf",
    "dl-nalez.jpg",
    "dl-ozv-klid.pdf",
    "dl-ozv-odpady.pdf",
    "dl-ozv-oznameni.pdf",
    "dl-pozvanka.pdf",
    "dl-prezkum.pdf",
    "dl-rozpocet-2027-rozpis.pdf",
    "dl-rozpocet-2027.pdf",
    "dl-rozpoctove-opatreni.pdf",
    "dl-snimek-mapy.png",
    "dl-usneseni.pdf",
    "dl-voda.pdf",
    "dl-vybor.pdf",
    "dl-vyhled.pdf",
    "dl-zakazka.pdf",
    "dl-zamer-najem.pdf",
    "dl-zamer-prodej.pdf",
    "dl-zimni-udrzba.pdf",
    "dl-zu-2025.pdf",
    "hl-cov.pdf",
    "hl-dotace-smlouva.pdf",
    "hl-les.pdf",
    "hl-pacht.pdf",
    "hl-pozvanka.pdf",
    "hl-rozpocet.pdf",
    "hl-snimek-mapy.png",
    "hl-vodne.pdf",
    "hl-volby-komise.pdf",
    "hl-volby-okrsky.pdf",
    "hl-volby-vyhlaseni.pdf",
    "sv-bioodpad.pdf",
    "sv-hromada.pdf",
    "sv-rozpocet.pdf",
    "za-drazba.pdf",
    "za-knihovna.pdf",
    "za-kotel.pdf",
    "za-pozemkove-upravy.pdf",
    "za-pozvanka.pdf",
    "za-provizorium.pdf",
    "za-up-oznameni.pdf",
    "za-up-text.pdf",
    "za-up-vykres.pdf",
    "za-vlastnici.pdf",
    "za-voda-zakaz.pdf",
];

/// The content of a document.
pub fn document(name: &str) -> Option<&'static [u8]> {
    let at = DOCUMENTS.binary_search_by_key(&name, |document| document.name).ok()?;
    Some(DOCUMENTS[at].bytes)
}
