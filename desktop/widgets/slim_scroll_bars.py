"""Scroll bars that are a quiet handle and nothing else, where the platform's own would be a heavy frame with arrows."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QScrollBar, QWidget

from desktop import theme


class SlimScrollBars(QObject):
    """Draws the scroll bars below a widget; their size, their steps and their keys stay the style's. Not on macOS."""

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        if sys.platform != "darwin":
            for bar in root.findChildren(QScrollBar):
                bar.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
                bar.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Paint or not isinstance(watched, QScrollBar):
            return False
        _paint(watched)
        return True


def _paint(bar: QScrollBar) -> None:
    from PySide6.QtWidgets import QStyle, QStyleOptionSlider  # made when there is a bar to draw

    if bar.minimum() >= bar.maximum():
        return
    option = QStyleOptionSlider()
    bar.initStyleOption(option)
    handle = bar.style().subControlRect(
        QStyle.ComplexControl.CC_ScrollBar, option, QStyle.SubControl.SC_ScrollBarSlider, bar
    )
    colours = theme.current_colours()
    colour = QColor(colours.muted)
    colour.setAlphaF(0.6 if bar.isSliderDown() else 0.45 if bar.underMouse() else 0.28)
    painter = QPainter(bar)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if bar.orientation() == Qt.Orientation.Vertical:
        area = QRectF(handle).adjusted(bar.width() / 2 - 3, 2, -(bar.width() / 2 - 3), -2)
    else:
        area = QRectF(handle).adjusted(2, bar.height() / 2 - 3, -2, -(bar.height() / 2 - 3))
    painter.drawRoundedRect(area, 3, 3)
    painter.end()
