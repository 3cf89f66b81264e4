//! A JPEG's segments: what stands before the entropy-coded data (T.81 annex B).

use super::Fault;
use super::colour::Transform;
use super::huffman::Huffman;

/// What a JPEG says of itself before its first scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub width: u32,
    pub height: u32,
    pub components: Vec<Component>,
    pub progressive: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub id: u8,
    /// Sampling factors, 1 to 4: how many blocks beside and above each other go with one unit of the picture.
    pub across: usize,
    pub down: usize,
    pub quantisation: usize,
}

/// Size and components, without decoding anything.
pub fn head(jpeg: &[u8]) -> Result<Frame, Fault> {
    let mut reader = Reader::new(jpeg)?;
    match reader.next()? {
        Some(Segment::Frame(frame)) => Ok(frame),
        _ => Err(Fault::Damaged),
    }
}

/// One component's part in a scan.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub id: u8,
    pub dc: usize,
    pub ac: usize,
}

/// The head of a scan; its data follow at [`Reader::at`].
pub struct Scan {
    pub parts: Vec<Part>,
    /// First and last frequency in zigzag order.
    pub first: usize,
    pub last: usize,
    /// Bits that earlier scans have brought (0: none), and bits that later ones will.
    pub high: u32,
    pub low: u32,
}

pub enum Segment {
    Frame(Frame),
    Scan(Scan),
}

