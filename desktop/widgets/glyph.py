"""Our own glyphs in the colour of the text around them, and the quiet buttons that bear them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QToolButton, QWidget

import resources
from desktop import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

GLYPH_SIZE = 20
_ICONS = Path(resources.__file__).with_name("icons")


@cache
def _drawing(name: str) -> str:
    return (_ICONS / f"{name}.svg").read_text(encoding="utf-8")


@cache
def glyph_pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """The glyph `resources/icons/<name>.svg`, `size` device-independent pixels square."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("#000", colour).encode()))
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def app_icon() -> QIcon:
    """The application's icon."""
    from PySide6.QtGui import QIcon  # its class takes long to build: only after the first paint

    return QIcon(glyph_pixmap("minim", "#000", 256, 1.0))


class GlyphButton(QToolButton):
    """A flat, square button with one glyph; `label` is its tooltip and its accessible name."""

    def __init__(self, glyph: str, label: str, *, checkable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)
        self.set_label(label)

    def set_label(self, label: str) -> None:
        """Say what the button does."""
        self.setToolTip(label)
        self.setAccessibleName(label)

    def set_glyph(self, glyph: str) -> None:
        """Show another glyph."""
        self._glyph = glyph
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, self, colours.selection if self.isChecked() else "")
        colour = colours.accent if self.isChecked() else colours.muted
        if not self.isEnabled():
            colour = colours.border
        elif self.underMouse() and not self.isChecked():
            colour = colours.text
        paint_glyph(painter, self, self._glyph, colour)
        painter.end()


class RoundButton(QToolButton):
    """The one filled, round button of a pane."""

    def __init__(self, glyph: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self.setFixedSize(32, 32)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_as(glyph, label)

    def show_as(self, glyph: str, label: str) -> None:
        """Show a glyph, and say what the button does with it."""
        self._glyph = glyph
        self.setToolTip(label)
        self.setAccessibleName(label)
        self.update()

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(colours.accent if self.isEnabled() else colours.border)
        if self.isDown():
            ground = ground.darker(115)
        elif self.underMouse() and self.isEnabled():
            ground = ground.lighter(108)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(self.rect())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(colours.on_accent))
            painter.drawEllipse(QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5))
        paint_glyph(painter, self, self._glyph, colours.on_accent if self.isEnabled() else colours.faint)
        painter.end()


def paint_ground(painter: QPainter, button: QAbstractButton, rest: str = "") -> None:
    """The rounded ground of a flat button: `rest` while nothing happens, a tint under the mouse, a ring in focus."""
    colours = theme.current_colours()
    tint = rest
    if button.isEnabled() and button.isDown():
        tint = colours.border
    elif button.isEnabled() and button.underMouse() and not rest:
        tint = colours.hover
    area = QRectF(button.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
    ringed = button.hasFocus()  # by Tab only: a click leaves the focus where it was
    painter.setPen(QColor(colours.accent) if ringed else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tint) if tint else Qt.BrushStyle.NoBrush)
    if tint or ringed:
        painter.drawRoundedRect(area, 6, 6)


def paint_glyph(painter: QPainter, widget: QWidget, name: str, colour: str) -> None:
    """A glyph in the middle of a widget."""
    pixmap = glyph_pixmap(name, colour, GLYPH_SIZE, widget.devicePixelRatioF())
    painter.drawPixmap((widget.width() - GLYPH_SIZE) // 2, (widget.height() - GLYPH_SIZE) // 2, pixmap)


def is_theme_change(event: QEvent) -> bool:
    """Whether a `changeEvent` means that what was drawn has to be drawn again in other colours."""
    return event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange)
