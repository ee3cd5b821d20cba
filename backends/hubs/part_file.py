"""A file that has not come whole: its bytes on the disk, their hash, and the step that makes it the real one."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from backends.contract.errors import ErrorKind, MinimError, RequestStopped
from backends.hubs.base import RemoteFile

_READ_BYTES = 1 << 20
_HEARTBEAT_BYTES = 16 << 20
_CHECK_BYTES = 32 << 20
"""How much may be on its way to the disk: the rest is safe, and little is left to wait for at the end."""
_MOST_PIECES = 512  # a call may write at once; the system's own limit is 1,024
_UNHASHED = 2  # batches that may wait for the hash: they hold memory


class Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


class Lost(Exception):
    """The part was taken away while it was written."""


class PartFile:
    """The part of one file, held open and locked: whoever else opens it meanwhile gets MinimError "busy".

    Every method raises MinimError with the file's or folder's name when the disk refuses: "disk_full", "disk_missing",
    or "internal".
    """

    def __init__(self, path: Path, file: RemoteFile) -> None:
        self.path = path
        self.done = 0
        """How many bytes are written."""
        self._file = file
        self._hash = new_hash(file)
        self._hashing = ThreadPoolExecutor(1, "hash")
        self._unhashed: deque[Future[None]] = deque()
        self._saving = ThreadPoolExecutor(1, "save")
        self._unsaved: Future[None] | None = None
        self._unchecked = 0
        self._fd = -1
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open()

    def close(self) -> None:
        """Let go of the part; it stays on the disk."""
        self._hashing.shutdown()
        self._saving.shutdown()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def reread(self, found: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        """Take over what an earlier run left here, hashing it. What cannot belong to the file is dropped.

        `found` is told how many bytes there are, again and again while they are read.
        """
        with disk_errors(self.path):
            size = os.fstat(self._fd).st_size
            if size > self._file.size or not (self._file.sha256 or self._file.blob_id):
                self.clear()  # nothing could tell later whether these are the beginning of the right file
                return
            self.done = _hash_file(self._fd, self._hash, lambda _: found(size), stopped)

    def append(self, pieces: Sequence[bytes]) -> None:
        """Write what comes next, and hash it beside the writing of what follows. Lost if the file has gone."""
        with disk_errors(self.path):
            length = _write(self._fd, pieces)
        self.done += length
        self._unhashed.append(self._hashing.submit(_update, self._hash, pieces))
        while len(self._unhashed) > _UNHASHED:
            self._unhashed.popleft().result()
        self._unchecked += length
        if self._unchecked >= _CHECK_BYTES:
            self._unchecked = 0
            self._check()
            self._save()

    def clear(self) -> None:
        """Drop all bytes; a part that was taken away is begun anew."""
        self._settle()
        self._hash = new_hash(self._file)
        self.done = 0
        with disk_errors(self.path):
            if not self._is_there():
                self._saving.submit(os.fstat, self._fd).result()  # what was begun there has ended
                os.close(self._fd)
                self._fd = -1
                self._open()
            os.ftruncate(self._fd, 0)

    def digest(self) -> str:
        """The hash of all bytes that are here, as `new_hash` counts it."""
        self._settle()
        return self._hash.hexdigest()

    def is_right(self) -> bool:
        """Whether it is whole, and what the hub promised."""
        wanted = self._file.sha256 or self._file.blob_id
        return self.done == self._file.size and (not wanted or self.digest() == wanted.lower())

    def finish(self, target: Path) -> None:
        """Give it the name of the real file, once it is safe on the disk. Lost if it has gone."""
        self._settle()
        self._check()
        with disk_errors(target):
            os.fsync(self._fd)
            self.path.replace(target)
            with suppress(OSError):  # some file systems cannot do this with a folder
                folder = os.open(target.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)

    def remove(self) -> None:
        """Delete it."""
        with disk_errors(self.path):
            self.path.unlink(missing_ok=True)

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            self._fd = os.open(self.path, flags, 0o666)
        except PermissionError:
            if not self.path.exists():
                raise
            self.path.chmod(0o644)  # ours, made read-only by something else; if it is not, this raises too
            self._fd = os.open(self.path, flags, 0o666)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._fd)
            raise MinimError(
                "busy", f"{self.path.name} is being fetched already.", "Wait until the other download has ended."
            ) from error
        except OSError:
            pass  # a file system without locks

    def _save(self) -> None:
        """Begin to bring to the disk what is written; wait for what was before."""
        if self._unsaved is not None:
            with disk_errors(self.path):
                self._unsaved.result()
        self._unsaved = self._saving.submit(os.fsync if sys.platform == "darwin" else os.fdatasync, self._fd)

    def _settle(self) -> None:
        while self._unhashed:
            self._unhashed.popleft().result()

    def _check(self) -> None:
        with disk_errors(self.path):
            if not self._is_there():
                raise Lost

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._fd), self.path.stat())
        except FileNotFoundError:
            return False


def new_hash(file: RemoteFile) -> Hash:
    """The hash that the hub gives of a file: sha256 of its bytes, else git's of a blob; sha256 if it gives none."""
    if file.blob_id and not file.sha256:
        return hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    return hashlib.sha256()


