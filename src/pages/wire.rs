//! What the parent and the child say to each other: one request on the command line, frames on a pipe.
//!
//! A frame is a kind (one byte), a length (four bytes, little-endian) and so many bytes. Deliberately without serde and
//! without versions: both sides are the same program file. The surprising thing: the parent's half trusts nothing;
//! every length is checked against a limit before a byte is kept, every picture against its own size.

use std::borrow::Cow;
use std::io::{self, Write};

use super::parcel::{self, Parcel};
use super::{Attached, Limits, PageFault, Pixels, Sheet, Turned, Want, WarningKind};

/// What the child is asked to do, as it stands on its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// First wanted page, from 1.
    pub first: u32,
    /// Last wanted page; beyond the end of the document where all are wanted.
    pub last: u32,
    pub width: u32,
    /// Highest picture in this width.
    pub height: u32,
    pub text: bool,
    pub text_bytes: u32,
    /// No pages: the document comes with its length before it, and then wishes for parts of pages.
    pub lens: bool,
    pub document_bytes: u64,
    pub memory: u64,
    pub processor_seconds: u64,
    /// The parent's process number: a child that finds another parent has been left behind.
    pub parent: u32,
}

impl Request {
    pub fn new(first: u32, last: u32, want: &Want, limits: &Limits) -> Request {
        let by_pixels = u32::try_from(limits.pixels / u64::from(want.width)).unwrap_or(u32::MAX);
        Request {
            first,
            last,
            width: want.width,
            height: limits.height.min(by_pixels).clamp(1, u32::from(u16::MAX)),
            text: want.text,
            text_bytes: limits.text_bytes,
            lens: false,
            document_bytes: limits.document_bytes,
            memory: limits.memory,
            processor_seconds: limits.processor_time.as_secs().max(1),
            parent: std::process::id(),
        }
    }

    pub fn to_argument(&self) -> String {
        let numbers = [
            u64::from(self.first),
            u64::from(self.last),
            u64::from(self.width),
            u64::from(self.height),
            u64::from(self.text),
            u64::from(self.text_bytes),
            u64::from(self.lens),
            self.document_bytes,
            self.memory,
            self.processor_seconds,
            u64::from(self.parent),
        ];
        numbers.map(|number| number.to_string()).join(",")
    }

    pub fn parse(argument: &str) -> Option<Request> {
        let numbers: Vec<u64> = argument.split(',').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let [first, last, width, height, text, text_bytes, lens, document_bytes, memory, processor_seconds, parent] =
            numbers[..]
        else {
            return None;
        };
        let small = |number: u64| u32::try_from(number).ok();
        Some(Request {
            first: small(first)?,
            last: small(last)?,
            width: small(width)?,
            height: small(height)?,
            text: text != 0,
            text_bytes: small(text_bytes)?,
            lens: lens != 0,
            document_bytes,
            memory,
            processor_seconds,
            parent: small(parent)?,
        })
    }
}

/// Why the child will not go on with the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Index into [`FOREIGN`].
    Unsupported(u8),
    Encrypted,
    Damaged,
    NoPages,
    TooBig,
}

/// What a document can be that is not drawn. The child names it by index, so that no text of its own is believed.
pub const FOREIGN: [&str; 10] = [
    "not of a kind that can be drawn",
    "empty",
    "an office document (DOCX, ODT or XLSX)",
    "an old Office file (DOC, XLS) or RTF",
    "a web page",
    "a picture in a format other than JPEG, PNG and TIFF",
    "a TIFF picture larger than 4 GB (BigTIFF)",
    "an archive",
    "a data box message or a signed envelope",
    "an e-mail",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The sandbox is closed; without landlock where the kernel has none.
    Ready {
        landlock: bool,
    },
    /// The sandbox cannot be closed. The child has not looked at the document.
    Unsafe(String),
    Refused(Refusal),
    /// The document is open.
    Opened {
        page_count: u32,
    },
    /// The next frames belong to this page, until another begins.
    Begin {
        number: u32,
    },
    Picture {
        width: u32,
        height: u32,
        pixels: Cow<'a, Pixels>,
    },
    /// What the page is as a sheet of paper; after its picture.
    Sheet(Sheet),
    Fault(PageFault),
    Text(String),
    /// A file inside the document.
    Attached(Attached),
    Warning(WarningKind),
    End,
}

/// Bytes before the pixels in a picture's frame: width, height, channels.
const PICTURE_HEAD: usize = 9;
/// No other frame is longer than this, text aside.
const SHORT: u32 = 512;
/// A longer name of an attached file is cut (bytes).
const MAX_NAME: usize = 255;

/// Frames never are longer than this many bytes.
#[derive(Debug, Clone, Copy)]
pub struct FrameLimits {
    pub width: u32,
    pub height: u32,
    pub text_bytes: u32,
}

