"""What a server prints, kept in a file that never grows beyond a limit."""

from __future__ import annotations

import threading
from pathlib import Path

from backends.tools.server_text import plain_text

MAX_BYTES = 1024 * 1024
_KEPT_BYTES = MAX_BYTES // 2
_TAIL_BYTES = 16 * 1024
STARTED = "[Minim] Started"


class ServerLog:
    """The log file of one server. Of more than `MAX_BYTES` the older half goes. Any thread may call.

    `hidden` are secrets: servers print what they were given, and what they print is kept and shown.
    """

    def __init__(self, file: Path, hidden: tuple[str, ...] = ()) -> None:
        self._file = file
        self._hidden = [secret.encode("utf-8", "replace") for secret in hidden if secret]
        self._lock = threading.Lock()
        self._size = -1

    def write(self, printed: bytes) -> None:
        """Append what a server printed. A disk that takes nothing loses it: a log is not worth a server."""
        for secret in self._hidden:
            printed = printed.replace(secret, "•••".encode())
        with self._lock:
            try:
                self._append(printed[-MAX_BYTES:])
            except OSError:
                self._size = -1

    def note(self, line: str) -> None:
        """Append a line of Minim's own."""
        self.write(f"[Minim] {line}\n".encode("utf-8", "replace"))

    def tail(self) -> str:
        """The end of it as text that can be shown: no escapes, at most some hundred lines."""
        with self._lock:
            try:
                with self._file.open("rb") as file:
                    size = file.seek(0, 2)
                    file.seek(max(0, size - _TAIL_BYTES))
                    end = file.read()
            except OSError:
                return ""
        if size > _TAIL_BYTES:
            end = end.partition(b"\n")[2] or end
        return plain_text(end.decode("utf-8", "replace"))

    def last_line(self) -> str:
        """The last line that the server itself printed since `STARTED` was noted, "" if there is none."""
        lines = [line.strip() for line in self.tail().rpartition(STARTED)[2].splitlines()[1:]]
        own = [line for line in lines if line and not line.startswith("[Minim]")]
        return own[-1][:300] if own else ""

    def _append(self, printed: bytes) -> None:
        if self._size < 0:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch(mode=0o600)  # who knows what a server prints
            self._size = self._file.stat().st_size
        if self._size + len(printed) > MAX_BYTES:
            older = self._file.read_bytes()[-_KEPT_BYTES:] if self._file.exists() else b""
            self._file.write_bytes(older)
            self._size = len(older)
            if self._size + len(printed) > MAX_BYTES:
                self._file.write_bytes(b"")
                self._size = 0
        with self._file.open("ab") as file:
            file.write(printed)
        self._size += len(printed)
