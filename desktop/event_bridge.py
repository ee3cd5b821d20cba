"""Where the listener threads meet Qt: what a worker reports is handed to the GUI thread, in order."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from backends.contract.events import Envelope


class EventBridge(QObject):
    """`deliver` may be called from any thread; `arrived` is emitted on the thread that this object lives on."""

    arrived = Signal(object)
    """`Envelope[Event]`"""
    _handed_over = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._handed_over.connect(self._arrive, Qt.ConnectionType.QueuedConnection)

    def deliver(self, envelope: Envelope[Any]) -> None:
        """Hand an event over. After `close`, it is dropped: the window is gone."""
        if self._open:
            self._handed_over.emit(envelope)

    def close(self) -> None:
        """Let nothing through any more, what is on its way included."""
        self._open = False

    def _arrive(self, envelope: object) -> None:
        if self._open:
            self.arrived.emit(envelope)
