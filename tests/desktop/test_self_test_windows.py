"""Every window by keyboard alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.self_test.windows import WINDOWS
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
        nameless += [f"{kind} in {shown.name}" for kind in _nameless_stops()]
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Escape)
        if isValid(opened) and not opened.isWindow():
            shown.close(opened)
        assert not isValid(opened) or not opened.isVisible(), shown.name
    assert nameless == []


def _nameless_stops() -> list[str]:
    """The kinds of what the Tab key leads to, once round, and that has neither a name nor words."""
    stops: list[QWidget] = []
    nameless: list[str] = []
    for _ in range(MOST_STOPS):
        stop = QApplication.focusWidget()
        if stop is None or stop in stops:
            break
        stops.append(stop)
        if not (stop.accessibleName() or getattr(stop, "text", str)()):
            nameless.append(type(stop).__name__)
        QTest.keyClick(stop, Qt.Key.Key_Tab)
    return nameless
