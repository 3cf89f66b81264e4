"""What happens to a panel, one step each: done to the emulated board, seen on its display, told by its own words.

Each step begins with the board as if left alone (the wall). More of them are in `faults` and `starts`.
"""

from .board import HEIGHT, WIDTH
from .faults import full, posted, readonly, rescue, settings, stick
from .hands import (
    ALL_NOTICES, NEXT_PAGE, PATIENCE, UP, a_notice, another_panel, coloured, on_the_wall, proved, the_list, touch_for
)
from .scene import NOTICES, Wrong
from .starts import clock, late_card, no_display, no_network, power


def boot(scene):
    """Power on: the board is on the glass, and what is on the glass is the board."""
    scene.until("the panel wrote panel.json", lambda: scene.panel().get("page") == "wall", PATIENCE)
    scene.until("its notices are up", lambda: scene.panel().get("up") == NOTICES, PATIENCE)
    print(f"    {scene.board.age():.0f} s after power on; first frame {scene.panel()['first_frame_ms']} ms after the start")
    budget = scene.publisher.digest("dl-rozpocet-2027.pdf")
    second_page = f"ls /var/lib/vyveska/files/{budget[:2]}/{budget}.pages/[0-9]*-2.png"
    scene.until("the budget's pages are drawn ahead", lambda: scene.board.shell.try_run(second_page)[1] == 0, 400)
    display = scene.until("the display is proved", lambda: proved(scene), 90)
    if (display["width"], display["height"]) != (WIDTH, HEIGHT):
        raise Wrong(f"the display has {WIDTH}×{HEIGHT}, panel.json says {display['width']}×{display['height']}")
    seen = scene.picture("wall")
    coloured(scene, seen)
    scene.verdict("showing")


def touch(scene):
    """A touch opens the list, a notice, turns its pages; left alone, the board comes back."""
    seen = the_list(scene)
    scene.same("the list against `vyveska shot`", seen, scene.drawn("board"), 0.02)
    on_the_wall(scene)
    first = a_notice(scene)
    scene.board.tap(*NEXT_PAGE)
    second = scene.changed("its next page", first)
    scene.board.drag(540, 1300, 540, 500)
    scene.changed("dragged further", second)
    if not scene.panel()["reading"]:
        raise Wrong("somebody reads, and panel.json does not know")
    scene.verdict("showing")
    scene.board.tap(*UP)
    scene.page("board")
    # Nobody touches it any more.
    scene.page("wall", 150)
    scene.picture("left-alone")


def rotation(scene):
    """The picture turned by half, then by a quarter; the touch turns with it."""
    upright = the_list(scene)
    scene.configure(display={"rotation": 180})
    try:
        scene.page("wall", PATIENCE)
        scene.until("the report says so", lambda: scene.display().get("rotation") == 180)
        wall = scene.look()
        x, y = ALL_NOTICES
        touch_for(scene, (WIDTH - x, HEIGHT - y), "board")
        seen = scene.changed("half", wall)
        scene.same("turned by half, against upright", seen.turned(), upright, 0.02)
        scene.configure(display={"rotation": 90}, panel={"width_px": HEIGHT, "height_px": WIDTH})
        scene.until("the quarter is proved", lambda: proved(scene) and scene.display().get("rotation") == 90, PATIENCE)
        coloured(scene, scene.picture("quarter"))
        scene.verdict("showing")
    finally:
        scene.configure()
    scene.until("upright again", lambda: proved(scene) and scene.display().get("rotation") == 0, PATIENCE)


def display(scene):
    """The display's cable pulled and put back, then a smaller display in its place."""
    before = on_the_wall(scene)
    pid = scene.pid("panel")
    scene.board.cable.unplug()
    scene.until("the display is gone", lambda: scene.display().get("connected") is False, 90)
    scene.picture("unplugged")
    scene.verdict("not-showing", reason="display-unplugged")
    scene.board.cable.plug(WIDTH, HEIGHT)
    scene.until("the display is back", lambda: proved(scene), 90)
    on_the_wall(scene)
    coloured(scene, scene.picture("back"))
    scene.verdict("showing")
    scene.board.cable.plug(800, 1280)
    scene.until("the smaller display", lambda: proved(scene) and scene.display().get("width") == 800, 90)
    coloured(scene, scene.picture("smaller"))
    scene.board.cable.plug(WIDTH, HEIGHT)
    scene.until("the first display", lambda: proved(scene) and scene.display().get("width") == WIDTH, 90)
    seen = scene.picture("first-again")
    coloured(scene, seen)
    if seen.difference(before) > 0.5:
        raise Wrong("the board does not look as before")
    print(f"    the panel {'went on' if scene.pid('panel') == pid else 'was started anew'}")


