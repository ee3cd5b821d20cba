"""The menus and their shortcuts; About, Settings and Quit go where the platform wants them.

On a Mac the menu bar is the application's: it stays when the window is closed, and what needs the window asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QMenuBar, QWidget

from desktop.window.edit_menu import fill_edit_menu

_MOD = Qt.Modifier.CTRL  # Cmd on a Mac
_ALT = Qt.Modifier.ALT


class Menus(QObject):
    """Builds the menu bar; every action is a signal, but those of Edit, which act where the cursor is.

    `of_application`: the bar belongs to no window, as on a Mac.
    """

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
    window_requested = Signal()
    """The window is to be shown, if it was closed, and to come to the front."""
    about_requested = Signal()
    acknowledgements_requested = Signal()
    report_requested = Signal()
    welcome_requested = Signal()
    find_requested = Signal()

    def __init__(self, window: QMainWindow, *, of_application: bool = sys.platform == "darwin") -> None:
        super().__init__(window)
        self._window = window
        self._of_application = of_application
        self._of_window: list[QAction] = []
        self._of_conversation: list[QAction] = []
        self._conversation_shown = True
        # A Mac shows a window's own bar only while that window has the focus; one without a window is always there.
        self.bar = QMenuBar() if of_application else window.menuBar()
        self._file()
        self._edit()
        self._view()
        self._chat()
        self._window_menu()
        self._help()
        if of_application:
            window.installEventFilter(self)
            self._enable()

    def show_conversation(self, shown: str) -> None:
        """Which conversation there is to rename or to delete; none if empty."""
        self._conversation_shown = bool(shown)
        self._enable()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._enable()
        return False

    def _file(self) -> None:
        menu = self._menu(self.tr("File"))
        self._add(menu, self.tr("New conversation"), self._with_window(self.new_requested.emit), _MOD | Qt.Key.Key_N)
        self._of_conversation += [
            self._add(menu, self.tr("Rename conversation"), self.rename_requested.emit),
            self._add(menu, self.tr("Delete conversation"), self.delete_requested.emit),
        ]
        menu.addSeparator()
        asked = self._with_window(self.settings_requested.emit)
        settings = self._add(menu, self.tr("Settings…"), asked, _MOD | Qt.Key.Key_Comma)
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        menu.addSeparator()
        shut = self._add(menu, self.tr("Close window"), self._close_front, _MOD | Qt.Key.Key_W)
        leave = self._add(menu, self.tr("Quit Minim"), self.quit_requested.emit, _MOD | Qt.Key.Key_Q)
        for item in (shut, leave):
            item.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)  # in the settings and their like, too
        leave.setMenuRole(QAction.MenuRole.QuitRole)

    def _edit(self) -> None:
        menu = self._menu(self.tr("Edit"))
        words = [self.tr("Undo"), self.tr("Redo"), self.tr("Cut"), self.tr("Copy"), self.tr("Paste")]
        fill_edit_menu(menu, [*words, self.tr("Select all")], greys=self._of_application)
        menu.addSeparator()
        find = self._add(menu, self.tr("Find in conversation…"), self.find_requested.emit, _MOD | Qt.Key.Key_F)
        self._of_window.append(find)

    def _view(self) -> None:
        menu = self._menu(self.tr("View"))
        keys = _MOD | _ALT
        self._of_window += [
            self._add(menu, self.tr("Show or hide conversations"), self.sidebar_requested.emit, keys | Qt.Key.Key_0),
            self._add(menu, self.tr("Show or hide reasoning"), self.reasoning_requested.emit, keys | Qt.Key.Key_1),
            self._add(menu, self.tr("Show or hide tools"), self.tools_requested.emit, keys | Qt.Key.Key_2),
        ]
        if not self._of_application:  # AppKit adds Enter Full Screen to a menu of this name by itself
            menu.addSeparator()
            full = self._add(menu, self.tr("Full screen"), self.full_screen_requested.emit)
            full.setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.FullScreen))

    def _chat(self) -> None:
        menu = self._menu(self.tr("Chat"))
        keys = _MOD | Qt.Modifier.SHIFT | Qt.Key.Key_M
        self._add(menu, self.tr("Models…"), self._with_window(self.models_requested.emit), keys)
        keys = _MOD | Qt.Modifier.SHIFT | Qt.Key.Key_D
        self._add(menu, self.tr("Downloads…"), self._with_window(self.downloads_requested.emit), keys)
        self._add(menu, self.tr("Tool servers…"), self._with_window(self.servers_requested.emit))
        stop = self.stop_action = self._add(menu, self.tr("Stop"), self.stop_requested.emit, _MOD | Qt.Key.Key_Period)
        # Not a second shortcut of the menu's: those of a bar without a window hold in dialogs, too, and Escape closes
        # dialogs.
        escape = QAction(self._window)
        escape.setShortcut(QKeySequence(Qt.Key.Key_Escape))
        escape.triggered.connect(stop.trigger)
        stop.enabledChanged.connect(escape.setEnabled)
        self._window.addAction(escape)

    def _window_menu(self) -> None:
        menu = self._menu(self.tr("Window"))
        self._of_window += [
            self._add(menu, self.tr("Minimize"), self._if_in_front(self.minimize_requested.emit), _MOD | Qt.Key.Key_M),
            self._add(menu, self.tr("Zoom"), self._if_in_front(self.zoom_requested.emit)),
        ]
        if self._of_application:
            menu.addSeparator()
            self._add(menu, "Minim", self.window_requested.emit, _MOD | Qt.Key.Key_0)
            menu.addSeparator()
            self._add(menu, self.tr("Bring all to front"), _raise_all)

    def _help(self) -> None:
        menu = self._menu(self.tr("Help"))
        # About goes to the application's menu on a Mac, and a menu with nothing in it is not shown: nor is its search.
        self._add(menu, self.tr("Welcome to Minim"), self._with_window(self.welcome_requested.emit))
        self._add(menu, self.tr("Report a problem…"), self._with_window(self.report_requested.emit))
        self._add(menu, self.tr("Acknowledgements"), self.acknowledgements_requested.emit)
        about = self._add(menu, self.tr("About Minim"), self.about_requested.emit)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _menu(self, title: str) -> QMenu:
        menu = self.bar.addMenu(title)
        menu.setAccessibleName(title)
        return menu

    def _add(self, menu: QMenu, text: str, slot: Callable[[], object], keys: object = None) -> QAction:
        action = menu.addAction(text)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))  # pyright: ignore[reportCallIssue, reportArgumentType]  a key combination
        action.triggered.connect(lambda: slot())
        return action

    def _with_window(self, ask: Callable[[], None]) -> Callable[[], None]:
        """What is asked for is seen in the window: it is shown before."""

        def show_and_ask() -> None:
            if not self._window.isVisible():
                self.window_requested.emit()
            ask()

        return show_and_ask

    def _if_in_front(self, ask: Callable[[], None]) -> Callable[[], None]:
        """Not what another window in front of it would be asked for."""

        def ask_if_in_front() -> None:
            if QApplication.activeWindow() in (None, self._window):
                ask()

        return ask_if_in_front

    def _close_front(self) -> None:
        front = QApplication.activeWindow()
        if front is None or front is self._window:
            self.close_requested.emit()
        else:
            front.close()

    def _enable(self) -> None:
        shown = self._window.isVisible() or not self._of_application
        for action in self._of_window:
            action.setEnabled(shown)
        for action in self._of_conversation:
            action.setEnabled(shown and self._conversation_shown)


def _raise_all() -> None:
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and widget.windowType() in (Qt.WindowType.Window, Qt.WindowType.Dialog):
            QWidget.raise_(widget)
