//! The only fake with behaviour: an office's web server on the loopback that can be told to misbehave.
//!
//! It never sleeps. A stall lasts until the client gives up or the publisher is dropped; a held body goes on when the
//! test opens its door; a slow body comes byte by byte; an endless one ends when the client closes the connection. Every request is recorded.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

pub struct Publisher {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    pages: HashMap<String, Page>,
    closures: HashMap<String, Closure>,
    /// Answers given once each, before the page itself.
    script: HashMap<String, VecDeque<Answer>>,
    folders: Vec<(String, PathBuf)>,
    requests: Vec<Request>,
    open: Vec<TcpStream>,
    connections: usize,
    closed: bool,
}

type Closure = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// With the query, as sent.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// A file on the server: answers conditional and ranged requests as a good server does.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub bytes: Vec<u8>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub media: Option<String>,
    /// Whether it answers ranges.
    pub ranges: bool,
}

impl Page {
    /// With a strong ETag made of the bytes, and ranges.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Page {
        let bytes = bytes.into();
        let etag = Some(format!("\"{}\"", &vyveska::model::Digest::of(&bytes).to_string()[..16]));
        Page { bytes, etag, ranges: true, ..Page::default() }
    }

    /// Nothing to recognise it by, and no ranges.
    pub fn bare(bytes: impl Into<Vec<u8>>) -> Page {
        Page { bytes: bytes.into(), ..Page::default() }
    }

    pub fn last_modified(mut self, date: &str) -> Page {
        self.last_modified = Some(date.into());
        self
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut headers: Vec<(String, String)> = Vec::new();
        let fields = [("ETag", &self.etag), ("Last-Modified", &self.last_modified), ("Content-Type", &self.media)];
        for (name, value) in fields {
            headers.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
        }
        let same = match request.header("if-none-match") {
            Some(wanted) => Some(wanted) == self.etag.as_deref(),
            None => request.header("if-modified-since").is_some_and(|date| Some(date) == self.last_modified.as_deref()),
        };
        if same {
            return Answer { status: 304, headers, body: Body::None };
        }
        let range = request.header("range").filter(|_| self.ranges).filter(|_| {
            let condition = request.header("if-range");
            condition.is_none() || condition == self.etag.as_deref() || condition == self.last_modified.as_deref()
        });
        let start = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
        match start {
            Some(start) if start < self.bytes.len() => {
                let size = self.bytes.len();
                headers.push(("Content-Range".into(), format!("bytes {start}-{}/{size}", size - 1)));
                Answer { status: 206, headers, body: Body::Bytes(self.bytes[start..].to_vec()) }
            }
            Some(_) => Answer::status(416),
            None => Answer { status: 200, headers, body: Body::Bytes(self.bytes.clone()) },
        }
    }
}

/// One answer, well or ill made.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

#[derive(Debug, Clone)]
pub enum Body {
    None,
    Bytes(Vec<u8>),
    /// Promises `length`, sends the bytes, and closes the connection.
    Cut {
        bytes: Vec<u8>,
        length: usize,
    },
    /// Promises `length`, sends the bytes, and falls silent.
    Stall {
        bytes: Vec<u8>,
        length: usize,
    },
    /// The first bytes, and the others once the door is open.
    Held {
        bytes: Vec<u8>,
        first: usize,
        door: Arc<Door>,
    },
    /// Does not even send a header.
    Silence,
    /// Byte by byte, each in a packet of its own.
    Drip(Vec<u8>),
    /// In chunks, without a length; cut before the last one if not `whole`.
    Chunked {
        bytes: Vec<u8>,
        whole: bool,
    },
    /// The same bytes again and again.
    Endless {
        start: Vec<u8>,
        again: Vec<u8>,
    },
    /// These bytes instead of an answer.
    Raw(Vec<u8>),
}

/// Shut until it is opened.
#[derive(Debug, Default)]
pub struct Door {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Door {
    pub fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn wait(&self) {
        let open = self.open.lock().unwrap();
        drop(self.opened.wait_while(open, |open| !*open).unwrap());
    }
}

impl Answer {
    pub fn ok(bytes: impl Into<Vec<u8>>) -> Answer {
        Answer { status: 200, headers: Vec::new(), body: Body::Bytes(bytes.into()) }
    }

    pub fn status(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Body::Bytes(Vec::new()) }
    }

    pub fn redirect(status: u16, to: &str) -> Answer {
        Answer::status(status).header("Location", to)
    }

    pub fn body(body: Body) -> Answer {
        Answer { status: 200, headers: Vec::new(), body }
    }

    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Zeros without end, packed 159 to 1.
    pub fn gzip_bomb() -> Answer {
        // A gzip header, a deflate block with fixed codes, a literal 0, and then "258 bytes from one byte before"
        // (13 bits: 11000101 00000) for ever. Eight of these are 13 bytes.
        let mut bits: Vec<u8> = vec![0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0];
        let repeat = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
        while !bits.len().is_multiple_of(8) {
            bits.extend(repeat);
        }
        let pack = |bits: &[u8]| -> Vec<u8> {
            bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (i, bit)| sum | (bit << i))).collect()
        };
        let mut start = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        start.extend(pack(&bits));
        Answer::body(Body::Endless { start, again: pack(&repeat.repeat(8)) }).header("Content-Encoding", "gzip")
    }
}

