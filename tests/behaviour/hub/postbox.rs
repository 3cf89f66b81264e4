//! A real mail server in a process of its own, and a receiver of webhooks; both with faults.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use serde_json::Value;

use crate::behaviour::skip::skipped;

/// Debian's own, which has aiosmtpd.
const PYTHON: &str = "/usr/bin/python3";

pub struct Postbox {
    folder: PathBuf,
    arguments: Vec<String>,
    pub port: u16,
    child: Option<Child>,
}

/// Whether there is a mail server to test against; else that is said.
pub fn has_mail_server(what: &str) -> bool {
    let found = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    let has = found.is_ok_and(|status| status.success());
    if !has {
        skipped(what, "aiosmtpd is missing (Debian: python3-aiosmtpd)");
    }
    has
}

impl Postbox {
    pub fn start(folder: &Path, arguments: &[&str]) -> Postbox {
        let folder = folder.join("postbox");
        fs::create_dir_all(&folder).unwrap();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut postbox = Postbox { folder, arguments, port: 0, child: None };
        postbox.up();
        postbox
    }

    /// Starts it again, where it was before.
    pub fn up(&mut self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/smtp.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).arg(&self.folder).arg(self.port.to_string()).args(&self.arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.port = line.trim().parse().expect("the mail server says its port");
        self.child = Some(child);
    }

    pub fn down(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Switches a fault on; none: all is well again.
    pub fn fault(&self, mode: &str) {
        fs::write(self.folder.join("mode"), mode).unwrap();
    }

    /// What it has taken, in its order.
    pub fn mails(&self) -> Vec<Mail> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "json"));
        files.sort();
        files.iter().map(|file| Mail(serde_json::from_slice(&fs::read(file).unwrap()).unwrap())).collect()
    }
}

impl Drop for Postbox {
    fn drop(&mut self) {
        self.down();
    }
}

/// As Python's mail reader understands it.
#[derive(Debug)]
pub struct Mail(pub Value);

impl Mail {
    /// Empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let headers = self.0["headers"].as_array().unwrap();
        let found = headers.iter().find(|header| header[0].as_str().unwrap().eq_ignore_ascii_case(name));
        found.map_or("", |header| header[1].as_str().unwrap())
    }

    pub fn subject(&self) -> &str {
        self.header("subject")
    }

    pub fn id(&self) -> &str {
        self.header("message-id")
    }

    pub fn body(&self) -> String {
        self.0["body"].as_str().unwrap().replace("\r\n", "\n")
    }

    pub fn to(&self) -> &str {
        assert_eq!(self.0["to"].as_array().unwrap().len(), 1);
        self.0["to"][0].as_str().unwrap()
    }
}

/// What a receiver answers.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Status(u16),
    /// Nothing, ever.
    Silence,
}

/// A receiver of webhooks, and of calls.
pub struct Hook {
    pub port: u16,
    answer: Arc<Mutex<Answer>>,
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Hook {
    pub fn start() -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answer, heard) = (Arc::new(Mutex::new(Answer::Status(204))), Arc::new(Mutex::new(Vec::new())));
        let hook = Hook { port, answer: answer.clone(), heard: heard.clone() };
        thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming().flatten() {
                let answer = *answer.lock().unwrap();
                if let Some(stream) = Hook::hear(stream, answer, &heard) {
                    silent.push(stream);
                }
            }
        });
        hook
    }

    fn hear(mut stream: TcpStream, answer: Answer, heard: &Mutex<Vec<(String, String)>>) -> Option<TcpStream> {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return None;
            }
        }
        let length = head
            .to_lowercase()
            .split("content-length:")
            .nth(1)
            .map_or(0, |rest| rest.lines().next().unwrap().trim().parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        heard.lock().unwrap().push((head, String::from_utf8(body).unwrap()));
        match answer {
            Answer::Silence => Some(stream),
            Answer::Status(status) => {
                let location = "location: http://127.0.0.1:1/elsewhere\r\n";
                let text = format!("HTTP/1.1 {status} X\r\n{location}content-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(text.as_bytes()).ok();
                None
            }
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Head and body of all that came.
    pub fn heard(&self) -> Vec<(String, String)> {
        self.heard.lock().unwrap().clone()
    }
}
