//! What a document is, its bytes say; what is not drawn is said in a sentence.

use std::process::Command;

use super::paper::Folder;
use super::program;
use vyveska::model::Media;

/// The first member of an archive: stored, with its name and its content.
pub fn member(name: &str, content: &str) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(name.as_bytes());
    bytes.extend(content.as_bytes());
    bytes
}

fn examples() -> Vec<(Media, Vec<u8>)> {
    let office =
        |folder: &str| [member("[Content_Types].xml", "<Types/>"), member(&format!("{folder}/x.xml"), "")].concat();
    let open = |kind: &str| member("mimetype", &format!("application/vnd.oasis.opendocument.{kind}"));
    let envelope = |inside: &[u8]| {
        [&b"\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x0f\xf1"[..], inside].concat()
    };
    let data_box = b"<q:MessageDownloadResponse xmlns:q=\"http://isds.czechpoint.cz/v20/message\">";
    let mail = "Return-Path: <a@obec.example>\r\nFrom: Obec <a@obec.example>\r\nSubject: =?utf-8?q?Z=C3=A1m=C4=9Br?=\r\n\
                Date: Mon, 3 May 2027 10:00:00 +0200\r\n\r\nText";
    vec![
        (Media::Docx, office("word")),
        (Media::Xlsx, office("xl")),
        (Media::Pptx, office("ppt")),
        (Media::Odt, open("text")),
        (Media::Ods, open("spreadsheet")),
        (Media::Odp, open("presentation")),
        (Media::Zip, member("priloha.pdf", "%PDF-1.7")),
        (Media::Zfo, envelope(data_box)),
        (Media::Signed, envelope(b"\x02\x01\x01")),
        (Media::Signed, b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80".to_vec()),
        (Media::Signed, b"-----BEGIN PKCS7-----\nMIIB".to_vec()),
        (Media::Mail, mail.as_bytes().to_vec()),
        (Media::OldOffice, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0".to_vec()),
        (Media::Rtf, b"{\\rtf1\\ansi\\ansicpg1250 Text}".to_vec()),
        (Media::Picture, b"GIF89a\x01\0\x01\0".to_vec()),
        (Media::Picture, b"\0\0\0\x18ftypheic\0\0\0\0".to_vec()),
        (Media::Picture, b"RIFF\0\x01\0\0WEBPVP8 ".to_vec()),
    ]
}

#[test]
fn the_bytes_say_what_it_is() {
    for (media, bytes) in examples() {
        assert_eq!(Media::of(&bytes), media, "{:?}", String::from_utf8_lossy(&bytes));
        assert_eq!(Media::from_name(media.name()), Some(media), "its name is read back");
        assert!(!media.has_pages());
    }
    for text in
        ["Date: 3. 5. 2027\nVěc: pozvánka\nSubject: nic", "Zápis ze schůze\n\nFrom: a\nDate: b\nSubject: c\n", "from"]
    {
        assert_eq!(Media::of(text.as_bytes()), Media::Text, "{text} is no mail");
    }
    assert_eq!(Media::of(b"\x30\x82\x10\x00\x02\x01"), Media::Unknown, "another sequence");
}

#[test]
fn what_is_not_drawn_is_said_in_a_sentence() {
    let folder = Folder::new();
    for (media, bytes) in examples() {
        let path = folder.file("document", bytes);
        let output = Command::new(program().program).arg("check").arg(path).output().expect("the program");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(&format!("a {} file is not drawn", media.name())), "{text}");
    }
}
