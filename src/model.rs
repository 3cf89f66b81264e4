//! What a board consists of: plain values without behaviour beyond their own meaning, and without serde.
//!
//! Every other module speaks in these words (DESIGN §6). The surprising thing: dates are what counts, not instants.
//! The law counts whole days in Europe/Prague, so a feed's instants are turned into days before they get here.

use std::collections::HashMap;
use std::fmt;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use crate::clock::Now;

/// One office's notice board (úřední deska) as the panel's configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// Short name in the configuration, file names and logs: `[a-z0-9-]{1,32}`, unique on a panel.
    pub key: String,
    /// The municipality as people call it: "Obec Dolní Lhota".
    pub name: String,
    pub standing: Standing,
    /// Address of the office's feed.
    pub feed: String,
    /// Address of the electronic board that people can open at home.
    pub web: Option<String>,
    /// Operator's identification number (IČO), eight digits; a feed of another operator is not believed.
    pub ico: Option<String>,
    /// The municipality's colour, 0xRRGGBB.
    pub colour: u32,
    /// The office's telephone, shown where a document cannot be.
    pub phone: Option<String>,
    /// Of a copy: where the official board hangs, as people would say it.
    pub official_at: Option<String>,
}

/// Whether the panel *is* the office's board, or repeats one that hangs elsewhere (Act 500/2004 Sb., § 26: one board
/// per office).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Official,
    Copy,
}

/// The title of a notice in which no text can stand in for it.
pub const UNTITLED: &str = "(bez názvu)";

/// One posted item (písemnost; OFN: informace na úřední desce).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What makes it the same notice in the next round, unique within its board: the feed's `iri`, or an identity
    /// derived from the notice where the feed has none.
    pub id: String,
    /// Address of the notice on the office's web.
    pub url: Option<String>,
    pub title: String,
    pub description: Option<String>,
    /// First day on the board (vyvěšeno dne). `None`: the feed does not say; the notice is up as soon as it is known.
    pub posted: Option<NaiveDate>,
    /// Last day on the board, inclusive (vyvěšeno do). `None`: no end, or an end that could not be read.
    pub relevant_until: Option<NaiveDate>,
    /// číslo jednací
    pub reference_number: Option<String>,
    /// spisová značka
    pub file_number: Option<String>,
    /// původce: who issued it, where that is not the office itself.
    pub issuer: Option<String>,
    /// OFN: agenda
    pub categories: Vec<String>,
    pub documents: Vec<Document>,
}

/// An attachment of a notice (příloha; OFN: dokument) as the feed lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Absolute address.
    pub url: String,
    pub title: Option<String>,
    /// What the feed claims the bytes to be. Only the bytes decide.
    pub declared_type: Option<String>,
    /// Digest where the publisher gives one (the hub does): the document need not be asked for again.
    pub digest: Option<Digest>,
}

/// What a document is. The bytes decide (`files`), never a name or a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    Pdf,
    Jpeg,
    Png,
    Tiff,
    Docx,
    Odt,
    Xlsx,
    Ods,
    Pptx,
    Odp,
    /// A message from a data box (datová schránka): a signed envelope of documents.
    Zfo,
    /// A signature, or something in a signed envelope (PKCS #7).
    Signed,
    /// An e-mail as it was sent.
    Mail,
    /// An archive that is none of the above.
    Zip,
    /// A file of the old office programs: DOC, XLS, PPT.
    OldOffice,
    Rtf,
    /// A picture in a format that is not drawn: GIF, BMP, WebP, HEIC, TIFF beyond 4 GB.
    Picture,
    Text,
    Html,
    Unknown,
}

/// What a reader is told of a document beside its pages, the gravest first. What only its clerk needs to know is not
/// among it: least of all that text can be read under a black box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// It opens with a password only: nothing of it is shown.
    Locked,
    /// A form that only its maker's program can show: the page is a placeholder.
    Form,
    /// Some pages cannot be drawn.
    PagesMissing,
    /// Only so many pages are drawn.
    OnlyFirst(u32),
    PictureMissing,
    /// Notes, marks or filled-in fields are not drawn.
    MarksMissing,
    LettersMissing,
}

/// What a feed said in one round, as far as it could be understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The board's own identity in the feed.
    pub iri: Option<String>,
    /// Address of the electronic board (OFN: stránka).
    pub web: Option<String>,
    /// Operator's IČO as the feed gives it.
    pub ico: Option<String>,
    pub notices: Vec<Notice>,
    /// `Notice::id` of those whose title the feed does not give: another of their texts, or [`UNTITLED`], stands in.
    pub untitled: Vec<String>,
    pub unreadable: Unreadable,
    pub defects: Vec<Defect>,
}

/// Items of a feed in which there is nothing to show. They are listed all the same: a bad item is a defect of the
/// feed, never the disappearance of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unreadable {
    /// `Notice::id` of those that still say which notice they are.
    pub ids: Vec<String>,
    /// How many do not say it.
    pub nameless: usize,
}

/// Something in a feed that its clerk should mend. Never hides a notice that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Which notice, as its clerk would look for it: position in the feed from 1, identity and title where known.
    /// `None`: the board itself.
    pub item: Option<Item>,
    /// Name of the field in the feed, `vyvěšení.datum`; of the whole item where it is empty.
    pub field: String,
    pub severity: Severity,
    /// What was found there, in a sentence.
    pub found: String,
    /// What to do about it, in a sentence.
    pub cure: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// From 1, in the order of the feed.
    pub position: usize,
    pub id: Option<String>,
    pub title: Option<String>,
}

