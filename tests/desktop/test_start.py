"""The start as a person makes it: the window first, everything behind it right after, and words when that fails."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from backends.contract.chat import user_message
from backends.storage.conversations import ConversationStore
from desktop.startup.start import has_icon_of_its_own

SHOWN_FIRST = """
import gc, sys
from PySide6.QtWidgets import QApplication
from desktop.__main__ import main
import desktop.startup.start
from desktop.window.main_window import MainWindow

paint = MainWindow.paintEvent
def painted(self, event):
    paint(self, event)
    names = ("desktop.app", "desktop.panes.reading_page", "desktop.panes.reasoning_text", "desktop.widgets.card_column")
    others = ("desktop.models.catalog_model", "backends.workers.supervisor", "desktop.widgets.dropped_paths", "sqlite3")
    of_few = ("desktop.window.dialogs", "desktop.single_instance.second_start", "desktop.models.told_words", "wakepy")
    later = ("desktop.shutdown.leaving", *sys.argv[1:])
    early = [name for name in (*names, *others, *of_few, *later) if name in sys.modules]
    self.painted.connect(self.close)
    assert not early, early
MainWindow.paintEvent = painted
code = main([])
assert "desktop.app" in sys.modules
assert not gc.isenabled() and gc.get_freeze_count() > 10_000  # the collector of the window collects
sys.exit(code)
"""
UNSEEN = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import desktop.startup.start
from desktop.__main__ import main
from desktop.window.frame import Frame
desktop.startup.start._UNSEEN_MS = 0
Frame.show = lambda self: self.window.painted.connect(lambda: QTimer.singleShot(0, QApplication.quit))
code = main([])
assert "desktop.app" in sys.modules
sys.exit(code)
"""
FAILING = """
import sys
from PySide6.QtWidgets import QMessageBox
from desktop.__main__ import main
QMessageBox.exec = lambda self: print(self.text(), self.informativeText())
sys.exit(main([]))
"""
REFUSED = """
import sys
from PySide6.QtWidgets import QMessageBox
from desktop.startup.start import say_why_not
QMessageBox.exec = lambda self: print(self.text(), self.accessibleName())
sys.exit(say_why_not([], "There is no folder /a.", ""))
"""


def start(code: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MINIM_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("first_run", ["new", "done"])
def test_nothing_but_the_frame_is_built_before_the_first_paint(tmp_path: Path, first_run: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "preferences.toml").write_text(f'first_run = "{first_run}"\n', "utf-8")
    ended = start(SHOWN_FIRST, tmp_path, *(["desktop.panes.first_run"] if first_run == "done" else []))
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_window_that_is_not_painted_keeps_nothing_waiting(tmp_path: Path) -> None:
    """As one that the system opens minimized."""
    ended = start(UNSEEN, tmp_path)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert "Traceback" not in ended.stderr


def test_data_of_a_newer_version_is_told_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data" / "conversations.db"
    data.parent.mkdir()
    store = ConversationStore(data)
    store.add_message(store.create("Kept").id, None, user_message("Hi"))
    store.close()
    with sqlite3.connect(data) as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    ended = start(FAILING, tmp_path)
    assert ended.returncode == 1
    assert "newer" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_home_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = start(FAILING, tmp_path / "file" / "home")
    assert ended.returncode == 1
    assert str(tmp_path / "file" / "home") in ended.stdout
    assert "Traceback" not in ended.stderr


def test_why_there_is_no_window_is_told_in_the_chosen_language(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "preferences.toml").write_text('language = "zh_CN"\n', "utf-8")
    ended = start(REFUSED, tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "没有文件夹 /a。 Minim 无法启动\n"), ended.stderr


@pytest.mark.parametrize(
    ("platform", "frozen", "has"),
    [("darwin", True, True), ("darwin", False, False), ("linux", True, False), ("linux", False, False)],
)
def test_only_a_macs_app_brings_its_icon(
    platform: str, monkeypatch: pytest.MonkeyPatch, *, frozen: bool, has: bool
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    assert has_icon_of_its_own() is has
