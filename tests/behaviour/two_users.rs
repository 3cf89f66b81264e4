//! Both programs as they run on the device: two processes of two users, and one folder for each way between them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use vyveska::clock;
use vyveska::ledger::{Ledger, What};
use vyveska::wire::PanelReport;

use super::skip::skipped;
use super::store::Folder;
use super::sync::march;
use super::town::{Entry, PROGRAM, Running, Town};

/// As in `systemd/sysusers.d`.
const GROUP: u32 = 960;
const PANEL: u32 = 961;
const SYNC: u32 = 962;
/// Only a broken program takes it.
const PATIENCE: Duration = Duration::from_secs(40);
/// A new board is on the glass so soon after its commit.
const SOON: Duration = Duration::from_secs(2);

/// A device whose folders have the rights of `systemd/tmpfiles.d`.
struct Device {
    folder: Folder,
}

impl Device {
    fn new(name: &str, town: &Town) -> Device {
        Device::with(name, town, "")
    }

    /// `lines`: more of its settings.
    fn with(name: &str, town: &Town, lines: &str) -> Device {
        let folder = Folder::new(name);
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
        let text = format!(
            "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n\
             [network]\nallow_private = true\n{lines}[[board]]\nkey = \"{}\"\nname = \"Obec\"\nfeed = \"{}\"\n",
            town.key,
            town.web.url("/deska.json")
        );
        fs::write(folder.0.join("vyveska.toml"), text).unwrap();
        // Where it was built, another user may not even look.
        let program = folder.0.join("vyveska");
        if fs::hard_link(PROGRAM, &program).is_err() {
            fs::copy(PROGRAM, &program).unwrap();
        }
        let device = Device { folder };
        for (path, mode, owner) in [
            ("data", 0o3770, 0),
            ("run", 0o3770, 0),
            ("run/commands", 0o750, 0),
            ("run/commands/panel", 0o3770, PANEL),
            ("run/commands/sync", 0o3770, SYNC),
            ("run/answers", 0o3770, 0),
            ("run/requests", 0o3770, 0),
        ] {
            let path = device.path(path);
            fs::create_dir(&path).unwrap();
            chown(&path, Some(owner), Some(GROUP)).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        device
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// As the unit starts it: its user, its group alone, its mask.
    fn run_as(&self, user: u32, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &user.to_string(), "--regid", &GROUP.to_string(), "--clear-groups"]);
        command.args([
            "--no-new-privs",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "sh",
            "-c",
            "umask 027; exec \"$@\"",
        ]);
        command.arg("sh").arg(program).args(words).current_dir("/");
        command
    }

    fn start(&self, user: u32, words: &[&str]) -> Running {
        let mut command = self.run_as(user, &self.path("vyveska"), words);
        let log = fs::File::create(self.path(&format!("{}.log", words[0]))).unwrap();
        command.arg("--config").arg(self.path("vyveska.toml")).args(["--now", &march(5, 0)]);
        Running(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// Whether the user may do that, by the shell.
    fn may(&self, user: u32, script: &str, path: &str) -> bool {
        let words = ["-c", script, "sh", self.path(path).to_str().unwrap()].map(str::to_owned);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = self.run_as(user, Path::new("/bin/sh"), &words);
        command.stderr(Stdio::null()).status().unwrap().success()
    }

    fn order(&self, words: &[&str]) {
        let mut command = Command::new(self.path("vyveska"));
        let out = command.arg("command").args(words).arg("--config").arg(self.path("vyveska.toml")).output().unwrap();
        assert!(out.status.success(), "{words:?}: {out:?}");
    }

    fn shown(&self) -> usize {
        let Ok((entries, _)) = Ledger::read(&self.path("data")) else { return 0 };
        entries.iter().filter(|entry| matches!(entry.what, Some(What::FirstShown { .. }))).count()
    }

    fn wait(&self, what: &str, so: impl Fn() -> bool) -> Duration {
        let began = clock::ticks();
        while !so() {
            let logs = ["sync.log", "panel.log"].map(|log| fs::read_to_string(self.path(log)).unwrap_or_default());
            assert!(clock::ticks() - began < PATIENCE, "{what}: {logs:#?}");
            thread::sleep(Duration::from_millis(10));
        }
        clock::ticks() - began
    }
}

/// Whether this machine lets a test be two other users.
fn can(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    let able = root && Command::new("setpriv").arg("--version").output().is_ok_and(|out| out.status.success());
    if !able {
        skipped(what, "only root can start programs as two other users (run the tests as root, with util-linux)");
    }
    able
}

fn named(path: &Path) -> u128 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).map_or(0, |data| u128::from(data.ino()) << 64 | data.mtime_nsec().unsigned_abs() as u128)
}