def sensor(scene):
    """The touch sensor pulled and put back: the board stays, then answers again."""
    on_the_wall(scene)
    sensors = scene.touch().get("devices")
    scene.board.unplug("touch")
    scene.until("the sensor is gone", lambda: scene.touch().get("devices") == sensors - 1, 90)
    coloured(scene, scene.picture("unplugged"))
    scene.verdict("degraded", reason="touch-missing")
    scene.board.plug_touch()
    scene.until("the sensor is back", lambda: scene.touch().get("devices") == sensors, 90)
    the_list(scene)
    scene.verdict("showing")


def killed(scene):
    """The panel killed while somebody reads: another one takes over; where systemd watches, with the same page."""
    before = a_notice(scene)
    seen = another_panel(scene, "kill -9")
    if scene.watched:
        if scene.panel().get("page") != "document":
            raise Wrong(f"the reader was thrown out to the page {scene.panel().get('page')}")
        scene.same("the same page", seen, before, 0.05)
    scene.verdict("showing")


def hung(scene):
    """The panel stopped (SIGSTOP): the watchdog starts another."""
    on_the_wall(scene)
    another_panel(scene, "kill -STOP")
    scene.verdict("showing")


def network(scene):
    """The network cable pulled: the board stays and says how old it is; put back, it is up to date again."""
    on_the_wall(scene)
    scene.board.network(up=False)
    failed = lambda: any(board.get("last_error") for board in scene.sync().get("boards", []))
    scene.until("sync cannot reach the office", failed, 300)
    if scene.panel().get("up") != NOTICES:
        raise Wrong("notices are gone with the network")
    coloured(scene, scene.picture("cut"))
    scene.verdict("degraded", reason="no-link")
    scene.board.network(up=True)
    scene.until("sync reaches the office", lambda: not failed(), 400)
    scene.picture("back")
    scene.verdict("showing")


def keyboard(scene):
    """Keys that would end a program, switch the terminal or restart the machine do nothing, from two keyboards."""
    on_the_wall(scene)
    pid, since = scene.pid("panel"), len(scene.board.qmp.events)
    scene.board.plug_usb_keyboard()
    scene.until("the second keyboard", lambda: "USB Keyboard" in scene.shell("cat /sys/class/input/event*/device/name"), 60)
    scene.until("the panel saw it", lambda: scene.panel(), 10)
    for keys in (
        ("ctrl", "alt", "delete"),
        ("ctrl", "alt", "backspace"),
        ("ctrl", "alt", "f2"),
        ("alt", "f4"),
        ("ctrl", "c"),
        ("alt", "sysrq", "b"),
        ("esc",),
        ("power",),
    ):
        scene.board.keys(*keys)
    terminal = scene.shell("cat /sys/class/tty/tty0/active").strip()
    if scene.board.qmp.happened("RESET", since) or scene.board.qmp.happened("SHUTDOWN", since):
        raise Wrong("a key restarted the machine")
    if terminal != "tty1":
        raise Wrong(f"a key switched to {terminal}")
    if scene.pid("panel") != pid:
        raise Wrong("a key ended the panel")
    seen = scene.picture("after-all-keys")
    coloured(scene, seen)
    if scene.panel().get("page") != "wall":
        raise Wrong(f"a key opened the page {scene.panel().get('page')}")
    scene.verdict("showing")
    scene.board.qmp.command("device_del", id="usb-keyboard")


# The last ones begin with a power cut.
STEPS = (boot, touch, rotation, display, sensor, killed, hung, network, keyboard, settings, posted, stick, full, readonly)
STEPS += (rescue, power, no_network, no_display, late_card, clock)
STEPS = {step.__name__: step for step in STEPS}
# Without a service manager nobody notices a panel that hangs; without a disk nothing is full or lasts over a power cut.
NEEDS_WATCHING = {"hung", "stick", "full", "readonly", "rescue", "power"}
# Each brings the machine with what it needs.
COLD = {"power", "no_network", "no_display", "late_card", "clock"}
