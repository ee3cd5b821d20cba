"""Every window by keyboard alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.self_test_windows import WINDOWS
from tests.desktop.conftest import OpenApp

MOST_STOPS = 60


def test_each_window_says_where_the_tab_key_leads_and_escape_closes_it(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(loaded=False)
    nameless: list[str] = []
    for shown in WINDOWS:
        opened = shown.open(app)
        assert opened is not None
        window = opened.window()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        nameless += [f"{type(stop).__name__} in {shown.name}" for stop in _stops(window) if not _name(stop)]
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Escape)
        if isValid(opened) and not opened.isWindow():
            shown.close(opened)
        assert not isValid(opened) or not opened.isVisible(), shown.name
    assert nameless == []


def _stops(window: QWidget) -> list[QWidget]:
    """What the Tab key leads to, once round."""
    stops: list[QWidget] = []
    for _ in range(MOST_STOPS):
        stop = QApplication.focusWidget()
        if stop is None or stop in stops:
            break
        stops.append(stop)
        QTest.keyClick(stop, Qt.Key.Key_Tab)
    return stops


def _name(control: QWidget) -> str:
    return control.accessibleName() or getattr(control, "text", str)()
