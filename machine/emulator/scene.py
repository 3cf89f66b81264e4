"""The board with the product on it, an office's web server beside it, and what a step wants to know of both.

A step waits for what the board itself says (`panel.json`, `vyveska health`) or for what is seen, until a deadline; it
never sleeps for luck.
"""

import base64
import json
import re
import subprocess
import time

from . import parts
from .board import HEIGHT, WIDTH, Board
from .picture import Picture
from .publisher import Publisher

CONFIG = "/etc/vyveska/vyveska.toml"
RUN = "/run/vyveska"
PICTURES = parts.HERE / "pictures"
RUNS = parts.HERE / "run"
# Few enough that a machine made of software has drawn them soon.
NOTICES = 8


# Reasons of the verdict that say nothing against a board that shows.
HARMLESS = {"panel-restarting", "pages-waiting", "touch-unknown"}


class Wrong(Exception):
    """The board is not as the step wants it."""


class Scene:
    # Whether a service manager watches over the panel, and a disk keeps what it has over a power cut.
    watched = lasting = False

    def __init__(self):
        self.publisher = Publisher(parts.ROOT / "demo", parts.HERE / f"web-{type(self).__name__.lower()}", "dolni-lhota", NOTICES)
        self.step = "start"
        self._pictures = 0
        self.board = None
        # What the board has that it does not have usually, or lacks.
        self.odd = {}

    def start(self, program):
        raise NotImplementedError

    def power(self, **parts):
        """The board's power is cut, and comes back; `parts` are those of `Board` that are others than usual."""
        raise NotImplementedError

    def stop(self):
        if self.board:
            self.board.stop()

    def config(self, **changes):
        """The panel's configuration; `changes` are sections or keys of them, as TOML."""
        sections = {
            "panel": {"width_px": WIDTH, "height_px": HEIGHT, "diagonal_inches": 32},
            "session": {"idle_seconds": 60, "warning_seconds": 10},
            "network": {"allow_private": True, "poll_minutes": 1},
        }
        for name, keys in changes.items():
            sections.setdefault(name, {}).update(keys)
        text = ""
        for name, keys in sections.items():
            text += f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()) + "\n"
        return text + self.publisher.board()

    def configure(self, **changes):
        """Writes it on the board and starts the panel anew."""
        self.write(CONFIG, self.config(**changes))
        before = self.panel().get("started_at")
        self.restart_panel()
        self.until("the panel started anew", lambda: self.panel().get("started_at") not in (before, None), 120)

    # What the board says.

    def shell(self, line, deadline=60):
        return self.board.shell.run(line, deadline)

    def write(self, path, text):
        # In place: whoever may read the file keeps that right.
        self.shell(f"echo {base64.b64encode(text.encode()).decode()} | base64 -d >{path}")

    def panel(self):
        """`panel.json`; empty while there is none."""
        return self._json(f"cat {RUN}/panel.json")

    def sync(self):
        return self._json(f"cat {RUN}/sync.json")

    def display(self):
        return self.panel().get("display") or {}

    def touch(self):
        return self.panel().get("touch") or {}

    def health(self):
        """What `vyveska health` judges; empty where the program does not know the command."""
        return self._json(f"vyveska health --json --config {CONFIG}")

    def pid(self, command):
        """Of `vyveska COMMAND`; 0 while there is none."""
        # busybox reads over the zero bytes between the words.
        look = 'for p in /proc/[0-9]*; do words=; read -r words <$p/cmdline; case $words in *vyveskaCOMMAND*) echo ${p#/proc/};; esac; done'
        found, _ = self.board.shell.try_run(look.replace("COMMAND", command) + " 2>/dev/null")
        return min((int(word) for word in found.split()), default=0)

    def _json(self, line):
        said, _ = self.board.shell.try_run(f"{line} 2>/dev/null")
        try:
            return json.loads(said)
        except ValueError:
            return {}

    # What a step does.

    def until(self, what, check, deadline=60):
        """Waits until `check` gives something; says what the board said last where it does not in time."""
        end = time.monotonic() + deadline
        while True:
            found = check()
            if found:
                return found
            if time.monotonic() > end:
                self.picture("missed")
                told = f"panel.json: {json.dumps(self.panel())}; sync.json: {json.dumps(self.sync())}"
                raise Wrong(f"{what}: not within {deadline} s; {told}")
            time.sleep(0.3)

    def picture(self, name):
        """What is on the glass now, kept for people."""
        self._pictures += 1
        path = PICTURES / f"{self.step}-{self._pictures:02}-{name}.png"
        seen = self.board.picture(path)
        print(f"    {path.relative_to(parts.ROOT)}", flush=True)
        return seen

    def page(self, name, deadline=60):
        self.until(f"the page {name}", lambda: self.panel().get("page") == name, deadline)

    def changed(self, what, before, least=0.005, deadline=60):
        """Waits until so much of the picture is another; gives it."""
        self.until(what, lambda: self.look().difference(before) >= least, deadline)
        return self.picture(what.replace(" ", "-"))

    def look(self):
        """What is on the glass now, for nobody's eyes."""
        path = PICTURES / "look.png"
        seen = self.board.picture(path)
        path.unlink()
        return seen

    def drawn(self, page):
        """What the program would draw of `page`, without a display."""
        self.shell(f"vyveska shot --page {page} --config {CONFIG} -o /tmp/shot.png", 240)
        return Picture.png(self.board.shell.read("/tmp/shot.png", 120))

    def same(self, what, seen, wanted, most):
        share = seen.difference(wanted)
        print(f"    {what}: {share:.2%} of the pixels differ", flush=True)
        if share > most:
            raise Wrong(f"{what}: {share:.2%} of the pixels differ, {most:.0%} at most")

    def verdict(self, *words, reason=None, deadline=150):
        """The health verdict agrees with what was done to the board, and names the `reason`."""

        def agrees():
            said = self.health()
            codes = [found["code"] for found in said.get("reasons", [])]
            state = said.get("state")
            if "showing" in words and state == "degraded" and "panel-restarting" in codes and not set(codes) - HARMLESS:
                # The steps before ended it too often for a panel that is well.
                state = "showing"
            return (said["state"], codes) if state in words and (not reason or reason in codes) else None

        state, codes = self.until(f"the verdict {' or '.join(words)}{f' for {reason}' if reason else ''}", agrees, deadline)
        print(f"    verdict: {state} ({', '.join(codes)})", flush=True)

    def restart_panel(self):
        self.shell(f"kill {self.pid('panel')}")


