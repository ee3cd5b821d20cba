"""News outside the window: only while the app is not in front, and a click leads back to what it is about."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from desktop.news.notifier import Notifier


class Tray(QSystemTrayIcon):
    """A tray icon that remembers what it was to show: this platform has no tray to show it in."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.told: list[tuple[str, str]] = []
        self.shown_ms: list[int] = []
        self.shown = False

    def show(self) -> None:
        self.shown = True

    def hide(self) -> None:
        self.shown = False

    def showMessage(self, title: str, msg: str, icon: object = None, msecs: int = 0) -> None:  # noqa: N802  Qt's name
        self.told.append((title, msg))
        self.shown_ms.append(msecs)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def test_nothing_is_told_while_the_app_is_in_front(window: QWidget) -> None:
    tray = Tray(window)
    Notifier(window, lambda: tray).tell("Minim", "run_shell")
    assert tray.told == []


def test_a_click_on_what_was_told_leads_back(window: QWidget, qtbot: QtBot, qapp: QApplication) -> None:
    tray, done = Tray(window), list[str]()
    notifier = Notifier(window, lambda: tray, rest_ms=0)
    window.showMinimized()
    qtbot.waitUntil(window.isMinimized)
    notifier.tell("Minim", 'run <img src="http://a.test">', lambda: done.append("shown"))
    assert len(tray.told) == 1
    assert not set("<>&") & set(tray.told[0][1])
    assert tray.shown
    # A Mac brings the app to the front by itself, and says only then that it was clicked.
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert tray.shown
    tray.messageClicked.emit()
    assert done == ["shown"]
    assert not window.isMinimized()
    assert notifier.in_front
    qtbot.waitUntil(lambda: not tray.shown)


def test_a_click_on_what_is_told_to_an_app_without_a_window_leaves_no_icon(window: QWidget, qtbot: QtBot) -> None:
    tray = Tray(window)
    notifier = Notifier(window, lambda: tray, rest_ms=0)
    window.hide()
    notifier.tell("Minim", "Download finished")
    assert tray.shown
    tray.messageClicked.emit()
    assert window.isVisible()
    qtbot.waitUntil(lambda: not tray.shown)


def test_a_mac_keeps_what_was_told_and_its_dock_does_not_jump_on_and_on(
    window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps: list[int] = []

    def alert(_widget: QWidget, milliseconds: int) -> None:
        jumps.append(milliseconds)

    monkeypatch.setattr("desktop.news.notifier.QApplication.alert", alert)
    window.hide()
    tray = Tray(window)
    for is_mac in (True, False):
        Notifier(window, lambda: tray, is_mac=is_mac).tell("Minim", "Download finished")
    kept, shown = tray.shown_ms
    assert kept == 0
    assert shown > 0
    assert 0 < jumps[0] < 5_000
    assert jumps[1] == 0, "elsewhere the window asks until somebody comes"


def test_without_a_tray_the_window_asks_alone(window: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    alerted: list[QWidget] = []

    def alert(widget: QWidget, _milliseconds: int) -> None:
        alerted.append(widget)

    monkeypatch.setattr("desktop.news.notifier.QApplication.alert", alert)
    window.showMinimized()
    qtbot.waitUntil(window.isMinimized)
    assert not QSystemTrayIcon.isSystemTrayAvailable()
    Notifier(window).tell("Minim", "run_shell")
    assert alerted == [window]
    assert window.windowState() & Qt.WindowState.WindowMinimized
