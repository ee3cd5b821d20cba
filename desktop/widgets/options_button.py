"""The button that opens the options of a conversation; a dot on it says that some are set there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop import theme
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.widgets.glyph import GlyphButton


class OptionsButton(GlyphButton):
    """Its name says how many options are set."""

    def __init__(self, state: ConversationSettingsState, parent: QWidget | None = None) -> None:
        super().__init__("sliders", "", parent=parent)
        self._state = state
        self.setCursor(Qt.CursorShape.ArrowCursor)
        state.settings_changed.connect(self._refresh)
        self._refresh()

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        super().paintEvent(arg__1)
        if not self._state.options_set:
            return
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.surface_raised), 2))
        painter.setBrush(QColor(colours.accent))
        painter.drawEllipse(QRectF(self.width() - 11, 3, 8, 8))
        painter.end()

    def _refresh(self) -> None:
        count = self._state.options_set
        usual = self.tr("Options of this conversation")
        self.set_label(self.tr("{0}: {1} set").format(usual, count) if count else usual)
        self.update()
