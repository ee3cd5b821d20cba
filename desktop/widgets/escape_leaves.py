"""Escape in a field leaves the field: it would stop the turn, and what a person wrote there would be lost."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class EscapeLeaves(QObject):
    """Watches over `field` as long as that lives; the next Escape is the window's again."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._field = field
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # no shortcut of the window: the key comes here
        elif event.type() == QEvent.Type.KeyPress:
            self._field.clearFocus()
        return True
