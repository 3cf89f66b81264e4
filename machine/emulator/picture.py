"""Pictures of the glass, read back to be compared: PPM as qemu's screendump writes it (P6), and PNG as `vyveska shot`
does (8 bits, RGB or RGBA, not interlaced)."""

import struct
import zlib


class Picture:
    def __init__(self, width, height, rows):
        self.width, self.height = width, height
        self._rows = rows  # three bytes a pixel

    @classmethod
    def ppm(cls, data):
        head, size, most, pixels = data.split(b"\n", 3)
        if (head, most) != (b"P6", b"255"):
            raise ValueError("not a PPM with three bytes a pixel")
        width, height = map(int, size.split())
        return cls(width, height, [pixels[3 * width * y : 3 * width * (y + 1)] for y in range(height)])

    @classmethod
    def png(cls, data):
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError("not a PNG")
        at, packed = 8, b""
        while at < len(data):
            length, kind = struct.unpack_from(">I4s", data, at)
            body = data[at + 8 : at + 8 + length]
            if kind == b"IHDR":
                width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
                if depth != 8 or colour not in (2, 6) or interlaced:
                    raise ValueError(f"a PNG of another kind: depth {depth}, colour {colour}")
            elif kind == b"IDAT":
                packed += body
            at += 12 + length
        return cls(width, height, _unfilter(zlib.decompress(packed), width, height, 3 if colour == 2 else 4))

    def at(self, x, y):
        return tuple(self._rows[y][3 * x : 3 * x + 3])

    def difference(self, other):
        """Share of the pixels that are not the same, on a grid of every third; 1 where the sizes differ."""
        if (self.width, self.height) != (other.width, other.height):
            return 1.0
        mine = [self.at(x, y) for y in range(1, self.height, 3) for x in range(1, self.width, 3)]
        theirs = [other.at(x, y) for y in range(1, self.height, 3) for x in range(1, self.width, 3)]
        return sum(a != b for a, b in zip(mine, theirs)) / len(mine)

    def share(self, colour):
        """Share of the pixels that have this colour, on the same grid."""
        pixels = [self.at(x, y) for y in range(1, self.height, 3) for x in range(1, self.width, 3)]
        return pixels.count(colour) / len(pixels)

    def turned(self):
        """By half a turn."""
        rows = [
            b"".join(row[at : at + 3] for at in range(len(row) - 3, -1, -3)) for row in reversed(self._rows)
        ]
        return Picture(self.width, self.height, rows)


def _unfilter(data, width, height, depth):
    stride = width * depth
    rows, before = [], bytearray(stride)
    for y in range(height):
        kind = data[y * (stride + 1)]
        row = bytearray(data[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        if kind == 1:
            for at in range(depth, stride):
                row[at] = (row[at] + row[at - depth]) & 255
        elif kind == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, before))
        elif kind == 3:
            for at in range(stride):
                left = row[at - depth] if at >= depth else 0
                row[at] = (row[at] + ((left + before[at]) >> 1)) & 255
        elif kind == 4:
            for at in range(stride):
                left, corner = (row[at - depth], before[at - depth]) if at >= depth else (0, 0)
                row[at] = (row[at] + _paeth(left, before[at], corner)) & 255
        before = row
        if depth == 3:
            rows.append(bytes(row))
        else:
            rows.append(bytes(byte for at, byte in enumerate(row) if at % 4 != 3))
    return rows


def _paeth(left, above, corner):
    guess = left + above - corner
    near = (abs(guess - left), abs(guess - above), abs(guess - corner))
    return (left, above, corner)[near.index(min(near))]
