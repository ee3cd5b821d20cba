"""A question to the person never waits unseen: its card is shown, the system says so, and the list marks it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from backends.contract.tools import ConsentAnswer
from backends.conversation.changes import QuestionWaits
from desktop.models.conversation_list_model import ConversationListModel
from desktop.models.conversation_model import ConversationModel
from desktop.models.session_state import Notice, SessionState
from desktop.news.notifier import Notifier
from desktop.panes.tools import Tools
from desktop.window.main_window import MainWindow


class QuestionDesk(QObject):
    """A question in the shown conversation brings its card into view; one in another is told with the way to it."""

    consent_answered = Signal(str, object)
    """call_id, `ConsentAnswer`"""

    def __init__(
        self,
        window: MainWindow,
        tools: Tools,
        state: SessionState,
        conversation: ConversationModel,
        titles: ConversationListModel,
        notifier: Notifier,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._tools = tools
        self._state = state
        self._conversation = conversation
        self._titles = titles
        self._notifier = notifier
        self._waiting = QuestionWaits("")
        self._covered = False
        state.turn_changed.connect(self._give_back_room)
        state.notice_changed.connect(self._uncover)

    def answer(self, call_id: str, answer: ConsentAnswer) -> None:
        """Take an answer from the transcript, which shows the model's arguments: others are allowed in their card.

        The word why not that was written there goes with the refusal.
        """
        edited = self._tools.edited_call(call_id)
        if answer.allow and edited is not None:
            self._window.show_tools()
            self._tools.show_call(*edited)
        elif answer.allow:
            self.consent_answered.emit(call_id, answer)
        else:
            self.consent_answered.emit(call_id, replace(answer, note=self._tools.note_to(call_id)))

    def show_call(self, message: int, call_id: str, tool: str) -> None:
        """A call of the shown conversation asks."""
        self._bring_up(message, call_id)
        self._tell(self.tr("The model wants to run {0}.").format(tool), lambda: self._bring_up(message, call_id))

    def show_rounds(self, rounds: int) -> None:
        """The shown conversation asks whether the model is to go on."""
        once = self.tr("The model has written once. May it go on?")
        often = self.tr("The model has written {0} times. May it go on?").format(rounds)
        self._tell(once if rounds == 1 else often, _nothing)

    def show_waiting(self, waiting: QuestionWaits) -> None:
        """A turn waits for the person, or none does any more."""
        is_new = waiting.conversation not in ("", self._waiting.conversation)
        self._waiting = waiting
        self._titles.show_waiting(waiting.conversation)
        self.refresh()
        if is_new and not self._is_shown():
            self._tell(self.tr("Another conversation waits for your answer."), _nothing)

    def refresh(self, *_: object) -> None:
        """Another conversation is shown, or another one waits: say it only where the question itself is not seen."""
        waits = self._waiting.conversation
        notice = self._state.notice
        if waits and not self._is_shown():
            title = self._titles.title_of(waits) or self._waiting.title
            hint = self.tr("The model goes on once you have answered.")
            message = self.tr("“{0}” waits for your answer.").format(title)
            self._state.show_notice(Notice(message, hint, is_error=False, shows_conversation=waits))
        elif notice is not None and notice.shows_conversation:
            self._state.show_notice(None)

    def _uncover(self) -> None:
        """What stood in the place of the notice is gone: say again what still waits, unless it was that."""
        notice, covered = self._state.notice, self._covered
        self._covered = notice is not None and not notice.shows_conversation
        if covered and notice is None:
            self.refresh()

    def _is_shown(self) -> bool:
        shown = self._conversation.conversation
        return shown is not None and shown.id == self._waiting.conversation

    def _bring_up(self, message: int, call_id: str) -> None:
        row = self._conversation.row_of(message)
        part = self._conversation.find_call(row, call_id) if row >= 0 else -1
        if part >= 0:
            self._window.show_tools(self._tools.height_for(row, part))
            self._tools.show_call(row, part)

    def _give_back_room(self) -> None:
        if self._state.phase == "idle":
            self._window.give_back_room()

    def _tell(self, text: str, then: Callable[[], object]) -> None:
        self._notifier.tell(self.tr("Minim waits for your answer"), text, then)


def _nothing() -> None:
    """The window shows what is to be seen."""
