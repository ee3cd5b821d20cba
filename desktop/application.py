"""The QApplication, which hears which files the system wants opened: a drop on the Dock icon, “Open with Minim”."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """Keeps what comes before anybody can open it. Several files that are opened at once come one by one."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(arguments)
        self._open: Callable[[Sequence[str]], object] | None = None
        self._waiting: list[str] = []
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._hand_over)
        self.setApplicationName("Minim")
        self.setApplicationDisplayName("Minim")
        self.setDesktopFileName("minim")

    def open_with(self, take: Callable[[Sequence[str]], object]) -> None:
        """Hand the paths to `take`, from those on that wait already."""
        self._open = take
        self._hand_over()

    def event(self, event: QEvent) -> bool:
        """Qt's handler for what is sent to the application itself."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self._waiting.append(event.file())
            self._timer.start()
            return True
        return super().event(event)

    def _hand_over(self) -> None:
        if self._open is not None and self._waiting:
            paths, self._waiting = self._waiting, []
            self._open(paths)
