//! The notice with the most to read, and attachments of many kinds for it.

use vyveska::model::{Digest, Document, Media, Remark};
use vyveska::store::{Filed, Posted};
use vyveska::view::{Key, PaperState, View};

use super::studio::Set;

/// The notice that shows most: with several attachments of which one has many pages; and that attachment.
pub fn richest(view: &View) -> Option<(Key, usize)> {
    let pages = |state: &PaperState| if let PaperState::Ready(pages) = state { pages.count } else { 0 };
    let posting = view.postings.iter().max_by_key(|posting| {
        let most = posting.papers.iter().map(|paper| pages(&paper.state)).max().unwrap_or(0);
        (posting.papers.len().min(2), most, posting.papers.len())
    })?;
    let at = posting.papers.iter().enumerate().max_by_key(|(_, paper)| pages(&paper.state)).map_or(0, |(at, _)| at);
    Some((posting.key.clone(), at))
}

/// Gives the notice that shows most attachments of other kinds, after the one with its pages.
pub fn attach(set: &mut Set) {
    let kinds = [
        (Media::Docx, "Návrh smlouvy o zřízení věcného břemene", "navrh-smlouvy.docx", 48_200),
        (Media::Zfo, "Sdělení finančního úřadu", "DZ_1046228.zfo", 1_260_000),
        (Media::Zip, "Podklady pro jednání zastupitelstva", "podklady.zip", 18_400_000),
    ];
    let shown = |posted: &Posted| posted.documents.iter().map(|filed| filed.pages.len()).max().unwrap_or(0);
    let Some(posted) = set.posted.iter_mut().max_by_key(|posted| (posted.documents.len().min(2), shown(posted))) else {
        return;
    };
    let most = (0..posted.documents.len()).max_by_key(|at| posted.documents[*at].pages.len()).unwrap_or(0);
    posted.notice.documents.drain(..most);
    posted.documents.drain(..most);
    posted.notice.documents.truncate(1);
    posted.documents.truncate(1);
    posted.documents.iter_mut().for_each(|filed| filed.remark = Some(Remark::OnlyFirst(40)));
    for (media, title, file, size) in kinds {
        let url = format!("https://www.obec.example/uredni-deska/prilohy/{file}");
        let document = Document { url, title: Some(title.into()), declared_type: None, digest: None };
        posted.notice.documents.push(document);
        let digest = Some(Digest::of(file.as_bytes()));
        posted.documents.push(Filed { digest, media: Some(media), size, ..Filed::default() });
    }
}
