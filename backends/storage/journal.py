"""What is being downloaded and what was: one file a download, and a lock that says which process runs it."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from pathlib import Path
from typing import TypeVar

import filelock
import msgspec
from msgspec import Struct

from backends.contract.downloads import DownloadRef, DownloadState
from backends.contract.errors import ErrorKind, MinimError
from backends.contract.models import Hub
from backends.storage.paths import data_folder

_log = logging.getLogger(__name__)

_SIZES = "sizes.json"
_LOCK_PATIENCE_SECONDS = 0.3
"""Another process that only looks whether a lock is held holds it for a moment itself."""

Value = TypeVar("Value")

_writing = threading.RLock()
"""All journals of this process write under the same names."""


class JournalFile(Struct, frozen=True):
    """A file of a download as its hub described it; `sha256` and `blob_id` are "" where the hub gave none."""

    path: str
    size: int
    sha256: str = ""
    blob_id: str = ""


class JournalEntry(Struct, frozen=True):
    """A download as it is kept. `commit` and `files` are the hub's answer, "" and () until it came.

    `order` places it in the queue. `path` is the model's folder, "" while it is not known. `wanted` says that it is
    to go on by itself: false for what a person paused. `verifying`: all files are hashed again rather than believed.
    `hidden`: it was taken out of the queue after it had finished; what it says of the model still holds. `was_whole`:
    it had finished once: what is here is a model, and giving up on the rest of it deletes nothing. `earlier` are the
    downloads whose place it took, from other hubs: what came of them serves it, and goes when it is whole or given up.
    """

    ref: DownloadRef
    state: DownloadState = "queued"
    order: float = 0.0
    commit: str = ""
    files: tuple[JournalFile, ...] = ()
    path: str = ""
    done_bytes: int = 0
    wanted: bool = True
    verifying: bool = False
    hidden: bool = False
    was_whole: bool = False
    earlier: tuple[JournalEntry, ...] = ()
    kind: ErrorKind | None = None
    problem: str = ""
    hint: str = ""

    @property
    def total_bytes(self) -> int:
        """The size of all files, 0 until the hub has answered."""
        return sum(file.size for file in self.files)


class HeldLock:
    """The lock of one download, held by this process until `release` or its end."""

    def __init__(self, lock: filelock.BaseFileLock) -> None:
        self._lock = lock

    def release(self) -> None:
        """Let another process run the download. More than once does no harm."""
        self._lock.release(force=True)


class Journal:
    """The folder of all downloads' files. Every file is written whole or not at all; a damaged one is set aside.

    One that cannot be read just now, or that a newer version wrote in words of its own, is left as it is.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or data_folder() / "downloads"

    def read_all(self) -> list[JournalEntry]:
        """All downloads, in the queue's order. What cannot be read is left out."""
        files = [file for file in sorted(self._folder.glob("*.json")) if file.name != _SIZES]
        entries = [entry for file in files if (entry := self._read(file, JournalEntry)) is not None]
        return sorted(entries, key=lambda entry: (entry.order, entry.ref.id))

    def folders(self) -> list[str]:
        """The folders that a person chose for downloads."""
        return list(dict.fromkeys(entry.ref.folder for entry in self.read_all() if entry.ref.folder))

    def unfinished_paths(self) -> set[str]:
        """The folders of models that are only partly here."""
        unfinished = (entry for entry in self.read_all() if entry.state != "finished" and not entry.verifying)
        return {one.path for entry in unfinished for one in (entry, *self.left_to(entry))}

    def left_to(self, entry: JournalEntry) -> tuple[JournalEntry, ...]:
        """Its `earlier`, but for those that somebody began anew since: what comes of these is their own again."""
        return tuple(one for one in entry.earlier if self.read(one.ref.id) is None)

    def fetched(self, path: str) -> bool:
        """Whether a download put the model there that lies in this folder."""
        return any(entry.path == path for entry in self.read_all())

    def read(self, download_id: str) -> JournalEntry | None:
        """One download, None if it is not in the journal."""
        return self._read(self._file(download_id), JournalEntry)

    def write(self, entry: JournalEntry, *, durable: bool = True) -> None:
        """Keep an entry in place of what was there. Without `durable` a power cut may lose it. Raises MinimError."""
        self._write(self._file(entry.ref.id), msgspec.json.encode(entry), durable=durable)

    def forget(self, download_id: str) -> None:
        """Take a download out of the journal, and what a killed process left of its file."""
        self._file(download_id).unlink(missing_ok=True)
        self._sweep(download_id)

    def hold(self, download_id: str) -> HeldLock | None:
        """The download's lock, None if another process holds it. It dies with this process. Raises MinimError."""
        self._made()
        lock = filelock.FileLock(self._folder / f"{download_id}.lock", thread_local=False)
        try:
            lock.acquire(timeout=_LOCK_PATIENCE_SECONDS, poll_interval=0.02)
        except filelock.Timeout:
            return None
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        self._sweep(download_id)
        return HeldLock(lock)

    def is_held(self, download_id: str) -> bool:
        """Whether a process, this one or another, holds the download's lock."""
        lock = filelock.FileLock(self._folder / f"{download_id}.lock", thread_local=False)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            return True
        except OSError:
            return False
        lock.release()
        return False

    def sizes(self) -> dict[str, int]:
        """What hubs have said of the size of repositories, in bytes, by `size_key`."""
        return self._read(self._folder / _SIZES, dict[str, int]) or {}

    def keep_size(self, hub: Hub, repo: str, size_bytes: int) -> None:
        """Remember what a hub said of a repository's size. Raises MinimError."""
        with _writing:
            known = self.sizes()
            if known.get(size_key(hub, repo)) != size_bytes:
                text = msgspec.json.encode({**known, size_key(hub, repo): size_bytes})
                self._write(self._folder / _SIZES, text, durable=False)

    def _file(self, download_id: str) -> Path:
        if Path(download_id).name != download_id:
            raise MinimError("bad_request", f"There is no download {download_id!r}.")
        return self._folder / f"{download_id}.json"

    def _read(self, file: Path, kind: type[Value]) -> Value | None:
        try:
            return msgspec.json.decode(file.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.ValidationError) as error:
            _log.debug("%s is left as it is: %s", file, error)
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
            _log.info("%s cannot be read (%s) and is set aside as %s", file, error, aside.name)
            try:
                file.replace(aside)
            except OSError:
                _log.info("%s could not be moved", file, exc_info=True)
            return None

    def _write(self, file: Path, text: bytes, *, durable: bool) -> None:
        """Beside the old file first, under a name of this process, so that one that is killed leaves little behind."""
        self._made()
        new = file.with_name(f"{file.name}.{os.getpid()}.new")
        try:
            with _writing:
                with new.open("wb") as stream:
                    stream.write(text)
                    if durable:
                        stream.flush()
                        os.fsync(stream.fileno())
                new.replace(file)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise _unwritable(self._folder, error) from error

    def _sweep(self, download_id: str) -> None:
        """Delete what processes that were killed in mid-writing have left: only the lock's holder writes."""
        with _writing:
            for file in self._folder.glob(f"{download_id}.json.*.new"):
                file.unlink(missing_ok=True)

    def _made(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from error


def size_key(hub: Hub, repo: str) -> str:
    """The name of a repository among the sizes."""
    return f"{hub}:{repo}"


def _unwritable(folder: Path, error: OSError) -> MinimError:
    kind: ErrorKind = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "internal"
    hint = "Make room on the disk." if kind == "disk_full" else "Check the permissions of the folder."
    return MinimError(kind, f"The journal of downloads in {folder} cannot be written: {error.strerror}.", hint)