impl FrameLimits {
    fn of(self, kind: u8) -> u64 {
        match kind {
            b'P' => PICTURE_HEAD as u64 + parcel::most(u64::from(self.width) * u64::from(self.height) * 3),
            b'T' => u64::from(self.text_bytes),
            _ => u64::from(SHORT),
        }
    }
}

impl Frame<'_> {
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (kind, head, body): (u8, Vec<u8>, &[u8]) = match self {
            Frame::Ready { landlock } => (b'R', vec![u8::from(*landlock)], &[]),
            Frame::Unsafe(reason) => (b'U', Vec::new(), &reason.as_bytes()[..reason.len().min(SHORT as usize)]),
            Frame::Refused(refusal) => (b'X', refusal_code(*refusal).to_vec(), &[]),
            Frame::Opened { page_count } => (b'O', page_count.to_le_bytes().to_vec(), &[]),
            Frame::Begin { number } => (b'B', number.to_le_bytes().to_vec(), &[]),
            Frame::Picture { width, height, pixels } => return picture(*width, *height, pixels, to),
            Frame::Sheet(sheet) => (b'S', sheet_code(sheet), &[]),
            Frame::Attached(file) => {
                let mut head = file.bytes.unwrap_or(u64::MAX).to_le_bytes().to_vec();
                let end = (0..=file.name.len().min(MAX_NAME)).rev().find(|end| file.name.is_char_boundary(*end));
                head.extend(&file.name.as_bytes()[..end.unwrap_or(0)]);
                (b'A', head, &[])
            }
            Frame::Fault(fault) => (b'F', fault_code(fault), &[]),
            Frame::Text(text) => (b'T', Vec::new(), text.as_bytes()),
            Frame::Warning(kind) => (b'W', warning_code(*kind), &[]),
            Frame::End => (b'E', Vec::new(), &[]),
        };
        to.write_all(&[kind])?;
        to.write_all(&((head.len() + body.len()) as u32).to_le_bytes())?;
        to.write_all(&head)?;
        to.write_all(body)?;
        to.flush()
    }
}

fn picture(width: u32, height: u32, pixels: &Pixels, to: &mut impl Write) -> io::Result<()> {
    let parcel = Parcel::of(pixels.bytes());
    to.write_all(b"P")?;
    to.write_all(&((PICTURE_HEAD + parcel.len()) as u32).to_le_bytes())?;
    to.write_all(&width.to_le_bytes())?;
    to.write_all(&height.to_le_bytes())?;
    to.write_all(&[pixels.channels() as u8])?;
    parcel.write(to)?;
    to.flush()
}

fn refusal_code(refusal: Refusal) -> [u8; 2] {
    match refusal {
        Refusal::Unsupported(which) => [0, which],
        Refusal::Encrypted => [1, 0],
        Refusal::Damaged => [2, 0],
        Refusal::NoPages => [3, 0],
        Refusal::TooBig => [4, 0],
    }
}

fn fault_code(fault: &PageFault) -> Vec<u8> {
    match fault {
        PageFault::Oversized { width, height } => [&[1][..], &width.to_le_bytes(), &height.to_le_bytes()].concat(),
        PageFault::Damaged => vec![2],
        PageFault::Memory => vec![3],
        PageFault::Time => vec![4],
        // The parent sees a crash for itself; a panic is the only one that the child survives to report.
        PageFault::Crashed(_) | PageFault::GivenUp => vec![0],
    }
}

/// Width and height in millimetres (0: unknown), quarter turns, how sure, blank.
fn sheet_code(sheet: &Sheet) -> Vec<u8> {
    let (width, height) = sheet.paper.unwrap_or_default();
    let turned = sheet.turned.unwrap_or(Turned { quarters: 0, sure: 0 });
    [&width.to_le_bytes()[..], &height.to_le_bytes(), &[turned.quarters, turned.sure, u8::from(sheet.blank)]].concat()
}

fn warning_code(kind: WarningKind) -> Vec<u8> {
    let (code, count) = match kind {
        WarningKind::AnnotationsNotDrawn(count) => (0, count),
        WarningKind::FieldsNotDrawn(count) => (1, count),
        WarningKind::DynamicForm => (2, 0),
        WarningKind::NoReadableText => (3, 0),
        WarningKind::FontNotUsable => (4, 0),
        WarningKind::PictureNotDrawn => (5, 0),
        WarningKind::DrawnSmaller => (6, 0),
        WarningKind::PagesLeftOut(count) => (7, count),
        WarningKind::Encrypted => (8, 0),
        WarningKind::LettersMissing(count) => (9, count),
        WarningKind::TextCovered(count) => (10, count),
        WarningKind::TextInvisible(count) => (11, count),
    };
    [&[code][..], &count.to_le_bytes()].concat()
}

