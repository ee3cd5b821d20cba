"""Between the window and the conversation: a person's intents in, the session's changes out to the Qt models."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from backends.contract.chat import Usage
from backends.contract.events import Envelope, UnloadSuggested
from backends.contract.models import EngineName, ModelRef
from backends.contract.preferences import Preferences
from backends.conversation.changes import (
    AnswerChanged,
    Change,
    ContextFilled,
    ConversationShown,
    ConversationsListed,
    MessageEnded,
    ModelStateChanged,
    PhaseChanged,
    PromptRead,
    SessionFailed,
    SettingsChanged,
    UsageChanged,
)
from backends.conversation.model_choice import keep_limits
from backends.conversation.model_session import ModelSession
from backends.conversation.session import ConversationSession
from desktop.controllers.failures import Failures
from desktop.controllers.model_follower import ModelFollower
from desktop.controllers.tool_questions import ToolQuestions, policy_of
from desktop.models.conversation_list_model import ConversationListModel
from desktop.models.conversation_model import ConversationModel
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import Notice, SessionState


class ChatSession(ToolQuestions):
    """Everything here runs on the GUI thread. `drive` gives it the sessions, which report to `apply`."""

    model_needed = Signal()
    """A message cannot be sent: no model is loaded, and none is being loaded."""
    message_taken = Signal()
    """The message that was to be sent is stored."""
    send_again_requested = Signal()
    """The model that a message waited for is loaded."""
    conversation_shown = Signal(str)
    """The conversation's id."""
    answer_changed = Signal(object)
    """`AnswerChanged`"""
    told = Signal()
    """Something failed, and nothing was lost."""

    def __init__(
        self,
        conversation: ConversationModel,
        conversations: ConversationListModel,
        state: SessionState,
        preferences: PreferenceState,
        settings: ConversationSettingsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(preferences, parent)
        self._conversation = conversation
        self._conversations = conversations
        self._state = state
        self._settings = settings
        self._model: ModelSession | None = None
        self._follower = ModelFollower(state, settings, preferences, self._take_loaded)
        self._failures = Failures(state)
        self._shown = ""
        preferences.preferences_changed.connect(self._configure)

    @property
    def model(self) -> ModelSession:
        """The model's session. Only after `drive`."""
        assert self._model is not None
        return self._model

    def drive(self, session: ConversationSession, model: ModelSession) -> None:
        """Drive these two."""
        self._session, self._model = session, model
        self._configure(self._preferences.value)

    def start(self) -> None:
        """Show the conversations, and the one that was open last. No worker is started for it."""
        last = self._preferences.value.conversation
        self.session.list_conversations()
        if self._conversations.row_of(last) >= 0:
            self.session.open(last)
        else:
            self.session.new()

    def send(self, text: str) -> None:
        """Send a message; it stays in the composer until it is taken, or while there is no model."""
        if self._state.answers:
            self._state.show_waiting(False)
            self._state.forget_notice()
            if not self._busy_elsewhere() and self.session.send(text):
                self.message_taken.emit()
        elif self._state.model_state == "loading":
            self._state.show_waiting(True)
        else:
            self.model_needed.emit()

    def stop(self) -> None:
        """Stop the answer; if there is none, stop loading the model."""
        if self._state.busy:
            self.session.stop()
        elif self._state.model_state == "loading":
            self.cancel_load()

    def new(self) -> None:
        self.session.new()

    def open(self, conversation: str) -> None:
        self.session.open(conversation)
        self._count()

    def rename(self, conversation: str, title: str) -> None:
        self.session.rename(conversation, title)

    def delete(self, conversation: str) -> None:
        self.session.delete(conversation)

    def restore(self, conversation: str) -> None:
        """Take a deleted conversation back, and show it."""
        self.session.restore(conversation)
        self.open(conversation)

    def edit(self, message: int, text: str) -> None:
        """Ask differently; a model is needed for the answer."""
        if self._may_answer():
            self.session.edit(message, text)

    def regenerate(self, message: int) -> None:
        """Answer again."""
        if self._may_answer():
            self.session.regenerate(message)

    def drop_oldest(self) -> None:
        """Make room in the context; a message that got no answer for lack of it is answered."""
        if self._may_answer():
            self.session.drop_oldest()
            self._count()

    def continue_in_new(self, title: str, request: str) -> None:
        """Go on in a new conversation, with the summary that `request` asks for."""
        if self._may_answer():
            self.session.continue_in_new(title, request)

    def show_branch(self, message: int) -> None:
        self.session.show_branch(message)
        self._count()

    def load(self, model: ModelRef, engine: EngineName | None = None) -> None:
        """Load a model in place of the one that is loaded, and remember it; `engine` is the one that was chosen."""
        self._begin_load(model, engine, as_before=False)

    def load_as_before(self, model: ModelRef, engine: EngineName | None) -> None:
        """Load it in the engine that was chosen for it the last time, if that is still here, else in another."""
        self._begin_load(model, engine, as_before=True)

    def choose(self, model: ModelRef, engine: EngineName | None = None) -> None:
        """Show a model as the one that answers; the first message loads it, as `load_as_before` does."""
        self.model.choose(model, engine)

    def load_again(self) -> None:
        """Load the model that was loaded last; if there was none, ask for one."""
        last = self._preferences.value
        if self._state.model is not None:
            self.load(self._state.model, self.model.wished)
        elif last.model is not None:
            self.load_as_before(last.model, last.engine)
        else:
            self.model_needed.emit()

    def cancel_load(self) -> None:
        """Stop loading."""
        self._follower.ends_by_wish = True
        self.model.cancel_load()

    def unload(self) -> None:
        """Give the engine's memory back."""
        self._follower.ends_by_wish = True
        self.model.unload()

    def renew(self) -> None:
        """An engine was installed: the next load is a new process's, which finds it."""
        self.model.renew()

    def handle_engine(self, envelope: Envelope[Any]) -> None:
        """Hand an event of the engine to the turn first: the answer ends before the engine's end is told."""
        if isinstance(envelope.body, UnloadSuggested) and not self._may_unload(envelope.body):
            return
        with self._failures.gathered():
            self.session.handle_engine(envelope)
            self.model.handle_engine(envelope)

    def handle_tools(self, envelope: Envelope[Any]) -> None:
        self.session.handle_tools(envelope)

    def apply(self, change: Change) -> None:
        """Bring the Qt models to what a session reports."""
        match change:
            case ConversationsListed(conversations=conversations):
                self._conversations.show_conversations(conversations)
            case ModelStateChanged():
                self._conversation.apply(change)
                self._follower.apply(change, self.session)
            case PhaseChanged(phase=phase):
                self._state.show_phase(phase)
            case UsageChanged(usage=usage, memory_bytes=memory):
                self._state.show_usage(usage, memory or self._state.memory_bytes)
            case SettingsChanged() | ContextFilled():
                self._settings.apply(change)
            case SessionFailed(message=message, hint=hint):
                self._failures.tell(Notice(message, hint))
                self.told.emit()
            case AnswerChanged():
                self.answer_changed.emit(change)
            case _:
                self._apply_message(change)

    def _begin_load(self, model: ModelRef, engine: EngineName | None, *, as_before: bool) -> None:
        self._state.forget_notice()
        self._preferences.replace(model=model, engine=engine)
        self.session.stop(anywhere=True)  # the engine would finish that answer first, or the other model go on with it
        self._follower.ends_by_wish = False
        self.model.load(model, engine, as_before=as_before)

    def _apply_message(self, change: Change) -> None:
        match change:
            case PromptRead(reused=reused, done=done, total=total):
                self._state.show_prompt(reused, done, total)
            case MessageEnded(status="failed"):
                self._failures.note_in_transcript()
            case _:
                pass
        self._conversation.apply(change)
        match change:
            case ConversationShown():
                self._show_conversation(change)
            case _:
                self.ask(change)

    def _show_conversation(self, change: ConversationShown) -> None:
        shown = change.conversation.id
        if shown != self._shown:
            self._shown = shown
            self._state.show_waiting(False)
            self._failures.forget_transcript()
            self._state.show_usage(Usage(), self._state.memory_bytes)
        self._preferences.replace(conversation=shown)
        self.conversation_shown.emit(shown)

    def _configure(self, value: Preferences) -> None:
        if self._session is not None:
            self._session.configure(
                system_prompt=value.system_prompt,
                options=value.generation,
                tools_enabled=value.tools_enabled,
                policy=policy_of(value),
                tool_settings=value.tool_settings,
                round_limit=value.round_limit,
                read_ahead=value.read_ahead,
            )
        if self._model is not None:
            self._model.configure(keep_limits(value))

    def _may_unload(self, suggested: UnloadSuggested) -> bool:
        """Whoever turned it off meanwhile does not wait for the next load to be heard."""
        return suggested.reason != "idle" or self._preferences.value.unload_after_minutes > 0

    def _take_loaded(self) -> None:
        self._count(anew=True)
        if self._state.send_waits:
            self.send_again_requested.emit()

    def _count(self, *, anew: bool = False) -> None:
        """Have counted what the shown conversation takes: of yesterday's nobody knows it."""
        if self._state.model_state == "ready":
            self.session.count_tokens(anew=anew)

    def _busy_elsewhere(self) -> bool:
        """Say so if another conversation is being answered: one answer is written at a time."""
        if not self.session.busy or self._state.busy:
            return False
        message = self.tr("Another conversation is still being answered.")
        self._failures.tell(Notice(message, self.tr("Wait until that answer is complete, or stop it there.")))
        return True

    def _may_answer(self) -> bool:
        if self._state.answers:
            return not self._busy_elsewhere()
        self.model_needed.emit()
        return False
