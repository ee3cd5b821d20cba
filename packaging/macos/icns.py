"""Apple's icon container: pictures of one drawing in all sizes, written and read.

The container is the word `icns`, the length of the whole, and a block for each picture: four letters that name its
kind, the block's length with these eight bytes, its content; numbers are 32 bits, the highest byte first. Most kinds
are PNG files. The two smallest are not: PNG is allowed there only in icons that stand alone, not in those of an app.
They are the word `ARGB` and the four channels, one after the other, each packed by runs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of picture: its four letters, its edge in pixels, and whether it is a PNG file."""

    code: bytes
    pixels: int
    is_png: bool = True


KINDS = (
    Kind(b"ic04", 16, is_png=False),
    Kind(b"ic11", 32),  # 16@2x
    Kind(b"ic05", 32, is_png=False),
    Kind(b"ic12", 64),  # 32@2x
    Kind(b"ic07", 128),
    Kind(b"ic13", 256),  # 128@2x
    Kind(b"ic08", 256),
    Kind(b"ic14", 512),  # 256@2x
    Kind(b"ic09", 512),
    Kind(b"ic10", 1024),  # 512@2x
)
_MOST_LITERAL = 128
_LEAST_RUN, _MOST_RUN = 3, 130


def write_icns(blocks: Mapping[bytes, bytes]) -> bytes:
    """Return the container of these blocks: each of `KINDS` with a PNG file or with `pack_argb`'s bytes."""
    missing = [kind.code.decode() for kind in KINDS if kind.code not in blocks]
    if missing:
        raise ValueError(f"No picture for {', '.join(missing)}.")
    body = b"".join(kind.code + struct.pack(">I", 8 + len(blocks[kind.code])) + blocks[kind.code] for kind in KINDS)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def read_icns(container: bytes) -> dict[bytes, bytes]:
    """Return the blocks of a container; raises ValueError where its lengths do not agree."""
    if container[:4] != b"icns" or struct.unpack(">I", container[4:8])[0] != len(container):
        raise ValueError("This is no whole icns file.")
    blocks: dict[bytes, bytes] = {}
    start = 8
    while start < len(container):
        code, length = container[start : start + 4], struct.unpack(">I", container[start + 4 : start + 8])[0]
        if length < 8 or start + length > len(container):
            raise ValueError(f"The block {code!r} is not whole.")
        blocks[code] = container[start + 8 : start + length]
        start += length
    return blocks


def pack_argb(argb: bytes) -> bytes:
    """Pack pixels of four bytes each (alpha, red, green, blue; not premultiplied) as the small kinds want them."""
    packed = b"".join(b"".join(_packed(argb[channel::4])) for channel in range(4))
    # WORKAROUND for macOS 12 to 26: in an app's icon the last run or value is lost unless a byte comes behind it.
    # https://github.com/relikd/icns-analysis/blob/main/results/README.md#edge-cases
    return b"ARGB" + packed + b"\0"


def unpack_argb(block: bytes, pixels: int) -> bytes:
    """Return the pixels of a small kind with this edge, as `pack_argb` takes them."""
    if block[:4] != b"ARGB":
        raise ValueError("This is no ARGB block.")
    flat, at = bytearray(), 4
    while at < len(block):
        control = block[at]
        if control < _MOST_LITERAL:
            flat += block[at + 1 : at + 2 + control]
            at += 2 + control
        else:
            flat += block[at + 1 : at + 2] * (control - _MOST_LITERAL + _LEAST_RUN)
            at += 2
    area = pixels * pixels
    if len(flat) != 4 * area:
        raise ValueError(f"{len(flat)} bytes are not four channels of {pixels} × {pixels} pixels.")
    return bytes(
        value for pixel in zip(*(flat[area * n : area * (n + 1)] for n in range(4)), strict=True) for value in pixel
    )


def _packed(channel: bytes) -> Iterator[bytes]:
    """Yield runs of three to 130 equal bytes as two, and up to 128 others behind their count."""
    literal = bytearray()
    at = 0
    while at < len(channel):
        run = 1
        while run < _MOST_RUN and channel[at + run : at + run + 1] == channel[at : at + 1]:
            run += 1
        if run < _LEAST_RUN:
            literal.append(channel[at])
            at += 1
        else:
            yield from _literals(literal)
            yield bytes((run - _LEAST_RUN + _MOST_LITERAL, channel[at]))
            at += run
    yield from _literals(literal)


def _literals(pending: bytearray) -> Iterator[bytes]:
    for start in range(0, len(pending), _MOST_LITERAL):
        piece = pending[start : start + _MOST_LITERAL]
        yield bytes((len(piece) - 1,)) + piece
    pending.clear()
