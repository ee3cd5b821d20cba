"""A rounded card whose rows are parted by hairlines: a short list that grows with what is in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop import theme


class RowsCard(QWidget):
    """Rows are replaced all at once; those that are gone are deleted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(1)

    @property
    def rows(self) -> list[QWidget]:
        """The rows from the top down."""
        return self._rows

    def show_rows(self, rows: Sequence[QWidget]) -> None:
        """Show these rows."""
        for row in self._rows:
            if row not in rows:
                self._column.removeWidget(row)
                row.hide()
                row.deleteLater()
        self._rows = list(rows)
        for place, row in enumerate(self._rows):
            self._column.insertWidget(place, row)
            row.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for row in self._rows[1:]:
            painter.fillRect(theme.MEDIUM, row.y() - 1, self.width() - theme.MEDIUM, 1, QColor(colours.border))
        painter.end()
