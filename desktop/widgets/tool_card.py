"""A tool call as a card: what it would run with which arguments, what became of it, and the question while it asks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from time import monotonic
from typing import Any

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from backends.contract.tools import ConsentAnswer, Scope, ToolInfo
from desktop import theme
from desktop.models import tool_words
from desktop.models.argument_values import UnreadableError
from desktop.models.message_state import Call
from desktop.widgets.argument_editor import ArgumentEditors
from desktop.widgets.argument_list import NAME_WIDTH, ArgumentList
from desktop.widgets.call_words import call_name, note_words, raw_text, state_words
from desktop.widgets.card_head import CardHead
from desktop.widgets.consent_choices import ConsentChoices
from desktop.widgets.diff_view import DiffView
from desktop.widgets.disclosure import Disclosure, outdented
from desktop.widgets.pane_header import colour_label
from desktop.widgets.surface import paint_decision
from desktop.widgets.value_field import ValueField

TYPING_MS = 400
"""Without a key for so long, what edited arguments would change is asked for."""
_DESCRIPTION = 140
"""Characters of a tool's description that are shown before it is unfolded."""


class ToolCard(QWidget):
    """One call. `show_call` brings it up to date; arguments that stream in come by `append_argument`."""

    consent_answered = Signal(str, object)
    """call_id, `ConsentAnswer`"""
    preview_requested = Signal(str, object)
    """call_id, arguments: what would a call with these change?"""
    undo_requested = Signal(int, str)
    """message, call_id"""
    stop_requested = Signal()

    def __init__(
        self,
        call: Call,
        *,
        may_allow_always: bool = True,
        clock: Callable[[], float] = monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._call = call
        self._asked: tuple[str, ToolInfo | None] | None = None
        self._marked = False
        self._may_allow_always = may_allow_always
        self.head = CardHead()
        self._description = ValueField(
            self.tr("What the tool does"), folded=_DESCRIPTION, font=theme.small_font(), cut_mark="…"
        )
        self._arguments = ArgumentList()
        self.editors = ArgumentEditors()
        self._note = _small_label()
        self._note.setWordWrap(True)
        self._note.setContentsMargins(0, theme.HAIR + 2, 0, 0)
        self.diff = DiffView()
        self.permission = ConsentChoices(clock)
        """The question and its answers, visible while a person is asked."""
        self._result_row = QWidget()
        self._result_name = _small_label()
        self._result_name.setFixedWidth(NAME_WIDTH)
        self._result_name.setWordWrap(True)
        self._result = ValueField(self.tr("Result"))
        self.undo_button = _small_button(self.tr("Undo"))
        self._raw_button = Disclosure(self.tr("Raw text"), shows_label=True)
        self._raw = ValueField(self.tr("As the model wrote it"))
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._lay_out()
        self._connect()
        self.show_call(call)

    @property
    def call(self) -> Call:
        """The call as it is shown."""
        return self._call

    @property
    def state_text(self) -> str:
        """The state in words."""
        return self.head.state_text

    @property
    def note(self) -> str:
        """The sentence below the arguments: why it never ran, what a person changed."""
        return self._note.text()

    @property
    def result(self) -> ValueField:
        """What the tool answered, or what the model was told instead."""
        return self._result

    @property
    def is_edited(self) -> bool:
        """Whether a person is asked and has changed the arguments, be it to what cannot be read."""
        return self._asked is not None and self._edited() != (None, True)

    def argument(self, name: str) -> ValueField:
        """The field of an argument that is not being edited. Raises KeyError where there is none of that name."""
        return self._arguments.field(name)

    def show_call(self, call: Call) -> None:
        """Show the call as it is now."""
        self._call = call
        asking = call.state == "asking"
        self.head.show_call(call)
        self._description.set_text(tool_words.description(call.tool) if call.tool else "")
        self._description.setVisible(asking and bool(call.tool and call.tool.description))
        self._arguments.show_arguments(call.arguments if call.ran_with is None else call.ran_with, call.changed)
        self._arguments.setVisible(not asking and bool(call.arguments))
        self._ask()
        self._note.setText(note_words(call))
        self._note.setVisible(bool(self._note.text()))
        self.diff.show_diff(call.diff, unfolded=asking)
        self._show_result()
        self.setAccessibleName(self.tr("Tool call {0}, {1}").format(call_name(call), state_words(call)))
        self._colour()

    def show_preview(self, call: Call) -> None:
        """Show what the call would change, as it is known now."""
        self.diff.expect_another(self._typing.isActive())  # what comes while one types is of what stood there before
        self.show_call(call)

    def append_argument(self, name: str, text: str) -> None:
        """Show more of an argument that is being written."""
        self._arguments.append(name, text)
        self._arguments.show()

    def allow_always(self, may: bool) -> None:
        """Whether to offer that the tool may always run."""
        self._may_allow_always = may
        self.permission.offer_always(may)

    def offer_undo(self) -> None:
        """Offer again to take back what was written: it could not be done."""
        self.undo_button.setEnabled(True)

    def mark(self, marked: bool) -> None:
        """Make the card stand out: it is the one that was chosen."""
        self._marked = marked
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._call.state == "asking":
            paint_decision(self, "surface_raised")
            return
        colours = theme.current_colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.accent if self._marked else colours.border), 1))
        painter.setBrush(QColor(colours.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        painter.end()

    def _lay_out(self) -> None:
        result = QGridLayout(self._result_row)
        result.setHorizontalSpacing(theme.SMALL)
        result.setContentsMargins(0, theme.HAIR + 2, 0, 0)
        result.setColumnStretch(1, 1)
        result.addWidget(self._result_name, 0, 0, Qt.AlignmentFlag.AlignTop)
        result.addWidget(self._result, 0, 1)
        self._raw_button.setFont(theme.small_font())
        self._raw_button.setFixedHeight(theme.WIDE)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.LARGE, theme.MEDIUM - 2, theme.MEDIUM, theme.MEDIUM - 2)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addSpacing(theme.HAIR + 2)
        column.addWidget(self._description)
        column.addSpacing(theme.HAIR)
        for widget in (self._arguments, self.editors, self._note, self.diff, self.permission):
            column.addWidget(widget)
        column.addWidget(self._result_row)
        column.addSpacing(theme.HAIR)
        column.addWidget(self.undo_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(outdented(self._raw_button))
        column.addWidget(self._raw)

    def _connect(self) -> None:
        self._raw_button.toggled.connect(self._raw.setVisible)
        self.permission.answered.connect(self._answer)
        self.editors.changed.connect(self._note_edit)
        self.editors.fields_changed.connect(self._order_stops)
        self._typing.timeout.connect(self._ask_for_preview)
        self.head.stop_requested.connect(self.stop_requested)
        self.undo_button.clicked.connect(self._undo)

    def _ask(self) -> None:
        """Begin or end the question; one that goes on keeps what a person wrote into its fields."""
        call = self._call
        asked = (call.call_id, call.tool) if call.state == "asking" else None
        if asked is not None:
            self.editors.bound(bool(call.tool and call.tool.shows_diff and not call.problem))
        if asked == self._asked:
            return
        self._asked = asked
        if asked:
            self.editors.ask(call.tool, call.values)
            self.permission.ask(call.tool, call_name(call))
            self.permission.offer_always(self._may_allow_always)
        else:
            self._typing.stop()
            self.editors.hide()
            self.permission.ask(None, "")

    def _order_stops(self) -> None:
        """The Tab key goes through the card from the top down, whenever its fields came."""
        stops = [self._description.fold_button, *self.editors.stops, *self.diff.stops, *self.permission.stops]
        for first, second in pairwise([*stops, self.undo_button, self._raw_button]):
            self.setTabOrder(first, second)

    def _show_result(self) -> None:
        call = self._call
        shown = call.result is not None and bool(call.result or not call.diff)
        name = self.tr("To the model") if call.never_ran else self.tr("Result")
        self._result_name.setText(self.tr("Error") if call.state == "failed" else name)
        self._result_row.setVisible(shown)
        self._result.set_text(call.result or "")
        self.undo_button.setVisible(bool(call.undo) and not call.undone)
        self.undo_button.setAccessibleName(self.tr("Undo what {0} wrote").format(call_name(call)))
        raw = raw_text(call)
        self._raw_button.setVisible(bool(raw))
        self._raw.set_text(raw)
        self._raw.setVisible(self._raw_button.isChecked() and bool(raw))

    def _colour(self) -> None:
        colours = theme.current_colours()
        colour_label(self._result_name, colours.muted)
        self._description.set_colour(colours.muted)
        changed = colours.accent if self._call.ran_with is not None else colours.muted
        colour_label(self._note, colours.warning if self._call.problem else changed)
        self._result.set_colour(colours.error if self._call.state == "failed" else "")
        self.update()

    def _edited(self) -> tuple[dict[str, Any] | None, bool]:
        """The arguments that a person changed, None if none; and whether all can be read."""
        try:
            return self.editors.arguments, True
        except UnreadableError:
            return None, False

    def _note_edit(self) -> None:
        if self._asked:
            self.permission.may_run(self._edited()[1])
            if self._call.tool is not None and self._call.tool.shows_diff:
                self.diff.expect_another(True)
                self._typing.start()

    def _ask_for_preview(self) -> None:
        edited, readable = self._edited()
        if self._asked and readable:
            arguments = self.editors.model_arguments if edited is None else edited
            self.preview_requested.emit(self._call.call_id, arguments)

    def _answer(self, allow: bool, scope: Scope, note: str) -> None:
        edited = self._edited()[0] if allow else None
        self.consent_answered.emit(self._call.call_id, ConsentAnswer(allow, scope, note, edited))

    def _undo(self) -> None:
        self.undo_button.setEnabled(False)  # taking back twice would fail; `offer_undo` follows a failure
        self.undo_requested.emit(self._call.message, self._call.call_id)


def _small_label() -> QLabel:
    label = QLabel(textFormat=Qt.TextFormat.PlainText)
    label.setFont(theme.small_font())
    return label


def _small_button(words: str) -> QPushButton:
    button = QPushButton(words)
    button.setFont(theme.small_font())
    button.setAutoDefault(False)
    return button
