"""The switches of a model's reasoning as quiet chips: on or off, and how hard it tries."""

from __future__ import annotations

import math

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from desktop import theme
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.widgets.glyph import glyph_pixmap

_GLYPH = 16
_HEIGHT = 26


class ThinkingChips(QWidget):
    """Shows nothing while the loaded model's template has no switch. What is chosen holds in this conversation."""

    settings_requested = Signal(object)
    """`ConversationSettings`"""

    def __init__(self, state: ConversationSettingsState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.switch = Chip("reasoning", self.tr("Reasoning"))
        self.switch.setCheckable(True)
        self.switch.clicked.connect(self._switch)
        self.effort = Chip("chevron", "", glyph_last=True)
        self.effort.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.effort)
        self._levels = QActionGroup(self._menu)
        self._levels.triggered.connect(self._choose)
        self.effort.setMenu(self._menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.HAIR)
        row.addWidget(self.switch)
        row.addWidget(self.effort)
        state.thinking_changed.connect(self._offer)
        state.settings_changed.connect(self._refresh)
        self._offer()

    def _offer(self) -> None:
        """Offer what the model's template has."""
        self._menu.clear()
        for level in self._state.thinking.efforts:
            action = self._menu.addAction(effort_words(level))
            action.setData(level)
            action.setCheckable(True)
            self._levels.addAction(action)
        self._refresh()

    def _refresh(self) -> None:
        thinking, options = self._state.thinking, self._state.settings.options
        on = thinking.on_by_default if options.thinking is None else options.thinking
        self.switch.setVisible(bool(thinking.variable))
        self.switch.setChecked(on)
        self.switch.setToolTip(
            self.tr("The model reasons before it answers") if on else self.tr("The model answers at once")
        )
        level = options.reasoning_effort if options.reasoning_effort in thinking.efforts else thinking.default_effort
        self.effort.setVisible(bool(thinking.efforts) and (on or not thinking.variable))
        said = self.tr("Reasoning effort: {0}").format(effort_words(level))
        self.effort.set_words(said if level else self.tr("Reasoning effort"))
        self.effort.setToolTip(self.tr("How hard the model thinks before it answers"))
        for action in self._levels.actions():
            action.setChecked(action.data() == level)
        self.setVisible(bool(thinking.variable or thinking.efforts))

    def _switch(self, on: bool) -> None:
        self._ask(thinking=on)

    def _choose(self, action: QAction) -> None:
        self._ask(reasoning_effort=action.data())

    def _ask(self, **wish: bool | str) -> None:
        settings = self._state.settings
        self.settings_requested.emit(replace(settings, options=replace(settings.options, **wish)))
        self._refresh()


class Chip(QToolButton):
    """A rounded, quiet button of one line with a glyph before or behind its words; tinted while it is checked."""

    def __init__(self, glyph: str, words: str, *, glyph_last: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self._glyph_last = glyph_last
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFont(theme.small_font())
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """Say what it switches, or what is chosen."""
        self.setText(words)
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    @property
    def shown(self) -> str:
        """The words, or as much of them as there is room for."""
        room = self.width() - _GLYPH - theme.HAIR - 2 * (theme.SMALL + 1)
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def sizeHint(self) -> QSize:
        width = math.ceil(QFontMetricsF(self.font()).horizontalAdvance(self.text()))  # rounded down, it is cut off
        return QSize(width + _GLYPH + theme.HAIR + 2 * (theme.SMALL + 1), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        checked = self.isChecked()
        tint = colours.selection if checked else colours.hover if self.underMouse() or self.isDown() else ""
        ring = colours.accent if self.hasFocus() else "" if checked else colours.border
        painter.setPen(QColor(ring) if ring else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tint) if tint else Qt.BrushStyle.NoBrush)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        ink = colours.accent if checked else colours.text if self.underMouse() else colours.muted
        glyph = glyph_pixmap(self._glyph, ink, _GLYPH, self.devicePixelRatioF())
        left = theme.SMALL + 1
        top = (self.height() - _GLYPH) // 2
        painter.drawPixmap(self.width() - left - _GLYPH if self._glyph_last else left, top, glyph)
        painter.setPen(QColor(ink))
        words = QRect(left if self._glyph_last else left + _GLYPH + theme.HAIR, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.shown)
        painter.end()


def effort_words(level: str) -> str:
    """A level of reasoning effort for a person; one that is not known is said as the template says it."""
    known = {
        "none": QCoreApplication.translate("ThinkingChips", "none"),
        "minimal": QCoreApplication.translate("ThinkingChips", "minimal"),
        "low": QCoreApplication.translate("ThinkingChips", "low"),
        "medium": QCoreApplication.translate("ThinkingChips", "medium"),
        "high": QCoreApplication.translate("ThinkingChips", "high"),
        "xhigh": QCoreApplication.translate("ThinkingChips", "very high"),
        "max": QCoreApplication.translate("ThinkingChips", "highest"),
    }
    return known.get(level, level)
