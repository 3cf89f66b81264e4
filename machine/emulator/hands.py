"""Somebody before the board: what a hand touches to get somewhere, and what is seen then.

Places are pixels of the upright picture.
"""

import time

from .scene import Wrong

# On the wall, whichever sheet of it is up.
ALL_NOTICES = (330, 1860)
# On the list: a notice with two attachments of several pages.
BUDGET = (550, 660)
# Where nothing is that a finger could do.
NOTHING = (300, 60)
# One page up, from a document or the list.
UP = (100, 1860)
NEXT_PAGE = (1010, 1735)
# A machine made of software, on a processor that others use too.
PATIENCE = 180


def on_the_wall(scene):
    """From wherever the last step has left the board: one touch up, and another."""
    while scene.panel().get("page") != "wall":
        before = scene.panel().get("page")
        scene.board.tap(*UP)
        scene.until("one page up", lambda: scene.panel().get("page") != before)
    return scene.look()


def the_list(scene):
    wall = on_the_wall(scene)
    touch_for(scene, ALL_NOTICES, "board")
    return scene.changed("the list", wall)


def a_notice(scene):
    """The budget's first page. A board that has just started knows for a minute nothing of pages that were drawn."""
    end = time.monotonic() + PATIENCE
    while True:
        listed = the_list(scene)
        touch_for(scene, BUDGET, "document", "notice")
        if scene.panel()["page"] == "document":
            return scene.changed("a notice", listed)
        if time.monotonic() > end:
            raise Wrong("the pages are drawn, and the board does not open them")


def touch_for(scene, place, *pages, tries=3):
    """Touches once more where nothing came of it, as people do: at the first start the panel's PIN lies over the wall,
    and that touch is the one that takes it away."""
    for number in range(1, tries + 1):
        scene.board.tap(*place)
        try:
            scene.until(f"the page {' or '.join(pages)}", lambda: scene.panel().get("page") in pages, 15)
        except Wrong:
            if number == tries:
                raise
            print(f"    touch {number} at {place} did not open the page {' or '.join(pages)}", flush=True)
        else:
            return


def reading(scene, what, check, deadline=120):
    """As `Scene.until`, with somebody before the board who stays."""
    touched = 0

    def checked():
        nonlocal touched
        if time.monotonic() > touched + 20:
            scene.board.tap(*NOTHING)
            touched = time.monotonic()
        return check()

    return scene.until(what, checked, deadline)


def another_panel(scene, deed):
    """Does it to the panel, looks at the glass meanwhile, and gives the first picture of the next panel."""
    pid, started_at = scene.pid("panel"), scene.panel()["started_at"]
    done_at = time.monotonic()
    scene.shell(f"{deed} {pid}")
    meanwhile = scene.picture("meanwhile")
    if scene.watched:
        # The card is kept open by systemd, and with it the last picture.
        coloured(scene, meanwhile)

    def again():
        if scene.watched:
            coloured(scene, scene.look())
        return scene.panel().get("started_at") not in (None, started_at) and proved(scene)

    scene.until("another panel has shown the board", again, PATIENCE)
    if scene.watched and scene.board.shell.try_run("systemctl is-active vyveska-rescue.service")[1] == 0:
        raise Wrong("the panel ended once, and the rescue page has the glass")
    print(f"    the board is back after {time.monotonic() - done_at:.1f} s on the page "
          f"{scene.panel()['page']}; first frame {scene.panel()['first_frame_ms']} ms after its start")
    seen = scene.picture("back")
    coloured(scene, seen)
    return seen


def proved(scene):
    """The display's report where it reaches scan-out (DESIGN §4.8)."""
    display = scene.display()
    return display if display.get("proof") in ("scan-out", "light-sensor") else None


def coloured(scene, seen):
    """The office's own colour is on the glass: its name stands on it on every page."""
    colour = scene.publisher.office["colour"]
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    share = seen.share(wanted)
    if share < 0.03:
        raise Wrong(f"the glass does not show the board: {share:.1%} of it has the office's colour")
