"""One piece of a KV cache as a safetensors file: written in a stream that can be stopped, read with every check."""

from __future__ import annotations

import json
import mmap
import os
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from backends.engines.base import Cancelled

FORMAT = "minim-kv-1"
_HEADER_LIMIT = 2**20
_STEP_BYTES = 4 * 2**20
_NAME = ".safetensors"


class DamagedPiece(Exception):
    """The file is not what it should be; the text says how."""


@dataclass(frozen=True)
class Tensor:
    """`dtype` as safetensors spells it. `data` gives the bytes in row order; it is called once, in order."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    nbytes: int
    data: Callable[[], memoryview]


@dataclass(frozen=True)
class Piece:
    """`tokens` follow those of the piece `parent` ("" where there is none), read by the model `key`.

    `owner` is the conversation they were read for, as `owner_tag` has it; "" is nobody's, which is what earlier
    versions wrote. It stands in the file's name, so that the file can be handed to another by renaming it.
    The file also holds a crc32 of each tensor, so that a flipped bit is found when it is read.
    """

    folder: Path
    id: str
    key: str
    parent: str
    tokens: array[int] = field(repr=False)
    size: int = 0
    owner: str = ""

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / f"{self.id}{'-' if self.owner else ''}{self.owner}{_NAME}"


def write_piece(folder: Path, piece: Piece, tensors: Iterable[Tensor], cancelled: Cancelled) -> Piece | None:
    """Write the file beside its place and move it there when it is whole; None, and nothing is left, if cancelled.

    Raises OSError. It is not synced: what a power failure takes is found out by its checksums.
    """
    listed = list(tensors)
    partial = folder / f"{piece.id}.{os.getpid()}.part"
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds what a person wrote
        with os.fdopen(descriptor, "wb") as file:
            file.write(_header(piece, listed))
            file.write(piece.tokens.tobytes())
            sums = array("I")
            for tensor in listed:
                data = tensor.data()
                checksum = 0
                for at in range(0, len(data), _STEP_BYTES):
                    if cancelled():
                        return None
                    step = data[at : at + _STEP_BYTES]
                    checksum = zlib.crc32(step, checksum)
                    file.write(step)
                sums.append(checksum)
            file.write(sums.tobytes())
        size = partial.stat().st_size
        partial.replace(piece.path)
    finally:
        partial.unlink(missing_ok=True)
    return replace(piece, size=size)


def read_piece(path: Path) -> Piece:
    """What the file says of itself, and its tokens; its tensors are not looked at. Raises DamagedPiece, OSError."""
    if path.suffix != _NAME:
        raise DamagedPiece("it is not a piece")
    size = path.stat().st_size
    with path.open("rb") as file:
        header, begin = _read_header(file.read(8), file.read(_HEADER_LIMIT), size)
        about = header.get("__metadata__")
        if not isinstance(about, dict) or cast("dict[str, Any]", about).get("format") != FORMAT:
            raise DamagedPiece("it is of another kind")
        about = cast("dict[str, Any]", about)
        entries = [entry for name, entry in header.items() if name != "__metadata__"]
        if size != begin + max(_end_of(entry) for entry in entries):
            raise DamagedPiece("it is cut off, or too long")
        length = _end_of(header.get("tokens"))
        if length % 4:
            raise DamagedPiece("its tokens are no whole numbers")
        file.seek(begin)
        tokens = array("i", file.read(length))
    name, _, owner = path.stem.partition("-")
    return Piece(path.parent, name, str(about.get("key")), str(about.get("parent")), tokens, size, owner)


def read_tensors(piece: Piece) -> Iterator[tuple[str, str, tuple[int, ...], memoryview]]:
    """Name, dtype, shape and bytes of each tensor in order, valid until the next. Raises DamagedPiece, OSError."""
    with piece.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        header, begin = _read_header(whole[:8], whole[8 : 8 + _HEADER_LIMIT], len(whole))
        names = [name for name in header if name not in ("__metadata__", "tokens", "checksums")]
        first, last = (begin + offset for offset in header["checksums"]["data_offsets"])
        sums = array("I", whole[first:last])
        if len(sums) != len(names):
            raise DamagedPiece("it lacks checksums")
        for name, expected in zip(names, sums, strict=True):
            entry = header[name]
            first, last = (begin + offset for offset in entry["data_offsets"])
            with memoryview(whole) as view, view[first:last] as data:
                if zlib.crc32(data) != expected:
                    raise DamagedPiece(f"the checksum of {name} is wrong")
                yield name, entry["dtype"], tuple(entry["shape"]), data


def _header(piece: Piece, tensors: list[Tensor]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": FORMAT, "key": piece.key, "parent": piece.parent}}
    at = 0
    lengths = [("tokens", "I32", (len(piece.tokens),), 4 * len(piece.tokens))]
    lengths += [(tensor.name, tensor.dtype, tensor.shape, tensor.nbytes) for tensor in tensors]
    lengths += [("checksums", "U32", (len(tensors),), 4 * len(tensors))]
    for name, dtype, shape, length in lengths:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": (at, at + length)}
        at += length
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _read_header(start: bytes, rest: bytes, size: int) -> tuple[dict[str, Any], int]:
    """The header, and where the tensors begin."""
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(len(rest), size - 8):
        raise DamagedPiece("it has no header")
    try:
        header: object = json.loads(rest[:length])
    except (ValueError, RecursionError) as error:
        raise DamagedPiece("its header cannot be read") from error
    if not isinstance(header, dict) or not isinstance(cast("dict[str, Any]", header).get("checksums"), dict):
        raise DamagedPiece("its header is not that of a piece")
    return cast("dict[str, Any]", header), 8 + length


def _end_of(entry: object) -> int:
    match entry:
        case {"data_offsets": [int(begin), int(end)]} if 0 <= begin <= end:
            return end
        case _:
            raise DamagedPiece("its header is not that of a piece")
