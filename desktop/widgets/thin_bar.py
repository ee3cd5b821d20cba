"""A progress bar that is a thin line: the native one's groove cannot be seen on a dark ground."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop import theme


class ThinBar(QProgressBar):
    """A thousand steps. An unknown total is an empty line: a bar that runs to and fro would keep a timer going."""

    def __init__(self, height: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setFixedHeight(height)
        self.setRange(0, 1000)
        self.setValue(0)

    def show_progress(self, done: int, total: int, *, moves: bool = True) -> None:
        """Show how much of how much, in bytes; what stands still is paler."""
        value = 1000 * done // total if total else 0
        if (value, moves) != (self.value(), self.property("moves")):
            self.setProperty("moves", moves)
            self.setValue(value)
            self.update()

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.border))
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self.value():
            painter.setBrush(QColor(colours.accent if self.property("moves") else colours.faint))
            width = max(self.height(), self.width() * self.value() / 1000)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)
        painter.end()
