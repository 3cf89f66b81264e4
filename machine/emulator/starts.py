"""Steps that begin with the power: cut while the board hangs, or coming to a board that lacks something."""

import time

from .board import HEIGHT, WIDTH
from .hands import PATIENCE, a_notice, coloured, proved
from .scene import NOTICES, Wrong


def power(scene):
    """The power is cut while somebody reads: the board is back by itself, with all its notices."""
    a_notice(scene)
    scene.power()
    scene.until("the board is back", lambda: scene.panel().get("page") == "wall" and proved(scene), PATIENCE)
    print(f"    {scene.board.age():.0f} s after power on; first frame {scene.panel()['first_frame_ms']} ms after the start")
    if scene.panel().get("up") != NOTICES:
        raise Wrong(f"{scene.panel().get('up')} notices are up")
    coloured(scene, scene.picture("back"))
    scene.verdict("showing")


def no_network(scene):
    """Power on without a network card: the board as it was read last; where it never was, the office's name."""
    scene.power(network=False)
    scene.until("the board is there", lambda: scene.panel().get("page") == "wall" and proved(scene), PATIENCE)
    scene.until("sync is there", lambda: scene.sync().get("boards"), 120)
    if scene.panel().get("up") != (NOTICES if scene.lasting else 0):
        raise Wrong(f"{scene.panel().get('up')} notices are up")
    coloured(scene, scene.picture("without-a-network"))
    scene.verdict("degraded" if scene.lasting else "stale", reason="no-link")


def no_display(scene):
    """Power on without a display: nothing is proved and nothing ends; plugged in, the board is on it."""
    scene.power(cable=False)
    scene.until("the panel is there", lambda: scene.display().get("connected") is False, PATIENCE)
    started_at = scene.panel()["started_at"]
    scene.verdict("not-showing", reason="display-unplugged")
    scene.board.cable.plug(WIDTH, HEIGHT)
    scene.until("the display is proved", lambda: proved(scene), 90)
    scene.until("its notices are up", lambda: scene.panel().get("up") == NOTICES, PATIENCE)
    coloured(scene, scene.picture("plugged-in"))
    scene.verdict("showing")
    if scene.panel()["started_at"] != started_at:
        raise Wrong("the panel was started anew meanwhile")


def late_card(scene):
    """Power on with the graphics card's driver missing for a while: the panel waits, and needs no rescue."""
    scene.power(words="late=virtio-gpu modprobe.blacklist=virtio_gpu")
    scene.until("the panel's first start", lambda: scene.pid("panel"), PATIENCE)
    if scene.board.shell.try_run("ls /dev/dri/card0")[1] == 0:
        raise Wrong("the card is there already")
    time.sleep(20)  # as long as the driver takes
    scene.shell("modprobe virtio_gpu || insmod /modules/virtio-gpu.ko")
    scene.until("the board is there", lambda: proved(scene), PATIENCE)
    scene.until("its notices are up", lambda: scene.panel().get("up") == NOTICES, PATIENCE)
    coloured(scene, scene.picture("the-card-is-there"))
    if scene.watched and scene.shell("systemctl show --property=NRestarts --value vyveska-panel") != "0":
        raise Wrong("the panel did not wait for its card")
    scene.verdict("showing")


def clock(scene):
    """Power on in 1970, and no time server: the board with all its notices, and the verdict doubts the clock."""
    scene.power(clock="1970-01-01T00:00:00")
    scene.until("the board is there", lambda: scene.panel().get("page") == "wall" and proved(scene), PATIENCE)
    scene.until("its notices are up", lambda: scene.panel().get("up") == NOTICES, PATIENCE)
    print(f"    the board's clock says {scene.shell('date')}")
    coloured(scene, scene.picture("in-1970"))
    scene.verdict("degraded", reason="clock-untrusted")
