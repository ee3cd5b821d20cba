"""The conversation that is shown, and the one turn that runs: what workers say of it, and what is told of that."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager

from msgspec.structs import replace

from backends.contract.chat import Usage
from backends.contract.errors import MinimError
from backends.contract.events import Envelope, Event
from backends.contract.tools import ToolInfo
from backends.conversation.changes import (
    AnswerChanged,
    Change,
    ConversationShown,
    ConversationsListed,
    MessageAdded,
    MessageEnded,
    Phase,
    PhaseChanged,
    QuestionWaits,
    SessionFailed,
    SettingsChanged,
    ToolAllowed,
    UsageChanged,
)
from backends.conversation.choices import Choices
from backends.conversation.consent import policy_in
from backends.conversation.context_watch import ContextWatch
from backends.conversation.forgetting import CacheForgetting
from backends.conversation.history import History
from backends.conversation.permissions import Policy
from backends.conversation.ports import EnginePort, Port
from backends.conversation.reading_ahead import read_ahead_after
from backends.conversation.refusals import there
from backends.conversation.task import Task
from backends.conversation.token_count import TokenCount
from backends.conversation.tool_list import ToolList
from backends.conversation.turn_runner import TurnParts, TurnRunner
from backends.conversation.undoing import Undoing
from backends.storage.conversations import ConversationStore
from backends.storage.records import ConversationRecord, MessageRecord


class ShownConversation:
    """What `ConversationSession` stands on: it says what is to be shown and answered, and this does it."""

    def __init__(
        self,
        store: ConversationStore,
        engine: EnginePort,
        tools: Port,
        on_change: Callable[[Change], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        wake: Callable[[Callable[[], None]], None] = lambda then: then(),
    ) -> None:
        self._store = store
        self._tool_list = ToolList(tools)
        self._on_change = on_change
        self._watch = ContextWatch(on_change)
        self._history = History(store, self._watch)
        self._forgetting = CacheForgetting(store, engine)
        self._count = TokenCount(engine)
        self._undoing = Undoing(store, self._tool_list, on_change)
        changed = self._on_turn_change
        self._parts = TurnParts(store, engine, self._tool_list, changed, clock, lambda: self._watch.room)
        self._wake = wake
        self._choices = Choices()
        self._shown = _unsaved()
        self._runner: TurnRunner | None = None
        self._settled: TurnRunner | None = None

    @property
    def conversation(self) -> ConversationRecord:
        """The conversation that is shown; a new one is stored only with its first message."""
        return self._shown

    @property
    def phase(self) -> Phase:
        """What the shown conversation's turn is doing; "idle" while the running turn belongs to another one."""
        runner = self._runner
        return runner.phase if runner is not None and runner.conversation == self._shown.id else "idle"

    @property
    def busy(self) -> bool:
        """Whether a turn runs, here or in another conversation: `send` is refused meanwhile."""
        return self._runner is not None and not self._runner.ended

    @property
    def tools(self) -> tuple[ToolInfo, ...]:
        """The tools that there are; empty while they are not known."""
        return self._tool_list.tools or ()

    def list_conversations(self) -> None:
        """Tell all conversations, newest first."""
        with self._telling():
            self._on_change(ConversationsListed(self._store.list_conversations()))

    def new(self) -> None:
        """Show a new, empty conversation."""
        self._show(_unsaved(), ())
        self._look_at_context(())

    def open(self, conversation_id: str) -> None:
        """Show a conversation as it was left, or with the answer that is being written in it."""
        with self._telling():
            conversation = there(self._store.conversation(conversation_id))
            messages = self._store.branch(conversation.leaf)
            self._show(conversation, messages)
            self._tell_usage(messages)
            self._look_at_context(messages)

    def stop(self, *, anywhere: bool = False) -> None:
        """Stop the answer in the shown conversation, or `anywhere`; said again, without waiting for the engine."""
        if self._runner is not None and (anywhere or self._runner.conversation == self._shown.id):
            self._runner.stop()
            self._settle()

    def handle_engine(self, envelope: Envelope[Event]) -> None:
        """Take an event of the engine worker."""
        self._forgetting.handle(envelope)
        if self._runner is not None:
            self._runner.handle_engine(envelope)
            self._settle()
            if self._choices.read_ahead and self._runner.conversation == self._shown.id:
                read_ahead_after(self._runner, envelope.body, self._parts.engine)

    def handle_tools(self, envelope: Envelope[Event]) -> None:
        """Take an event of the tools worker."""
        answered = self._tool_list.handle(envelope)
        with self._telling():
            self._undoing.handle_tools(envelope, self._runner, self._shown.leaf)
        if self._runner is not None and self._runner.waiting:
            if answered:
                self._begin_waiting(self._runner)
        elif self._runner is not None:
            self._runner.handle_tools(envelope)
            self._settle()

    def close(self) -> None:
        """Stop what runs and store what was written. The workers and the store are their owner's to end."""
        self._abandon()
        if self._runner is not None:
            self._runner.store_rest()

    def _begin(self, answer: MessageRecord, task: Task) -> None:
        self._count.forget()  # the turn says it itself
        self._runner = TurnRunner(self._parts, answer, task)
        self._on_change(PhaseChanged(self.phase))
        self._on_change(AnswerChanged(answer.conversation, "writing"))
        self.list_conversations()
        # The first message may be quicker than the worker that knows the tools: it waits for the list.
        if not self._choices.tools_enabled or self._tool_list.ask(self._choices.tool_settings):
            self._begin_waiting(self._runner)

    def _begin_waiting(self, runner: TurnRunner) -> None:
        enabled = self._choices.tools_enabled and not runner.borrows
        if enabled and self._tool_list.tools is None:
            hint = "The answer is written without tools. They are looked for again with the next message."
            self._on_change(SessionFailed("worker_died", "The tools could not be listed.", hint))
        tools, limit = self.tools if enabled else (), self._choices.round_limit
        self._wake(lambda: runner.begin(tools, self._policy(runner), limit))

    def _policy(self, runner: TurnRunner) -> Policy:
        """What may run unasked in the conversation of a turn: nothing once tools were switched off under it."""
        if not self._choices.tools_enabled:
            return Policy()
        with self._telling():
            conversation = there(self._store.conversation(runner.conversation))
            return policy_in(self._choices.policy, conversation.settings)
        return self._choices.policy

    def _abandon(self) -> None:
        """End the running turn at once, without waiting for its engine."""
        if self._runner is not None:
            self._runner.stop()
            self._runner.stop()
            self._settled = self._runner

    def _show_answer(self, answer: MessageRecord, task: Task) -> None:
        """Show the branch up to the question, then its new answer."""
        conversation = there(self._store.conversation(answer.conversation))
        self._show(conversation, self._store.branch(answer.parent))
        self._on_change(MessageAdded(answer))
        self._begin(answer, task)

    def _show(self, conversation: ConversationRecord, messages: tuple[MessageRecord, ...]) -> None:
        self._shown = conversation
        runner = self._runner
        if runner is not None:
            messages = tuple(runner.record if runner.knows_better(message.id) else message for message in messages)
        self._on_change(ConversationShown(conversation, messages))
        self._on_change(SettingsChanged(conversation.id, conversation.settings))
        self._on_change(PhaseChanged(self.phase))
        if self._runner_here is not None:
            self._runner_here.tell_question()

    def _tell_usage(self, messages: tuple[MessageRecord, ...]) -> None:
        """Tell what is known of how much of the context the shown messages take, which is nothing after a start."""
        runner = self._runner
        if runner is not None and not runner.ended and runner.conversation == self._shown.id:
            usage = runner.usage
        else:
            usage = Usage(prompt_tokens=self._watch.counted(messages[-1]) if messages else 0)
        self._on_change(UsageChanged(usage, 0))

    def _look_at_context(self, messages: tuple[MessageRecord, ...]) -> None:
        rough = self._history.rough_size(self._shown, messages, self._choices)
        self._watch.look(self._shown.id, messages[-1] if messages else None, rough)

    def _settle(self) -> None:
        """A turn has ended: is there room left, and was a summary written that was asked for?"""
        runner = self._runner
        if runner is None or runner is self._settled or not runner.ended:
            return
        self._settled = runner
        last = runner.record
        if runner.borrows and not last.message.parts:
            self._give_up_summary(last)
            return
        self._watch.learn(last.conversation, runner.scale)
        if runner.borrows:
            return  # what filled the context is in no later prompt
        counted = runner.usage.context_tokens > 0 or last.kind == "context_full"
        if counted:
            self._watch.note(last, runner.usage)
        if counted and last.conversation == self._shown.id:
            self._watch.look(last.conversation, last, again=last.kind == "context_full")

    def _give_up_summary(self, answer: MessageRecord) -> None:
        """A summary ended before its first word: the conversation that it was to begin is taken away again.

        It stays if anything else is in it, because a summary was asked for again or in other words.
        """
        with self._telling():
            asked = None if answer.parent is None else self._store.message(answer.parent)
            if asked is None or len(asked.siblings) > 1 or len(answer.siblings) > 1:
                return
            new = there(self._store.conversation(answer.conversation))
            old = self._history.source(new)
            self._store.remove(new.id)
            if new.id == self._shown.id:
                self.open(old.id) if old is not None else self.new()
            self.list_conversations()
        if answer.status == "failed":
            hint = "The conversation is as it was. Drop its oldest turns, or start a new one."
            words = f"The summary could not be written. {answer.failure}"
            self._on_change(SessionFailed(answer.kind or "internal", words, hint))

    def _on_turn_change(self, change: Change) -> None:
        if isinstance(change, QuestionWaits) and change.conversation:
            change = replace(change, title=self._title_of(change.conversation))
        if self._runner_here is not None or isinstance(change, (SessionFailed, QuestionWaits, ToolAllowed)):
            self._on_change(change)
        if isinstance(change, MessageEnded) and self._runner is not None:
            self._on_change(AnswerChanged(self._runner.conversation, change.status))

    @property
    def _runner_here(self) -> TurnRunner | None:
        """The newest turn, if it belongs to the shown conversation."""
        runner = self._runner
        return runner if runner is not None and runner.conversation == self._shown.id else None

    def _title_of(self, conversation_id: str) -> str:
        with self._telling():
            return there(self._store.conversation(conversation_id)).title
        return ""

    @contextmanager
    def _telling(self) -> Generator[None, None, None]:
        """Tell what goes wrong inside, instead of raising it."""
        if self._runner is not None:
            self._runner.store_rest()  # the disk may have room by now
        try:
            yield
        except MinimError as error:
            self._on_change(SessionFailed(error.kind, error.message, error.hint))


def _unsaved() -> ConversationRecord:
    now = time.time()
    return ConversationRecord(uuid.uuid4().hex, "", now, now)
