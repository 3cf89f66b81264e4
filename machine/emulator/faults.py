"""Steps: settings, notices, storage and programs that go wrong while the board hangs."""

import time

from .hands import PATIENCE, another_panel, coloured, on_the_wall, proved, reading, the_list
from .picture import Picture
from .scene import CONFIG, NOTICES, RUN, RUNS, Wrong

# In the declaration: posted today, so it stands above the others; one document.
NEW_NOTICE, NEW_DOCUMENT = 15, "dl-elektrina.pdf"


def settings(scene):
    """A mistake in the settings: the board stays under those that were last in force, and the report names the mistake."""
    on_the_wall(scene)
    scene.write(CONFIG, scene.config(display={"rotation": 45}))
    try:
        another_panel(scene, "kill")
        if scene.panel().get("up") != NOTICES or scene.display().get("rotation") != 0:
            raise Wrong("the board is not as it was under the last good settings")
        scene.shell(f"kill {scene.pid('sync')}")
        said = scene.until("sync reports the mistake", lambda: scene.sync().get("settings_problem"), 120)
        print(f"    sync.json: {said}")
        scene.verdict("degraded", reason="settings-unusable")
    finally:
        scene.write(CONFIG, scene.config())
        scene.shell(f"kill {scene.pid('sync')}")
    scene.until("the mistake is gone", lambda: scene.sync() and not scene.sync().get("settings_problem"), 120)
    scene.restart_panel()
    scene.until("the board is there", lambda: proved(scene), PATIENCE)
    scene.verdict("showing")


def posted(scene):
    """A notice is posted while somebody reads the list: it comes by itself, so do its pages; then it is taken down."""
    listed = the_list(scene)
    scene.publisher.publish([*range(NOTICES), NEW_NOTICE])
    try:
        scene.shell(f"vyveska command sync-now --config {CONFIG}")
        reading(scene, "the new notice is up", lambda: scene.panel().get("up") == NOTICES + 1)
        scene.changed("posted", listed)
        digest = scene.publisher.digest(NEW_DOCUMENT)
        page = f"ls /var/lib/vyveska/files/{digest[:2]}/{digest}.pages/[0-9]*-1.png"
        reading(scene, "its page is drawn", lambda: scene.board.shell.try_run(page)[1] == 0, 240)
        began = time.monotonic()
        wanted = scene.drawn("board")
        reading(scene, "the list shows that by itself", lambda: scene.look().difference(wanted) < 0.005, 75)
        print(f"    seen at the latest {time.monotonic() - began:.0f} s after the page was drawn")
        scene.picture("its-page-is-there")
    finally:
        scene.publisher.publish(range(NOTICES))
        scene.shell(f"vyveska command sync-now --config {CONFIG}")
    scene.until("it is taken down", lambda: scene.panel().get("up") == NOTICES, 240)
    scene.verdict("showing")


def stick(scene):
    """A USB stick full of traps is plugged in: nothing of it is run, mounted or shown; asked for, it takes a report."""
    image = RUNS / "stick.disk"
    with open(image, "wb") as file:
        file.truncate(64 << 20)
    scene.board.plug_stick(image)
    scene.until("the system sees the stick", lambda: scene.board.shell.try_run("ls /dev/sda")[1] == 0, 60)
    for line in (
        "/run/driver/busybox mkdosfs /dev/sda",
        "mkdir -p /run/driver/stick",
        "mount /dev/sda /run/driver/stick",
        "printf '#!/bin/sh\\ntouch /run/stick-was-run\\n' >/run/driver/stick/autorun.sh",
        "printf '[autorun]\\nopen=autorun.sh\\n' >/run/driver/stick/autorun.inf",
        "cp /usr/bin/vyveska /run/driver/stick/vyveska.update",
        f"cp {CONFIG} /run/driver/stick/vyveska.toml",
        "umount /run/driver/stick",
    ):
        scene.shell(line)
    scene.board.unplug_stick()
    scene.until("the stick is gone", lambda: scene.board.shell.try_run("ls /dev/sda")[1] != 0, 60)
    before = on_the_wall(scene)
    pid = scene.pid("panel")
    scene.board.plug_stick(image)
    scene.until("the stick is known by its name", lambda: scene.board.shell.try_run("ls /dev/vyveska-stick")[1] == 0, 60)
    scene.shell("udevadm settle")
    seen = scene.picture("plugged-in")
    coloured(scene, seen)
    scene.verdict("showing")
    mounted = "grep -c '^/dev/sda' /proc/mounts"
    if scene.board.shell.try_run(mounted)[0].strip() != "0":
        raise Wrong("the stick is mounted, and nobody asked for it")
    if scene.pid("panel") != pid or scene.panel().get("page") != "wall":
        raise Wrong("the stick did something to the panel")
    if seen.difference(before) > 0.5:
        raise Wrong("the stick is seen on the glass")
    scene.shell(f"vyveska command mount-stick --config {CONFIG}")
    scene.until("the stick is mounted", lambda: scene.board.shell.try_run(mounted)[0].strip() == "1", 60)
    how = scene.shell("grep '^/dev/sda' /proc/mounts")
    print(f"    {how}")
    if not {"nosuid", "nodev", "noexec"} <= set(how.split()[3].split(",")):
        raise Wrong("something on the stick could be run")
    print("    " + scene.shell(f"vyveska support --to {RUN}/stick --config {CONFIG}"))
    scene.shell(f"vyveska command unmount-stick --config {CONFIG}")
    scene.until("the stick is let go", lambda: scene.board.shell.try_run(mounted)[0].strip() == "0", 60)
    scene.shell("mount -o ro /dev/sda /run/driver/stick")
    print("    " + scene.shell("tar -tf /run/driver/stick/vyveska-*.tar | xargs").strip())
    scene.shell("umount /run/driver/stick")
    if scene.board.shell.try_run("ls /run/stick-was-run")[1] == 0:
        raise Wrong("a program of the stick was run")
    scene.board.unplug_stick()


