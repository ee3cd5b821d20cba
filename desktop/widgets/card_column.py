"""A scrolled column of tool cards that keeps one of them in view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.message_state import Call
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.tool_card import ToolCard

_DIFF_HEIGHT = 200
"""Pixels for a diff of some lines."""


class CardColumn(QScrollArea):
    """Cards from the top down, in the order that whoever inserts them gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted: ToolCard | None = None
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(theme.MEDIUM, theme.HAIR, theme.MEDIUM, theme.MEDIUM)
        self._column.setSpacing(theme.SMALL)
        self._column.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._content)
        self.viewport().setAutoFillBackground(False)
        self._content.setAutoFillBackground(False)
        self._scroll_bars = SlimScrollBars(self)
        # Cards have their size only after the layout ran: scroll to one a moment later.
        self._scroll_timer = QTimer(self, singleShot=True, interval=0)
        self._scroll_timer.timeout.connect(self._scroll)

    def insert(self, place: int, call: Call, *, may_allow_always: bool, clock: Callable[[], float]) -> ToolCard:
        """A new card with `place` cards above it."""
        card = ToolCard(call, may_allow_always=may_allow_always, clock=clock)
        self._column.insertWidget(place, card)
        return card

    def remove(self, card: ToolCard) -> None:
        """Take a card away."""
        if self._wanted is card:
            self._wanted = None
        self._column.removeWidget(card)
        card.deleteLater()

    def height_for(self, card: ToolCard) -> int:
        """The height at which a card is in view with a diff that may still come, in pixels."""
        width = self.viewport().width() - 2 * theme.MEDIUM
        needed = card.heightForWidth(width) if card.hasHeightForWidth() else card.sizeHint().height()
        diff = _DIFF_HEIGHT if card.call.tool is not None and card.call.tool.shows_diff and not card.call.diff else 0
        return needed + diff + theme.HAIR + theme.MEDIUM

    def scroll_to(self, card: ToolCard) -> None:
        """Bring a card into view."""
        self._wanted = card
        self._scroll_timer.start()

    def _scroll(self) -> None:
        if self._wanted is not None:
            self._content.adjustSize()
            card, self._wanted = self._wanted, None
            if card.height() <= self.viewport().height():
                self.ensureWidgetVisible(card, 0, theme.MEDIUM)
            elif card.call.state == "writing":  # what is being written stands at the end
                self.verticalScrollBar().setValue(card.geometry().bottom() + theme.MEDIUM - self.viewport().height())
            else:
                self.verticalScrollBar().setValue(card.y() - theme.HAIR)
