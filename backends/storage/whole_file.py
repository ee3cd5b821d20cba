"""Files that a person would miss: written whole or not at all, and set aside where they are damaged."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from backends.contract.errors import MinimError

_PATIENCE_SECONDS = 3.0


@contextmanager
def alone_in(folder: Path) -> Generator[None]:
    """Have no other process that does so too change files in `folder` meanwhile.

    After a few seconds, and where nothing can be locked, it goes on all the same: one that was stopped in the middle
    must not stop this one.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    with ExitStack() as finally_:
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            finally_.callback(os.close, descriptor)
            while not _locked(descriptor) and time.monotonic() < until:
                time.sleep(0.01)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def set_aside(path: Path) -> Path:
    """Give a damaged file a new name beside its own; → that. Raises MinimError when it cannot be moved."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 2
    while aside.exists():
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
        number += 1
    try:
        path.rename(aside)
    except OSError as error:
        message = f"{path} is damaged and cannot be moved aside: {error.strerror}."
        raise MinimError(
            "damaged_data", message, "Check the permissions of its folder, or move the file away."
        ) from error
    return aside


def write_whole(path: Path, text: str, what: str) -> None:
    """Beside the old file first and onto the disk, then in its place: a crash leaves the one or the other.

    `what` names it in words ("The preferences"). Only its owner may read it. Raises MinimError when that fails.
    """
    path = path.resolve()  # a link to a file kept elsewhere stays a link
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        full = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "internal"
        hint = "Make room on the disk." if full == "disk_full" else "Check the permissions of its folder."
        raise MinimError(full, f"{what} could not be written to {path}: {error.strerror}.", hint) from error
