"""Homes as they are on real machines: strange names that must work, and folders that cannot be written, in words."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backends.storage.conversations import ConversationStore

TURN = """
import sys
from PySide6.QtCore import QTimer
from desktop.__main__ import main
from desktop.app import App

start = App.start
def started(self):
    start(self)
    def ask():
        self.panes.composer.show_text("What is 37 * 48?")
        self.panes.composer.send()
    def look():
        rows = self.conversation.rowCount()
        if self.state.notice is not None:
            print(self.state.notice.message, self.state.notice.hint)
        if self.state.model_state == "ready" and not rows:
            ask()
        elif (rows and not self.state.busy) or self.state.model_state == "crashed":
            print(self.conversation.message_text(rows - 1) if rows else "no answer")
            self.window.close()
    self.timer = QTimer(interval=50)
    self.timer.timeout.connect(look)
    self.timer.start()
App.start = started
sys.exit(main([]))
"""
WORDS = """
import sys
from PySide6.QtCore import QTimer
from desktop.window import dialogs
from desktop.__main__ import main
from desktop.app import App

dialogs.show_fatal = lambda *words: print("fatal:", *words)
start = App.start
def started(self):
    self.preferences.replace(load_model_at_start=False)
    self.choice.cancel()
    start(self)
    def look():
        print("notice:", self.state.notice.message if self.state.notice else "none")
        self.window.close()
    QTimer.singleShot(0, look)
App.start = started
sys.exit(main([]))
"""
_DROP_FROM_BOUNDING_SET = 24
_OVERRIDE, _READ_SEARCH = 1, 2


def obey_permissions() -> None:
    """Take from root what lets it write where it must not; others have never had it."""
    if sys.platform == "linux":
        for capability in (_OVERRIDE, _READ_SEARCH):
            ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


def start(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = ("MINIM_HOME", "HF_HOME", "MODELSCOPE_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    bare = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**bare, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8", **environment},
        preexec_fn=obey_permissions,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def locked(home: Path) -> Path:
    """A home whose folders are there, and in which a conversation is kept."""
    for name in ("data", "cache", "log"):
        (home / name).mkdir()
    store = ConversationStore(home / "data" / "conversations.db")
    store.create("Kept")
    store.close()
    return home


def test_a_turn_with_a_tool_works_in_a_home_of_any_name(tmp_path: Path) -> None:
    home = tmp_path / "家 目录" / 'it\'s 100% "quoted" & $HOME; #1' / ("x" * 120)
    home.mkdir(parents=True)
    ended = start(TURN, HOME=str(home))
    assert (ended.returncode, "1776" in ended.stdout.replace(",", "")) == (0, True), ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(home.rglob("conversations.db"))


def test_a_data_folder_that_may_only_be_read_is_told_in_words(locked: Path) -> None:
    for mode, file_mode in ((0o555, 0o644), (0o555, 0o444), (0o755, 0o444)):
        (locked / "data" / "conversations.db").chmod(file_mode)
        (locked / "data").chmod(mode)
        ended = start(WORDS, MINIM_HOME=str(locked))
        (locked / "data").chmod(0o755)
        assert ended.returncode == 1
        assert "fatal:" in ended.stdout
        assert str(locked / "data" / "conversations.db") in ended.stdout
        assert "Give yourself the right" in ended.stdout
        assert "Traceback" not in ended.stderr


def test_an_empty_data_folder_that_may_only_be_read_is_told_in_words(home: Path) -> None:
    (home / "data").mkdir(mode=0o555)
    ended = start(WORDS, MINIM_HOME=str(home))
    assert (ended.returncode, "Give yourself the right" in ended.stdout) == (1, True), ended.stdout + ended.stderr


def test_a_home_in_which_nothing_can_be_made_is_told_in_words(home: Path) -> None:
    home.chmod(0o555)
    ended = start(WORDS, MINIM_HOME=str(home))
    assert ended.returncode == 1
    assert f"{home / 'data'} cannot be made" in ended.stdout
    assert "MINIM_HOME" in ended.stdout


def test_logs_that_cannot_be_written_are_told_and_missed_by_nobody(locked: Path) -> None:
    (locked / "log").chmod(0o555)
    ended = start(WORDS, MINIM_HOME=str(locked))
    assert ended.returncode == 0
    assert "app.log cannot be written" in ended.stdout
    assert "Traceback" not in ended.stderr
    (locked / "log").rmdir()
    (locked / "log").touch()
    ended = start(WORDS, MINIM_HOME=str(locked))
    assert ended.returncode == 0
    assert f"{locked / 'log'} cannot be made" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_cache_that_cannot_be_written_is_told_by_the_model(locked: Path) -> None:
    (locked / "cache").chmod(0o555)
    ended = start(TURN, MINIM_HOME=str(locked))
    assert ended.returncode == 0
    assert "cannot be written: Permission denied" in ended.stdout
    assert "permissions" in ended.stdout
