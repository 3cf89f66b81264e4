//! A notice's fields as the guard sees them: when one is lost, when it is another, and how many are too many.
//!
//! The surprising thing: filling in what was blank is an addition and never suspicious, except for the two dates,
//! because an end, or a first day, where there was none can take a notice off the board. A first day that is earlier or
//! left out cannot.

use chrono::{Days, NaiveDate};

use crate::model::{Digest, Document, Notice, UNTITLED, same_documents};

/// What of a notice can be blanked or changed on many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Title,
    Description,
    Posted,
    RelevantUntil,
    ReferenceNumber,
    FileNumber,
    Issuer,
    Categories,
    Documents,
    Url,
}

/// So long a doubt about a last day may take: a day and six good rounds, and a week-end in which the office's web is away.
const SETTLED: Days = Days::new(3);

impl Field {
    pub const ALL: [Field; 10] = [
        Field::Title,
        Field::Description,
        Field::Posted,
        Field::RelevantUntil,
        Field::ReferenceNumber,
        Field::FileNumber,
        Field::Issuer,
        Field::Categories,
        Field::Documents,
        Field::Url,
    ];

    /// In the memory, in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Description => "description",
            Field::Posted => "posted",
            Field::RelevantUntil => "relevant-until",
            Field::ReferenceNumber => "reference-number",
            Field::FileNumber => "file-number",
            Field::Issuer => "issuer",
            Field::Categories => "categories",
            Field::Documents => "documents",
            Field::Url => "url",
        }
    }

    pub fn parse(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name() == name)
    }

    /// In a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Field::Title => "the title",
            Field::Description => "the description",
            Field::Posted => "the first day",
            Field::RelevantUntil => "the last day",
            Field::ReferenceNumber => "the reference number",
            Field::FileNumber => "the file number",
            Field::Issuer => "the issuer",
            Field::Categories => "the category",
            Field::Documents => "the list of documents",
            Field::Url => "the address",
        }
    }

    /// More than this share (numerator, denominator) of the notices that have the field is a mass change.
    ///
    /// Half, as with losses, where an office may well rearrange what it likes and the reader loses little by a day's
    /// delay. A third where a wrong value takes notices down or leaves a shell of them: in a year of a real town's
    /// board the most that changed at once, after two weeks without a readable feed, was the end of one in fifteen.
    pub fn share(self) -> (usize, usize) {
        match self {
            Field::Posted | Field::RelevantUntil | Field::Documents => (1, 3),
            _ => (1, 2),
        }
    }

    /// Whether one notice may lose it without a doubt. A notice without a title is no notice; the standard demands
    /// one, so a blank one is held back from the first, until it is seen to be meant.
    pub fn may_be_blanked(self) -> bool {
        self != Field::Title
    }

    /// Whether the notice has the field. The two dates say something also where they are not given.
    pub fn is_told(self, notice: &Notice) -> bool {
        match self {
            Field::Posted | Field::RelevantUntil => true,
            _ => !self.is_blank(notice),
        }
    }

    fn is_blank(self, notice: &Notice) -> bool {
        match self {
            Field::Posted => notice.posted.is_none(),
            Field::RelevantUntil => notice.relevant_until.is_none(),
            Field::Categories => notice.categories.iter().all(|category| category.trim().is_empty()),
            Field::Documents => notice.documents.is_empty(),
            _ => self.text(notice).trim().is_empty(),
        }
    }

    /// What `new` would make of the field of `old`, where that can be an outage on a board on which it happens to many:
    /// [`super::Subject::value`].
    pub fn suspect(self, old: &Notice, new: &Notice, today: NaiveDate) -> Option<u64> {
        if !self.is_told(old) || self.is_same(old, new) {
            return None;
        }
        // What stood in for a title is none that could be lost, and the title itself is an addition. An office may give
        // the same words as title and description, though: where they give way to a number, a title is lost.
        if self == Field::Title && stand_in(old).is_some_and(|old| stand_in(new).is_none_or(|new| new == old)) {
            return None;
        }
        // A first day that is earlier or not given takes nothing down.
        if self == Field::Posted && new.posted <= old.posted {
            return None;
        }
        // To hold back a longer term would take the notice down before the doubt is settled.
        let longer = self == Field::RelevantUntil && new.relevant_until > old.relevant_until;
        let settled = today.checked_add_days(SETTLED).unwrap_or(today);
        if longer && old.relevant_until.is_some_and(|last| last <= settled) {
            return None;
        }
        Some(if self.is_blank(new) { 0 } else { self.fingerprint(new) })
    }

    fn is_same(self, old: &Notice, new: &Notice) -> bool {
        match self {
            Field::Posted => old.posted == new.posted,
            Field::RelevantUntil => old.relevant_until == new.relevant_until,
            Field::Categories => old.categories == new.categories,
            Field::Documents => old.documents == new.documents || has_most(&old.documents, &new.documents),
            _ => self.text(old).trim() == self.text(new).trim(),
        }
    }

    /// Never 0. Of a document its title counts: some publishers put a new token into the address every time.
    pub fn fingerprint(self, notice: &Notice) -> u64 {
        let text = match self {
            Field::Posted => format!("{:?}", notice.posted),
            Field::RelevantUntil => format!("{:?}", notice.relevant_until),
            Field::Categories => notice.categories.join("\n"),
            Field::Documents => notice.documents.iter().map(|document| format!("{:?}\n", document.title)).collect(),
            _ => self.text(notice).trim().to_owned(),
        };
        fingerprint(&text)
    }

    fn text(self, notice: &Notice) -> &str {
        match self {
            Field::Title => &notice.title,
            Field::Description => notice.description.as_deref().unwrap_or_default(),
            Field::ReferenceNumber => notice.reference_number.as_deref().unwrap_or_default(),
            Field::FileNumber => notice.file_number.as_deref().unwrap_or_default(),
            Field::Issuer => notice.issuer.as_deref().unwrap_or_default(),
            Field::Url => notice.url.as_deref().unwrap_or_default(),
            Field::Posted | Field::RelevantUntil | Field::Categories | Field::Documents => "",
        }
    }

    /// Gives the field of `new` the value it has in `old`.
    pub fn keep(self, old: &Notice, new: &mut Notice) {
        match self {
            Field::Title => new.title.clone_from(&old.title),
            Field::Description => new.description.clone_from(&old.description),
            Field::Posted => new.posted = old.posted,
            Field::RelevantUntil => new.relevant_until = old.relevant_until,
            Field::ReferenceNumber => new.reference_number.clone_from(&old.reference_number),
            Field::FileNumber => new.file_number.clone_from(&old.file_number),
            Field::Issuer => new.issuer.clone_from(&old.issuer),
            Field::Categories => new.categories.clone_from(&old.categories),
            Field::Documents => new.documents = with_new(&old.documents, &new.documents),
            Field::Url => new.url.clone_from(&old.url),
        }
    }
}

