//! A download under way: appended piece by piece, resumed after a break, digested as it comes.
//!
//! Beside the bytes lies a note of where they are from and how many of them are known to be on disk; bytes beyond
//! that are thrown away when it is opened again, because after a power cut a file may be longer than what was written.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::{Files, FilesError, MAX_DOCUMENT_BYTES, remove_all, settle, write_whole};
use crate::model::{Digest, Media};

/// So many bytes at most are lost when the power goes during a download.
const CHECKPOINT_BYTES: u64 = 4 * 1024 * 1024;

/// What tells one version of a document at an address from another: only bytes of the same version may be put
/// together, so a download without any of them starts anew (RFC 9110 §13.1.5, `If-Range`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Bytes of the whole, where they are known.
    pub size: Option<u64>,
}

/// A document that is on disk now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    pub media: Media,
}

/// See the module.
#[derive(Debug)]
pub struct Incoming {
    files: Files,
    path: PathBuf,
    /// Made when the first byte comes: an answer that is none must not touch the disk.
    file: Option<File>,
    origin: Origin,
    offset: u64,
    noted: u64,
    hash: Sha256,
    head: Vec<u8>,
}

impl Files {
    /// Opens the download of the document at `url`, with what is already there of it.
    pub fn incoming(&self, url: &str) -> Result<Incoming, FilesError> {
        let path = self.incoming_folder().join(Digest::of(url.as_bytes()).to_string());
        let mut incoming = Incoming {
            files: self.clone(),
            path: path.clone(),
            file: None,
            origin: Origin::default(),
            offset: 0,
            noted: 0,
            hash: Sha256::new(),
            head: Vec::new(),
        };
        let note = fs::read_to_string(path.with_extension("from")).ok().and_then(|note| read_note(&note));
        let Some((origin, noted)) = note else { return Ok(incoming) };
        if path.is_file() && (origin.etag.is_some() || origin.last_modified.is_some()) {
            incoming.resume(origin, noted)?;
        }
        Ok(incoming)
    }
}

impl Incoming {
    /// Bytes that are there: ask for the rest with `Range: bytes=offset-` and `If-Range` where it is not zero.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What those bytes are from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    fn resume(&mut self, origin: Origin, noted: u64) -> Result<(), FilesError> {
        let path = self.path.clone();
        let at = FilesError::at(&path);
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(&at)?;
        let there = noted.min(file.metadata().map_err(&at)?.len());
        file.set_len(there).map_err(&at)?;
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let got = file.read(&mut buffer).map_err(&at)?;
            if got == 0 {
                break;
            }
            self.take_in(&buffer[..got]);
        }
        (self.origin, self.noted, self.file) = (origin, self.offset, Some(file));
        Ok(())
    }

    /// Throws away what is there and begins anew with a document of `origin`: after an answer that is the whole
    /// document (200), or when another version is there.
    pub fn restart(&mut self, origin: Origin) -> Result<(), FilesError> {
        if let Some(file) = &mut self.file {
            let at = FilesError::at(&self.path);
            file.set_len(0).map_err(&at)?;
            file.seek(SeekFrom::Start(0)).map_err(&at)?;
        }
        self.hash = Sha256::new();
        self.head.clear();
        (self.offset, self.noted) = (0, 0);
        self.origin = origin;
        Ok(())
    }

    /// Adds the next piece.
    pub fn append(&mut self, piece: &[u8]) -> Result<(), FilesError> {
        if self.offset + piece.len() as u64 > MAX_DOCUMENT_BYTES {
            self.discard()?;
            return Err(FilesError::TooLarge);
        }
        let path = self.path.clone();
        self.file()?.write_all(piece).map_err(FilesError::at(&path))?;
        self.take_in(piece);
        if self.offset - self.noted >= CHECKPOINT_BYTES { self.pause() } else { Ok(()) }
    }

    fn file(&mut self) -> Result<&mut File, FilesError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let at = FilesError::at(&self.path);
                fs::create_dir_all(self.files.incoming_folder()).map_err(&at)?;
                File::create(&self.path).map_err(&at)?
            }
        };
        Ok(self.file.insert(file))
    }

    /// Makes what has come so far durable, so that it can be resumed: call it when a transfer breaks off.
    pub fn pause(&mut self) -> Result<(), FilesError> {
        let path = self.path.clone();
        self.file()?.sync_data().map_err(FilesError::at(&path))?;
        let line = |text: &Option<String>| text.as_deref().unwrap_or("").replace(['\r', '\n'], "");
        let Origin { etag, last_modified, size } = &self.origin;
        let size = size.map_or(String::new(), |size| size.to_string());
        let note = format!("{}\n{}\n{}\n{size}\n", self.offset, line(etag), line(last_modified));
        write_whole(&self.path.with_extension("from"), note.as_bytes())?;
        self.noted = self.offset;
        Ok(())
    }

    /// The document is complete: it gets its name.
    pub fn finish(mut self) -> Result<Stored, FilesError> {
        let path = self.path.clone();
        self.file()?.sync_all().map_err(FilesError::at(&path))?;
        let stored =
            Stored { digest: Digest(self.hash.finalize().into()), size: self.offset, media: Media::of(&self.head) };
        let path = self.files.path(&stored.digest);
        let folder = path.parent().expect("a document lies in a folder");
        fs::create_dir_all(folder).map_err(FilesError::at(folder))?;
        settle(&self.path, &path)?;
        remove_all(&self.path.with_extension("from"))?;
        Ok(stored)
    }

    /// Forgets the download.
    pub fn discard(&mut self) -> Result<(), FilesError> {
        self.file = None;
        remove_all(&self.path.with_extension("from"))?;
        remove_all(&self.path)
    }

    fn take_in(&mut self, piece: &[u8]) {
        let missing = Media::HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(&piece[..piece.len().min(missing)]);
        self.hash.update(piece);
        self.offset += piece.len() as u64;
    }
}

fn read_note(note: &str) -> Option<(Origin, u64)> {
    let mut lines = note.lines();
    let offset = lines.next()?.parse().ok()?;
    let mut text = || lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
    let (etag, last_modified) = (text(), text());
    let size = text().and_then(|size| size.parse().ok());
    Some((Origin { etag, last_modified, size }, offset))
}
