"""A line that opens and closes what lies behind it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop import theme
from desktop.widgets.glyph import glyph_pixmap, paint_ground

_GLYPH = 16


def outdented(disclosure: Disclosure) -> QHBoxLayout:
    """A row for a disclosure with words: its chevron stands where the text above and below it begins."""
    row = QHBoxLayout()
    row.setSpacing(0)
    row.addSpacing(-theme.HAIR - 3)
    row.addWidget(disclosure)
    row.addStretch(1)
    return row


class Disclosure(QToolButton):
    """A chevron, and words beside it where there are any; checked means open. Space, Enter and clicks toggle it."""

    def __init__(self, label: str, *, shows_label: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shows_label = shows_label
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_label(label)

    def set_label(self, label: str) -> None:
        """Say what lies behind it."""
        self.setAccessibleName(label)
        if self._shows_label:
            self.setText(label)
        else:
            self.setToolTip(label)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        if not self._shows_label:
            return QSize(22, 22)
        width = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(_GLYPH + theme.SMALL + width + theme.SMALL, theme.CONTROL_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, self)
        colour = colours.text if self.underMouse() else colours.muted
        chevron = glyph_pixmap("chevron", colour, _GLYPH, self.devicePixelRatioF())
        left = 3 if not self._shows_label else theme.HAIR - 1
        painter.save()
        painter.translate(left + _GLYPH / 2, self.height() / 2)
        if not self.isChecked():
            painter.rotate(-90)
        painter.drawPixmap(-_GLYPH // 2, -_GLYPH // 2, chevron)
        painter.restore()
        if self._shows_label:
            painter.setPen(QColor(colour))
            place = QRect(left + _GLYPH + theme.HAIR, 0, self.width(), self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()
