//! Writes the smallest PDF that shows a thing, and a folder to put it in.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A document under construction. Objects are numbered from 1 in the order they are added.
#[derive(Default)]
pub struct Paper {
    objects: Vec<Vec<u8>>,
    pages: Vec<usize>,
    /// More entries of the catalog and of the trailer.
    pub catalog: String,
    pub trailer: String,
}

/// A4 in whole points.
pub const A4: &str = "/MediaBox [0 0 595 842]";

impl Paper {
    pub fn new() -> Paper {
        // The catalog and the page tree come first and are written last.
        Paper { objects: vec![Vec::new(), Vec::new()], ..Paper::default() }
    }

    /// A page behind a password that nobody knows.
    pub fn locked() -> Paper {
        let mut paper = Paper::new();
        let secret = "00".repeat(32);
        paper.trailer = format!(
            "/Encrypt << /Filter /Standard /V 1 /R 2 /O <{secret}> /U <{secret}> /P -4 >> /ID [<{0}> <{0}>]",
            "07".repeat(16)
        );
        paper.page(A4, "");
        paper
    }

    /// Adds an object and gives its number.
    pub fn object(&mut self, text: &str) -> usize {
        self.objects.push(text.as_bytes().to_vec());
        self.objects.len()
    }

    /// Objects so far; the next one gets the number after it.
    pub fn objects(&self) -> usize {
        self.objects.len()
    }

    pub fn stream(&mut self, entries: &str, bytes: &[u8]) -> usize {
        let mut object = format!("<< {entries} /Length {} >>\nstream\n", bytes.len()).into_bytes();
        object.extend_from_slice(bytes);
        object.extend_from_slice(b"\nendstream");
        self.objects.push(object);
        self.objects.len()
    }

    /// Adds a page with the dictionary entries (`/MediaBox`, `/Resources`, `/Rotate` …) and what it draws.
    pub fn page(&mut self, entries: &str, content: &str) -> &mut Paper {
        let content = self.stream("", content.as_bytes());
        let page = self.object(&format!("<< /Type /Page /Parent 2 0 R {entries} /Contents {content} 0 R >>"));
        self.pages.push(page);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut objects = self.objects.clone();
        let kids: Vec<String> = self.pages.iter().map(|page| format!("{page} 0 R")).collect();
        objects[0] = format!("<< /Type /Catalog /Pages 2 0 R {} >>", self.catalog).into_bytes();
        objects[1] = format!("<< /Type /Pages /Count {} /Kids [{}] >>", self.pages.len(), kids.join(" ")).into_bytes();
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut places = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            places.push(file.len());
            file.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
            file.extend_from_slice(object);
            file.extend_from_slice(b"\nendobj\n");
        }
        let start = file.len();
        file.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
        for place in places {
            file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
        }
        let trailer = format!(
            "trailer << /Size {} /Root 1 0 R {} >>\nstartxref\n{start}\n%%EOF\n",
            objects.len() + 1,
            self.trailer
        );
        file.extend_from_slice(trailer.as_bytes());
        file
    }
}

/// The letters that get lost, the same without their marks, and their names in a PDF.
pub const CZECH: [(char, char, &str); 18] = [
    ('č', 'c', "ccaron"),
    ('ď', 'd', "dcaron"),
    ('ě', 'e', "ecaron"),
    ('ň', 'n', "ncaron"),
    ('ř', 'r', "rcaron"),
    ('ť', 't', "tcaron"),
    ('ů', 'u', "uring"),
    ('š', 's', "scaron"),
    ('ž', 'z', "zcaron"),
    ('Č', 'C', "Ccaron"),
    ('Ď', 'D', "Dcaron"),
    ('Ě', 'E', "Ecaron"),
    ('Ň', 'N', "Ncaron"),
    ('Ř', 'R', "Rcaron"),
    ('Ť', 'T', "Tcaron"),
    ('Ů', 'U', "Uring"),
    ('Š', 'S', "Scaron"),
    ('Ž', 'Z', "Zcaron"),
];

/// A font that is named and not embedded, with the Czech letters from code 128 on, as office programs write it.
pub fn font(kind: &str, name: &str, more: &str) -> String {
    let names: Vec<String> = CZECH.iter().map(|(_, _, name)| format!("/{name}")).collect();
    format!(
        "<< /Type /Font /Subtype /{kind} /BaseFont /{name} {more} \
         /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [128 {} /nosuchletter] >> >>",
        names.join(" ")
    )
}

/// A folder that goes with its test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vyveska-pages-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("a file for the test");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}
