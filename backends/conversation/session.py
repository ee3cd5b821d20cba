"""The conversations of a front end: its intents in, its changes out. Both the window and the terminal drive this."""

from __future__ import annotations

from msgspec.structs import replace

from backends.contract.chat import ConversationSettings, GenerationOptions, Message, Usage, user_message
from backends.contract.events import Envelope, Event
from backends.contract.tools import ToolSettings
from backends.conversation.changes import (
    MessageAdded,
    SettingsChanged,
    UsageChanged,
)
from backends.conversation.choices import Choices, sound_settings
from backends.conversation.context import Room
from backends.conversation.permissions import Policy
from backends.conversation.reading_ahead import read_ahead
from backends.conversation.refusals import busy, gone, nothing_to_sum_up
from backends.conversation.task import Task
from backends.conversation.tool_decisions import ToolDecisions
from backends.conversation.typed_text import sound, title_of
from backends.storage.records import ConversationRecord, MessageRecord

SUMMARY_REQUEST = (
    "Please sum up our conversation so far, so that we can go on from your summary alone: what it is about, what was"
    " found out and decided, and what is still open. Keep names, figures and code that will be needed again."
)


class ConversationSession(ToolDecisions):
    """One conversation is shown, at most one turn runs, and the turn goes on when another conversation is shown.

    Every method returns at once. What comes of it is told to `on_change`, in order, on the caller's thread: call
    everything from one thread, the handlers of worker events too. What cannot be done is told as `SessionFailed`.
    The store stays its owner's to close, after `close`. `wake` calls what it is given once the model is there: it is
    `ModelSession.wake` where models are unloaded while nobody uses them.
    """

    def configure(
        self,
        system_prompt: str | None = None,
        options: GenerationOptions | None = None,
        tools_enabled: bool | None = None,
        model_name: str | None = None,
        *,
        policy: Policy | None = None,
        tool_settings: ToolSettings | None = None,
        round_limit: int | None = None,
        read_ahead: bool | None = None,
        context_length: int | None = None,
        memory_context: int | None = None,
    ) -> None:
        """Set what the next turn begins with; None keeps it. What `policy` allows in the conversation is added to it.

        What `policy` takes back counts at once, for the turn that runs too, as does what it allows. Once tools are off,
        all that the running turn still calls asks.
        `context_length` and `memory_context` are those of the model that is loaded, in tokens; 0 where unknown.
        """
        old = self._choices
        self._choices = Choices(
            old.system_prompt if system_prompt is None else system_prompt,
            old.options if options is None else options,
            old.tools_enabled if tools_enabled is None else tools_enabled,
            old.model_name if model_name is None else model_name,
            old.policy if policy is None else policy,
            old.read_ahead if read_ahead is None else read_ahead,
            old.tool_settings if tool_settings is None else tool_settings,
            old.round_limit if round_limit is None else round_limit,
        )
        self._tool_list.change(self._choices.tool_settings, enabled=self._choices.tools_enabled)
        if (self._choices.policy, self._choices.tools_enabled) != (old.policy, old.tools_enabled):
            self._pass_policy_on()
        if self._choices.tools_enabled and not old.tools_enabled:
            self.list_tools()  # servers take a while to start: the next message would wait for them
        room = self._watch.room
        self._watch.room = Room(
            room.context_length if context_length is None else context_length,
            room.memory_context if memory_context is None else memory_context,
        )
        if self._watch.room != room and not self.busy:
            with self._telling():
                self._look_at_context(self._store.branch(self._shown.leaf))

    def set_settings(self, settings: ConversationSettings) -> None:
        """Keep what holds in the shown conversation, from its next turn on. An empty one is stored later.

        Which tools are allowed stays as it is: `settings` may be older than a person's last word on one of them.
        """
        with self._telling():
            allowed = self._shown.settings.allowed_tools
            self._store_settings(replace(sound_settings(settings), allowed_tools=allowed))
            self._on_change(SettingsChanged(self._shown.id, self._shown.settings))

    def start(self) -> None:
        """Tell the list and the shown conversation, and ask which tools there are, if they may be used."""
        self.list_conversations()
        self._show(self._shown, ())
        self.list_tools()

    def list_tools(self) -> None:
        """Ask which tools there are, if they may be used: approved servers are started by that."""
        if self._choices.tools_enabled:
            self._tool_list.ask(self._choices.tool_settings)

    def count_tokens(self, *, anew: bool = False) -> None:
        """Have told how much of the context the shown conversation takes, if no turn of this run has: UsageChanged.

        For when a model is loaded; `anew`: it is another one. Tools are counted too, so their list is waited for.
        """
        leaf = self._shown.leaf
        self._count.forget()
        self._count.waits = self._choices.tools_enabled and self._tool_list.waits
        if self._count.waits or leaf is None or self.phase != "idle":
            return
        with self._telling():
            last = self._store.message(leaf)
            if last is not None and (anew or not self._watch.counted(last)):
                tools = self.tools if self._choices.tools_enabled else ()
                self._count.ask(leaf, self._history.lasting(self._shown, self._choices), tools)

    def handle_engine(self, envelope: Envelope[Event]) -> None:
        counted = self._count.handle(envelope, self._shown.leaf)
        if counted is not None:
            self._on_change(UsageChanged(Usage(prompt_tokens=counted), 0))
        super().handle_engine(envelope)

    def handle_tools(self, envelope: Envelope[Event]) -> None:
        super().handle_tools(envelope)
        if self._count.waits and not self._tool_list.waits:
            self.count_tokens()

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
        """Move a conversation to the trash; `restore` brings it back until `remove`, or until the store is closed.

        An answer being written in it is stopped.
        """
        with self._telling():
            if self._runner is not None and self._runner.conversation == conversation_id:
                self._abandon()
            self._store.delete(conversation_id)
            if conversation_id == self._shown.id:
                self.new()
            self.list_conversations()
            self._forgetting.ask()

    def restore(self, conversation_id: str) -> None:
        """Take a conversation out of the trash. It is listed again, not opened."""
        with self._telling():
            self._store.restore(conversation_id)
            self.list_conversations()

    def remove(self, conversation_id: str) -> None:
        """Take a deleted conversation away for good: nobody can ask for it back any more."""
        with self._telling():
            if self._store.conversation(conversation_id) is None:
                self._store.remove(conversation_id)

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
                self._store.forget_kind(last.id)
            self._watch.forget(last)
            self._on_change(SettingsChanged(shown.id, self._shown.settings))
            self._look_at_context((*branch[:-1], replace(last, kind="")))
            self._tell_usage(branch)
            if last.message.role == "user" or not last.message.parts:
                self.regenerate(last.id)
            elif self._choices.read_ahead and self._parts.engine.running:
                # Most of what was in the KV cache stood behind what is gone: it is read while the person types.
                history = self._history.lasting(self._shown, self._choices)
                tools = self.tools if self._choices.tools_enabled else ()
                read_ahead(history, tools, shown.id, self._parts.engine)
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
            settings = replace(old.settings, first_message=None, allowed_tools=())
            with self._store.together():
                new = self._store.create(title, settings=settings, continues=old.leaf)
                asked = self._store.add_message(new.id, None, user_message(sound(request).strip() or SUMMARY_REQUEST))
                task = self._task(new, asked)
                answer = self._add_answer(asked)
            self._show_answer(answer, task)
            self._look_at_context((asked, answer))
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

    def _task(self, conversation: ConversationRecord, asked: MessageRecord) -> Task:
        return self._history.task(conversation, asked, self._choices, self.tools)

    def _add_answer(self, asked: MessageRecord) -> MessageRecord:
        empty = Message("assistant", ())
        return self._store.add_message(asked.conversation, asked.id, empty, "writing", self._choices.model_name)

    def _check_idle(self) -> None:
        if self.busy:
            raise busy()
