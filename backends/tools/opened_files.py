"""Opening what is inside a folder, and only that: by descriptors, never through a link, nothing but regular files."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from backends.tools.base import failed
from backends.tools.file_words import shown

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Opening a pipe waits for its other end, and a terminal may become ours: neither happens, whatever a name stands for.
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

Identity = tuple[int, int]


def identity(status: os.stat_result) -> Identity:
    """What tells a folder or file from all others, whatever it is called: device and inode."""
    return status.st_dev, status.st_ino


def open_granted(real: str) -> int:
    """The descriptor of a folder by its real path: if a link stands anywhere on it by now, it is an OSError."""
    if sys.platform == "darwin":
        return os.open(real, FOLDER | os.O_NOFOLLOW_ANY)
    names = Path(real).parts[1:]
    descriptor = os.open("/", FOLDER if not names else FOLDER | os.O_PATH)
    for i, name in enumerate(names):
        # Folders on the way need not be readable.
        flags = FOLDER if i == len(names) - 1 else FOLDER | os.O_PATH
        try:
            below = os.open(name, flags, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


def open_file(name: str, folder: int, path: str, *, to_change: bool = False) -> int:
    """The descriptor of a regular file in `folder`, which `path` led to. Raises `MinimError`, OSError."""
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    _check_regular(status, path)
    descriptor = os.open(name, _FILE | (os.O_RDWR if to_change else os.O_RDONLY), dir_fd=folder)
    try:
        _check_regular(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def status_of(name: str, folder: int) -> os.stat_result | None:
    """What `name` is in `folder`, links not followed; None if it is not there."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def kind_of(mode: int) -> str:
    """What a file that is not a regular one is, in a word or two."""
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((kind for is_it, kind in kinds if is_it(mode)), "not a file")


def _check_regular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise failed(f"{shown(path)} is {kind_of(status.st_mode)}, not a file.")
