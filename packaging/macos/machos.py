"""Which files of a bundle are code, and which macOS and processor they, and the kernels for the GPU, are for."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

ARM64 = 0x0100000C
_THIN = struct.pack("<I", 0xFEEDFACF)  # 64 bits, as arm64 and x86_64 write it
# Files for several processors: the magic number, then for each its kind, its place and its length.
_ENTRIES = {0xCAFEBABE: struct.Struct(">5I"), 0xCAFEBABF: struct.Struct(">2I2Q2I")}
_MOST_SLICES = 16  # a Java class begins as such a file does, and its next number is far above this
_VERSION_MIN_MACOS, _BUILD_VERSION = 0x24, 0x32
_HEADER = struct.Struct("<8I")
_METAL = struct.Struct("<12x2H")  # seen in MLX's wheels for macOS 14.0, 15.0 and 26.2: Apple does not document it
# WORKAROUND for PySide6 6.10 and 6.11: their wheels are for macOS 13, and their own libraries (not Qt's) say 15.0. The
# loader does not hold a library to that, and all that they take from the system is in macOS 14 (their undefined
# symbols were compared with those of the libraries that say 14 or less). 6.12 says 26.0: look again.
_PYSIDE = re.compile(r"(Qt\w+|Shiboken)\.abi3\.so|lib(pyside6\w*|shiboken6)\.abi3\.[\d.]+\.dylib")
_PYSIDE_SAYS = (15, 0)


@dataclass(frozen=True)
class Slice:
    """The code of one processor in a file, with the oldest macOS it runs on, or None where it does not say."""

    processor: int
    minimum: tuple[int, int] | None


def code_files(folder: Path) -> list[Path]:
    """Return the Mach-O files below `folder`, links left out, in the order of their paths."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and is_code(path))


def is_code(path: Path) -> bool:
    """Say whether a file is Mach-O code that is loaded or run; an archive of object files is none."""
    with path.open("rb") as file:
        starts = _starts(file.read(4096))
        if not starts:
            return False
        file.seek(starts[0])
        return file.read(4) == _THIN


def slices(path: Path) -> list[Slice]:
    """Return what a Mach-O file holds, one for each processor."""
    content = path.read_bytes()
    return [_slice(content, start) for start in _starts(content[:4096])]


def complaints(folder: Path, newest: tuple[int, int]) -> list[str]:
    """Say of each file below `folder` what keeps the app from running on Apple silicon with macOS `newest`.

    A link that leads nowhere does: Gatekeeper refuses the app for it, after Apple notarized it without a word.
    """
    links = (path for path in sorted(folder.rglob("*")) if path.is_symlink() and not path.exists())
    found = [f"{path.relative_to(folder)} leads to {path.readlink()}, and nothing is there" for path in links]
    for path in code_files(folder):
        name = path.relative_to(folder)
        ours = [part for part in slices(path) if part.processor == ARM64]
        if not ours:
            found.append(f"{name} has no code for arm64")
        allowed = max(newest, _PYSIDE_SAYS) if _PYSIDE.fullmatch(path.name) else newest
        found += [
            f"{name} needs macOS {part.minimum[0]}.{part.minimum[1]}"
            for part in ours
            if part.minimum is not None and part.minimum > allowed
        ]
    for path in sorted(folder.rglob("*.metallib")):
        needed = kernels_minimum(path)
        if needed > newest and not path.is_symlink():
            found.append(f"{path.relative_to(folder)} needs macOS {needed[0]}.{needed[1]}")
    return found


def kernels_minimum(path: Path) -> tuple[int, int]:
    """Return the oldest macOS whose Metal reads these kernels; raises ValueError if it is no Metal library."""
    with path.open("rb") as file:
        head = file.read(_METAL.size)
    if len(head) < _METAL.size or head[:4] != b"MTLB":
        raise ValueError(f"{path} is no Metal library.")
    major, minor = _METAL.unpack(head)
    return major, minor


def _starts(head: bytes) -> list[int]:
    """Return where the code of each processor begins in the file of this head; nowhere if it is no code."""
    if head[:4] == _THIN:
        return [0]
    if len(head) < 8:
        return []
    magic, count = struct.unpack(">2I", head[:8])
    if magic not in _ENTRIES or not 0 < count <= _MOST_SLICES:
        return []
    entry = _ENTRIES[magic]
    return [entry.unpack_from(head, 8 + index * entry.size)[2] for index in range(count)]


def _slice(content: bytes, start: int) -> Slice:
    _, processor, _, _, count, _, _, _ = _HEADER.unpack_from(content, start)
    at = start + _HEADER.size
    for _ in range(count):
        command, length, first, second = struct.unpack_from("<4I", content, at)
        if command in (_BUILD_VERSION, _VERSION_MIN_MACOS):
            # The one command has the platform before the version, the other has the version at once.
            version = second if command == _BUILD_VERSION else first
            return Slice(processor, (version >> 16, version >> 8 & 0xFF))
        at += length
    return Slice(processor, None)
