"""News for a person who looks at another app: the window asks to be looked at, and the system shows a few words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from desktop.front import bring_to_front

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSystemTrayIcon

_SHOWN_MS = 10_000
_JUMPS_MS = 1_000
"""For how long a Mac's icon in the Dock jumps: without an end, it would until somebody comes."""
_REST_MS = 1_000
"""A click on what was told brings the app to the front, and may be heard only after that: until then it is listened."""
_MARKUP = str.maketrans(dict.fromkeys("<>&", " "))
"""Some systems read these as markup, with links and pictures."""


class Notifier(QObject):
    """Says nothing while the app is in front. `open_tray`: what shows words outside the window, None where nothing can.

    What is told may be seen by whoever sees the screen: never what a person wrote, or a model.
    """

    def __init__(
        self,
        window: QWidget,
        open_tray: Callable[[], QSystemTrayIcon | None] | None = None,
        *,
        is_mac: bool = sys.platform == "darwin",
        rest_ms: int = _REST_MS,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._is_mac = is_mac
        self._open_tray = open_tray or self._system_tray
        self._tray: QSystemTrayIcon | None = None
        self._then: Callable[[], object] | None = None
        self._quiet = QTimer(self, singleShot=True, interval=rest_ms)
        self._quiet.timeout.connect(self._hide)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._rest)

    @property
    def in_front(self) -> bool:
        """Whether the person sees the window, or a dialog of it."""
        is_active = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        return is_active and self._window.isVisible() and not self._window.isMinimized()

    def tell(self, title: str, text: str, then: Callable[[], object] = lambda: None) -> None:
        """Tell it, if the app is not in front. A click brings the window to the front and calls `then`."""
        if self.in_front:
            return
        self._then = then
        self._quiet.stop()
        QApplication.alert(self._window, _JUMPS_MS if self._is_mac else 0)
        if self._tray is None:
            self._tray = self._open_tray()
            if self._tray is not None:
                self._tray.messageClicked.connect(self._go)
                self._tray.activated.connect(self._go)
        if self._tray is not None:
            self._tray.show()
            # A Mac lists it for who is away, from where Qt would take it after this time. 0: it stays.
            shown_ms = 0 if self._is_mac else _SHOWN_MS
            self._tray.showMessage(title, text.translate(_MARKUP), self._tray.icon(), shown_ms)

    def _system_tray(self) -> QSystemTrayIcon | None:
        """The system's own, where it has one that shows messages."""
        # Its class is built with the first news: most starts have none.
        from PySide6.QtWidgets import QSystemTrayIcon

        from desktop.widgets.glyph import app_icon

        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return None
        return QSystemTrayIcon(app_icon(), self)

    def _go(self) -> None:
        bring_to_front(self._window)
        self._quiet.start()
        if self._then is not None:
            self._then()

    def _rest(self, state: Qt.ApplicationState) -> None:
        """The person is here: nothing is left to be told outside."""
        if state == Qt.ApplicationState.ApplicationActive and self._tray is not None:
            self._quiet.start()

    def _hide(self) -> None:
        if self._tray is not None:
            self._tray.hide()
