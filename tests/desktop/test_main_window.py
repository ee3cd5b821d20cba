"""The window as a whole: widths, shortcuts, names, and that it comes back as it was left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from backends.contract.chat import ThinkingSwitch
from backends.conversation.changes import ContextFilled
from desktop.app import App
from desktop.window.window_layout import TRANSCRIPT_LEAST
from tests.desktop.conftest import OpenApp

CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit)
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def app(open_app: OpenApp) -> App:
    return open_app(loaded=False)


@pytest.mark.parametrize("width", [1400, 1100, 900, 700])
def test_the_transcript_never_gets_too_narrow(app: App, qtbot: QtBot, width: int) -> None:
    app.window.resize(width, 700)
    qtbot.waitUntil(lambda: app.window.width() == width)
    for _ in range(2):
        qtbot.waitUntil(lambda: app.panes.transcript.width() >= TRANSCRIPT_LEAST)
        assert app.panes.toolbar.inspector_button.isVisible() == (width < 1200)
        assert app.panes.reasoning.isVisible() == (width >= 1200 or app.window.arrangement.inspector != "hidden")
        if width < 1200:
            app.panes.toolbar.inspector_button.click()


def test_shortcuts(app: App, qtbot: QtBot) -> None:
    window = app.window
    window.resize(1400, 800)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.isActiveWindow() and app.panes.reasoning.isVisible())
    QTest.keyClick(window, Qt.Key.Key_1, CTRL | ALT)
    assert not app.panes.reasoning.isVisible()
    QTest.keyClick(window, Qt.Key.Key_2, CTRL | ALT)
    assert not app.panes.tools.isVisible()
    QTest.keyClick(window, Qt.Key.Key_2, CTRL | ALT)
    assert app.panes.tools.isVisible()
    QTest.keyClick(window, Qt.Key.Key_M, CTRL | SHIFT)
    assert app.dialogs.picker is not None
    assert app.dialogs.picker.isVisible()
    app.dialogs.picker.close()
    QTest.keyClick(window, Qt.Key.Key_D, CTRL | SHIFT)
    assert app.dialogs.downloads is not None
    assert app.dialogs.downloads.isVisible()
    app.dialogs.downloads.close()
    QTest.keyClick(window, Qt.Key.Key_Comma, CTRL)
    assert app.dialogs.settings is not None
    assert app.dialogs.settings.isVisible()
    app.dialogs.settings.close()
    QTest.keyClick(window, Qt.Key.Key_W, CTRL)
    assert not window.isVisible()


def test_about_settings_and_quit_have_their_menu_roles(app: App) -> None:
    roles = {action.menuRole() for action in app.window.findChildren(QAction)}
    assert {QAction.MenuRole.AboutRole, QAction.MenuRole.PreferencesRole, QAction.MenuRole.QuitRole} <= roles


def test_every_control_has_a_name(app: App) -> None:
    app.dialogs.show_picker()
    app.dialogs.show_downloads()
    app.dialogs.show_settings()
    app.desk.toggle_options()
    app.settings.show_thinking(ThinkingSwitch("enable_thinking", efforts=("low", "high")))
    app.settings.apply(ContextFilled(app.settings.conversation, 10, 10, in_memory=False))
    nameless = [
        f"{type(control).__name__} in {type(control.parent()).__name__}"
        for kind in CONTROLS
        for control in app.window.findChildren(kind)
        if not _is_inner(control)
        and not control.isHidden()
        and not control.accessibleName()
        and not getattr(control, "text", str)()
    ]
    assert nameless == []


def test_the_window_comes_back_as_it_was_left(open_app: OpenApp, qtbot: QtBot) -> None:
    first = open_app(loaded=False)
    first.window.resize(760, 640)
    first.window.toggle_inspector()
    first.window.toggle_tools()
    first.window.toggle_inspector()
    first.window.toggle_sidebar()
    first.window.close()
    second = open_app(loaded=False)
    qtbot.waitUntil(lambda: second.window.size() == first.window.size())
    shown = second.window.arrangement
    assert (shown.sidebar, shown.reasoning, shown.tools) == (False, True, False)


def _is_inner(control: QWidget) -> bool:
    """Parts of a native control have no name of their own."""
    owner = control.parentWidget()
    while owner is not None and not isinstance(owner, (QComboBox, QLineEdit)):
        owner = owner.parentWidget()
    return isinstance(control, QScrollBar) or owner is not None


def test_what_is_typed_while_reading_goes_into_the_composer(app: App) -> None:
    app.panes.reasoning.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    app.panes.reasoning.setFocus()
    QTest.keyClick(app.panes.reasoning, Qt.Key.Key_C, CTRL)
    QTest.keyClicks(app.panes.reasoning, "H")
    QTest.keyClicks(app.window.focusWidget(), "ello")
    assert app.panes.composer.field.toPlainText() == "Hello"
