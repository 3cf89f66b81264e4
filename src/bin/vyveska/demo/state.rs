//! The demo's own folder: configuration, databases, documents. Gone when the demo is.
//!
//! Writes nowhere else. The surprising thing: it lies in cargo's `target` where the program does, so that trying the
//! demo leaves nothing outside the repository; an installed program takes the system's folder for temporary files.

use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use rustix::process::geteuid;
use vyveska::pin::Code;

use super::DemoError;
use super::publisher::Publisher;
use super::village::villages;

pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, and removes what killed demos have left.
    pub fn create() -> Result<Folder, DemoError> {
        let ground = ground();
        sweep(&ground);
        let path = ground.join(format!("demo-{}", process::id()));
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&ground).and_then(|()| builder.create(&path));
        match made {
            Ok(()) => Ok(Folder { path }),
            Err(why) => Err(DemoError::Folder { folder: path, why }),
        }
    }

    /// Where screens go that nobody gave a folder for. It stays.
    pub fn screens() -> PathBuf {
        ground().join("demo-screens")
    }

    pub fn config(&self) -> PathBuf {
        self.path.join("vyveska.toml")
    }

    pub fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    /// The hub's data.
    pub fn hub(&self) -> PathBuf {
        self.path.join("hub")
    }

    /// Writes the panel's configuration: three boards, whose feeds lie on the loopback, and `more` sections.
    pub fn configure(&self, publisher: &Publisher, pin: &Code, more: &str) -> io::Result<()> {
        let mut text = String::from(
            "data = \"data\"\nrun = \"run\"\nlanguages = [\"cs\", \"en\", \"de\", \"uk\"]\n\n\
             [panel]\nwidth_px = 1080\nheight_px = 1920\ndiagonal_inches = 32\nreading_distance_mm = 800\n\n\
             [network]\nallow_private = true\npoll_minutes = 1\n",
        );
        write!(text, "\n[service]\npin = \"{}\"\n", pin.digits()).expect("a string takes all");
        for (number, village) in villages().into_iter().enumerate() {
            let office = village.board;
            // The panel hangs in the first village; the others have boards of their own.
            let standing = if number == 0 { "official" } else { "copy" };
            let feed = publisher.feed(&office.key);
            write!(
                text,
                "\n[[board]]\nkey = \"{}\"\nname = \"{}\"\nfeed = \"{feed}\"\nweb = \"{}\"\nico = \"{}\"\n\
                 colour = \"{}\"\nstanding = \"{standing}\"\nphone = \"{}\"\n",
                office.key, office.name, office.web, office.ico, office.colour, office.phone
            )
            .expect("a string takes all");
        }
        text.push_str(more);
        fs::create_dir_all(self.path.join("data"))?;
        fs::create_dir_all(self.run())?;
        fs::write(self.config(), text)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("{} could not be removed: {error}", self.path.display());
        }
    }
}

/// `target` where cargo built the program, else the system's temporary folder.
fn ground() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    // cargo keeps its notes beside what it builds: target/debug/vyveska, target/debug/.fingerprint.
    let built = program.parent().filter(|profile| profile.join(".fingerprint").is_dir());
    built
        .and_then(Path::parent)
        .map_or_else(|| env::temp_dir().join(format!("vyveska-{}", geteuid().as_raw())), Path::to_path_buf)
}

fn sweep(ground: &Path) {
    for entry in fs::read_dir(ground).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix("demo-")).and_then(|pid| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            // Somebody else's, or just going: either way it is not in the way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
