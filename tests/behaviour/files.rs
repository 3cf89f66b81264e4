//! Documents and page pictures on disk.

use chrono::TimeDelta;
use vyveska::clock::{self, Saved};
use vyveska::files::{Files, Media, Origin, Picture};
use vyveska::model::Digest;

use super::store::Folder;

#[test]
fn a_document_is_resumed_from_what_is_known_to_be_on_disk() {
    let folder = Folder::new("incoming");
    let files = Files::open(&folder.0).unwrap();
    let url = "https://obec.example/1.pdf";
    let origin = Origin { etag: Some("\"v1\"".to_owned()), ..Origin::default() };
    let mut incoming = files.incoming(url).unwrap();
    assert_eq!(incoming.offset(), 0);
    // An office that answers "not changed" costs no write.
    let count = || std::fs::read_dir(folder.0.join("files/incoming")).unwrap().count();
    assert_eq!(count(), 0);
    incoming.restart(origin.clone()).unwrap();
    incoming.append(b"%PDF-1.7 ").unwrap();
    incoming.pause().unwrap();
    incoming.append(b"lost in the power cut").unwrap();
    drop(incoming);
    let mut incoming = files.incoming(url).unwrap();
    assert_eq!((incoming.offset(), incoming.origin()), (9, &origin));
    incoming.append(b"rest").unwrap();
    let stored = incoming.finish().unwrap();
    assert_eq!((stored.digest, stored.size, stored.media), (Digest::of(b"%PDF-1.7 rest"), 13, Media::Pdf));
    assert_eq!(std::fs::read(files.path(&stored.digest)).unwrap(), b"%PDF-1.7 rest");
    assert_eq!((files.incoming(url).unwrap().offset(), count()), (0, 0));

    // Damaged on disk: noticed, removed.
    std::fs::write(files.path(&stored.digest), b"%PDF-1.7 rEst").unwrap();
    assert!(files.open_document(&stored.digest).is_err());
    assert!(!files.has(&stored.digest));
}

#[test]
fn a_page_without_colour_is_stored_grey() {
    let folder = Folder::new("page");
    let files = Files::open(&folder.0).unwrap();
    let stored = files.put(b"%PDF-").unwrap();
    let kind = |number| {
        let decoder = png::Decoder::new(std::io::BufReader::new(
            std::fs::File::open(files.page_path(&stored.digest, 480, number)).unwrap(),
        ));
        let reader = decoder.read_info().unwrap();
        (reader.info().color_type, reader.info().width, reader.info().height)
    };
    let mut pixels = vec![200; 480 * 300 * 3];
    files.write_page(&stored.digest, Picture { number: 1, width: 480, height: 300, pixels: &pixels }).unwrap();
    assert_eq!(kind(1), (png::ColorType::Grayscale, 480, 300));
    pixels[7] = 10;
    files.write_page(&stored.digest, Picture { number: 2, width: 480, height: 300, pixels: &pixels }).unwrap();
    assert_eq!(kind(2), (png::ColorType::Rgb, 480, 300));
    assert!(files.thumb_path(&stored.digest, 1).is_file());
    assert!(files.write_page(&stored.digest, Picture { number: 3, width: 481, height: 300, pixels: &pixels }).is_err());
    files.write_text(&stored.digest, 1, "Příliš žluťoučký kůň").unwrap();
    assert_eq!(files.read_text(&stored.digest, 1).as_deref(), Some("Příliš žluťoučký kůň"));

    // Trimmed when nobody names it, and not within the hour.
    let written = clock::now(Saved::default())
        .at
        .max(std::fs::metadata(files.path(&stored.digest)).unwrap().modified().unwrap().into());
    assert_eq!(files.trim(|_| false, written + TimeDelta::minutes(59)).unwrap().documents, 0);
    assert_eq!(files.trim(|_| true, written + TimeDelta::hours(2)).unwrap().documents, 0);
    assert_eq!(files.trim(|_| false, written + TimeDelta::hours(2)).unwrap().documents, 1);
    assert!(!files.page_path(&stored.digest, 480, 1).exists());
}
