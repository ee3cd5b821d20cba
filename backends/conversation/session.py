"""The conversations of a front end: its intents in, its changes out. Both the window and the terminal drive this."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager

from msgspec.structs import replace

from backends.contract.chat import ConversationSettings, GenerationOptions, Message, Usage, user_message
from backends.contract.errors import MinimError
from backends.contract.events import Envelope, Event
from backends.contract.tools import ToolInfo
from backends.conversation.changes import (
    Change,
    ConversationShown,
    ConversationsListed,
    MessageAdded,
    Phase,
    PhaseChanged,
    SessionFailed,
    SettingsChanged,
)
from backends.conversation.choices import Choices, sound_settings
from backends.conversation.context import Room
from backends.conversation.context_watch import ContextWatch
from backends.conversation.forgetting import CacheForgetting
from backends.conversation.history import History
from backends.conversation.permissions import Policy
from backends.conversation.ports import EnginePort, Port
from backends.conversation.reading_ahead import read_ahead_after
from backends.conversation.refusals import busy, gone, nothing_to_sum_up
from backends.conversation.task import Task
from backends.conversation.tool_list import ToolList
from backends.conversation.turn_runner import TurnParts, TurnRunner
from backends.conversation.typed_text import sound, title_of
from backends.storage.conversations import ConversationStore
from backends.storage.records import ConversationRecord, MessageRecord

SUMMARY_REQUEST = (
    "Please sum up our conversation so far, so that we can go on from your summary alone: what it is about, what was"
    " found out and decided, and what is still open. Keep names, figures and code that will be needed again."
)


class ConversationSession:
    """One conversation is shown, at most one turn runs, and the turn goes on when another conversation is shown.

    Every method returns at once. What comes of it is told to `on_change`, in order, on the caller's thread: call
    everything from one thread, the handlers of worker events too. What cannot be done is told as `SessionFailed`.
    The store stays its owner's to close, after `close`. `wake` calls what it is given once the model is there: it is
    `ModelSession.wake` where models are unloaded while nobody uses them.
    """

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
        self._parts = TurnParts(store, engine, tools, self._on_turn_change, clock, lambda: self._watch.room)
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

    def configure(
        self,
        system_prompt: str | None = None,
        options: GenerationOptions | None = None,
        tools_enabled: bool | None = None,
        model_name: str | None = None,
        allow: frozenset[str] | None = None,
        *,
        allow_all: bool | None = None,
        read_ahead: bool | None = None,
        context_length: int | None = None,
        memory_context: int | None = None,
    ) -> None:
        """Set what the next turn begins with; None keeps it. `allow` holds digests of tools that run unasked.

        `context_length` and `memory_context` are those of the model that is loaded, in tokens; 0 where unknown.
        """
        old = self._choices
        self._choices = Choices(
            old.system_prompt if system_prompt is None else system_prompt,
            old.options if options is None else options,
            old.tools_enabled if tools_enabled is None else tools_enabled,
            old.model_name if model_name is None else model_name,
            Policy(
                old.policy.allowed_digests if allow is None else allow,
                old.policy.allow_all if allow_all is None else allow_all,
            ),
            old.read_ahead if read_ahead is None else read_ahead,
        )
        room = self._watch.room
        self._watch.room = Room(
            room.context_length if context_length is None else context_length,
            room.memory_context if memory_context is None else memory_context,
        )
        if self._watch.room != room and not self.busy:
            with self._telling():
                self._look_at_context(self._store.branch(self._shown.leaf))

    def set_settings(self, settings: ConversationSettings) -> None:
        """Keep what holds in the shown conversation, from its next turn on. An empty one is stored later."""
        with self._telling():
            self._store_settings(sound_settings(settings))
            self._on_change(SettingsChanged(self._shown.id, self._shown.settings))

    def start(self) -> None:
        """Tell the list and the shown conversation, and ask which tools there are, if they may be used."""
        self.list_conversations()
        self._show(self._shown, ())
        if self._choices.tools_enabled:
            self._tool_list.ask()

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
            conversation = _there(self._store.conversation(conversation_id))
            messages = self._store.branch(conversation.leaf)
            self._show(conversation, messages)
            self._look_at_context(messages)

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation a title; an empty one changes nothing."""
        title = " ".join(sound(title).split())
        if not title:
            return
        with self._telling():
            self._store.rename(conversation_id, title)
            if conversation_id == self._shown.id:
                self._shown = replace(self._shown, title=title)
            self.list_conversations()

    def delete(self, conversation_id: str) -> None:
        """Move a conversation to the trash; `restore` brings it back. An answer being written in it is stopped."""
        with self._telling():
            if self._runner is not None and self._runner.conversation == conversation_id:
                self._abandon()
            self._store.delete(conversation_id)
            self._forgetting.ask()
            if conversation_id == self._shown.id:
                self.new()
            self.list_conversations()

    def restore(self, conversation_id: str) -> None:
        """Take a conversation out of the trash. It is listed again, not opened."""
        with self._telling():
            self._store.restore(conversation_id)
            self.list_conversations()

    def send(self, text: str) -> bool:
        """Store a message, then have it answered; → whether it was taken. Blank text is not."""
        text = sound(text)
        if not text.strip():
            return False
        with self._telling():
            self._check_idle()
            conversation = self._shown
            with self._store.together():
                if self._store.conversation(conversation.id) is None:
                    title = conversation.title or title_of(text)
                    conversation = self._store.create(title, conversation.id, conversation.settings)
                asked = self._store.add_message(conversation.id, conversation.leaf, user_message(text))
                task = self._task(conversation, asked)
                answer = self._add_answer(asked)
            self._shown = replace(conversation, updated=answer.created, leaf=answer.id)
            self._on_change(MessageAdded(asked))
            self._on_change(MessageAdded(answer))
            self._begin(answer, task)
            return True
        return False

    def stop(self, *, anywhere: bool = False) -> None:
        """Stop the answer in the shown conversation, or `anywhere`; said again, without waiting for the engine."""
        if self._runner is not None and (anywhere or self._runner.conversation == self._shown.id):
            self._runner.stop()
            self._settle()

    def edit(self, message_id: int, text: str) -> bool:
        """Ask differently: a sibling of a person's message, and its answer, become the shown branch."""
        text = sound(text)
        if not text.strip():
            return False
        with self._telling():
            self._check_idle()
            old = self._message_here(message_id)
            if old.message.role != "user":
                raise gone()
            with self._store.together():
                asked = self._store.add_message(old.conversation, old.parent, user_message(text))
                task = self._task(self._shown, asked)
                answer = self._add_answer(asked)
            self._show_answer(answer, task)
            return True
        return False

    def regenerate(self, message_id: int) -> bool:
        """Answer again: a sibling of an answer, or a new answer to a person's message, becomes the shown branch."""
        with self._telling():
            self._check_idle()
            old = self._message_here(message_id)
            asked = old if old.message.role == "user" else self._message_here(old.parent)
            task = self._task(self._shown, asked)
            self._show_answer(self._add_answer(asked), task)
            return True
        return False

    def drop_oldest(self) -> bool:
        """Leave the oldest turns out of the prompt until about half of the context is free; → whether there were any.

        They stay in the conversation. A last message that got no answer for lack of room is answered again.
        """
        with self._telling():
            self._check_idle()
            shown = self._shown
            branch = self._store.branch(shown.leaf)
            begin = self._history.place_to_begin(shown, self._choices, self.tools)
            last = branch[-1]
            with self._store.together():
                self._store_settings(replace(shown.settings, first_message=begin.id))
                self._store.update_message(last.id, last.message.parts, last.status, last.failure)
            self._watch.forget(last)
            self._on_change(SettingsChanged(shown.id, self._shown.settings))
            self._look_at_context((*branch[:-1], replace(last, kind="")))
            if last.message.role == "user" or not last.message.parts:
                self.regenerate(last.id)
            return True
        return False

    def continue_in_new(self, title: str = "", request: str = "") -> bool:
        """Go on in a new conversation, which begins with a summary of the shown one; → whether that was begun.

        `request` asks the model for it, for this answer only with as much of the shown conversation as has room; both
        texts have English ones in their place. If the summary fails, the old conversation is shown again, untouched.
        """
        with self._telling():
            self._check_idle()
            old = self._shown
            if old.leaf is None:
                raise nothing_to_sum_up()
            title = " ".join(sound(title).split()) or f"{old.title} (continued)"
            settings = replace(old.settings, first_message=None)
            with self._store.together():
                new = self._store.create(title, settings=settings, continues=old.leaf)
                asked = self._store.add_message(new.id, None, user_message(sound(request).strip() or SUMMARY_REQUEST))
                task = self._task(new, asked)
                answer = self._add_answer(asked)
            self._show_answer(answer, task)
            return True
        return False

    def show_branch(self, message_id: int) -> None:
        """Show the branch of this message, down to the newest message below it."""
        with self._telling():
            if self.phase != "idle":
                raise busy()
            self._message_here(message_id)
            self._store.set_leaf(self._shown.id, self._store.newest_leaf(message_id))
            self.open(self._shown.id)

    def answer_consent(self, call_id: str, allow: bool, note: str = "") -> None:
        """Allow or refuse the call that is asked about in the shown conversation. A `note` tells the model why."""
        if self._runner is not None and self._runner.conversation == self._shown.id:
            self._runner.answer_consent(call_id, allow, sound(note).strip())
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

    def _task(self, conversation: ConversationRecord, asked: MessageRecord) -> Task:
        return self._history.task(conversation, asked, self._choices, self.tools)

    def _begin(self, answer: MessageRecord, task: Task) -> None:
        self._runner = TurnRunner(self._parts, answer, task)
        self._on_change(PhaseChanged(self.phase))
        self.list_conversations()
        if not self._choices.tools_enabled or self._tool_list.tools is not None:
            self._begin_waiting(self._runner)
        else:
            # The first message may be quicker than the worker that knows the tools: it waits for the list.
            self._tool_list.ask()

    def _begin_waiting(self, runner: TurnRunner) -> None:
        enabled = self._choices.tools_enabled and not runner.borrows
        if enabled and self._tool_list.tools is None:
            hint = "The answer is written without tools. They are looked for again with the next message."
            self._on_change(SessionFailed("worker_died", "The tools could not be listed.", hint))
        tools, policy = self.tools if enabled else (), self._choices.policy
        self._wake(lambda: runner.begin(tools, policy))

    def _abandon(self) -> None:
        """End the running turn at once, without waiting for its engine."""
        if self._runner is not None:
            self._runner.stop()
            self._runner.stop()
            self._settled = self._runner

    def _add_answer(self, asked: MessageRecord) -> MessageRecord:
        empty = Message("assistant", ())
        return self._store.add_message(asked.conversation, asked.id, empty, "writing", self._choices.model_name)

    def _show_answer(self, answer: MessageRecord, task: Task) -> None:
        """Show the branch up to the question, then its new answer."""
        conversation = _there(self._store.conversation(answer.conversation))
        self._show(conversation, self._store.branch(answer.parent))
        self._on_change(MessageAdded(answer))
        self._begin(answer, task)

    def _show(self, conversation: ConversationRecord, messages: tuple[MessageRecord, ...]) -> None:
        self._shown = conversation
        runner = self._runner
        if runner is not None and not (runner.ended and runner.stored):  # what a full disk has not taken is only here
            messages = tuple(runner.record if message.id == runner.record.id else message for message in messages)
        self._on_change(ConversationShown(conversation, messages))
        self._on_change(SettingsChanged(conversation.id, conversation.settings))
        self._on_change(PhaseChanged(self.phase))
        if runner is not None and runner.conversation == conversation.id and runner.asking is not None:
            self._on_change(runner.asking)

    def _store_settings(self, settings: ConversationSettings) -> None:
        self._store.set_settings(self._shown.id, settings)
        self._shown = replace(self._shown, settings=settings)

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
        if runner.borrows and not last.message.parts and len(last.siblings) == 1:
            self._give_up_summary(last)
            return
        self._watch.note(last, Usage() if runner.borrows else runner.usage)
        if last.conversation == self._shown.id:
            self._watch.look(last.conversation, last, again=last.kind == "context_full")

    def _give_up_summary(self, answer: MessageRecord) -> None:
        """A summary ended before its first word: the conversation that it was to begin is taken away again."""
        with self._telling():
            new = _there(self._store.conversation(answer.conversation))
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
        shown = self._runner is not None and self._runner.conversation == self._shown.id
        if shown or isinstance(change, SessionFailed):
            self._on_change(change)

    def _check_idle(self) -> None:
        if self.busy:
            raise busy()

    def _message_here(self, message_id: int | None) -> MessageRecord:
        message = None if message_id is None else self._store.message(message_id)
        if message is None or message.conversation != self._shown.id:
            raise gone()
        return message

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


def _there(conversation: ConversationRecord | None) -> ConversationRecord:
    if conversation is None:
        raise gone()
    return conversation
