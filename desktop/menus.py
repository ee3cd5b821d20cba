"""The menus and their shortcuts; About, Settings and Quit go where the platform wants them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu

_MOD = Qt.Modifier.CTRL  # Cmd on a Mac
_ALT = Qt.Modifier.ALT


class Menus(QObject):
    """Builds the menu bar of a window; every action is a signal, but those of Edit, which act where the cursor is."""

    new_requested = Signal()
    rename_requested = Signal()
    delete_requested = Signal()
    close_requested = Signal()
    settings_requested = Signal()
    quit_requested = Signal()
    sidebar_requested = Signal()
    reasoning_requested = Signal()
    tools_requested = Signal()
    full_screen_requested = Signal()
    models_requested = Signal()
    downloads_requested = Signal()
    servers_requested = Signal()
    stop_requested = Signal()
    minimize_requested = Signal()
    zoom_requested = Signal()
    about_requested = Signal()
    report_requested = Signal()
    find_requested = Signal()

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._file()
        self._edit()
        self._view()
        self._chat()
        self._window_menu()
        menu = self._menu(self.tr("Help"))
        self._add(menu, self.tr("Report a problem…"), self.report_requested.emit)
        about = self._add(menu, self.tr("About Minim"), self.about_requested.emit)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _file(self) -> None:
        menu = self._menu(self.tr("File"))
        self._add(menu, self.tr("New conversation"), self.new_requested.emit, _MOD | Qt.Key.Key_N)
        self._add(menu, self.tr("Rename conversation"), self.rename_requested.emit)
        self._add(menu, self.tr("Delete conversation"), self.delete_requested.emit)
        menu.addSeparator()
        settings = self._add(menu, self.tr("Settings…"), self.settings_requested.emit, _MOD | Qt.Key.Key_Comma)
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        menu.addSeparator()
        self._add(menu, self.tr("Close window"), self.close_requested.emit, _MOD | Qt.Key.Key_W)
        leave = self._add(menu, self.tr("Quit Minim"), self.quit_requested.emit, _MOD | Qt.Key.Key_Q)
        leave.setMenuRole(QAction.MenuRole.QuitRole)

    def _edit(self) -> None:
        menu = self._menu(self.tr("Edit"))
        key = QKeySequence.StandardKey
        for text, standard, method in (
            (self.tr("Undo"), key.Undo, "undo"),
            (self.tr("Redo"), key.Redo, "redo"),
            (self.tr("Cut"), key.Cut, "cut"),
            (self.tr("Copy"), key.Copy, "copy"),
            (self.tr("Paste"), key.Paste, "paste"),
            (self.tr("Select all"), key.SelectAll, "selectAll"),
        ):
            action = self._add(menu, text, _in_focus(method))
            action.setShortcuts(QKeySequence.keyBindings(standard))
        menu.addSeparator()
        self._add(menu, self.tr("Find in conversation…"), self.find_requested.emit, _MOD | Qt.Key.Key_F)

    def _view(self) -> None:
        menu = self._menu(self.tr("View"))
        self._add(menu, self.tr("Show or hide conversations"), self.sidebar_requested.emit, _MOD | _ALT | Qt.Key.Key_0)
        self._add(menu, self.tr("Show or hide reasoning"), self.reasoning_requested.emit, _MOD | _ALT | Qt.Key.Key_1)
        self._add(menu, self.tr("Show or hide tools"), self.tools_requested.emit, _MOD | _ALT | Qt.Key.Key_2)
        menu.addSeparator()
        full = self._add(menu, self.tr("Full screen"), self.full_screen_requested.emit)
        full.setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.FullScreen))

    def _chat(self) -> None:
        menu = self._menu(self.tr("Chat"))
        keys = _MOD | Qt.Modifier.SHIFT | Qt.Key.Key_M
        self._add(menu, self.tr("Models…"), self.models_requested.emit, keys)
        keys = _MOD | Qt.Modifier.SHIFT | Qt.Key.Key_D
        self._add(menu, self.tr("Downloads…"), self.downloads_requested.emit, keys)
        self._add(menu, self.tr("Tool servers…"), self.servers_requested.emit)
        self.stop_action = self._add(menu, self.tr("Stop"), self.stop_requested.emit)
        self.stop_action.setShortcuts([QKeySequence(_MOD | Qt.Key.Key_Period), QKeySequence(Qt.Key.Key_Escape)])

    def _window_menu(self) -> None:
        menu = self._menu(self.tr("Window"))
        self._add(menu, self.tr("Minimize"), self.minimize_requested.emit, _MOD | Qt.Key.Key_M)
        self._add(menu, self.tr("Zoom"), self.zoom_requested.emit)

    def _menu(self, title: str) -> QMenu:
        menu = self._window.menuBar().addMenu(title)
        menu.setAccessibleName(title)
        return menu

    def _add(self, menu: QMenu, text: str, slot: Callable[[], object], keys: object = None) -> QAction:
        action = menu.addAction(text)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))  # pyright: ignore[reportCallIssue, reportArgumentType]  a key combination
        action.triggered.connect(lambda: slot())
        return action


def _in_focus(method: str) -> Callable[[], object]:
    """Do this in whatever has the focus and can."""

    def act() -> None:
        focused = QApplication.focusWidget()
        slot = getattr(focused, method, None)
        if callable(slot):
            slot()

    return act
