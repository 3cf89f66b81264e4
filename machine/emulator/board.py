"""The board itself: qemu's `virt` with two A72 cores, 1 GB, a display of 1080×1920, touch, keyboard and network.

Whatever a hand or a fault does to it is a method here. What can be unplugged sits behind a root port of its own, as
PCI Express wants it; the display's cable is unplugged through qemu's VNC server (see `cable`).
"""

import subprocess
import time

from .cable import Cable
from .picture import Picture
from .qmp import Qmp
from .shell import Shell

WIDTH, HEIGHT = 1080, 1920
# The range of an absolute axis of qemu's input devices.
AXIS = 0x7FFF
# The board's view of this machine, and where `publisher` listens (qemu's user networking).
HOST = "10.0.2.2"


class Board:
    def __init__(self, folder, name, kernel, initrd, disk=None, network=True, cable=True, clock=None, words=""):
        """`disk` keeps what is written; `cable`: of the display; `clock`: what the clock shows as the power comes;
        `words`: more for the kernel and for `init`."""
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{name}.*.socket"):
            left.unlink()
        plug = {part: folder / f"{name}.{part}.socket" for part in ("qmp", "shell", "vnc")}
        self.console = folder / f"{name}.log"
        self._touch_id = 0
        self._slots = {}
        line = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1G"]
        line += ["-accel", "tcg,thread=multi", "-nodefaults", "-no-user-config"]
        line += ["-kernel", kernel, "-initrd", initrd]
        line += ["-append", f"console=ttyAMA0 console=tty0 panic=10 {words}".strip()]
        line += ["-qmp", f"unix:{plug['qmp']},server=on,wait=off"]
        line += ["-serial", f"file:{self.console}"]
        line += ["-device", "virtio-serial-pci", "-chardev", f"socket,id=shell,path={plug['shell']},server=on,wait=off"]
        line += ["-device", "virtserialport,chardev=shell,name=driver"]
        line += ["-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset"]
        line += ["-display", f"vnc=unix:{plug['vnc']}"]
        line += ["-device", "virtio-keyboard-pci,id=keyboard", "-device", "qemu-xhci,id=usb"]
        line += ["-device", "pcie-root-port,id=slot-touch,chassis=1"]
        line += ["-device", f"virtio-gpu-pci,id=display,xres={WIDTH},yres={HEIGHT}"]
        line += ["-device", "virtio-multitouch-pci,id=touch,bus=slot-touch"]
        if network:
            line += ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,id=nic,romfile="]
        if clock:
            line += ["-rtc", f"base={clock}"]
        if disk:
            line += ["-drive", f"if=none,id=disk,file={disk},format=raw,cache=unsafe"]
            line += ["-device", "virtio-blk-pci,drive=disk"]
        self._errors = open(folder / f"{name}.qemu.log", "wb")
        self.started = time.monotonic()
        self._qemu = subprocess.Popen([str(word) for word in line], stdout=self._errors, stderr=self._errors)
        try:
            self.qmp = Qmp(plug["qmp"])
            self.shell = Shell(plug["shell"])
            self.cable = Cable(plug["vnc"], WIDTH, HEIGHT)
            if not cable:
                self.cable.unplug()
        except Exception:
            self.stop()
            raise

    def stop(self):
        self._qemu.kill()
        self._qemu.wait()
        self._errors.close()

    def age(self):
        """Seconds since the power came."""
        return time.monotonic() - self.started

    # A finger. Places are pixels of the upright picture as the display has it; one call is one frame of the sensor.

    def press(self, x, y, finger=0):
        self._touch_id = (self._touch_id + 1) % 0xFFFF
        self._slots[finger] = self._touch_id
        self._contact(finger, "begin", x, y)

    def move(self, x, y, finger=0):
        self._contact(finger, "update", x, y)

    def lift(self, finger=0):
        # Any other tracking id than -1 in `end` and the board sees no lift.
        self._slots[finger] = -1
        self._send(self._mtt(finger, "end"), *self._button(False))
        del self._slots[finger]

    def tap(self, x, y):
        self.press(x, y)
        time.sleep(0.08)  # as long as a finger rests
        self.lift()

    def drag(self, x, y, to_x, to_y, steps=12):
        self.press(x, y)
        for step in range(1, steps + 1):
            time.sleep(0.03)
            self.move(x + (to_x - x) * step / steps, y + (to_y - y) * step / steps)
        self.lift()

    def _contact(self, finger, kind, x, y):
        place = [
            self._mtt(finger, "data", axis, max(0, min(AXIS, round(value * AXIS / size))))
            for axis, value, size in (("x", x, WIDTH), ("y", y, HEIGHT))
        ]
        down = self._button(True) if kind == "begin" and len(self._slots) == 1 else []
        self._send(self._mtt(finger, kind), *place, *down)

    def _mtt(self, finger, kind, axis="x", value=0):
        contact = {"type": kind, "slot": finger, "tracking-id": self._slots[finger], "axis": axis, "value": value}
        return {"type": "mtt", "data": contact}

    def _button(self, down):
        if not down and len(self._slots) > 1:
            return []
        return [{"type": "btn", "data": {"button": "touch", "down": down}}]

    def _send(self, *events):
        self.qmp.command("input-send-event", events=list(events))

    # A keyboard.

    def keys(self, *names):
        """Pressed together, let go together; names as in qemu's QKeyCode."""
        for down in (True, False):
            for name in names if down else reversed(names):
                self._send({"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": name}}})
                time.sleep(0.05)  # as fast as a hand

    # Cables.

    def unplug(self, device, deadline=60):
        since = len(self.qmp.events)
        self.qmp.command("device_del", id=device)
        end = time.monotonic() + deadline
        while not self.qmp.happened("DEVICE_DELETED", since, device=device):
            if time.monotonic() > end:
                raise TimeoutError(f"the board did not let go of {device} within {deadline} s")
            time.sleep(0.2)

    def plug_touch(self):
        self.qmp.command("device_add", driver="virtio-multitouch-pci", id="touch", bus="slot-touch")

    def plug_usb_keyboard(self):
        self.qmp.command("device_add", driver="usb-kbd", id="usb-keyboard", bus="usb.0")

    def plug_stick(self, file):
        """A USB stick, whose content is the file's."""
        self.qmp.command("blockdev-add", **{"driver": "raw", "node-name": "stick", "file": {"driver": "file", "filename": str(file)}})
        self.qmp.command("device_add", driver="usb-storage", id="stick", bus="usb.0", drive="stick")

    def unplug_stick(self):
        self.unplug("stick")
        self.qmp.command("blockdev-del", **{"node-name": "stick"})

    def network(self, up):
        self.qmp.command("set_link", name="nic", up=up)

    # What is on the glass.

    def picture(self, path):
        """What the display shows; a PNG of it for people at `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = path.with_suffix(".ppm")
        self.qmp.command("screendump", filename=str(raw.resolve()), format="ppm", device="display")
        self.qmp.command("screendump", filename=str(path.resolve()), format="png", device="display")
        seen = Picture.ppm(raw.read_bytes())
        raw.unlink()
        return seen
