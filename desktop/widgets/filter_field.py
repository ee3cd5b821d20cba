"""A quiet, rounded field to filter a list with."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop import theme
from desktop.widgets.glyph import glyph_pixmap
from desktop.widgets.surface import show_ground_below


class FilterField(QLineEdit):
    """A line of text with a magnifying glass; Escape empties it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrame(False)
        self.setClearButtonEnabled(True)
        self.setTextMargins(26, 0, 2, 0)
        self.setFixedHeight(30)
        show_ground_below(self)

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        if arg__1.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(arg__1)

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.accent if self.hasFocus() else colours.border))
        painter.setBrush(QColor(colours.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        glass = glyph_pixmap("search", colours.muted, 16, self.devicePixelRatioF())
        painter.drawPixmap(8, (self.height() - 16) // 2, glass)
        painter.end()
        super().paintEvent(arg__1)