/// Goes through the segments, and remembers the tables that they define.
pub struct Reader<'a> {
    pub data: &'a [u8],
    pub at: usize,
    pub quantisation: [Option<[u16; 64]>; 4],
    pub dc: [Option<Huffman>; 4],
    pub ac: [Option<Huffman>; 4],
    /// Units between restart markers; 0: there are none.
    pub restart: usize,
    jfif: bool,
    adobe: Option<u8>,
    ids: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub fn new(data: &'a [u8]) -> Result<Reader<'a>, Fault> {
        if !data.starts_with(&[0xff, 0xd8]) {
            return Err(Fault::Damaged);
        }
        Ok(Reader {
            data,
            at: 2,
            quantisation: [None; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            restart: 0,
            jfif: false,
            adobe: None,
            ids: Vec::new(),
        })
    }

    /// The next frame or scan; `None` at the end of the picture.
    pub fn next(&mut self) -> Result<Option<Segment>, Fault> {
        loop {
            let marker = self.marker()?;
            if marker == 0xd9 {
                return Ok(None);
            }
            if matches!(marker, 0x01 | 0xd0..=0xd7) {
                continue;
            }
            let length = self.data.get(self.at..self.at + 2).ok_or(Fault::Damaged)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let body = self.data.get(self.at + 2..self.at + length).ok_or(Fault::Damaged)?;
            self.at += length;
            match marker {
                0xc0..=0xc2 => return self.frame(marker, body).map(|frame| Some(Segment::Frame(frame))),
                0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcc..=0xcf | 0xdc | 0xde | 0xdf => return Err(Fault::Unsupported),
                0xc4 => self.huffman(body)?,
                0xda => return scan(body).map(|scan| Some(Segment::Scan(scan))),
                0xdb => self.quantisation(body)?,
                0xdd => {
                    let interval = body.first_chunk::<2>().ok_or(Fault::Damaged)?;
                    self.restart = usize::from(u16::from_be_bytes(*interval));
                }
                0xe0 => self.jfif |= body.starts_with(b"JFIF\0"),
                0xee if body.starts_with(b"Adobe") => self.adobe = body.get(11).copied(),
                _ => {}
            }
        }
    }

    /// What was said about the colours (as libjpeg understands it, and everybody after it).
    pub fn transform(&self) -> Transform {
        let told = match (self.ids.len(), self.adobe) {
            (3, Some(transform)) => transform != 0,
            (3, None) => self.jfif || self.ids != *b"RGB",
            (4, transform) => transform == Some(2),
            _ => false,
        };
        if told { Transform::YCbCr } else { Transform::None }
    }

    /// The marker at or behind the present place: what lies between is ignored, as everybody does.
    fn marker(&mut self) -> Result<u8, Fault> {
        loop {
            let pair = self.data.get(self.at..self.at + 2).ok_or(Fault::Damaged)?;
            if pair[0] == 0xff && !matches!(pair[1], 0 | 0xff) {
                self.at += 2;
                return Ok(pair[1]);
            }
            self.at += 1;
        }
    }

    fn frame(&mut self, marker: u8, body: &[u8]) -> Result<Frame, Fault> {
        let (head, rest) = body.split_first_chunk::<6>().ok_or(Fault::Damaged)?;
        let count = usize::from(head[5]);
        if head[0] != 8 || !matches!(count, 1 | 3 | 4) {
            return Err(Fault::Unsupported);
        }
        let (height, width) = (u16::from_be_bytes([head[1], head[2]]), u16::from_be_bytes([head[3], head[4]]));
        let components: Vec<Component> = (rest.as_chunks::<3>().0.iter().take(count))
            .map(|[id, factors, quantisation]| Component {
                id: *id,
                across: usize::from(factors >> 4),
                down: usize::from(factors & 15),
                quantisation: usize::from(*quantisation),
            })
            .collect();
        let sound = |c: &Component| (1..=4).contains(&c.across) && (1..=4).contains(&c.down) && c.quantisation < 4;
        if components.len() < count || !components.iter().all(sound) {
            return Err(Fault::Damaged);
        }
        if width == 0 || height == 0 {
            return Err(Fault::Unsupported);
        }
        self.ids = components.iter().map(|component| component.id).collect();
        Ok(Frame { width: width.into(), height: height.into(), components, progressive: marker == 0xc2 })
    }

    fn huffman(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first_chunk::<17>() {
            let mut counts = [0; 16];
            counts.copy_from_slice(&head[1..]);
            let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let values = rest.get(..total).filter(|values| values.len() <= 256).ok_or(Fault::Damaged)?;
            let mut table = Huffman::new(&counts, values)?;
            let number = usize::from(head[0] & 15);
            let place = if head[0] >> 4 == 0 {
                self.dc.get_mut(number)
            } else {
                table.prepare();
                self.ac.get_mut(number)
            };
            *place.ok_or(Fault::Damaged)? = Some(table);
            body = &rest[total..];
        }
        Ok(())
    }

    fn quantisation(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first() {
            let wide = usize::from(head >> 4);
            let values = rest.get(..64 * (wide + 1)).filter(|_| wide < 2).ok_or(Fault::Damaged)?;
            let mut table = [0; 64];
            for (index, value) in table.iter_mut().enumerate() {
                *value = match wide {
                    0 => values[index].into(),
                    _ => u16::from_be_bytes([values[index * 2], values[index * 2 + 1]]),
                };
            }
            *self.quantisation.get_mut(usize::from(head & 15)).ok_or(Fault::Damaged)? = Some(table);
            body = &rest[values.len()..];
        }
        Ok(())
    }
}

fn scan(body: &[u8]) -> Result<Scan, Fault> {
    let (count, rest) = body.split_first().ok_or(Fault::Damaged)?;
    let (parts, rest) = rest.split_at_checked(usize::from(*count) * 2).ok_or(Fault::Damaged)?;
    let &[first, last, bits] = rest.first_chunk::<3>().ok_or(Fault::Damaged)?;
    let parts: Vec<Part> = (parts.as_chunks::<2>().0.iter())
        .map(|[id, tables]| Part { id: *id, dc: usize::from(tables >> 4), ac: usize::from(tables & 15) })
        .collect();
    if parts.is_empty() || parts.len() > 4 || parts.iter().any(|part| part.dc > 3 || part.ac > 3) {
        return Err(Fault::Damaged);
    }
    let (high, low) = (u32::from(bits >> 4), u32::from(bits & 15));
    if first > last || last > 63 || low > 13 {
        return Err(Fault::Damaged);
    }
    Ok(Scan { parts, first: first.into(), last: last.into(), high, low })
}
