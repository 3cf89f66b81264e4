"""What the board starts from: kernel, first memory (initrd) and disk, put together from what `prepare` and `cross` made.

Each is written anew when what it is made of is newer. Nothing here runs a program of the board.
"""

import lzma
import os
import shutil
import stat
import struct
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "target/machine"
# What must be there before the system on the disk looks for it, or in the small machine at all.
DRIVERS = (
    "virtio_blk virtio_gpu virtio_input virtio_console virtio_net virtio_rng evdev i6300esb ext4 crc32c_generic "
    "xhci_pci usbhid hid_generic"
).split()
LIBRARIES = "libc.so.6 libm.so.6 libgcc_s.so.1 libdl.so.2 libpthread.so.0 librt.so.1".split()


def prepare(part):
    """What `machine/prepare PART` prints."""
    done = subprocess.run([ROOT / "machine/prepare", part], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


class Kernel:
    def __init__(self):
        prepare("kernel")
        self.root = HERE / "kernel/root"
        self.image = next((self.root / "boot").glob("vmlinuz-*"))
        self.version = self.image.name.removeprefix("vmlinuz-")
        self.modules = self.root / "usr/lib/modules" / self.version
        if not (self.modules / "modules.dep").exists():
            subprocess.run(["depmod", "-b", self.root / "usr", self.version], check=True)

    def drivers(self):
        """The files of `DRIVERS` and of what they need, in the order in which they can be taken."""
        files = []
        for name in DRIVERS:
            wanted = ["modprobe", "-d", self.root / "usr", "-S", self.version, "--show-depends", name]
            shown = subprocess.run(wanted, stdout=subprocess.PIPE, text=True)
            # What is built into the kernel has no file.
            lines = [line.split() for line in shown.stdout.splitlines()]
            files += [Path(words[1]) for words in lines if words[0] == "insmod"]
        return list(dict.fromkeys(files))


class Memory:
    """The first memory, a cpio archive of kind "newc" (the kernel's driver-api/early-userspace/buffer-format)."""

    def __init__(self, kernel):
        self._entries = {}
        self.add("init", ROOT / "machine/init", 0o755)
        self.add("shell", ROOT / "machine/shell", 0o755)
        self.add("driver.service", ROOT / "machine/driver.service")
        self.add("bin/busybox", kernel.root / "usr/bin/busybox", 0o755)
        order = []
        for file in kernel.drivers():
            data, name = file.read_bytes(), file.name
            if name.endswith(".xz"):
                data, name = lzma.decompress(data), name.removesuffix(".xz")
            order.append(name)
            self.add(f"modules/{name}", data)
        self.add("modules/order", "\n".join(order).encode() + b"\n")
        for folder in ("dev", "proc", "sys", "run", "tmp", "root"):
            self._folder(folder)
        # The first program speaks there before it has mounted anything.
        self._entries["dev/console"] = (stat.S_IFCHR | 0o600, b"", (5, 1))

    def libraries(self, kernel):
        """What a program for Debian is loaded with."""
        folder = kernel.root / "usr/lib/aarch64-linux-gnu"
        for name in LIBRARIES:
            if (folder / name).exists():
                self.add(f"lib/aarch64-linux-gnu/{name}", folder / name)
        self.add("lib/ld-linux-aarch64.so.1", folder / "ld-linux-aarch64.so.1", 0o755)

    def add(self, name, content, mode=0o644):
        """`content`: bytes, or the file that holds them."""
        data = content if isinstance(content, bytes) else content.read_bytes()
        self._folder(os.path.dirname(name))
        self._entries[name] = (stat.S_IFREG | mode, data, (0, 0))

    def tree(self, name, folder):
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.add(f"{name}/{file.relative_to(folder)}", file, file.stat().st_mode & 0o755)

    def write(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as out:
            entries = list(self._entries.items()) + [("TRAILER!!!", (0, b"", (0, 0)))]
            for number, (name, (mode, data, device)) in enumerate(entries, 1):
                text = name.encode() + b"\0"
                fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(text), 0)
                head = b"070701" + b"".join(b"%08x" % field for field in fields) + text
                out.write(head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))
        return path

    def _folder(self, name):
        if name and name not in self._entries:
            self._folder(os.path.dirname(name))
            self._entries[name] = (stat.S_IFDIR | 0o755, b"", (0, 0))


def program(cross):
    """The panel's program for the board, without the lines for a debugger (they are four times as large)."""
    out = HERE / "vyveska"
    if not out.exists() or out.stat().st_mtime < cross.stat().st_mtime:
        out.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["aarch64-linux-gnu-strip", "-o", out, cross], check=True)
    return out


def disk(kernel):
    """A plain Debian as Debian's installer leaves it: the kernel's modules, a name, the network by DHCP."""
    tar = Path(prepare("debian"))
    out = HERE / f"{tar.stem}-{kernel.version}.ext4"
    if out.exists():
        return out
    tree = HERE / f"{tar.stem}.tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    subprocess.run(["tar", "-C", tree, "--exclude=./dev/*", "-xf", tar], check=True)
    shutil.copytree(kernel.modules, tree / "usr/lib/modules" / kernel.version, symlinks=True)
    (tree / "etc/hostname").write_text("board\n")
    (tree / "etc/fstab").write_text("/dev/vda / ext4 errors=remount-ro 0 1\n")
    (tree / "etc/machine-id").write_text("")
    network = tree / "etc/systemd/network/80-wired.network"
    network.parent.mkdir(parents=True, exist_ok=True)
    network.write_text("[Match]\nName=en* eth*\n\n[Network]\nDHCP=yes\n")
    subprocess.run(["systemctl", f"--root={tree}", "-q", "enable", "systemd-networkd", "systemd-resolved"], check=True)
    new = out.with_suffix(".new")
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", tree, new, "2G"], check=True)
    new.rename(out)
    shutil.rmtree(tree)
    return out