/// Which of the notice's texts stands in the place of its title, as far as that can be seen: the title of a document may
/// as well be meant.
fn stand_in(notice: &Notice) -> Option<Field> {
    let is_title = |text: &str| notice.title == text;
    match notice.description.as_deref().and_then(|text| text.lines().next()) {
        Some(first) => is_title(first).then_some(Field::Description),
        None if notice.reference_number.as_deref().is_some_and(is_title) => Some(Field::ReferenceNumber),
        None if notice.file_number.as_deref().is_some_and(is_title) => Some(Field::FileNumber),
        None => is_title(UNTITLED).then_some(Field::Title),
    }
}

/// Never 0, which stands for nothing; the same in every version of the program, because it is kept on disk.
pub fn fingerprint(text: &str) -> u64 {
    let Digest(bytes) = Digest::of(text.as_bytes());
    let head = bytes.first_chunk::<8>().copied().unwrap_or_default();
    u64::from_le_bytes(head).max(1)
}

/// Whether at least half of the old documents are still there: a clerk adds, exchanges and drops single ones.
fn has_most(old: &[Document], new: &[Document]) -> bool {
    same_documents(old, new).iter().flatten().count() * 2 >= old.len()
}

/// The old documents in their places, each as it is listed now where it is, and behind them those that are new for
/// certain: an addition never waits, and what may be an old one under another address is none.
fn with_new(old: &[Document], new: &[Document]) -> Vec<Document> {
    let mut documents = old.to_vec();
    let mut missing = vec![true; old.len()];
    let mut unknown = Vec::new();
    for (document, place) in new.iter().zip(same_documents(old, new)) {
        match place {
            Some(place) => {
                documents[place] = document.clone();
                missing[place] = false;
            }
            None => unknown.push(document),
        }
    }
    let listed = new.len() - unknown.len();
    let before = unknown.len();
    for has_moved in [same_title, same_name] {
        unknown.retain(|new| {
            let place = (0..old.len()).find(|&place| missing[place] && has_moved(&old[place], new));
            place.is_none_or(|place| !std::mem::replace(&mut missing[place], false))
        });
    }
    // Where nothing at all is recognised, anything may be any of the old ones.
    if listed > 0 || unknown.len() < before {
        documents.extend(unknown.into_iter().cloned());
    }
    documents
}

fn same_title(old: &Document, new: &Document) -> bool {
    old.title.is_some() && old.title == new.title
}

fn same_name(old: &Document, new: &Document) -> bool {
    let name = |url: &str| {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    };
    name(&old.url) == name(&new.url)
}