#[test]
fn two_users_share_one_device_and_a_new_board_is_soon_on_the_glass() {
    if !can("two users") {
        return;
    }
    let mut town = Town::new("lhota", 3);
    let device = Device::new("two-users", &town);
    let _sync = device.start(SYNC, &["sync"]);
    let panel = device.start(PANEL, &["panel", "--headless", "--ledger"]);
    device.wait("three notices on the glass", || device.shown() == 3);

    // From the moment in which sync says that it committed.
    let changed = device.path("run/changed");
    let before = named(&changed);
    town.edit(|entries| entries.push(Entry::numbered(4)));
    device.order(&["sync-now"]);
    device.wait("a commit", || named(&changed) != before);
    let took = device.wait("the fourth notice", || device.shown() == 4);
    assert!(took < SOON, "{took:?} after its commit");

    // Each writes its own database, and cannot touch the other's.
    let append = "printf x >> \"$1\"";
    for (file, user, other) in [
        ("data/board-1.db", SYNC, PANEL),
        ("data/link-1.db", SYNC, PANEL),
        ("data/ledger.db", PANEL, SYNC),
        ("run/panel.json", PANEL, SYNC),
        ("run/sync.json", SYNC, PANEL),
    ] {
        assert!(device.may(other, "cat \"$1\" > /dev/null", file), "{other} cannot read {file}");
        for script in
            [append, "rm -f \"$1\"", "mv -f \"$1\" \"$1.old\"", "echo '{}' > \"$1.x\" && mv -f \"$1.x\" \"$1\""]
        {
            assert!(!device.may(other, script, file), "{other} may do `{script}` to {file}");
        }
        assert!(device.may(user, "test -w \"$1\"", file), "{user} cannot write {file}");
    }
    // Whoever is not of the group sees nothing of it.
    let nobody = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "ls"])
        .arg(device.path("data"))
        .output()
        .unwrap();
    assert!(!nobody.status.success(), "{nobody:?}");

    // An order goes from the one to the other, and what root is asked for waits for root.
    assert!(device.may(PANEL, "touch \"$1\"", "run/commands/sync/1.json"));
    device.wait("junk taken away", || !device.path("run/commands/sync/1.json").exists());
    assert!(device.may(PANEL, "touch \"$1\"", "run/requests/reboot"));
    assert!(!device.may(SYNC, "rm -f \"$1\"", "run/requests/reboot"));
    device.order(&["maintenance", "5"]);
    device.wait("maintenance", || {
        PanelReport::read(&device.path("run")).is_some_and(|report| report.maintenance_until.is_some())
    });
    drop(panel);
    // Started again it goes on with the same ledger.
    let _panel = device.start(PANEL, &["panel", "--headless", "--ledger"]);
    device.wait("another start", || {
        let (entries, finding) = Ledger::read(&device.path("data")).unwrap();
        finding.unwrap();
        entries.iter().filter(|entry| matches!(entry.what, Some(What::Started { .. }))).count() == 2
    });
    assert_eq!(device.shown(), 4);
    for file in fs::read_dir(device.path("data")).unwrap().map(|entry| entry.unwrap()) {
        assert_ne!(file.path().extension(), Some(OsStr::new("damaged")), "nothing was set aside");
    }
}

#[cfg(feature = "hub")]
#[test]
fn a_hub_lets_in_a_device_of_two_users_and_neither_of_them_knows_the_others_key() {
    use super::hub::Server;
    use vyveska::keys::PublicKey;
    use vyveska::wire::LinkReport;
    use vyveska::wire::link::Standing;

    if !can("two users and a hub") {
        return;
    }
    let town = Town::new("lhota", 1);
    let data = Folder::in_memory("two-users-hub");
    let hub = Server::start(&data.0, &march(5, 0));
    let place = hub.place("lhota", "Lhota", "-");
    let device = Device::with("two-users-and-hub", &town, &format!("[hub]\nurl = \"{}\"\n", hub.url("")));
    // Sync was there first, and lays a key for the panel that it knows.
    assert!(device.may(SYNC, "printf %064d 7 > \"$1\" && chmod 644 \"$1\"", "data/panel.key"));
    let _sync = device.start(SYNC, &["sync"]);
    let panel = device.start(PANEL, &["panel", "--headless"]);
    device.wait("the trick is seen through", || {
        fs::read_to_string(device.path("panel.log")).unwrap_or_default().contains("belongs to another user")
    });
    assert!(!device.path("run/identity.json").exists());
    drop(panel);
    fs::remove_file(device.path("data/panel.key")).unwrap();
    let _panel = device.start(PANEL, &["panel", "--headless"]);
    let report = || LinkReport::read(&device.path("run")).unwrap_or_default();
    device.wait("it waits at the hub", || report().standing == Some(Standing::Waiting));
    let code: String = hub.one("SELECT code FROM candidate");
    hub.confirm(PublicKey::parse(&report().link_key).unwrap(), &code, place).unwrap();
    device.wait("a report", || hub.one::<i64>("SELECT count(*) FROM latest") == 1);
    for (key, owner, other) in [("data/panel.key", PANEL, SYNC), ("data/link.key", SYNC, PANEL)] {
        assert!(device.may(owner, "cat \"$1\" > /dev/null", key), "{owner} cannot read {key}");
        assert!(!device.may(other, "cat \"$1\" > /dev/null", key), "{other} can read {key}");
    }
}
