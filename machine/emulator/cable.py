"""The display's cable: qemu tells the board of another display when a VNC client wishes for another size.

Enough of RFC 6143 and its extension SetDesktopSize to say that. A size of nothing is a display without a cable:
virtio-gpu reports the connector as disconnected. No picture is asked for; those come by QMP.
"""

import struct

from .qmp import connect

# Pseudo-encoding ExtendedDesktopSize: without it qemu does not listen to wishes.
EXTENDED_DESKTOP_SIZE = -308
SET_ENCODINGS, SET_DESKTOP_SIZE = 2, 251


class Cable:
    def __init__(self, path, width, height):
        self._plug = connect(path, 20)
        self._plug.settimeout(20)
        self._plug.sendall(self._exactly(12))  # the version that qemu speaks
        kinds = self._exactly(self._exactly(1)[0])
        if 1 not in kinds:
            raise ConnectionError("qemu's display asks for a password")
        self._plug.sendall(b"\x01")
        if self._exactly(4) != b"\0\0\0\0":
            raise ConnectionError("qemu's display does not want to be seen")
        self._plug.sendall(b"\x01")  # others may look too
        name = struct.unpack(">20xI", self._exactly(24))[0]
        self._exactly(name)
        self._plug.sendall(struct.pack(">BxHi", SET_ENCODINGS, 1, EXTENDED_DESKTOP_SIZE))
        # qemu passes on what differs from the last wish, and the first last wish is a size of nothing.
        self.plug(width, height)

    def unplug(self):
        self.plug(0, 0)

    def plug(self, width, height):
        """A display whose preferred mode is so large."""
        screen = struct.pack(">IHHHHI", 0, 0, 0, width, height, 0)
        self._plug.sendall(struct.pack(">BxHHBx", SET_DESKTOP_SIZE, width, height, 1) + screen)

    def _exactly(self, length):
        data = b""
        while len(data) < length:
            some = self._plug.recv(length - len(data))
            if not some:
                raise ConnectionError("qemu's display has gone")
            data += some
        return data