def full(scene):
    """The disk is full as a notice comes: the board stays; with room again, the notice is up."""
    on_the_wall(scene)
    scene.shell("fallocate -l $(df -B1 --output=avail / | tail -1) /filler")
    try:
        scene.publisher.publish([*range(NOTICES), NEW_NOTICE])
        scene.shell(f"vyveska command sync-now --config {CONFIG}")
        scene.verdict("degraded", reason="disk-full")
        error = lambda: next((board["last_error"] for board in scene.sync().get("boards", []) if board.get("last_error")), None)
        print(f"    sync.json: {scene.until('sync says why', error, 200)}")
        if scene.panel().get("up") < NOTICES:
            raise Wrong("notices are gone with the room on the disk")
        another_panel(scene, "kill")
        coloured(scene, scene.picture("full"))
    finally:
        scene.shell("rm -f /filler")
    scene.shell(f"vyveska command sync-now --config {CONFIG}")
    scene.until("the new notice is up", lambda: scene.panel().get("up") == NOTICES + 1, 240)
    scene.publisher.publish(range(NOTICES))
    scene.shell(f"vyveska command sync-now --config {CONFIG}")
    scene.until("it is taken down", lambda: scene.panel().get("up") == NOTICES, 240)
    scene.verdict("showing")


def readonly(scene):
    """The file system turns read-only, as a worn card's does: the board stays, also over a start of the panel."""
    on_the_wall(scene)
    scene.shell("echo u >/proc/sysrq-trigger")
    try:
        scene.until("nothing can be written", lambda: scene.board.shell.try_run("touch /var/lib/vyveska/x")[1] != 0, 30)
        scene.verdict("degraded", reason="read-only")
        coloured(scene, scene.picture("read-only"))
        another_panel(scene, "kill")
        if scene.panel().get("up") != NOTICES:
            raise Wrong(f"after a start on a disk that cannot be written {scene.panel().get('up')} notices are up")
        scene.verdict("degraded", reason="read-only")
    finally:
        scene.shell("mount -o remount,rw /")
    scene.verdict("showing")


def rescue(scene):
    """The panel ends at each of six starts: the office's telephone is on the glass; let try again, the board is back."""
    on_the_wall(scene)
    kill = "p=$(systemctl show --property=MainPID --value vyveska-panel); [ $p = 0 ] || kill -9 $p"
    rescued = "systemctl is-active vyveska-rescue.service"
    scene.shell(f"for n in $(seq 100); do {rescued} && break; {kill}; sleep 0.3; done >/dev/null", 240)
    scene.until("the rescue page says that it is there", lambda: scene.panel().get("page") == "rescue", 60)
    seen = scene.picture("the-telephone")
    coloured(scene, seen)
    scene.shell(f"vyveska rescue --offscreen /tmp/rescue.png --config {CONFIG}", 120)
    wanted = Picture.png(scene.board.shell.read("/tmp/rescue.png", 120))
    scene.same("the glass against the page's words", seen, wanted, 0.01)
    scene.verdict("not-showing", reason="rescue-page")
    print("    " + scene.shell("systemctl list-timers --no-legend vyveska-retry.timer").strip())
    # What the timer does after an hour.
    scene.shell("systemctl start vyveska-retry.service")
    scene.until("the board is back", lambda: scene.panel().get("page") == "wall" and proved(scene), PATIENCE)
    if scene.board.shell.try_run(rescued)[1] == 0:
        raise Wrong("the rescue page is still there")
    coloured(scene, scene.picture("the-board"))
    scene.verdict("degraded", reason="panel-restarting")
