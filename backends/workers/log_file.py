"""Where a worker's stderr goes: a file that is kept short, and whose end can be quoted."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
from pathlib import Path

_log = logging.getLogger(__name__)

MAX_BYTES = 4 * 2**20
TAIL_BYTES = 4000


class LogFile:
    """The log of a worker's processes. The process writes to it directly, so it survives the app.

    Longer than 4 MB, it is moved to the same name with ".1" at the end, in place of the one before. `path` None
    means a temporary file without a name.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._start = 0
        self._descriptor = -1

    def open(self) -> int:
        """Begin the log of a new process; a file descriptor for its stderr, good until `close`. Raises OSError."""
        try:
            self._descriptor = self._open_named()
        except OSError:
            _log.warning("The log %s cannot be written; a temporary one is used", self._path, exc_info=True)
            self._descriptor = _open_nameless()
        self.keep_short()
        self._start = os.fstat(self._descriptor).st_size
        return self._descriptor

    def keep_short(self) -> None:
        """Start the file over if it has grown too long. Cheap enough for every event."""
        if os.fstat(self._descriptor).st_size <= MAX_BYTES:
            return
        with contextlib.suppress(OSError):  # a full disk must not end the worker's listener
            if self._path is not None:
                shutil.copyfile(self._path, self._path.with_name(self._path.name + ".1"))
        os.ftruncate(self._descriptor, 0)  # the process goes on at the new end, because it appends
        self._start = 0

    def tail(self) -> str:
        """The end of what the current process has written."""
        end = os.fstat(self._descriptor).st_size
        begin = max(self._start, end - TAIL_BYTES)
        return os.pread(self._descriptor, end - begin, begin).decode("utf-8", "replace").strip()

    def close(self) -> None:
        """Let go of the file; the process has its own hold on it."""
        os.close(self._descriptor)
        self._descriptor = -1

    def _open_named(self) -> int:
        if self._path is None:
            return _open_nameless()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)


def _open_nameless() -> int:
    descriptor, name = tempfile.mkstemp(prefix="minim-worker-")
    os.close(descriptor)
    descriptor = os.open(name, os.O_RDWR | os.O_APPEND)
    Path(name).unlink()
    return descriptor
