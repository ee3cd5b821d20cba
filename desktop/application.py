"""The application object: what the system asks of the app as a whole arrives here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from desktop.leaving import Leaving


class Application(QApplication):
    """Ends with its last window until it follows a `Leaving`, which decides from then on."""

    _may_quit: Callable[[], bool] | None = None

    def follow(self, leaving: Leaving) -> None:
        """Let this decide when the app ends."""
        self._may_quit = leaving.may_quit
        leaving.ended.connect(self._end)
        self.setQuitOnLastWindowClosed(False)

    def event(self, event: QEvent) -> bool:
        # The Dock’s Quit, a system that shuts down, `QApplication.quit`: Qt would close the window for it, which on a
        # Mac only hides.
        if event.type() == QEvent.Type.Quit and self._may_quit is not None:
            event.setAccepted(self._may_quit())
            return True
        return super().event(event)

    def _end(self) -> None:
        self.exit(0)
