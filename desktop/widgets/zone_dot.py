"""The small coloured dot beside the words of a zone: never without them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from backends.contract.catalog import Zone
from desktop import theme

DOT = 8


class ZoneDot(QWidget):
    """Filled in the zone's colour; None shows nothing and keeps the place."""

    def __init__(self, zone: Zone | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone: Zone | None = zone
        self.setFixedSize(DOT, DOT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_dot(painter, QRectF(self.rect()), self._zone)
        painter.end()


def paint_dot(painter: QPainter, area: QRectF, zone: Zone | None) -> None:
    """The dot of a zone; a ring for one that no engine here runs."""
    if zone is None:
        return
    colours = theme.current_colours()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = QColor(zone_colour(zone, colours))
    if zone == "no_engine":
        painter.setPen(colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(area.adjusted(1, 1, -1, -1))
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(area)


def zone_colour(zone: Zone, colours: theme.Colours) -> str:
    """The colour that goes with a zone."""
    match zone:
        case "fits":
            return colours.success
        case "will_crawl":
            return colours.warning
        case "will_not_load":
            return colours.error
        case "no_engine":
            return colours.faint
