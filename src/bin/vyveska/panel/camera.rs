//! Pictures of the glass, where the hub orders them: of the frame that was presented, by the buffer that the proof
//! compares with what goes out.
//!
//! It paints nothing, wakes nothing and touches no session. What takes time happens on a thread of its own: the glass is
//! held up for as long as it takes to make its picture small. The surprising thing: a picture may be ordered sharp and
//! come blurred. While somebody reads, nobody looks over their shoulder; and while the card with a PIN or the service page
//! is there, nobody reads that.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use vyveska::clock::{self, Now};
use vyveska::command::{self, MAX_NAME, Outcome};
use vyveska::glass::{self, Pane, small};
use vyveska::identity::Identity;
use vyveska::wire::{DisplayReport, Picture, PictureNote};

pub struct Camera {
    run: PathBuf,
    /// `None`: nobody is shown this glass.
    data: Option<PathBuf>,
    wanted: Option<Wanted>,
    /// The one before is not finished.
    busy: Arc<AtomicBool>,
}

/// A picture that was ordered.
struct Wanted {
    order: u64,
    name: String,
    sharp: bool,
}

/// Where nothing is presented.
const DARK: &str = "there is no display on which anything could be seen";

impl Camera {
    pub fn new(run: &Path, data: Option<&Path>) -> Camera {
        Camera { run: run.to_owned(), data: data.map(Path::to_owned), wanted: None, busy: Arc::default() }
    }

    /// The next frame that is on the glass; it is answered then. An error says why not.
    pub fn want(&mut self, order: u64, name: &str, sharp: bool) -> Result<(), &'static str> {
        if self.wanted.is_some() || self.busy.load(Ordering::Acquire) {
            return Err("another picture is being taken; order it again where it is still wanted");
        }
        let plain = !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain {
            return Err("a picture needs a name of letters and digits");
        }
        self.wanted = Some(Wanted { order, name: name.to_owned(), sharp });
        Ok(())
    }

    /// A frame is on the glass, as the pane has it. `seen`: somebody is before it, or something is on it that is nobody's
    /// business elsewhere.
    pub fn presented(&mut self, pane: &Pane, seen: bool, display: impl FnOnce() -> DisplayReport, now: Now) {
        let Some(Wanted { order, name, sharp }) = self.wanted.take() else { return };
        let Some(data) = self.data.clone() else { return };
        let sharp = sharp && !seen;
        let longest = if sharp { Picture::SHARP } else { Picture::BLURRED };
        let picture = small(pane.pixels(), pane.size(), longest);
        let (display, boot) = (display(), clock::boot());
        let note = PictureNote {
            v: 1,
            name,
            boot: boot.id,
            uptime: boot.since.as_secs(),
            at: now.at,
            sharp,
            reading: seen,
            way: display.way,
            proof: display.proof,
            ..PictureNote::default()
        };
        let (run, busy) = (self.run.clone(), self.busy.clone());
        busy.store(true, Ordering::Release);
        let finish = move || {
            let (outcome, said) = match keep(&run, &data, picture, note) {
                Ok(()) if sharp => (Outcome::Done, "the picture was taken, sharp".to_owned()),
                Ok(()) if seen => (Outcome::Done, "the picture was taken, blurred: somebody is there".to_owned()),
                Ok(()) => (Outcome::Done, "the picture was taken, blurred".to_owned()),
                Err(why) => (Outcome::Refused, why),
            };
            command::answer(&run, order, outcome, &said);
            busy.store(false, Ordering::Release);
        };
        let spawned = thread::Builder::new().name("picture".into()).spawn(finish);
        if let Err(error) = spawned {
            self.busy.store(false, Ordering::Release);
            self.refuse(order, &format!("the picture cannot be finished: {error}"));
        }
    }

    /// Nothing can be seen on the glass.
    pub fn unseen(&mut self) {
        if let Some(wanted) = self.wanted.take() {
            self.refuse(wanted.order, DARK);
        }
    }

    fn refuse(&self, order: u64, why: &str) {
        command::answer(&self.run, order, Outcome::Refused, why);
    }
}

/// Packs it, signs it and lays it down for sync.
fn keep(run: &Path, data: &Path, mut picture: glass::Picture, note: PictureNote) -> Result<(), String> {
    let identity = Identity::open(data).map_err(|error| format!("the picture cannot be signed: {error}"))?;
    let mut bytes = picture.packed();
    while bytes.len() > Picture::MAX_BYTES {
        picture = picture.half();
        bytes = picture.packed();
    }
    let note = PictureNote { width: picture.width, height: picture.height, ..note };
    let picture = identity.sign_picture(note, bytes);
    picture.write(run).map_err(|error| format!("{} cannot be written: {error}", run.display()))
}
