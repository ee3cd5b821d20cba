"""The application object: what the system asks of the app as a whole arrives here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from desktop.shutdown.leaving import Leaving


class Application(QApplication):
    """Ends with its last window until it follows a `Leaving`, which decides from then on.

    What the system wants opened (a drop on the Dock icon, “Open with Minim”) is kept until somebody can open it.
    Several files that are opened at once come one by one.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(arguments)
        self._may_quit: Callable[[], bool] | None = None
        self._open: Callable[[Sequence[str]], object] | None = None
        self._waiting: list[str] = []
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._hand_over)
        self.setApplicationName("Minim")
        self.setApplicationDisplayName("Minim")
        self.setDesktopFileName("minim")

    def follow(self, leaving: Leaving) -> None:
        """Let this decide when the app ends."""
        self._may_quit = leaving.may_quit
        leaving.ended.connect(self._end)
        self.setQuitOnLastWindowClosed(False)

    def open_with(self, take: Callable[[Sequence[str]], object]) -> None:
        """Hand the paths to `take`, from those on that wait already."""
        self._open = take
        self._hand_over()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self._waiting.append(event.file())
            self._timer.start()
            return True
        # The Dock’s Quit, a system that shuts down, `QApplication.quit`: Qt would close the window for it, which on a
        # Mac only hides.
        if event.type() == QEvent.Type.Quit and self._may_quit is not None:
            event.setAccepted(self._may_quit())
            return True
        return super().event(event)

    def _end(self) -> None:
        self.exit(0)

    def _hand_over(self) -> None:
        if self._open is not None and self._waiting:
            paths, self._waiting = self._waiting, []
            self._open(paths)
