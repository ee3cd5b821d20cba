"""Flat grounds and hairlines: what panes are laid out on."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from desktop import theme

Ground = Literal["background", "surface", "surface_raised"]
Edge = Literal["top", "bottom", "left", "right"]


class Surface(QWidget):
    """A widget filled with one of the theme's grounds, with hairlines at some of its edges."""

    def __init__(self, ground: Ground = "surface", edges: tuple[Edge, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground: Ground = ground
        self._edges = edges

    def set_edges(self, edges: tuple[Edge, ...]) -> None:
        """Draw hairlines at these edges."""
        self._edges = edges
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(getattr(colours, self._ground)))
        line, width, height = QColor(colours.border), self.width(), self.height()
        for edge in self._edges:
            match edge:
                case "top":
                    painter.fillRect(0, 0, width, 1, line)
                case "bottom":
                    painter.fillRect(0, height - 1, width, 1, line)
                case "left":
                    painter.fillRect(0, 0, 1, height, line)
                case "right":
                    painter.fillRect(width - 1, 0, 1, height, line)
        painter.end()


def paint_decision(card: QWidget, ground: Ground) -> None:
    """Paint a card that waits for a person's decision: a rounded ground, and a mark in the colour of warnings."""
    colours = theme.current_colours()
    painter = QPainter(card)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(colours.border))
    painter.setBrush(QColor(getattr(colours, ground)))
    painter.drawRoundedRect(QRectF(card.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.warning))
    painter.drawRoundedRect(QRectF(6, 10, 3, card.height() - 20), 1.5, 1.5)
    painter.end()


def show_ground_below(view: QWidget) -> None:
    """Let a field or a scroll area have the ground that it lies on, instead of one of its own.

    By its palette, not by its viewport: asked for a widget that Qt made, PySide builds the classes of all widgets
    there are, and the window's first paint would wait for them.
    """
    palette = view.palette()
    palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))
    view.setPalette(palette)


class HairSplitter(QSplitter):
    """A splitter whose handles are hairlines that can still be grabbed."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget | None = None) -> None:
        super().__init__(orientation, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:  # noqa: N802  Qt's name
        return _Hairline(self.orientation(), self)


class _Hairline(QSplitterHandle):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(theme.current_colours().border))
        painter.end()
