"""Putting a file in its place at once: a crash leaves what was there, or all that was to be written."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress

from backends.tools.base import failed
from backends.tools.opened_files import Identity, identity, open_file, status_of

_NEW_FILE = 0o666
_PRIVATE = 0o600
_MODE = 0o777  # not more: what a model wrote never runs with the rights of another

State = tuple[Identity, int, int]
"""What changes when somebody else writes a file: which one it is, its size, and when it was written (nanoseconds)."""


def state_of(status: os.stat_result | None) -> State | None:
    """None where there is nothing."""
    return None if status is None else (identity(status), status.st_size, status.st_mtime_ns)


def temporary_name() -> str:
    """A name beside the file that nobody else takes."""
    return f".minim-{secrets.token_hex(8)}.tmp"


def put_file(folder: int, name: str, content: bytes, expected: State | None, temporary: str) -> None:
    """Write a file in an open folder: beside it and onto the disk first, then in its place, mode and owner kept.

    `expected`: what stands there; if it is something else by then, nothing is written. Raises `MinimError`, OSError.
    """
    mode = _NEW_FILE if expected is None else _PRIVATE
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, mode, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if expected is not None:
                _take_over(name, folder, descriptor)
            os.fsync(descriptor)
        if state_of(status_of(name, folder)) != expected:
            raise failed(
                f"{name} was changed by somebody else at the same moment: nothing was written.", "Read it again."
            )
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    sync_folder(folder)


def sync_folder(folder: int) -> None:
    """Let a folder's names reach the disk, where its file system can do that."""
    with suppress(OSError):
        os.fsync(folder)


def _take_over(name: str, folder: int, descriptor: int) -> None:
    """Give a file the owner, the mode and the attributes of the one that it replaces, as far as this person may."""
    replaced = open_file(name, folder, name)
    try:
        status, own = os.fstat(replaced), os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != (own.st_uid, own.st_gid):
            with suppress(OSError):
                os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, status.st_mode & _MODE)
        if sys.platform == "linux":
            _copy_attributes(replaced, descriptor)
    finally:
        os.close(replaced)


def _copy_attributes(source: int, target: int) -> None:
    """A person's own attributes and access lists; not those of the system, which may say what a program may do."""
    with suppress(OSError):
        for name in os.listxattr(source):
            if name.startswith(("user.", "system.posix_acl_")):
                os.setxattr(target, name, os.getxattr(source, name))
