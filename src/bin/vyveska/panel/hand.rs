//! A hand before the panel without a display: what a touch sensor would tell, heard from a file while it is written, as
//! evemu-record(1) writes it.
//!
//! It is how a test touches the built program from outside. The surprising thing: the times in the file only say how
//! far its events are apart; an event happens when it was heard and the time since the one before it is over.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use vyveska::glass::{Contact, GlassError, Phase, Size};
use vyveska::touch::{Axis, Event, Line, Sensor};

/// Named with `--touch`.
pub struct Hand {
    heard: Receiver<(BTreeMap<u16, Axis>, Event)>,
    size: Size,
    /// Made with the first event: then the axes are known.
    sensor: Option<Sensor>,
}

impl Hand {
    /// Listens on a thread of its own, which ends with the file; `wake` wakes the loop.
    pub fn listen(file: &Path, size: Size, wake: Sender<()>) -> Result<Hand, GlassError> {
        let lost = |error: std::io::Error| GlassError::Lost(format!("{}: {error}", file.display()));
        let lines = BufReader::new(File::open(file).map_err(lost)?).lines();
        let (tell, heard) = channel();
        let listening = thread::Builder::new().name("hand".to_owned()).spawn(move || {
            let (mut axes, mut before) = (BTreeMap::new(), None);
            for line in lines.map_while(Result::ok) {
                match Line::read(&line) {
                    Ok(Some(Line::Axis(code, axis))) => drop(axes.insert(code, axis)),
                    Ok(Some(Line::Event(event))) => {
                        let apart = before.replace(event.at).map(|before| event.at.saturating_sub(before));
                        thread::sleep(apart.unwrap_or(Duration::ZERO));
                        if tell.send((axes.clone(), event)).is_err() || wake.send(()).is_err() {
                            return;
                        }
                    }
                    Ok(None) => {}
                    Err(like) => tracing::warn!("{line:?} should look like {like}"),
                }
            }
        });
        listening.map_err(lost)?;
        Ok(Hand { heard, size, sensor: None })
    }

    /// What it did since the last call, but no more than to where a finger was lifted: the next one comes down on what
    /// the glass shows then, however slow the machine is.
    pub fn contacts(&mut self) -> Vec<Contact> {
        let mut contacts = Vec::new();
        while !contacts.iter().any(|contact: &Contact| contact.phase == Phase::Up)
            && let Ok((axes, event)) = self.heard.try_recv()
        {
            let Size { width, height } = self.size;
            if self.sensor.is_none() {
                let sensor = Sensor::new(|code| axes.get(&code).copied(), width, height);
                self.sensor = sensor.inspect_err(|error| tracing::warn!("{error}")).ok();
            }
            contacts.extend(self.sensor.iter_mut().flat_map(|sensor| sensor.take(event)));
        }
        contacts
    }
}
