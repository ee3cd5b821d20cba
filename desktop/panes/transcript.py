"""The transcript: a page of welcome while the conversation is empty, and the reading page once it has messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedLayout, QWidget

from backends.contract.tools import ConsentAnswer
from desktop.models.conversation_model import ConversationModel
from desktop.widgets.welcome import Welcome

if TYPE_CHECKING:
    from desktop.panes.actions import Action
    from desktop.panes.reading_page import ReadingPage
    from desktop.widgets.document_view import DocumentView
    from desktop.widgets.find_bar import FindBar


class Transcript(QWidget):
    """Shows a `ConversationModel`. Everything a person does in it is a signal; it changes nothing by itself.

    While `awaited`, a conversation is about to be shown: the page stays blank until then, so that nothing flickers.
    """

    edit_requested = Signal(int)
    """message id"""
    regenerate_requested = Signal(int)
    """message id"""
    branch_requested = Signal(int)
    """message id of the sibling to show"""
    copy_requested = Signal(int)
    """message id; the text is in the clipboard already"""
    consent_answered = Signal(str, object)
    """call_id, `ConsentAnswer`"""
    rounds_answered = Signal(bool)
    """The turn is to go on, or to end here."""
    reasoning_requested = Signal(int, int)
    """row, part"""
    call_requested = Signal(int, int)
    """row, part"""
    load_again_requested = Signal()
    give_all_requested = Signal()
    """The model is to be given again what was dropped from the prompt."""
    example_requested = Signal(str)

    def __init__(
        self,
        model: ConversationModel,
        examples: Sequence[str] = (),
        *,
        awaited: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._load_again = False
        self._given_from: int | None = None
        self.clock: Callable[[], float] = monotonic
        self._asked_at = 0.0
        self._pages = QStackedLayout(self)
        if awaited:
            self._pages.addWidget(QWidget())
        self._welcome = Welcome(examples)
        self._welcome.setMinimumHeight(1)  # while it is not shown it must not take room from what stands below
        self._pages.addWidget(self._welcome)
        self._welcome.example_requested.connect(self.example_requested)
        model.modelReset.connect(self._show_one_page)
        model.message_added.connect(self._show_one_page)
        model.modelReset.connect(self._note_question)
        model.call_progressed.connect(self._note_question)
        model.rounds_changed.connect(self._note_question)
        if model.rowCount():
            self._show_one_page()

    @cached_property
    def page(self) -> ReadingPage:
        """Where messages are read."""
        # Imported and built with the first message: the first paint shows none, and does not wait for it.
        from desktop.panes.reading_page import ReadingPage

        page = ReadingPage(self._model)
        page.acted.connect(self._act)
        page.offer_load_again(self._load_again)
        page.show_given(self._given_from)
        self._pages.addWidget(page)
        return page

    @property
    def view(self) -> DocumentView:
        """The view of the conversation's document."""
        return self.page.view

    @property
    def find_bar(self) -> FindBar:
        """The bar that finds words in the conversation."""
        return self.page.find_bar

    @property
    def flush_timer(self) -> QTimer:
        """Runs while text streams in."""
        return self.page.flush_timer

    def set_examples(self, examples: Sequence[str]) -> None:
        """Show these examples while the conversation is empty."""
        self._welcome.set_examples(examples)

    def offer_load_again(self, offered: bool) -> None:
        """Offer to load the model again under an answer that failed; say False once there is a model."""
        self._load_again = offered
        if "page" in self.__dict__:
            self.page.offer_load_again(offered)

    def show_given(self, first_message: int | None) -> None:
        """Say from which message on the model is given the conversation; None: from the first."""
        self._given_from = first_message
        if "page" in self.__dict__:
            self.page.show_given(first_message)

    def open_find(self) -> None:
        """Open the bar that finds words in the conversation."""
        if self._model.rowCount():
            self.find_bar.open()

    def flush(self) -> None:
        """Show what streamed in."""
        self.page.flush()

    def _show_one_page(self) -> None:
        self._pages.setCurrentWidget(self.page if self._model.rowCount() else self._welcome)

    def _note_question(self) -> None:
        """What was just written may be a question: a click in its first moments was meant for what stood there."""
        self._asked_at = self.clock()

    def _act(self, action: Action) -> None:
        """Carry out what was clicked: all of it is only said, to whoever listens."""
        match action.verb, action.numbers:
            case "copy", (message,):
                QGuiApplication.clipboard().setText(self._model.message_text(self._model.row_of(message)))
                self.copy_requested.emit(message)
            case "edit", (message,):
                self.edit_requested.emit(message)
            case "regenerate", (message,):
                self.regenerate_requested.emit(message)
            case "branch", (message,):
                self.branch_requested.emit(message)
            case "reasoning", (row, part):
                self.reasoning_requested.emit(row, part)
            case "call", (row, part):
                self.call_requested.emit(row, part)
            case "all", ():
                self.give_all_requested.emit()
            case "load", ():
                self.load_again_requested.emit()
            case _:
                if self._may_answer():
                    self._answer(action)

    def _answer(self, action: Action) -> None:
        """Say what a person answered to a question."""
        match action.verb, action.numbers:
            case ("allow" | "refuse") as answer, (row, part):
                call = self._model.call(row, part)
                if call.state == "asking":
                    self.consent_answered.emit(call.call_id, ConsentAnswer(answer == "allow"))
            case _:
                self.rounds_answered.emit(action.verb == "go_on")

    def _may_answer(self) -> bool:
        from desktop.widgets.grace import GRACE  # with the first answer

        return self.clock() - self._asked_at >= GRACE
