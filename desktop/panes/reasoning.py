"""The reasoning of one message: the one that is being written, or the one that was chosen in the transcript."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from backends.contract.chat import ReasoningPart
from desktop import theme
from desktop.models.conversation_model import ConversationModel
from desktop.widgets.pane_header import PaneHeader, colour_label, empty_note

if TYPE_CHECKING:
    from desktop.panes.reasoning_text import ReasoningText
    from desktop.widgets.document_view import DocumentView


class Reasoning(QWidget):
    """Follows the message that is being written; `show_part` shows the reasoning of another until the next begins."""

    def __init__(self, model: ConversationModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.header = PaneHeader(self.tr("Reasoning"))
        self._empty = empty_note(self.tr("The model’s reasoning appears here."))
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self._pages, 1)
        self._restyle_timer = QTimer(self, singleShot=True, interval=0)
        self._restyle_timer.timeout.connect(self._restyle)
        model.modelReset.connect(self._show_newest)
        model.part_added.connect(self._add_part)
        self._show_newest()

    @cached_property
    def text(self) -> ReasoningText:
        """What is read here."""
        # Imported and built with the first reasoning: the first paint shows none, and does not wait for it.
        from desktop.panes.reasoning_text import ReasoningText

        text = ReasoningText(self._model, self)
        text.detail_changed.connect(self.header.set_detail)
        text.emptied.connect(self._show_one_page)
        self._pages.addWidget(text.view)
        return text

    @property
    def view(self) -> DocumentView:
        """The view of the reasoning's document."""
        return self.text.view

    def show_part(self, row: int, part: int) -> None:
        """Show the reasoning of message `row`, beginning with its part `part`."""
        self.text.show_part(row, part)

    def flush(self) -> None:
        """Show what streamed in."""
        self.text.flush()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._restyle_timer.start()

    def _show_newest(self) -> None:
        if self._is_built() or self._has_reasoning():
            self.text.show_newest()

    def _add_part(self, row: int, part: int) -> None:
        if self._is_built() or isinstance(self._model.part(row, part), ReasoningPart):
            self.text.add_part(row, part)

    def _is_built(self) -> bool:
        return "text" in self.__dict__

    def _has_reasoning(self) -> bool:
        model = self._model
        return any(
            isinstance(model.part(row, part), ReasoningPart)
            for row in range(model.rowCount())
            for part in range(model.part_count(row))
        )

    def _show_one_page(self, empty: bool) -> None:
        self._pages.setCurrentIndex(0 if empty else 1)

    def _restyle(self) -> None:
        colour_label(self._empty, theme.current_colours().muted)
        if self._is_built():
            self.text.restyle()
