"""What comes from outside the window: another start of Minim, a folder that was dropped or opened with Minim."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from backends.contract.errors import MinimError
from desktop.front import bring_to_front
from desktop.start_request import StartRequest, model_folder
from desktop.widgets.dropped_paths import dropped_models


class OutsideDesk(QObject):
    """Brings the window to the front and passes on what is asked: a folder goes the way of one opened in the picker."""

    folder_requested = Signal(str)
    launch_requested = Signal(object)
    """`LaunchChoice`"""
    problem_found = Signal(str, str)
    """What cannot be opened, and what to do."""

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def take(self, request: StartRequest) -> None:
        """Do what another start of Minim asks for."""
        bring_to_front(self._window, request.token)
        self.do(request)

    def do(self, request: StartRequest) -> None:
        """Do what a start asks for in a window that is in front already."""
        if request.folder:
            self.open_paths([request.folder])
        if request.launch is not None:
            self.launch_requested.emit(request.launch)

    def take_paths(self, paths: Sequence[str]) -> None:
        """Open what the system hands over, as a drop on the Dock; a window that was closed comes back for it."""
        bring_to_front(self._window)
        self.open_paths(paths)

    def open_paths(self, paths: Sequence[str]) -> None:
        """Open the model that these mean."""
        try:
            folder = model_folder(paths)
        except MinimError as error:
            self.problem_found.emit(error.message, error.hint)
        else:
            self.folder_requested.emit(folder)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop) or not isinstance(event, QDropEvent):
            return False
        paths = dropped_models(event.mimeData())
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            # Not before the drop is over: the file browser waits for it.
            QTimer.singleShot(0, self, lambda: self.open_paths(paths))
        return True