/// Puts frames together from whatever pieces the pipe delivers.
#[derive(Debug)]
pub struct Frames {
    limits: FrameLimits,
    buffer: Vec<u8>,
}

impl Frames {
    pub fn new(limits: FrameLimits) -> Frames {
        Frames { limits, buffer: Vec::new() }
    }

    /// The next picture is this wide, and at most so high.
    pub fn expect(&mut self, width: u32, height: u32) {
        self.limits = FrameLimits { width, height, ..self.limits };
    }

    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next whole frame; `None` until more bytes come. An error says what is wrong with the child.
    pub fn next(&mut self) -> Result<Option<Frame<'static>>, &'static str> {
        let Some((&kind, rest)) = self.buffer.split_first() else { return Ok(None) };
        let Some((length, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*length);
        if u64::from(length) > self.limits.of(kind) {
            return Err("a frame is longer than allowed");
        }
        let Some(payload) = body.get(..length as usize) else {
            // Known by now to be within the limits, so that growing step by step would only copy.
            self.buffer.reserve(length as usize - body.len());
            return Ok(None);
        };
        let frame = self.frame(kind, payload)?;
        let used = 5 + length as usize;
        if used == self.buffer.len() {
            // A picture's buffer is not kept for the short frames that follow.
            self.buffer = Vec::new();
        } else {
            self.buffer.drain(..used);
        }
        Ok(Some(frame))
    }

    fn frame(&self, kind: u8, payload: &[u8]) -> Result<Frame<'static>, &'static str> {
        let number = |at: usize| {
            let bytes = payload.get(at..at + 4).ok_or("a frame is too short")?;
            Ok::<u32, &'static str>(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        };
        let code = payload.first().copied();
        Ok(match kind {
            b'R' => Frame::Ready { landlock: code == Some(1) },
            b'U' => Frame::Unsafe(plain(&String::from_utf8_lossy(payload))),
            b'X' => Frame::Refused(match (code, payload.get(1)) {
                (Some(0), Some(which)) if usize::from(*which) < FOREIGN.len() => Refusal::Unsupported(*which),
                (Some(1), _) => Refusal::Encrypted,
                (Some(2), _) => Refusal::Damaged,
                (Some(3), _) => Refusal::NoPages,
                (Some(4), _) => Refusal::TooBig,
                _ => return Err("a refusal without a known reason"),
            }),
            b'O' => Frame::Opened { page_count: number(0)? },
            b'B' => Frame::Begin { number: number(0)? },
            b'P' => self.picture(number(0)?, number(4)?, payload)?,
            b'S' => Frame::Sheet(sheet(number(0)?, number(4)?, payload.get(8..))?),
            b'A' => {
                let (length, name) = payload.split_first_chunk::<8>().ok_or("a frame is too short")?;
                let bytes = Some(u64::from_le_bytes(*length)).filter(|bytes| *bytes != u64::MAX);
                Frame::Attached(Attached { name: plain(&String::from_utf8_lossy(name)), bytes })
            }
            b'F' => Frame::Fault(match code {
                Some(1) => PageFault::Oversized { width: number(1)?, height: number(5)? },
                Some(2) => PageFault::Damaged,
                Some(3) => PageFault::Memory,
                Some(4) => PageFault::Time,
                _ => PageFault::Crashed("a panic".to_owned()),
            }),
            b'T' => Frame::Text(plain(std::str::from_utf8(payload).map_err(|_| "text that is not UTF-8")?)),
            b'W' => Frame::Warning(match code {
                Some(0) => WarningKind::AnnotationsNotDrawn(number(1)?),
                Some(1) => WarningKind::FieldsNotDrawn(number(1)?),
                Some(2) => WarningKind::DynamicForm,
                Some(3) => WarningKind::NoReadableText,
                Some(4) => WarningKind::FontNotUsable,
                Some(5) => WarningKind::PictureNotDrawn,
                Some(6) => WarningKind::DrawnSmaller,
                Some(8) => WarningKind::Encrypted,
                Some(9) => WarningKind::LettersMissing(number(1)?),
                Some(10) => WarningKind::TextCovered(number(1)?),
                Some(11) => WarningKind::TextInvisible(number(1)?),
                _ => return Err("an unknown warning"),
            }),
            b'E' => Frame::End,
            _ => return Err("an unknown frame"),
        })
    }

    fn picture(&self, width: u32, height: u32, payload: &[u8]) -> Result<Frame<'static>, &'static str> {
        if width != self.limits.width || height == 0 || height > self.limits.height {
            return Err("a picture of a size that was not asked for");
        }
        let packed = payload.get(PICTURE_HEAD..).ok_or("a frame is too short")?;
        let area = width as usize * height as usize;
        let pixels = match payload[PICTURE_HEAD - 1] {
            1 => parcel::unpack(packed, area).map(Pixels::Grey),
            3 => parcel::unpack(packed, area * 3).map(Pixels::Rgb),
            _ => None,
        };
        let pixels = Cow::Owned(pixels.ok_or("a picture whose pixels do not fill it")?);
        Ok(Frame::Picture { width, height, pixels })
    }
}

fn sheet(width: u32, height: u32, rest: Option<&[u8]>) -> Result<Sheet, &'static str> {
    let Some(&[quarters @ 0..=3, sure @ 0..=100, blank @ 0..=1]) = rest else {
        return Err("a sheet that makes no sense");
    };
    Ok(Sheet {
        paper: (width > 0 && height > 0).then_some((width, height)),
        turned: (quarters > 0).then_some(Turned { quarters, sure }),
        blank: blank == 1,
    })
}

/// Text without the characters that steer a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> FrameLimits {
        FrameLimits { width: 2, height: 3, text_bytes: 20 }
    }

    fn bytes(frame: &Frame) -> Vec<u8> {
        let mut bytes = Vec::new();
        frame.write(&mut bytes).expect("a Vec takes everything");
        bytes
    }

    #[test]
    fn every_frame_survives_the_pipe_byte_by_byte() {
        let frames = [
            Frame::Ready { landlock: true },
            Frame::Unsafe("no seccomp".to_owned()),
            Frame::Refused(Refusal::Unsupported(3)),
            Frame::Refused(Refusal::Encrypted),
            Frame::Opened { page_count: 70_000 },
            Frame::Begin { number: 3 },
            Frame::Picture { width: 2, height: 3, pixels: Cow::Owned(Pixels::Rgb((0..18).collect())) },
            Frame::Picture { width: 2, height: 1, pixels: Cow::Owned(Pixels::Grey(vec![7, 9])) },
            Frame::Sheet(Sheet {
                paper: Some((210, 297)),
                turned: Some(Turned { quarters: 3, sure: 99 }),
                blank: true,
            }),
            Frame::Sheet(Sheet::default()),
            Frame::Attached(Attached { name: "faktura.xml".to_owned(), bytes: Some(1 << 40) }),
            Frame::Attached(Attached { name: "ž".repeat(127), bytes: None }),
            Frame::Fault(PageFault::Oversized { width: 99_999, height: 5 }),
            Frame::Fault(PageFault::Crashed("a panic".to_owned())),
            Frame::Text("vyvěšeno dne".to_owned()),
            Frame::Warning(WarningKind::AnnotationsNotDrawn(4)),
            Frame::Warning(WarningKind::TextCovered(70_000)),
            Frame::End,
        ];
        let mut reader = Frames::new(limits());
        let mut read = Vec::new();
        for byte in frames.iter().flat_map(bytes) {
            reader.push(&[byte]);
            read.extend(reader.next().expect("sound frames"));
        }
        assert_eq!(read, frames);
    }

    #[test]
    fn nothing_is_believed() {
        let forged: [&[u8]; 9] = [
            b"P\xff\xff\xff\xff",
            b"T\x15\0\0\0",
            b"?\0\0\0\0",
            b"P\x0a\0\0\0\x02\0\0\0\x03\0\0\0\x01\x07",
            b"P\x0b\0\0\0\x01\0\0\0\x02\0\0\0\x01\x07\x07",
            b"T\x01\0\0\0\xff",
            b"X\x02\0\0\0\0\x63",
            b"S\x0b\0\0\0\0\0\0\0\0\0\0\0\x04\0\0",
            b"A\x07\0\0\0\0\0\0\0\0\0\0",
        ];
        for bytes in forged {
            let mut reader = Frames::new(limits());
            reader.push(bytes);
            assert!(reader.next().is_err(), "{bytes:?}");
        }
        let mut reader = Frames::new(limits());
        reader.push(b"T\x06\0\0\0a\x1b[2Jb");
        assert_eq!(reader.next(), Ok(Some(Frame::Text("a[2Jb".to_owned()))));
    }

    #[test]
    fn a_request_survives_the_command_line() {
        let want = Want { pages: crate::pages::PageRange::All, width: 1080, text: true };
        let request = Request::new(1, u32::MAX, &want, &Limits::default());
        assert_eq!(Request::parse(&request.to_argument()), Some(request.clone()));
        assert_eq!(request.height, 16_384);
        assert_eq!(Request::parse("1,2"), None);
        assert_eq!(Request::parse("1,2,3,4,5,6,7,8,9,x"), None);
    }
}
