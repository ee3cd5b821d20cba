"""The person at the terminal: lines that are asked for, and the terminal lent to an editor."""

from __future__ import annotations

import getpass
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from backends.contract.errors import MinimError
from backends.terminal.workers import Workers


class Person:
    """Asks for lines on stderr while the events of the workers go on, as far as there is somebody to ask."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    @property
    def is_there(self) -> bool:
        """Whether there is a terminal to ask at: what nobody sees, nobody can agree to."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def read(self, question: str) -> str | None:
        """A line, "" at the end of the input, None after Ctrl+C."""
        try:
            if sys.stdin.isatty():
                _show(question)
                self._workers.wait_for_line(sys.stdin)
            with self._workers.reading():
                if not sys.stdin.isatty():
                    _show(question)  # not before: Ctrl+C right after the question would not be heard
                line = sys.stdin.readline()
            if not line and sys.stdin.isatty():
                sys.stderr.write("\n")  # Ctrl+D leaves the cursor behind the question
            return line
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            return None

    def decide(self, question: str) -> str | None:
        """As `read`, for what only an answer to this very question may decide: what was typed before it is dropped."""
        _forget_typed()
        return self.read(question)

    def agrees(self, question: str) -> bool | None:
        """Whether the person says yes; anything else is no. None after Ctrl+C."""
        answer = self.decide(f"{question} [y/N] ")
        return None if answer is None else answer.strip().casefold() in ("y", "yes")

    def read_hidden(self, question: str) -> str:
        """A line that is not shown while it is typed; from a pipe, its next line. Raises KeyboardInterrupt."""
        with self._workers.reading():
            return getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")

    def edit(self, text: str, suffix: str) -> str:
        """`text` as the person left it in $VISUAL or $EDITOR. Raises MinimError if that cannot be run."""
        command = shlex.split(editor())
        with tempfile.TemporaryDirectory(prefix="minim-") as folder:
            file = Path(folder, f"arguments{suffix}")
            file.write_text(text, encoding="utf-8", errors="surrogatepass")
            try:
                with self._workers.lending():
                    done = subprocess.run([*command, str(file)], check=False)
            except OSError as error:
                words = f"The editor {command[0]} cannot be run: {error.strerror}."
                raise MinimError("bad_request", words, "Set EDITOR to one that is installed.") from error
            if done.returncode != 0:
                raise MinimError("bad_request", f"The editor {command[0]} ended with code {done.returncode}.")
            return file.read_text(encoding="utf-8", errors="replace")


def editor() -> str:
    """What the person edits texts with, as the shell would run it; "" if they have not said."""
    return (os.environ.get("VISUAL") or os.environ.get("EDITOR") or "").strip()


def _show(question: str) -> None:
    sys.stderr.write(question)
    sys.stderr.flush()


def _forget_typed() -> None:
    """Drop what was typed and not read yet. Windows has no such call; there, an answer typed too early counts."""
    if sys.platform != "win32" and sys.stdin.isatty():
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)