def rehash(file: RemoteFile, path: Path, report: Callable[[int], None], stopped: Callable[[], bool]) -> bool:
    """Whether the file at `path` is what the hub promises: its size, and its sha256 or git's id of it.

    `report` is told how many bytes have been read. Raises RequestStopped when `stopped()` says so, MinimError if the
    disk cannot be read.
    """
    with disk_errors(path):
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            if os.fstat(fd).st_size != file.size:
                return False
            wanted = file.sha256 or file.blob_id
            if not wanted:
                return True
            count = new_hash(file)
            return _hash_file(fd, count, report, stopped) == file.size and count.hexdigest() == wanted.lower()
        finally:
            os.close(fd)


@contextmanager
def disk_errors(path: Path) -> Generator[None]:
    """Say in words what the disk says in numbers."""
    try:
        yield
    except OSError as error:
        raise _disk_error(error, path) from error


def _disk_error(error: OSError, path: Path) -> MinimError:
    kind: ErrorKind = "internal"
    message, hint = f"{path} cannot be written: {error.strerror or error}.", "Check the permissions of its folder."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        kind, message = "disk_full", f"The disk is full: {path.parent} has no room for the rest of {path.name}."
        hint = "Make room on the disk, then resume: what has come is kept."
    elif error.errno == errno.EFBIG:
        kind, message = "disk_full", f"The disk of {path.parent} takes no file as large as {path.name}."
        hint = "Choose a folder on another disk."
    elif error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO, errno.ESTALE, errno.ENOTCONN):
        kind, message = "disk_missing", f"{path.parent} is gone or cannot be read: {error.strerror or error}."
        hint = "Connect the disk again, then resume."
    return MinimError(kind, message, hint)


def _hash_file(fd: int, count: Hash, report: Callable[[int], None], stopped: Callable[[], bool]) -> int:
    """Hash a file from its beginning, and say how long it is."""
    buffer = memoryview(bytearray(_READ_BYTES))
    done = told = 0
    while length := os.preadv(fd, [buffer], done):
        if stopped():
            raise RequestStopped
        count.update(buffer[:length])
        done += length
        if done - told >= _HEARTBEAT_BYTES:
            told = done
            report(done)
    report(done)
    return done


def _update(count: Hash, pieces: Sequence[bytes]) -> None:
    for piece in pieces:
        count.update(piece)


def _write(fd: int, pieces: Sequence[bytes]) -> int:
    """Write all of it, and say how much that was."""
    rest = deque(memoryview(piece) for piece in pieces)
    total = 0
    while rest:
        written = os.writev(fd, [rest[at] for at in range(min(len(rest), _MOST_PIECES))])
        total += written
        while rest and written >= len(rest[0]):
            written -= len(rest.popleft())
        if written:
            rest[0] = rest[0][written:]
    return total
