"""One window a data folder: whoever holds the lock has it, and a note in the lock's file says where to find it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Literal

import msgspec

HolderState = Literal["starting", "open", "ending"]

LOCK_NAME = "window.lock"


class WindowLock:
    """Held until `release` or the end of this process, however it ends.

    `descriptor` is None where nothing could be locked, as in a folder that cannot be written: nobody is kept out then.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor
        self.tell("starting")

    @property
    def holds(self) -> bool:
        """Whether others are kept out."""
        return self._descriptor is not None

    def tell(self, state: HolderState, socket: str = "") -> None:
        """Say to others how it stands."""
        if self._descriptor is None:
            return
        try:
            host = os.uname().nodename
            note = msgspec.json.encode({"pid": os.getpid(), "host": host, "state": state, "socket": socket})
            os.ftruncate(self._descriptor, 0)  # whoever had the window before is not to be named for this one
            os.pwrite(self._descriptor, note, 0)
        except (OSError, UnicodeEncodeError):
            pass  # a full disk: the others are kept out without a word about whom to ask

    def release(self) -> None:
        """Let another process have the window. More than once does no harm."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def take(folder: Path) -> WindowLock | None:
    """The window of the data folder; None if another process has it."""
    try:
        # Not inherited: a worker that outlives the app for a moment must not hold its window.
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return WindowLock()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        return None if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else WindowLock()
    return WindowLock(descriptor)
