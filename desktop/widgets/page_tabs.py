"""A row of tabs as preferences have it: a glyph with its name below, one of them chosen."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from desktop import theme
from desktop.widgets.glyph import GLYPH_SIZE, glyph_pixmap, paint_ground
from desktop.widgets.surface import Surface

_LEAST_WIDTH = 72


class PageTabs(Surface):
    """Says which page is wanted, by its place in the row."""

    chosen = Signal(int)

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__("surface", ("bottom",), parent)
        self.setAccessibleName(label)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.SMALL + 1)
        self._row.setSpacing(theme.HAIR)
        self._row.addStretch(1)
        self._row.addStretch(1)

    def add(self, glyph: str, name: str) -> None:
        """Another tab at the end of the row; the first one is chosen."""
        tab = _Tab(glyph, name)
        place = len(self._group.buttons())
        self._group.addButton(tab, place)
        self._row.insertWidget(place + 1, tab)
        tab.setChecked(place == 0)

    def name(self, place: int) -> str:
        """What the tab at this place is called."""
        return self._group.button(place).text()

    def choose(self, place: int) -> None:
        """Choose a tab as a click does."""
        self._group.button(place).click()


class _Tab(QToolButton):
    def __init__(self, glyph: str, name: str) -> None:
        super().__init__()
        self._glyph = glyph
        self.setText(name)
        self.setAccessibleName(name)
        self.setCheckable(True)
        self.setFont(theme.small_font())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        width = metrics.horizontalAdvance(self.text()) + 2 * theme.MEDIUM
        return QSize(max(_LEAST_WIDTH, width), GLYPH_SIZE + metrics.height() + theme.HAIR + theme.MEDIUM)

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, self, colours.selection if self.isChecked() else "")
        colour = colours.accent if self.isChecked() else colours.muted
        pixmap = glyph_pixmap(self._glyph, colour, GLYPH_SIZE, self.devicePixelRatioF())
        painter.drawPixmap((self.width() - GLYPH_SIZE) // 2, theme.HAIR + 2, pixmap)
        painter.setPen(QColor(colours.text if self.isChecked() else colours.muted))
        below = QRect(0, theme.HAIR + 2 + GLYPH_SIZE, self.width(), self.height() - GLYPH_SIZE - theme.SMALL)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
