"""The problem report in the window: its words in each state, and the file that a second Minim writes meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from backends.report.place import report_path, self_test_command
from backends.storage.paths import data_folder
from desktop.desks.report_desk import Command, ReportDesk
from desktop.panes.problem_report import ProblemReport

from .conftest import OpenApp

SECONDS = 240_000  # all of the self-test: a report is written by it


class Table:
    """A window with a desk, whose report is written by `python -c`, given the file."""

    def __init__(self, code: str, file: Path) -> None:
        self.window = QWidget()
        self.window.show()
        self.desk = ReportDesk(self.window, _runs(code) if code else gone, lambda: file)
        self.desk.show()

    @property
    def dialog(self) -> ProblemReport:
        assert self.desk.dialog is not None
        return self.desk.dialog


def _runs(code: str) -> Command:
    return lambda file: ([sys.executable, "-c", code, str(file)], None)


def gone(file: Path) -> tuple[list[str], Path | None]:
    return ["/nonexistent/minim", str(file)], None


@pytest.fixture
def tables() -> Iterator[list[Table]]:
    opened: list[Table] = []
    yield opened
    for table in opened:
        table.desk.close()
        table.window.close()


def test_it_is_written_by_the_help_menu_while_the_window_goes_on(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(loaded=False)
    app.menus.report_requested.emit()
    dialog = app.reports.dialog
    assert dialog is not None
    assert "Nothing is sent" in dialog.words
    assert "No chats" in dialog.words
    dialog.write_button.click()
    assert dialog.stage == "writing"
    qtbot.waitUntil(lambda: dialog.stage != "writing", timeout=SECONDS)
    assert dialog.stage == "written", dialog.words
    assert "Everything that was tried works." in dialog.words
    assert Path(dialog.path).parent == data_folder()
    assert "A turn with a tool" in Path(dialog.path).read_text("utf-8")
    assert not app.state.busy


def test_the_path_is_copied_and_the_folder_shown(tables: list[Table], tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "report.txt"
    tables.append(table := Table("import sys; open(sys.argv[1], 'w').close(); sys.exit(1)", file))
    table.dialog.write_button.click()
    qtbot.waitUntil(lambda: table.dialog.stage == "written", timeout=SECONDS)
    assert "It says what does not work." in table.dialog.words
    table.dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == str(file)
    shown: list[str] = []
    table.dialog.show_folder_requested.disconnect()
    table.dialog.show_folder_requested.connect(shown.append)
    table.dialog.folder_button.click()
    assert shown == [str(tmp_path)]
    table.dialog.leave_button.click()
    table.desk.show()
    assert table.dialog.stage == "offered", "closed, it begins anew"


def test_enter_leads_on_and_stops_nothing(tables: list[Table], tmp_path: Path, qtbot: QtBot) -> None:
    code = "import sys; sys.stdin.read(); open(sys.argv[1], 'w').close()"
    tables.append(table := Table(code, tmp_path / "report.txt"))
    dialog, shown = table.dialog, list[str]()
    dialog.show_folder_requested.disconnect()
    dialog.show_folder_requested.connect(shown.append)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.stage == "writing"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.stage == "writing"
    qtbot.waitUntil(lambda: dialog.stage == "written", timeout=SECONDS)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert shown == [str(tmp_path)]


def test_one_that_fails_says_why_and_can_be_tried_again(tables: list[Table], tmp_path: Path, qtbot: QtBot) -> None:
    code = "import sys; sys.stderr.write('noise\\nminim: The disk is full.\\n       Make room.\\n'); sys.exit(1)"
    tables.append(table := Table(code, tmp_path / "report.txt"))
    for _ in range(2):
        table.dialog.write_button.click()
        assert table.dialog.stage == "writing"
        qtbot.waitUntil(lambda: table.dialog.stage == "failed", timeout=SECONDS)
        assert table.dialog.words == "The report could not be written. The disk is full. Make room."


def test_one_that_cannot_be_started_says_so(tables: list[Table], tmp_path: Path, qtbot: QtBot) -> None:
    tables.append(table := Table("", tmp_path / "report.txt"))
    table.dialog.write_button.click()
    qtbot.waitUntil(lambda: table.dialog.stage == "failed", timeout=SECONDS)


def test_cancelled_it_ends_and_says_nothing_more(tables: list[Table], tmp_path: Path, qtbot: QtBot) -> None:
    tables.append(table := Table("import time; time.sleep(60)", tmp_path / "report.txt"))
    table.dialog.write_button.click()
    table.dialog.leave_button.click()
    assert table.dialog.stage == "offered"
    assert not table.dialog.isVisible()
    table.desk.close()
    assert not (tmp_path / "report.txt").exists()


def test_the_program_is_this_one_in_a_bundle_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = report_path(tmp_path)
    assert self_test_command(file)[0] == [sys.executable, "-m", "desktop", "--self-test", str(file)]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert self_test_command(file) == ([sys.executable, "--self-test", str(file)], None)
