"""What stood in files before tools wrote them, so that a person can take a write back."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from backends.contract.errors import MinimError
from backends.tools.base import failed
from backends.tools.file_words import in_words
from backends.tools.file_writing import put_file, state_of, sync_folder
from backends.tools.granted_folders import Spot
from backends.tools.opened_files import FOLDER, open_file, open_granted, status_of

MAX_OLD = 50_000_000
MAX_KEPT = 200
MAX_BYTES = 100_000_000
_ID = re.compile(r"[0-9a-f]{32}")


class KeptWrite(Struct, frozen=True):
    """One write: where, and what was there. `parts` are the names from the granted folder `root` on, links resolved.

    `before` and `after` are sha256; `before` is "" if there was no file. `made` counts the folders that it made.
    `temporary` is the file that it wrote before it had all, beside the one that was meant.
    """

    root: str
    parts: tuple[str, ...]
    path: str
    before: str
    after: str
    made: int = 0
    temporary: str = ""


def digest(content: bytes) -> str:
    """sha256, as it is kept."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def keeping(undo_folder: Path, spot: Spot, old: bytes | None, new: bytes, temporary: str) -> Generator[str]:
    """Keep what is there before a write, and forget it again if the write fails. Gives the id for `undo_write`."""
    undo = secrets.token_hex(16)
    before = "" if old is None else digest(old)
    write = KeptWrite(spot.root, spot.parts, spot.path, before, digest(new), len(spot.missing), temporary)
    with ExitStack() as finally_:
        try:
            _private_folder(undo_folder)
            finally_.enter_context(_marked(undo_folder / f"{undo}.writing"))
            if old is not None:
                _put(undo_folder, f"{undo}.old", old)
            _put(undo_folder, f"{undo}.json", msgspec.json.encode(write))
            _sync(undo_folder)
        except OSError as error:
            _forget(undo_folder, undo)
            message = f"{spot.path} was not written, because what is in it could not be kept: {error.strerror}."
            raise failed(message, "Make room on the disk.") from error
        try:
            yield undo
        except BaseException:
            _forget(undo_folder, undo)
            raise
    _forget_oldest(undo_folder)


def clear_unfinished(undo_folder: Path) -> None:
    """Remove what writes left behind whose process ended in the middle: half a file beside the one that was meant."""
    for marker in undo_folder.glob("*.writing"):
        with suppress(OSError), marker.open("rb") as file:
            # The lock ends with the process that held it.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _clear(marker.stem, undo_folder)
            marker.unlink(missing_ok=True)


def undo_write(undo: str, undo_folder: Path) -> str:
    """Put back what was there before a write. Raises `MinimError` if the file was changed since."""
    write = _read(undo, undo_folder)
    old = _old(undo, undo_folder) if write.before else None
    with in_words(write.path), _marked(undo_folder / f"{undo}.writing"), _opened(write) as folders:
        if len(folders) < len(write.parts):
            raise _changed(write)
        name, folder = write.parts[-1], folders[-1]
        state = state_of(status_of(name, folder))
        if state is None or _digest_there(name, folder, write.path) != write.after:
            raise _changed(write)
        if old is not None:
            if digest(old) != write.before:
                raise failed(f"What was in {write.path} before is damaged, and cannot be put back.")
            put_file(folder, name, old, state, write.temporary)
        else:
            if state_of(status_of(name, folder)) != state:
                raise _changed(write)
            os.unlink(name, dir_fd=folder)
            sync_folder(folder)
            _remove_made(write, folders)
        _forget(undo_folder, undo)
    if old is not None:
        return f"{write.path} is again as it was before."
    return f"{write.path} was removed again: it was not there before."


def _clear(undo: str, undo_folder: Path) -> None:
    try:
        write = _read(undo, undo_folder)
    except MinimError:  # it had not begun
        _forget(undo_folder, undo)
        return
    with _opened(write) as folders:
        is_written = False
        if len(folders) == len(write.parts):
            with suppress(OSError):
                os.unlink(write.temporary, dir_fd=folders[-1])
            with suppress(OSError, MinimError):
                is_written = _digest_there(write.parts[-1], folders[-1], write.path) == write.after
        if not is_written:
            _remove_made(write, folders)
            _forget(undo_folder, undo)


@contextmanager
def _marked(marker: Path) -> Generator[None]:
    """Leave a file that says that a write is going on, locked for as long as this process lives."""
    with marker.open("xb") as file:
        with suppress(OSError):  # a file system without locks: what is left behind then stays
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            with suppress(OSError):
                marker.unlink()


def _changed(write: KeptWrite) -> MinimError:
    message = f"{write.path} was changed or removed since it was written: nothing was taken back."
    return failed(message, "Take later changes back first, or change the file yourself.")


def _digest_there(name: str, folder: int, path: str) -> str:
    with os.fdopen(open_file(name, folder, path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(write: KeptWrite) -> Generator[list[int]]:
    """The descriptors of the granted folder and of the folders down to the file, as far as they are there.

    A link on the way is taken for no folder.
    """
    opened: list[int] = []
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            opened.append(open_granted(write.root))
            for name in write.parts[:-1]:
                opened.append(os.open(name, FOLDER, dir_fd=opened[-1]))
        yield opened
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _remove_made(write: KeptWrite, folders: list[int]) -> None:
    """Remove the folders that the write made, from the inside out, as far as nothing else is in them."""
    for depth in range(write.made):
        level = len(write.parts) - 2 - depth
        if level >= len(folders):
            continue
        try:
            os.rmdir(write.parts[level], dir_fd=folders[level])
        except FileNotFoundError:
            continue
        except OSError:
            return


def _read(undo: str, undo_folder: Path) -> KeptWrite:
    unknown = failed("This change cannot be taken back: it was taken back before, or is not kept any longer.")
    if not _ID.fullmatch(undo):
        raise unknown
    try:
        return msgspec.json.decode((undo_folder / f"{undo}.json").read_bytes(), type=KeptWrite)
    except (OSError, msgspec.MsgspecError) as error:
        raise unknown from error


def _old(undo: str, undo_folder: Path) -> bytes:
    try:
        return (undo_folder / f"{undo}.old").read_bytes()
    except OSError as error:
        raise failed("This change cannot be taken back: what was there is not kept any longer.") from error


def _put(folder: Path, name: str, content: bytes) -> None:
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, FOLDER)
    try:
        sync_folder(descriptor)
    finally:
        os.close(descriptor)


def _private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)


def _forget(folder: Path, undo: str) -> None:
    for ending in (".json", ".old"):
        with suppress(OSError):
            (folder / f"{undo}{ending}").unlink()


def _forget_oldest(folder: Path) -> None:
    """Keep the newest writes, so many and so many bytes."""
    kept: list[tuple[int, int, str]] = []
    with suppress(OSError):
        for file in folder.glob("*.json"):
            with suppress(OSError):
                old = folder / f"{file.stem}.old"
                size = file.stat().st_size + (old.stat().st_size if old.exists() else 0)
                kept.append((file.stat().st_mtime_ns, size, file.stem))
    total = 0
    for i, (_, size, undo) in enumerate(sorted(kept, reverse=True)):
        total += size
        if i >= MAX_KEPT or (total > MAX_BYTES and i):
            _forget(folder, undo)
