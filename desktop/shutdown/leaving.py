"""Closing and quitting: what goes on without a window, what is asked before it is broken off, and when the app ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from shiboken6 import isValid

from desktop.front import bring_to_front
from desktop.shutdown.activity import Activity, Doing
from desktop.shutdown.mac_quit import session_ends
from desktop.window.main_window import MainWindow

if TYPE_CHECKING:
    from desktop.shutdown.leave_question import Answer, LeaveQuestion

Step = Literal["hide", "ask", "end"]

_LINGER_MS = 60_000
"""How long the app waits for a click on what it told, once all is done that went on without a window."""
_FULL_SCREEN_MS = 1_000
"""How long a Mac takes to leave full screen: a window hidden before that leaves a black one behind."""
_SESSION_MS = 60_000
"""How long a session that is about to end may take; if it has not ended then, something else has stopped it."""


def on_close(doing: Doing, *, is_mac: bool) -> Step:
    """What closing the window does. On a Mac the Dock brings it back; elsewhere nothing would."""
    if is_mac:
        return "hide"
    return "ask" if doing.is_work else "end"


def on_quit(doing: Doing, *, session_ends: bool) -> Step:
    """What quitting does. A person who logs out or shuts down is not held up: what was written is kept."""
    return "ask" if doing.is_work and not session_ends else "end"


class Leaving(QObject):
    """Takes every way out of the app: the window’s, the menu’s, the Dock’s and the system’s.

    `keep` stores what is unsaved. Elsewhere than on a Mac, an app that goes on without a window ends by itself a while
    after its last work is done: nobody sees that it is there, and it may hold a large model in memory. The while is
    for the person who clicks on what it told then. `session_ends`: whether the quitting that a Mac just asked for ends
    the session as well.
    """

    ended = Signal()
    """The app is to end now. Whoever hears it does so before returning: on a Mac the process may be over after it."""

    def __init__(
        self,
        window: MainWindow,
        activity: Activity,
        keep: Callable[[], object],
        *,
        is_mac: bool = sys.platform == "darwin",
        session_ends: Callable[[], bool] = session_ends,
        linger_ms: int = _LINGER_MS,
        full_screen_ms: int = _FULL_SCREEN_MS,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._activity = activity
        self._keep = keep
        self._is_mac = is_mac
        self._session_ends = session_ends
        self._over = False
        self._question: LeaveQuestion | None = None
        self._put_away: list[QWidget] = []
        self._linger = QTimer(self, singleShot=True, interval=linger_ms)
        self._linger.timeout.connect(self._end)
        self._full_screen = QTimer(self, singleShot=True, interval=full_screen_ms)
        self._full_screen.timeout.connect(self._hide)
        self._session = QTimer(self, singleShot=True, interval=_SESSION_MS)
        window.shown.connect(self._shown)
        window.closing.connect(self._closing)
        activity.changed.connect(self._look)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._activated)
            application.commitDataRequest.connect(self.prepare_session_end, Qt.ConnectionType.DirectConnection)

    @property
    def lingers(self) -> bool:
        """Whether the app is about to end, because all is done that it went on for."""
        return self._linger.isActive()

    def show_window(self) -> None:
        """Bring the window to the front, from wherever it is. Whoever else shows it does no harm."""
        if not self._over:
            bring_to_front(self._window)

    def quit(self) -> None:
        """End the app, or ask first."""
        self.may_quit()

    def may_quit(self) -> bool:
        """Whether the app ends now, in which case all is kept when this returns; otherwise the person is asked."""
        if not self._over:
            if on_quit(self._activity.doing, session_ends=self._session.isActive()) == "ask":
                self._ask(closes=False)
            else:
                self._end()
        return self._over

    def end(self) -> None:
        """End the app now, with all kept and nothing asked, as when a signal tells the process to."""
        self._end()

    def prepare_session_end(self, _manager: object = None) -> None:
        """The person logs out: keep what there is, ask nothing, and end when the system says so.

        On a Mac it is told of the Dock’s Quit as well, which asks.
        """
        if not self._is_mac or self._session_ends():
            self._session.start()
        self._keep()

    def close(self) -> None:
        """From now on nothing is asked: the app has ended."""
        self._over = True
        self._linger.stop()
        self._full_screen.stop()
        if self._question is not None:
            self._question.close()

    def _shown(self) -> None:
        """The window is back: so are the dialogs that were open in it, and the app stays."""
        self._linger.stop()
        put_away, self._put_away = self._put_away, []
        for dialog in put_away:
            if isValid(dialog):
                dialog.show()

    def _closing(self, event: QCloseEvent) -> None:
        if self._over:
            return
        if self._session.isActive():
            self._end()
            return
        match on_close(self._activity.doing, is_mac=self._is_mac):
            case "hide":
                event.ignore()
                self._hide()
            case "ask":
                event.ignore()
                self._ask(closes=True)
            case "end":
                self._end()

    def _ask(self, *, closes: bool) -> None:
        """Ask once, however often the person says it; where there is no window, by itself."""
        from desktop.shutdown.leave_question import LeaveQuestion

        if self._question is None:
            if self._window.isVisible() and self._window.isMinimized():
                self.show_window()  # it is closed from the task bar: a question above it would not be seen
            parent = self._window if self._window.isVisible() else None
            self._question = LeaveQuestion(self._activity.doing, parent, closes=closes)
            self._question.answered.connect(self._answered)
            self._question.open()
        self._question.raise_()
        self._question.activateWindow()

    def _answered(self, answer: Answer) -> None:
        self._question = None
        if self._over:
            return
        if answer == "quit":
            self._end()
        elif answer == "keep_running":
            self._hide()
            self._look()

    def _hide(self) -> None:
        window = self._window
        if self._full_screen.isActive():
            return  # closed once more while it leaves full screen
        if self._is_mac and window.isFullScreen():
            window.showNormal()
            self._full_screen.start()
            return
        self._keep()
        # They are windows of their own, and would be left standing without the one they belong to.
        dialogs = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
        self._put_away += [dialog for dialog in dialogs if dialog is not self._question]
        for dialog in self._put_away:
            dialog.hide()
        window.hide()

    def _look(self) -> None:
        """Without a window, and where none can be had but by starting Minim again: is there still something to do?"""
        if self._is_mac or self._over or self._window.isVisible():
            return
        if self._activity.doing.holds:
            self._linger.stop()
        elif not self._linger.isActive():
            self._linger.start()

    def _activated(self, state: Qt.ApplicationState) -> None:
        """A click on the Dock: on a Mac it tells an app that is active already as well."""
        if not self._is_mac or state != Qt.ApplicationState.ApplicationActive or self._window.isVisible():
            return
        if self._question is not None:  # the Dock's Quit: what it asks must not lie below the window
            self._question.raise_()
            self._question.activateWindow()
        else:
            self.show_window()

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        try:
            self._keep()
        finally:  # whatever goes wrong with that: an app that cannot be ended would be in the way of the next
            # Workers take a moment to end: nobody has to look at a window that does nothing any more.
            self._window.close()
            for widget in QApplication.topLevelWidgets():
                widget.hide()
            self.ended.emit()
