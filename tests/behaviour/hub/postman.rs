//! Whoever carries the letters between a device and its hub: he can lose, repeat and change them, and keeps a copy of
//! each.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::Value;
use vyveska::wire::link;

pub struct Postman {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    hub: Option<SocketAddr>,
    letters: Vec<Letter>,
    tricks: VecDeque<Trick>,
    /// As it came from the hub, head and body.
    last_answer: Vec<u8>,
    closed: bool,
}

/// A letter of a device.
#[derive(Debug, Clone)]
pub struct Letter {
    pub path: String,
    pub sequence: u64,
    pub body: Value,
}

impl Letter {
    /// Whether it tells how an order ended.
    pub fn says_something(&self) -> bool {
        self.body["answers"].as_array().is_some_and(|answers| !answers.is_empty())
    }
}

/// What becomes of one letter.
#[derive(Debug, Clone, Copy)]
pub enum Trick {
    /// The hub never sees it.
    LoseLetter,
    /// The hub takes it, and its answer is lost.
    LoseAnswer,
    /// It is answered with what the hub answered before.
    Replay,
    /// In the answer the one is written for the other.
    Forge(&'static str, &'static str),
    /// The hub has no time: 503, and come again after so many seconds.
    Busy(u32),
}

impl Postman {
    /// Carries letters to this hub; `None`: there is none now.
    pub fn to(hub: Option<SocketAddr>) -> Postman {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { hub, ..State::default() }));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.lock().unwrap().closed {
                    return;
                }
                let shared = shared.clone();
                thread::spawn(move || carry(stream, &shared));
            }
        });
        Postman { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn moves_to(&self, hub: Option<SocketAddr>) {
        self.state().hub = hub;
    }

    /// The next letter fares so; several are done in order.
    pub fn plays(&self, trick: Trick) {
        self.state().tricks.push_back(trick);
    }

    /// Whether there is no trick left to be played.
    pub fn is_honest(&self) -> bool {
        self.state().tricks.is_empty()
    }

    /// All letters so far, the lost ones too.
    pub fn letters(&self) -> Vec<Letter> {
        self.state().letters.clone()
    }

    /// How many reports there were so far.
    pub fn reports(&self) -> usize {
        self.state().letters.iter().filter(|letter| letter.path == link::REPORT).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Postman {
    fn drop(&mut self) {
        self.state().closed = true;
        TcpStream::connect(self.address).ok();
    }
}

/// One letter and its answer; then the connection ends. Errors are somebody's going away.
fn carry(mut stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length, mut sequence) = (String::new(), 0, 0);
    reader.read_line(&mut head).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    head += "connection: close\r\n";
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        head += &line;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            Some((name, value)) if name == link::SEQUENCE => sequence = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (hub, trick, before) = {
        let mut state = state.lock().unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        state.letters.push(Letter { path, sequence, body });
        (state.hub, state.tricks.pop_front(), state.last_answer.clone())
    };
    match trick {
        Some(Trick::LoseLetter) => return None,
        Some(Trick::Replay) => return stream.write_all(&before).ok(),
        Some(Trick::Busy(seconds)) => {
            let answer = format!("HTTP/1.1 503 Busy\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n");
            return stream.write_all(answer.as_bytes()).ok();
        }
        Some(Trick::LoseAnswer | Trick::Forge(..)) | None => {}
    }
    let mut to_hub = TcpStream::connect(hub?).ok()?;
    to_hub.write_all(head.as_bytes()).and_then(|()| to_hub.write_all(&body)).ok()?;
    let mut answer = Vec::new();
    to_hub.read_to_end(&mut answer).ok()?;
    match trick {
        Some(Trick::LoseAnswer) => return None,
        Some(Trick::Forge(from, to)) => {
            let text = String::from_utf8(answer.clone()).unwrap();
            assert!(text.contains(from) && from.len() == to.len(), "{from} is not in {text}");
            stream.write_all(text.replace(from, to).as_bytes()).ok()?;
        }
        _ => stream.write_all(&answer).ok()?,
    }
    state.lock().unwrap().last_answer = answer;
    Some(())
}
