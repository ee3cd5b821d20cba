"""`minim chat` at a real terminal: lines in, questions about calls, Ctrl+C and Ctrl+D."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CALL = (
    '<minimax:tool_call>\n<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n'
    "</invoke>\n</minimax:tool_call>"
)
START = """
import sys
from backends.terminal import main
from backends.terminal.workers import open_worker
from backends.workers.supervisor import Supervisor
def opener(name, handler):
    if name != "engine":
        return open_worker(name, handler)
    return Supervisor("engine", handler, command=[sys.executable, "tests/workers/replay_worker.py"])
sys.exit(main(["chat", "--model", sys.argv[1]], opener=opener))
"""


class Terminal:
    """A person's end of a terminal in which `minim chat` runs."""

    def __init__(self, folder: Path, script: object, home: Path) -> None:
        self._end, theirs = pty.openpty()
        env = {**os.environ, "MINIM_HOME": str(home), "MINIM_REPLAY": json.dumps(script)}
        command = [sys.executable, "-c", START, str(folder)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""

    def read_until(self, words: str) -> str:
        """What is shown from now on, up to and with `words`."""
        while words not in self.shown:
            self.shown += os.read(self._end, 4096).decode()
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


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


def test_a_conversation_with_questions(folder: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    script = {"rounds": [["I compute.</think>", CALL], ["</think>", "No."], ["</think>", CALL], ["</think>", "Yes."]]}
    terminal = Terminal(folder, script, tmp_path / "home")
    opened.append(terminal)
    terminal.read_until("> ")
    terminal.press("What is 37 * 48?\n")
    asked = terminal.read_until("[y/N] ")
    assert 'Allow calculator(expression="37 * 48")?' in asked
    assert "\x1b[2mI compute." in asked
    terminal.press("\n")
    assert "was not allowed" in terminal.read_until("No.")
    terminal.read_until("> ")
    terminal.press("Again\n")
    terminal.read_until("[y/N] ")
    terminal.press("y\n")
    assert "← 1776" in terminal.read_until("Yes.")
    terminal.read_until("> ")
    terminal.press("\x04")
    assert terminal.process.wait(timeout=30) == 0


def test_ctrl_c_stops_an_answer_then_ends(folder: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    script = {"pieces": ["Once", {"wait_for": None}], "starts_in_reasoning": False}
    terminal = Terminal(folder, script, tmp_path / "home")
    opened.append(terminal)
    terminal.read_until("> ")
    terminal.press("Hello\n")
    terminal.read_until("Once")
    terminal.press("\x03")
    terminal.read_until("> ")
    terminal.press("\x03")
    assert terminal.process.wait(timeout=30) == 130


def test_ctrl_c_at_a_question_stops_the_turn(folder: Path, tmp_path: Path, opened: list[Terminal]) -> None:
    terminal = Terminal(folder, {"pieces": ["</think>", CALL]}, tmp_path / "home")
    opened.append(terminal)
    terminal.read_until("> ")
    terminal.press("Hello\n")
    terminal.read_until("[y/N] ")
    terminal.press("\x03")
    assert "←" not in terminal.read_until("> ")
