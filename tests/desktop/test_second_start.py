"""Two starts of Minim on one data folder, as real processes: the second leads to the first, and never beside it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.single_instance import window_lock
from desktop.single_instance.second_start import Refused, take_window
from desktop.single_instance.window_holder import holder_of
from desktop.single_instance.window_lock import WindowLock
from desktop.start_request import StartRequest

# Says on stdout what becomes of the window, and closes it when stdin closes.
FIRST = """
import sys
from PySide6.QtCore import QSocketNotifier, QTimer
from desktop.__main__ import main
from desktop.desks import outside_desk
from desktop.app import App

def say(*words):
    print(*words, flush=True)

start = App.start
def started(self):
    start(self)
    self.choice.cancel()
    self.window.showMinimized()
    self.outside.folder_requested.connect(lambda folder: say("folder", folder))
    self.models.failed.connect(lambda message, hint: say("told", message))
    self.bell = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
    self.bell.activated.connect(self.window.close)
    QTimer.singleShot(0, lambda: say("open"))
App.start = started
App.launch = lambda self, choice: say("launch", choice.name, choice.quantization)
bring = outside_desk.bring_to_front
def brought(window, token=""):
    bring(window, token)
    say("front", window.isMinimized(), token)
outside_desk.bring_to_front = brought
sys.exit(main(sys.argv[1:]))
"""
QUIET = """
import sys
from functools import partial
from desktop.single_instance import second_start
from desktop.window import dialogs
dialogs.show_fatal = lambda *words: print(*words)
second_start.take_window = partial(second_start.take_window, patience=60.0)
"""
IMPATIENT = """
second_start.take_window = partial(second_start.take_window, patience=0.3)
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start_it(*arguments: str, code: str = FIRST, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_it
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def second(start: Start, *arguments: str, code: str = QUIET, **environment: str) -> tuple[int, str, str]:
    process = start(*arguments, code=code + "from desktop.__main__ import main; sys.exit(main())", **environment)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_start_brings_the_first_window_to_the_front(start: Start, tmp_path: Path) -> None:
    first = start()
    assert line(first) == "open"
    code, out, err = second(start, XDG_ACTIVATION_TOKEN="given")
    assert (code, err) == (0, "")
    assert out == "Minim is already open; its window was brought to the front.\n"
    assert line(first) == "front False given"
    (tmp_path / "empty 模型").mkdir()
    assert second(start, str(tmp_path / "empty 模型"))[0] == 0
    assert line(first).startswith("front")
    assert line(first) == f"folder {tmp_path / 'empty 模型'}"
    assert "empty 模型" in line(first)  # there is no model in it
    assert second(start, "launch", "-n", "Pocket M2", "--quantization", "8bit")[0] == 0
    assert line(first).startswith("front")
    assert line(first) == "launch Pocket M2 8bit"
    first.communicate(timeout=60)
    assert first.returncode == 0
    data = Path(os.environ["MINIM_HOME"]) / "data"
    assert holder_of(data).state == "ending"
    assert list(tmp_path.glob("minim/*")) == []
    lock = window_lock.take(data)
    assert lock is not None
    lock.release()


def test_one_that_was_killed_leaves_nothing_in_the_way(start: Start) -> None:
    first = start()
    assert line(first) == "open"
    first.kill()
    first.wait()
    next_one = start()
    assert line(next_one) == "open"
    assert second(start)[0] == 0
    assert line(next_one).startswith("front")


def test_one_that_hangs_is_named_and_nothing_opens_beside_it(start: Start) -> None:
    first = start()
    assert line(first) == "open"
    first.send_signal(signal.SIGSTOP)
    code, out, err = second(start, code=QUIET + IMPATIENT)
    first.send_signal(signal.SIGCONT)
    assert code == 1
    for words in (out, err):
        assert f"process {first.pid}" in words
        assert f"kill -9 {first.pid}" in words


def test_a_folder_on_the_command_line_is_opened_in_the_new_window(start: Start, tmp_path: Path) -> None:
    first = start(str(tmp_path))
    assert [line(first), line(first)] == [f"folder {tmp_path}", "open"]


def test_a_start_waits_for_one_that_is_ending(tmp_path: Path) -> None:
    held = window_lock.take(tmp_path)
    assert held is not None
    held.tell("ending")
    assert isinstance(take_window(tmp_path, StartRequest(), long_patience=0), Refused)
    held.release()
    assert isinstance(take_window(tmp_path, StartRequest(), long_patience=0), WindowLock)


def test_where_nothing_can_be_locked_nobody_is_kept_out(tmp_path: Path) -> None:
    for _ in range(2):
        lock = window_lock.take(tmp_path / "missing")
        assert lock is not None
        assert not lock.holds


@pytest.mark.parametrize(
    ("note", "said", "not_said"),
    [
        (b"", "does not answer", "kill"),
        (b'{"x":' + b"[" * 4000, "does not answer", "kill"),
        (b'{"pid":0,"state":"open"}', "does not answer", "kill"),
        (b'{"pid":12,"host":"%s","state":"open"}' % os.uname().nodename.encode(), "process 12", "kill"),
        (b'{"pid":12,"host":"another.example"}', "process 12 on another.example", "kill"),
    ],
)
def test_nobody_is_told_to_kill_what_is_not_known(note: bytes, said: str, not_said: str, tmp_path: Path) -> None:
    held = window_lock.take(tmp_path)
    assert held is not None
    (tmp_path / window_lock.LOCK_NAME).write_bytes(note)
    found = take_window(tmp_path, StartRequest(), patience=0, long_patience=0)
    held.release()
    assert isinstance(found, Refused)
    assert said in found.message
    assert not_said not in found.hint


def test_a_full_disk_leaves_no_word_of_who_was_there_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / window_lock.LOCK_NAME).write_text('{"pid":4242,"state":"open"}')

    def full(_descriptor: int, _bytes: bytes, _place: int) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "pwrite", full)
    held = window_lock.take(tmp_path)
    assert held is not None
    assert holder_of(tmp_path).pid == 0
    held.release()
