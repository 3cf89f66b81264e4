//! The last page, from outside: it comes up whatever is broken, and says how the office is reached.

use std::path::PathBuf;
use std::process::{Command, Output};

use super::store::Folder;

const GOOD: &str = "data = \"data\"\nrun = \"run\"\n[panel]\nwidth_px = 400\nheight_px = 640\ndiagonal_inches = 20\n\
                    [[board]]\nkey = \"lhota\"\nname = \"Obec Dolní Lhota\"\nfeed = \"https://lhota.example/deska.json\"\n\
                    web = \"https://lhota.example/uredni-deska\"\nphone = \"+420 123 456 789\"\n";
const BROKEN: &str = "[panel\ncolour_depth = 8\n";

struct Device(Folder);

impl Device {
    fn new(name: &str) -> Device {
        Device(Folder::new(name))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn rescue(&self, picture: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vyveska"));
        command.arg("rescue").arg("--config").arg(self.path("panel.toml"));
        command.arg("--last-good").arg(self.path("last-good.toml")).arg("--offscreen").arg(self.path(picture));
        for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(display);
        }
        command
    }

    fn draw(&self, picture: &str) -> (Vec<u8>, Output) {
        let out = self.rescue(picture).output().unwrap();
        assert!(out.status.success(), "{out:?}");
        (std::fs::read(self.path(picture)).unwrap(), out)
    }
}

#[test]
fn it_says_how_the_office_is_reached_also_where_the_settings_are_broken_since() {
    let device = Device::new("rescue");
    device.put("panel.toml", GOOD);
    let (whole, out) = device.draw("whole.png");
    assert!(out.stderr.is_empty(), "{out:?}");
    device.put("panel.toml", BROKEN);
    device.put("last-good.toml", GOOD);
    let (kept, out) = device.draw("kept.png");
    assert!(String::from_utf8_lossy(&out.stderr).contains("last in force"), "{out:?}");
    assert_eq!(kept, whole, "from the settings that were last in force");
    // No data folder was looked for, and none was made.
    assert!(!device.path("data").exists() && !device.path("run").exists());
}

#[test]
fn it_shows_something_with_nothing_at_all() {
    let device = Device::new("rescue-nothing");
    let (nothing, out) = device.draw("nothing.png");
    assert!(String::from_utf8_lossy(&out.stderr).contains("cannot be read"), "{out:?}");
    device.put("panel.toml", BROKEN);
    device.put("last-good.toml", BROKEN);
    let (broken, _) = device.draw("broken.png");
    assert_eq!(nothing, broken);
    // The machine has fontconfig, and not one font: the program brings what it needs.
    device.put("fonts.conf", "<fontconfig></fontconfig>");
    let out = device.rescue("fontless.png").env("FONTCONFIG_FILE", device.path("fonts.conf")).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    assert_eq!(std::fs::read(device.path("fontless.png")).unwrap(), nothing);
}
