"""A folder that is dropped onto the window or opened with Minim goes the way of one opened in the picker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.front import bring_to_front
from tests.desktop.conftest import OpenApp


def drag(widget: QWidget, *paths: Path) -> bool:
    """Drag these over the widget and drop them; whether anybody took them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(widget.rect().center(), actions, data, buttons, keys)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(widget.rect().center()), actions, data, buttons, keys))
    return enter.isAccepted()


def test_a_folder_that_is_dropped_is_looked_into(open_app: OpenApp, qtbot: QtBot, tmp_path: Path) -> None:
    app = open_app(loaded=False)
    empty = tmp_path / "no model"
    empty.mkdir()
    field = app.panes.composer.field.viewport()
    told: list[str] = []

    def tell(message: str, hint: str) -> None:
        told.append(f"{message} {hint}")

    app.models.failed.connect(tell)
    text = app.panes.transcript.view.viewport()
    for count, place in enumerate((app.window, field, text), start=1):
        assert drag(place, empty)
        qtbot.waitUntil(lambda count=count: len(told) == count, timeout=20_000)
    assert str(empty) in told[-1]
    assert app.panes.composer.field.toPlainText() == ""


def test_a_token_that_can_be_none_is_not_passed_on(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "before")
    window = QWidget()
    qtbot.addWidget(window)
    bring_to_front(window, "a\0b")
    assert os.environ["XDG_ACTIVATION_TOKEN"] == "before"
    assert window.isVisible()


def test_a_text_file_is_the_composers(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_app(loaded=False)
    file = tmp_path / "notes.txt"
    file.touch()
    drag(app.panes.composer.field.viewport(), file)
    assert "notes.txt" in app.panes.composer.field.toPlainText()
    assert not drag(app.window, file)


def test_what_the_system_opens_brings_a_closed_window_back(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_app(loaded=False, is_mac=True)
    asked: list[str] = []
    app.outside.folder_requested.disconnect()
    app.outside.folder_requested.connect(asked.append)
    app.window.close()
    assert not app.window.isVisible()
    app.outside.take_paths([str(tmp_path)])
    assert app.window.isVisible()
    assert asked == [str(tmp_path)]


OPENED = """
import sys
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from desktop.startup.application import Application
application = Application(["minim"])
application.sendEvent(application, QFileOpenEvent(QUrl.fromLocalFile("/early")))
application.processEvents()
application.open_with(print)
application.sendEvent(application, QFileOpenEvent("/a 模型"))
application.sendEvent(application, QFileOpenEvent("/b"))
application.processEvents()
"""


def test_what_the_system_wants_opened_waits_until_somebody_can_open_it() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"}
    ended = subprocess.run(
        [sys.executable, "-c", OPENED], env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert ended.stdout == "['/early']\n['/a 模型', '/b']\n", ended.stderr