class Small(Scene):
    """busybox, our program, no disk, no service manager: up in seconds."""

    def start(self, program):
        kernel = parts.Kernel()
        memory = parts.Memory(kernel)
        memory.libraries(kernel)
        memory.add("bin/vyveska", program, 0o755)
        memory.add("etc/vyveska/vyveska.toml", self.config().encode())
        memory.add("var/lib/vyveska/.keep", b"")
        self._made_of = kernel.image, memory.write(parts.HERE / "run/small.initrd")
        self.power()

    def power(self, **parts):
        self.stop()
        self.odd = parts
        self.board = Board(RUNS, "small", *self._made_of, **parts)
        self.board.shell.wait_ready(120)


class Debian(Scene):
    """A plain Debian, on which the product is installed as docs/install.md says: each of its blocks is run."""

    watched = lasting = True

    def start(self, program):
        kernel = parts.Kernel()
        memory = parts.Memory(kernel)
        memory.add("install/vyveska", program, 0o755)
        memory.add("install/vyveska.toml", self.config().encode())
        memory.tree("install/systemd", parts.ROOT / "systemd")
        disk = RUNS / "debian.disk"
        subprocess.run(["cp", "--sparse=always", parts.disk(kernel), disk], check=True)
        self._made_of = kernel.image, memory.write(RUNS / "debian.initrd"), disk
        self.power()
        self.board.shell.try_run("systemctl is-system-running --wait", 300)
        # The installation starts udev anew, for which an interface that is just being set up would wait in vain.
        self.until("the network is up", lambda: "default" in self.shell("ip route"), 120)
        print(f"Debian is up after {self.board.age():.0f} s; installing as docs/install.md says", flush=True)
        for block in re.findall(r"```sh\n(.*?)```", (parts.ROOT / "docs/install.md").read_text(), re.S):
            self.write("/run/driver/block", f"set -e\ncd /run/install\n{block}")
            said, code = self.board.shell.try_run("bash /run/driver/block", 180)
            print("    " + said.replace("\n", "\n    "), flush=True)
            if code:
                log = self.shell("journalctl -b --no-pager -n 40 -u 'vyveska-*'")
                raise Wrong(f"docs/install.md ends with {code} here:\n{block}{log}")

    def power(self, **parts):
        self.stop()
        self.odd = parts
        self.board = Board(RUNS, "debian", *self._made_of, **parts)
        self.board.shell.wait_ready(180)

    def pid(self, command):
        return int(self.shell(f"systemctl show --property=MainPID --value vyveska-{command}.service"))


SCENES = {"small": Small, "debian": Debian}