impl Publisher {
    pub fn start() -> Publisher {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback takes a listener");
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let serving = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut state = serving.lock().unwrap();
                if state.closed {
                    return;
                }
                state.connections += 1;
                state.open.push(stream.try_clone().unwrap());
                drop(state);
                let serving = serving.clone();
                thread::spawn(move || serve(stream, &serving));
            }
        });
        Publisher { address, state }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Serves these bytes at a path from now on.
    pub fn put(&self, path: &str, page: Page) {
        self.state().pages.insert(path.into(), page);
    }

    pub fn remove(&self, path: &str) {
        self.state().pages.remove(path);
    }

    /// Answers a path by a function.
    pub fn answer(&self, path: &str, closure: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        self.state().closures.insert(path.into(), Arc::new(closure));
    }

    /// Serves the files of a folder below a prefix that ends with `/`.
    pub fn folder(&self, prefix: &str, folder: impl Into<PathBuf>) {
        self.state().folders.push((prefix.into(), folder.into()));
    }

    /// Gives this answer once, before whatever lies at the path; several are given in order.
    pub fn once(&self, path: &str, answer: Answer) {
        self.state().script.entry(path.into()).or_default().push_back(answer);
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// Requests for one path so far.
    pub fn count(&self, path: &str) -> usize {
        self.state().requests.iter().filter(|request| request.path == path).count()
    }

    /// The last request for a path.
    pub fn last(&self, path: &str) -> Option<Request> {
        self.state().requests.iter().rfind(|request| request.path == path).cloned()
    }

    pub fn forget_requests(&self) {
        self.state().requests.clear();
    }

    pub fn connections(&self) -> usize {
        self.state().connections
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        let mut state = self.state();
        state.closed = true;
        for stream in state.open.drain(..) {
            stream.shutdown(std::net::Shutdown::Both).ok();
        }
        drop(state);
        TcpStream::connect(self.address).ok();
    }
}

/// One connection, until either side has enough. Errors are the client's going away.
fn serve(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let request = read_request(&mut reader)?;
        let answer = state.lock().unwrap().answer(&request);
        let answer = answer.unwrap_or_else(|closure| closure(&request));
        if !send(&mut stream, &mut reader, answer)? {
            stream.shutdown(std::net::Shutdown::Both).ok();
            return None;
        }
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Result<Answer, Closure> {
        self.requests.push(request.clone());
        let path = request.path.as_str();
        if let Some(answer) = self.script.get_mut(path).and_then(VecDeque::pop_front) {
            return Ok(answer);
        }
        if let Some(closure) = self.closures.get(path) {
            return Err(closure.clone());
        }
        if let Some(page) = self.pages.get(path) {
            return Ok(page.answer(request));
        }
        for (prefix, folder) in &self.folders {
            if let Some(name) = path.strip_prefix(prefix.as_str())
                && !name.contains("..")
                && let Ok(bytes) = std::fs::read(folder.join(name))
            {
                return Ok(Page::new(bytes).answer(request));
            }
        }
        Ok(Answer::status(404))
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => return Some(Request { method, path, headers }),
        }
    }
}

/// Whether the connection can serve another request; `None` when it is gone.
fn send(stream: &mut TcpStream, reader: &mut impl Read, answer: Answer) -> Option<bool> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let length = |length: usize| {
        let told = answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        if told { "\r\n".to_owned() } else { format!("Content-Length: {length}\r\n\r\n") }
    };
    match answer.body {
        Body::None => stream.write_all((head + "\r\n").as_bytes()).ok()?,
        Body::Bytes(bytes) => {
            let whole = [(head + length(bytes.len()).as_str()).as_bytes(), &bytes].concat();
            stream.write_all(&whole).ok()?;
        }
        Body::Cut { bytes, length: promised } => {
            stream.write_all(&[(head + length(promised).as_str()).as_bytes(), &bytes].concat()).ok()?;
            return Some(false);
        }
        Body::Stall { bytes, length: promised } => {
            stream.write_all(&[(head + length(promised).as_str()).as_bytes(), &bytes].concat()).ok()?;
            wait_for_the_end(reader);
            return Some(false);
        }
        Body::Held { bytes, first, door } => {
            stream.write_all(&[(head + length(bytes.len()).as_str()).as_bytes(), &bytes[..first]].concat()).ok()?;
            door.wait();
            stream.write_all(&bytes[first..]).ok()?;
        }
        Body::Silence => {
            wait_for_the_end(reader);
            return Some(false);
        }
        Body::Drip(bytes) => {
            stream.write_all((head + length(bytes.len()).as_str()).as_bytes()).ok()?;
            for byte in bytes {
                stream.write_all(&[byte]).ok()?;
            }
        }
        Body::Chunked { bytes, whole } => {
            stream.write_all((head + "Transfer-Encoding: chunked\r\n\r\n").as_bytes()).ok()?;
            for part in bytes.chunks(1000) {
                let chunk = [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
                stream.write_all(&chunk).ok()?;
            }
            if !whole {
                return Some(false);
            }
            stream.write_all(b"0\r\n\r\n").ok()?;
        }
        Body::Endless { start, again } => {
            stream.write_all((head + "Connection: close\r\n\r\n").as_bytes()).ok()?;
            stream.write_all(&start).ok()?;
            let many = again.repeat(1 + 65_536 / again.len().max(1));
            loop {
                stream.write_all(&many).ok()?;
            }
        }
        Body::Raw(bytes) => {
            stream.write_all(&bytes).ok()?;
            return Some(false);
        }
    }
    Some(true)
}

fn wait_for_the_end(reader: &mut impl Read) {
    let mut byte = [0; 1];
    while matches!(reader.read(&mut byte), Ok(1)) {}
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        304 => "Not Modified",
        404 => "Not Found",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}
