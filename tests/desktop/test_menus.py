"""The menu bar: what belongs to the window, what to the application, and what it says is possible."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QMainWindow, QMenu, QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop.window.edit_menu import possible
from desktop.window.menus import Menus

Role = QAction.MenuRole


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def of_application(qtbot: QtBot, window: QMainWindow) -> Iterator[Menus]:
    """As on a Mac: the bar belongs to no window."""
    menus = Menus(window, of_application=True)
    yield menus
    menus.bar.deleteLater()


def items(menus: Menus) -> dict[str, QAction]:
    return {item.text(): item for menu in menus.bar.actions() for item in menu.menu().actions() if item.text()}  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue, reportUnknownVariableType]  menu() is typed as an object


def test_a_windows_own_bar_has_no_item_that_only_macs_know(window: QMainWindow) -> None:
    menus = Menus(window, of_application=False)
    assert menus.bar is window.menuBar()
    assert {"Full screen", "Acknowledgements", "Minimize"} <= items(menus).keys()
    assert not {"Minim", "Bring all to front"} & items(menus).keys()
    assert all(item.isEnabled() for item in items(menus).values())


def test_a_dialog_is_closed_and_the_app_quit_by_their_keys_in_the_dialog(window: QMainWindow, qtbot: QtBot) -> None:
    menus, asked = Menus(window, of_application=False), list[str]()
    menus.quit_requested.connect(lambda: asked.append("quit"))
    menus.close_requested.connect(lambda: asked.append("close"))
    dialog = QDialog(window)
    for shown in (window, dialog):
        shown.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(dialog, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert asked == ["quit"]
    assert not dialog.isVisible()


def test_on_a_mac_the_bar_stays_without_its_window(window: QMainWindow, of_application: Menus) -> None:
    found = items(of_application)
    assert of_application.bar.parent() is None
    assert window.menuWidget() is None
    # AppKit adds its own, and another would stand beside it.
    assert "Full screen" not in found
    roles = {text: item.menuRole() for text, item in found.items() if item.menuRole() != Role.NoRole}
    assert roles == {
        "About Minim": Role.AboutRole,
        "Settings…": Role.PreferencesRole,
        "Quit Minim": Role.QuitRole,
    }
    # What is left in Help keeps it there, and with it the system's search.
    assert [text for text in found if text == "Acknowledgements"]


def test_a_closed_window_leaves_what_brings_it_back(window: QMainWindow, of_application: Menus) -> None:
    found = items(of_application)
    of_the_window = ("Minimize", "Zoom", "Find in conversation…", "Show or hide tools", "Rename conversation")
    assert not any(found[text].isEnabled() for text in of_the_window)
    assert all(found[text].isEnabled() for text in ("New conversation", "Settings…", "Minim", "Quit Minim", "Models…"))
    window.show()
    assert all(found[text].isEnabled() for text in of_the_window)
    of_application.show_conversation("")
    assert not found["Delete conversation"].isEnabled()
    assert found["Minimize"].isEnabled()
    of_application.show_conversation("one")
    assert found["Delete conversation"].isEnabled()
    window.hide()
    assert not any(found[text].isEnabled() for text in of_the_window)


def test_what_is_seen_in_the_window_shows_it_first(window: QMainWindow, of_application: Menus) -> None:
    asked: list[str] = []
    of_application.window_requested.connect(lambda: asked.append("window"))
    of_application.new_requested.connect(lambda: asked.append("new"))
    of_application.quit_requested.connect(lambda: asked.append("quit"))
    items(of_application)["New conversation"].trigger()
    items(of_application)["Quit Minim"].trigger()
    assert asked == ["window", "new", "quit"]
    window.show()
    items(of_application)["New conversation"].trigger()
    items(of_application)["Minim"].trigger()
    assert asked[3:] == ["new", "window"]


def test_close_closes_what_is_in_front(qtbot: QtBot, window: QMainWindow, of_application: Menus) -> None:
    asked: list[str] = []
    of_application.close_requested.connect(lambda: asked.append("close"))
    of_application.minimize_requested.connect(lambda: asked.append("minimize"))
    window.show()
    dialog = QDialog(window)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    items(of_application)["Minimize"].trigger()
    items(of_application)["Close window"].trigger()
    assert not dialog.isVisible()
    assert asked == []
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    items(of_application)["Close window"].trigger()
    assert asked == ["close"]


def test_escape_stops_only_from_the_window(qtbot: QtBot, window: QMainWindow, of_application: Menus) -> None:
    asked: list[str] = []
    of_application.stop_requested.connect(lambda: asked.append("stop"))
    window.setCentralWidget(QLineEdit())
    window.show()
    dialog = QDialog(window)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert asked == []
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    of_application.stop_action.setEnabled(False)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert asked == []
    of_application.stop_action.setEnabled(True)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert asked == ["stop"]


def test_edit_says_what_is_possible_while_it_is_open(qtbot: QtBot, window: QMainWindow, of_application: Menus) -> None:
    field = QLineEdit("words")
    window.setCentralWidget(field)
    window.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    menu = next(bar.menu() for bar in of_application.bar.actions() if bar.text() == "Edit")
    assert isinstance(menu, QMenu)
    found = items(of_application)
    menu.aboutToShow.emit()
    assert found["Select all"].isEnabled()
    assert not found["Undo"].isEnabled()
    assert not found["Cut"].isEnabled()
    menu.aboutToHide.emit()
    assert found["Undo"].isEnabled()  # its shortcut is to work when there is something
    found["Select all"].trigger()
    menu.aboutToShow.emit()
    assert found["Cut"].isEnabled()


def test_what_can_be_done_where(qtbot: QtBot) -> None:
    page = QPlainTextEdit("words", readOnly=True)
    qtbot.addWidget(page)
    QApplication.clipboard().setText("something")
    assert possible(page) == {"selectAll"}
    page.selectAll()
    assert possible(page) == {"selectAll", "copy"}
    page.setReadOnly(False)
    assert possible(page) == {"selectAll", "copy", "cut", "paste"}
    page.insertPlainText("others")
    assert possible(page) == {"selectAll", "undo", "paste"}
    assert possible(QLabel()) == possible(None) == set()
