//! The units of `systemd/`: what systemd itself says of them, and what of them the program relies on.
//!
//! A running systemd is not needed. Without its tools the tests say so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vyveska::command::Request;

use super::skip::skipped;
use super::store::Folder;

/// `systemd-analyze security` in tenths; the goal of both programs.
const EXPOSURE: &str = "15";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")
}

fn units() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder().join("system")).unwrap();
    let mut units: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    units.sort();
    units
}

fn unit(name: &str) -> String {
    fs::read_to_string(folder().join("system").join(name)).unwrap()
}

/// Every value of a setting, in the order of the file.
fn settings<'t>(unit: &'t str, name: &str) -> Vec<&'t str> {
    unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

/// Whether the tool is here, of a systemd that can do it without running.
fn has(tool: &str, what: &str) -> bool {
    let version = Command::new(tool).arg("--version").output().ok().map(|out| out.stdout);
    let version = version.and_then(|text| String::from_utf8(text).ok());
    let number = version.as_deref().and_then(|text| text.split_whitespace().nth(1)?.parse::<u32>().ok());
    let new_enough = number.is_some_and(|number| number >= 252);
    if !new_enough {
        skipped(what, &format!("there is no {tool} of systemd 252 or later (apt install systemd)"));
    }
    new_enough
}