/// What a defect costs the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Repaired without loss; other readers of the feed may not.
    Repaired,
    /// Shown, but something is missing or uncertain.
    Uncertain,
    /// The item, or this part of it, cannot be shown.
    Lost,
}

/// SHA-256. Documents are kept under it, changes are proved by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(hex: &str) -> Option<Digest> {
        if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// For each of `new`, which of `old` it is: the one of the same address, or, where a publisher puts another token into
/// the address each time, the only one of the same title whose address differs in no more than that.
pub fn same_documents(old: &[Document], new: &[Document]) -> Vec<Option<usize>> {
    let places: HashMap<&str, usize> = old.iter().map(|document| document.url.as_str()).zip(0..).collect();
    let mut same: Vec<Option<usize>> = new.iter().map(|document| places.get(document.url.as_str()).copied()).collect();
    if same.iter().all(Option::is_some) {
        return same;
    }
    let (olds, mut news) = (only_places(old), only_places(new));
    for (lasting, old) in olds {
        if let Some((old, new)) = old.zip(news.remove(&lasting).flatten())
            && !same.contains(&Some(old))
        {
            same[new].get_or_insert(old);
        }
    }
    same
}

/// Where each title and lasting address stands; `None` where it stands more than once.
fn only_places(documents: &[Document]) -> HashMap<(Option<&str>, String), Option<usize>> {
    let mut places = HashMap::new();
    for (place, document) in documents.iter().enumerate() {
        let lasting = (document.title.as_deref(), lasting(&document.url));
        places.entry(lasting).and_modify(|place| *place = None).or_insert(Some(place));
    }
    places
}

/// Parameters that say who asks and when, not what for.
const PASSING: [&str; 18] = [
    "_",
    "access_token",
    "auth_token",
    "csrf",
    "expires",
    "nocache",
    "nonce",
    "phpsessid",
    "rand",
    "random",
    "rnd",
    "session",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "timestamp",
    "token",
];

/// An address without what changes from poll to poll: of a file its query, of a script what only passes.
fn lasting(url: &str) -> String {
    const FILES: [&str; 18] = [
        "pdf", "doc", "docx", "odt", "rtf", "txt", "xls", "xlsx", "ods", "jpg", "jpeg", "png", "tif", "tiff", "gif",
        "zip", "zfo", "xml",
    ];
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let Some((path, query)) = url.split_once('?') else { return url.to_owned() };
    let ending = path.rsplit_once('/').and_then(|(_, name)| name.rsplit_once('.')).map(|(_, ending)| ending);
    if ending.is_some_and(|ending| FILES.iter().any(|file| file.eq_ignore_ascii_case(ending))) {
        return path.to_owned();
    }
    let name = |parameter: &str| parameter.split_once('=').map_or(parameter, |(name, _)| name).to_ascii_lowercase();
    let lasts = query.split('&').filter(|parameter| !PASSING.contains(&name(parameter).as_str()));
    let lasts: Vec<&str> = lasts.filter(|parameter| !parameter.is_empty()).collect();
    if lasts.is_empty() { path.to_owned() } else { format!("{path}?{}", lasts.join("&")) }
}

/// Stands for a notice's identity where it must be recognised and may no longer be read: offices write people's names
/// into addresses. Whoever knows the identity finds its mark; nobody reads the identity out of it. The same in every
/// version of the program, because it is kept on disk.
pub fn mark(board: &str, id: &str) -> Digest {
    let mut hash = Sha256::new();
    for part in ["mark 1", board, id] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

impl Notice {
    /// Digest of everything the office published about the notice, in an order that never changes. Two notices are
    /// the same publication exactly when their digests agree. The documents' bytes are not part of it.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        let mut field = |value: Option<&str>| match value {
            // A length before each field, so that no two different notices give the same bytes.
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text);
            }
            None => hash.update([0]),
        };
        field(Some("notice 1"));
        field(Some(&self.id));
        field(self.url.as_deref());
        field(Some(&self.title));
        field(self.description.as_deref());
        field(self.posted.map(|day| day.to_string()).as_deref());
        field(self.relevant_until.map(|day| day.to_string()).as_deref());
        field(self.reference_number.as_deref());
        field(self.file_number.as_deref());
        field(self.issuer.as_deref());
        for category in &self.categories {
            field(Some(category));
        }
        field(None);
        for document in &self.documents {
            field(Some(&document.url));
            field(document.title.as_deref());
            field(document.declared_type.as_deref());
            field(document.digest.map(|digest| digest.to_string()).as_deref());
        }
        Digest(hash.finalize().into())
    }

    /// Whether its last day has passed on `today`. The last day itself is still a day on the board.
    pub fn ended(&self, today: NaiveDate) -> bool {
        self.relevant_until.is_some_and(|last| last < today)
    }

    /// Whether its first day has come, or may have come: a clock that is not trusted shows a day that is certainly
    /// over, and nothing that ought to be up is kept back because of it.
    pub fn begun(&self, now: Now) -> bool {
        !now.is_trusted() || self.posted.is_none_or(|first| first <= now.today())
    }
}
