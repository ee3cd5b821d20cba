"""A person's end of a terminal in which a piece of Python runs."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LONGEST_SECONDS = 60
"""Nothing that a test waits for is silent for so long, however busy the machine is."""


class Terminal:
    """Runs `code` with `arguments` in a terminal of its own; `close` ends it."""

    def __init__(self, code: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._end, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(theirs)
        self.shown = ""

    def read_until(self, words: str) -> str:
        """What is shown from now on, up to and with `words`."""
        while words not in self.shown:
            ready, _, _ = select.select([self._end], [], [], _LONGEST_SECONDS)
            assert ready, f"{words!r} was not shown, but: {self.shown!r}"
            self.shown += os.read(self._end, 4096).decode(errors="replace")
        before, found, self.shown = self.shown.partition(words)
        return before + found

    def press(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)


def _take_terminal() -> None:
    """Make the terminal on stdin the session's own, so that Ctrl+C in it becomes a signal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
