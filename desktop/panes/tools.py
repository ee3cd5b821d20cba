"""The tool calls of the conversation as cards, the newest in view: what is asked, what runs, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from backends.contract.chat import CallPart, ResultPart
from desktop import theme
from desktop.models.conversation_model import ConversationModel
from desktop.widgets.pane_header import PaneHeader, colour_label, empty_note

if TYPE_CHECKING:
    from desktop.widgets.call_edits import CallEdits
    from desktop.widgets.card_column import CardColumn
    from desktop.widgets.tool_card import ToolCard

NEWEST = 60
"""Calls that have a card; older ones get theirs when they are chosen in the transcript."""


class Tools(QWidget):
    """Shows a `ConversationModel`'s calls. What a person decides is a signal; it changes nothing by itself.

    `clock` tells seconds: a question takes no answer in its first moments.
    """

    consent_answered = Signal(str, object)
    """call_id, `ConsentAnswer`"""
    preview_requested = Signal(str, object)
    """call_id, arguments: a person edited them, and sees what the call would change"""
    undo_requested = Signal(int, str)
    """message id, call_id: take back what the call wrote"""
    stop_requested = Signal()
    """Stop the turn, the tool that runs included."""

    def __init__(self, model: ConversationModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._may_allow_always = True
        self.clock: Callable[[], float] = monotonic
        self._cards: dict[tuple[int, int], ToolCard] = {}
        self._edits: CallEdits | None = None
        """What was written into a card that is not shown now: of the one call that asks in all conversations."""
        self.header = PaneHeader(self.tr("Tools"))
        self._empty = empty_note(self.tr("Tool calls and their results appear here."))
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self._pages, 1)
        self._connect()
        self.rebuild()

    @cached_property
    def column(self) -> CardColumn:
        """Where the cards are."""
        # Imported and built with the first call: the first paint shows none, and does not wait for it.
        from desktop.widgets.card_column import CardColumn

        column = CardColumn()
        column.setAccessibleName(self.tr("Tool calls"))
        self._pages.addWidget(column)
        return column

    @property
    def cards(self) -> list[ToolCard]:
        """The cards, in the order of the calls."""
        return [self._cards[key] for key in sorted(self._cards)]

    @property
    def may_allow_always(self) -> bool:
        """Whether a person may allow a tool for good, as the preferences have it."""
        return self._may_allow_always

    @may_allow_always.setter
    def may_allow_always(self, may: bool) -> None:
        self._may_allow_always = may
        for card in self._cards.values():
            card.allow_always(may)

    def offer_undo_again(self) -> None:
        """Something failed: what was to be taken back may still be there."""
        for card in self._cards.values():
            card.offer_undo()

    def show_call(self, row: int, part: int) -> None:
        """Bring a call into view and mark it."""
        if (row, part) not in self._cards:
            self._add_card(row, part)
        for key, card in self._cards.items():
            card.mark(key == (row, part))
        self.column.scroll_to(self._cards[row, part])

    def height_for(self, row: int, part: int) -> int:
        """The height at which a call's card is in view with its question, in pixels."""
        if (row, part) not in self._cards:
            self._add_card(row, part)
        return self.header.sizeHint().height() + self.column.height_for(self._cards[row, part])

    def edited_call(self, call_id: str) -> tuple[int, int] | None:
        """The row and part of this call, if a person changed its arguments while they are asked; else None."""
        asking = (key for key, card in self._cards.items() if card.call.call_id == call_id and card.is_edited)
        return next(asking, None)

    def note_to(self, call_id: str) -> str:
        """The word to the model that a person wrote on this call's card, "" where there is none."""
        notes = (card.permission.note.text() for card in self._cards.values() if card.call.call_id == call_id)
        return next(notes, "").strip()

    def rebuild(self) -> None:
        """Make all cards anew, as after another conversation was opened. What was written into one is kept."""
        self._keep_edits()
        for card in self._cards.values():
            self.column.remove(card)
        self._cards.clear()
        for row, part in self._model.calls()[-NEWEST:]:
            self._add_card(row, part)
        self._after_change()
        if self._cards:
            self.column.scroll_to(self.cards[-1])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            colour_label(self._empty, theme.current_colours().muted)

    def _connect(self) -> None:
        model = self._model
        model.modelReset.connect(self.rebuild)
        model.part_added.connect(self._add_part)
        model.argument_extended.connect(self._extend_argument)
        model.part_replaced.connect(self._refresh_part)
        model.call_progressed.connect(self._refresh_call)
        model.call_previewed.connect(self._show_preview)
        model.tools_known.connect(self._refresh)
        model.message_ended.connect(self._end_message)

    def _add_part(self, row: int, part: int) -> None:
        added = self._model.part(row, part)
        if isinstance(added, CallPart):
            self._add_card(row, part)
            self._after_change()
            self.column.scroll_to(self._cards[row, part])
        elif isinstance(added, ResultPart):
            self._refresh_call(row, added.call_id)

    def _add_card(self, row: int, part: int) -> None:
        place = sum(1 for key in self._cards if key < (row, part))
        call = self._model.call(row, part)
        card = self.column.insert(place, call, may_allow_always=self._may_allow_always, clock=lambda: self.clock())
        card.consent_answered.connect(self.consent_answered)
        card.preview_requested.connect(self.preview_requested)
        card.undo_requested.connect(self.undo_requested)
        card.stop_requested.connect(self.stop_requested)
        self._cards[row, part] = card

    def _extend_argument(self, row: int, part: int, parameter: str, text: str) -> None:
        card = self._cards.get((row, part))
        if card is not None:
            card.append_argument(parameter, text)
            self.column.scroll_to(card)

    def _refresh_part(self, row: int, part: int) -> None:
        changed = self._model.part(row, part)
        if isinstance(changed, ResultPart):  # such as one that was taken back
            part = self._model.find_call(row, changed.call_id)
        card = self._cards.get((row, part))
        if card is not None:
            card.show_call(self._model.call(row, part))

    def _refresh_call(self, row: int, call_id: str) -> None:
        part = self._model.find_call(row, call_id)
        if (row, part) in self._cards:
            self._refresh_part(row, part)
            self._write_edits(self._cards[row, part])
            self._after_change()
            self.column.scroll_to(self._cards[row, part])

    def _keep_edits(self) -> None:
        if self._cards:
            from desktop.widgets.call_edits import edits_in  # it brings the cards, as `column` does

            self._edits = next(filter(None, map(edits_in, self._cards.values())), self._edits)

    def _write_edits(self, card: ToolCard) -> None:
        """A call asks: what was written into its card before is there again; if it is another one, that is over."""
        if self._edits is not None and card.call.state == "asking":
            from desktop.widgets.call_edits import write_edits

            write_edits(self._edits, card)
            self._edits = None

    def _show_preview(self, row: int, call_id: str) -> None:
        """The card stays where it is: a person may be writing in it."""
        part = self._model.find_call(row, call_id)
        if (row, part) in self._cards:
            self._cards[row, part].show_preview(self._model.call(row, part))

    def _refresh(self) -> None:
        for row, part in self._cards:
            self._refresh_part(row, part)

    def _end_message(self, row: int) -> None:
        for shown_row, part in self._cards:
            if shown_row == row:
                self._refresh_part(row, part)
        self._after_change()

    def _after_change(self) -> None:
        self._pages.setCurrentIndex(1 if self._cards else 0)
        asking = sum(1 for card in self._cards.values() if card.call.state == "asking")
        running = sum(1 for card in self._cards.values() if card.call.state == "running")
        if asking:
            self.header.set_detail(self.tr("Waiting for your answer"))
        elif running:
            self.header.set_detail(self.tr("Running…"))
        else:
            calls = len(self._model.calls())
            words = self.tr("1 call") if calls == 1 else self.tr("{0} calls").format(calls)
            self.header.set_detail(words if calls else "")