#[test]
fn both_programs_and_the_rescue_page_are_exposed_to_little() {
    if !has("systemd-analyze", "the exposure of the units") {
        return;
    }
    for name in
        ["vyveska-panel.service", "vyveska-sync.service", "vyveska-rescue.service", "../hub/vyveska-hub.service"]
    {
        let mut analyze = Command::new("systemd-analyze");
        analyze.args(["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE]);
        let out = analyze.arg(folder().join("system").join(name)).output().unwrap();
        let table = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && table.contains("Overall exposure level"), "{name}\n{table}");
    }
}

#[test]
fn systemd_understands_every_line() {
    if !has("systemd-analyze", "the syntax of the units") {
        return;
    }
    // As they are on the device, but for the program, which is nowhere yet.
    let copy = Folder::new("units");
    for path in units() {
        let text = fs::read_to_string(&path).unwrap().replace("/usr/bin/vyveska", "/usr/bin/true");
        fs::write(copy.0.join(path.file_name().unwrap()), text).unwrap();
    }
    for path in units() {
        let mut analyze = Command::new("systemd-analyze");
        analyze.args(["verify", "--man=no"]).arg(copy.0.join(path.file_name().unwrap()));
        let out = analyze.output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        // What is said of units of this machine is no matter of ours, nor that systemd before 254 passes this one over.
        let unknown = "Unknown key 'RestartMode' in section [Service], ignoring.";
        let mut ours: Vec<&str> = said.lines().filter(|line| line.contains("vyveska")).collect();
        ours.retain(|line| !line.ends_with(unknown));
        assert!(ours.is_empty(), "{}: {ours:#?}", path.display());
    }
}

#[test]
fn users_and_folders_come_out_as_the_programs_need_them() {
    if !has("systemd-sysusers", "the users") || !has("systemd-tmpfiles", "the folders") {
        return;
    }
    let root = Folder::new("units-root");
    let copy = |from: &str, to: &str| {
        let to = root.0.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(folder().join(from), to).unwrap();
    };
    copy("sysusers.d/vyveska.conf", "usr/lib/sysusers.d/vyveska.conf");
    copy("tmpfiles.d/vyveska.conf", "usr/lib/tmpfiles.d/vyveska.conf");
    fs::create_dir_all(root.0.join("etc")).unwrap();
    let out = Command::new("systemd-sysusers").arg(format!("--root={}", root.0.display())).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    let passwd = fs::read_to_string(root.0.join("etc/passwd")).unwrap();
    for user in ["vyveska-panel:x:961:960:", "vyveska-sync:x:962:960:"] {
        assert!(passwd.lines().any(|line| line.starts_with(user)), "{user} in {passwd}");
    }
    if !rustix::process::geteuid().is_root() {
        skipped("the rights of the folders", "only root can give them to others (run the tests as root)");
        return;
    }
    let mut tmpfiles = Command::new("systemd-tmpfiles");
    let out =
        tmpfiles.arg("--create").arg(format!("--root={}", root.0.display())).arg("vyveska.conf").output().unwrap();
    assert!(out.status.success(), "{out:?}");
    use std::os::unix::fs::MetadataExt as _;
    let rights = |path: &str| {
        let data = fs::metadata(root.0.join(path)).unwrap();
        (data.mode() & 0o7777, data.uid(), data.gid())
    };
    assert_eq!(rights("run/vyveska"), (0o3770, 0, 960));
    assert_eq!(rights("var/lib/vyveska"), (0o3770, 0, 960));
    assert_eq!(rights("run/vyveska/commands/sync"), (0o3770, 962, 960));
    assert_eq!(rights("run/vyveska/commands/panel"), (0o3770, 961, 960));
}

#[test]
fn what_root_is_asked_for_has_its_path_and_its_one_act() {
    for request in Request::ALL {
        let name = request.name();
        let file = format!("/run/vyveska/requests/{name}");
        assert_eq!(settings(&unit(&format!("vyveska-{name}.path")), "PathExists"), [file.as_str()]);
        let service = unit(&format!("vyveska-{name}.service"));
        // Taken away before it is done, or it would be done for ever.
        assert_eq!(settings(&service, "ExecStart").first(), Some(&format!("/usr/bin/rm --force {file}").as_str()));
        assert_eq!(settings(&service, "Type"), ["oneshot"]);
        assert!(unit("vyveska.target").contains(&format!("vyveska-{name}.path")), "{name} is not wanted");
    }
    let paths = units().into_iter().filter(|path| path.extension().is_some_and(|end| end == "path"));
    assert_eq!(paths.count(), Request::ALL.len());
}

#[test]
fn the_units_keep_what_the_design_promises() {
    let (panel, sync, rescue) =
        (unit("vyveska-panel.service"), unit("vyveska-sync.service"), unit("vyveska-rescue.service"));
    // The panel writes the report with the last log lines.
    assert_eq!(settings(&panel, "SupplementaryGroups"), ["systemd-journal"]);
    for unit in [&panel, &sync, &rescue] {
        assert_eq!(settings(unit, "Type"), ["notify"]);
        assert_eq!(settings(unit, "Restart"), ["always"]);
        assert_eq!(settings(unit, "NoNewPrivileges"), ["yes"]);
        assert_eq!(settings(unit, "CapabilityBoundingSet"), [""]);
        assert!(settings(unit, "WatchdogSec")[0].parse::<u32>().unwrap() >= 30);
    }
    for unit in [&panel, &rescue] {
        assert_eq!((settings(unit, "PrivateNetwork"), settings(unit, "User")), (vec!["yes"], vec!["vyveska-panel"]));
    }
    assert_eq!(settings(&panel, "OnFailure"), ["vyveska-rescue.service"]);
    assert_eq!(settings(&sync, "User"), ["vyveska-sync"]);
    let number = |unit: &str, name: &str| settings(unit, name)[0].parse::<i64>().unwrap();
    // Rendering never hurts the screen.
    for weight in ["CPUWeight", "IOWeight"] {
        assert!(number(&panel, weight) >= 10 * number(&sync, weight));
    }
    assert!(number(&panel, "OOMScoreAdjust") < 0 && number(&sync, "OOMScoreAdjust") > 0);
    for unit in [&panel, &sync] {
        // A child that is killed is not the end of its program.
        assert_eq!(settings(unit, "OOMPolicy"), ["continue"]);
    }
}

/// System calls that the programs make beyond the ordinary, and what for.
const NEEDED: &[(&str, &[&str])] = &[
    // Both ask whether the clock is synchronised; the C library has two ways.
    ("panel", &["adjtimex", "clock_adjtime"]),
    ("sync", &["adjtimex", "clock_adjtime"]),
    // The child's own sandbox.
    ("panel", &["seccomp", "prctl", "prlimit64", "close_range", "execve", "clone3", "setpriority"]),
    ("sync", &["seccomp", "prctl", "prlimit64", "close_range", "execve", "clone3"]),
    ("panel", &["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]),
    ("sync", &["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]),
    // Display, touch, changes.
    ("panel", &["ioctl", "mmap", "ppoll", "inotify_init1", "inotify_add_watch", "sendmsg", "recvfrom", "socket"]),
    // Databases and documents.
    ("panel", &["fcntl", "fdatasync", "pwrite64", "ftruncate", "renameat2", "rename", "unlink"]),
    ("sync", &["fcntl", "fdatasync", "pwrite64", "ftruncate", "rename", "unlink", "flock", "statfs"]),
    // The network.
    ("sync", &["epoll_wait", "connect", "sendto", "recvfrom", "socket"]),
];

#[test]
fn no_filter_takes_a_system_call_away_that_is_needed() {
    if !has("systemd-analyze", "the system calls of the units") {
        return;
    }
    for (program, calls) in NEEDED {
        let allowed = allowed(&unit(&format!("vyveska-{program}.service")));
        for call in *calls {
            assert!(allowed.contains(*call), "vyveska-{program}.service forbids {call}");
        }
        for call in ["ptrace", "mount", "reboot", "init_module", "setuid", "bpf", "kexec_load", "swapon"] {
            assert!(!allowed.contains(call), "vyveska-{program}.service allows {call}");
        }
    }
}

/// What is left of all system calls by the lines of a unit, in their order (systemd.exec(5)).
fn allowed(unit: &str) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for line in settings(unit, "SystemCallFilter") {
        let (takes_away, names) = line.strip_prefix('~').map_or((false, line), |names| (true, names));
        for call in names.split_whitespace().flat_map(expand) {
            if takes_away {
                allowed.remove(&call);
            } else {
                allowed.insert(call);
            }
        }
    }
    // Allowed by every list (`@default`).
    allowed.extend(expand("@default"));
    allowed
}

/// A set as systemd knows it, those within it included.
fn expand(name: &str) -> Vec<String> {
    if !name.starts_with('@') {
        return vec![name.to_owned()];
    }
    let out = Command::new("systemd-analyze").args(["syscall-filter", name]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let members = text.lines().skip(1).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    members.flat_map(expand).collect()
}
