"""What of a conversation a turn is given: the tasks of turns, made of what is stored."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.chat import ConversationSettings, Message, system_message
from backends.contract.tools import ToolInfo
from backends.conversation.choices import Choices, turn_choices
from backends.conversation.context import first_kept, newest_that_fit, rough_tokens
from backends.conversation.context_watch import ContextWatch
from backends.conversation.refusals import nothing_to_drop, source_gone
from backends.conversation.task import Task
from backends.storage.conversations import ConversationStore
from backends.storage.records import ConversationRecord, MessageRecord


def kept(records: Sequence[MessageRecord], settings: ConversationSettings) -> tuple[MessageRecord, ...]:
    """The messages that the model is given: from the place of `first_message` on, all if that is on another branch.

    They never begin with an answer.
    """
    places = [place for place, record in enumerate(records) if record.stands_for(settings.first_message)]
    left = list(records[places[0] :] if places else records)
    while left and left[0].message.role == "assistant":
        left.pop(0)
    return tuple(left)


class _Size(Struct, frozen=True):
    """A prompt in tokens: what always stays in it, roughly; all of it as counted, 0 if never; what is full."""

    fixed: float
    used: float
    limit: int


class History:
    """Reads the store for what the next turn is given, and how much room that takes."""

    def __init__(self, store: ConversationStore, watch: ContextWatch) -> None:
        self._store = store
        self._watch = watch

    def task(
        self, conversation: ConversationRecord, asked: MessageRecord, choices: Choices, tools: tuple[ToolInfo, ...]
    ) -> Task:
        """How to answer `asked`. Raises MinimError where the conversation to sum up is gone."""
        branch = self._store.branch(asked.id)
        chosen = turn_choices(choices, conversation.settings)
        history = _with_prompt(chosen, kept(branch, conversation.settings))
        if asked.parent is not None or conversation.continues is None:
            return Task(history, chosen.options, conversation.id)
        source = self.source(conversation)
        if source is None:
            raise source_gone()
        borrowed = self._newest(source, asked.message, choices, tools)
        return Task(history, chosen.options, source.id, borrowed)

    def lasting(self, conversation: ConversationRecord, choices: Choices) -> tuple[Message, ...]:
        """What the next prompt begins with."""
        chosen = turn_choices(choices, conversation.settings)
        history = _with_prompt(chosen, kept(self._store.branch(conversation.leaf), conversation.settings))
        return Task(history, chosen.options, conversation.id).lasting(())

    def source(self, conversation: ConversationRecord) -> ConversationRecord | None:
        """The conversation that this one goes on from, showing what was shown of it then; None if it is gone."""
        last = None if conversation.continues is None else self._store.message(conversation.continues)
        found = None if last is None else self._store.conversation(last.conversation)
        return None if found is None or found.id == conversation.id else replace(found, leaf=conversation.continues)

    def place_to_begin(
        self, conversation: ConversationRecord, choices: Choices, tools: tuple[ToolInfo, ...]
    ) -> MessageRecord:
        """The message to begin with so that about half of what is full is free again.

        Raises MinimError where nothing can be dropped.
        """
        records = kept(self._store.branch(conversation.leaf), conversation.settings)
        size = self._size(records, conversation, choices, tools)
        messages = [record.message for record in records]
        start = first_kept(messages, size.fixed, size.used, size.limit)
        if start is None:
            raise nothing_to_drop()
        return records[start]

    def rough_size(self, conversation: ConversationRecord, records: Sequence[MessageRecord], choices: Choices) -> float:
        """About how many tokens the conversation's prompt has, without its tools."""
        messages = [record.message for record in kept(records, conversation.settings)]
        return rough_tokens([*messages, system_message(turn_choices(choices, conversation.settings).system_prompt)])

    def _newest(
        self, source: ConversationRecord, request: Message, choices: Choices, tools: tuple[ToolInfo, ...]
    ) -> tuple[Message, ...]:
        """As much of the newest of a conversation as leaves room for a summary."""
        records = kept(self._store.branch(source.leaf), source.settings)
        size = self._size(records, source, choices, tools)
        messages = tuple(record.message for record in records)
        fixed = size.fixed + rough_tokens([request])
        return messages[newest_that_fit(messages, fixed, size.used, size.limit)]

    def _size(
        self,
        records: Sequence[MessageRecord],
        conversation: ConversationRecord,
        choices: Choices,
        tools: tuple[ToolInfo, ...],
    ) -> _Size:
        if not records:
            return _Size(0.0, 0.0, self._watch.room.context_length)
        prompt = system_message(turn_choices(choices, conversation.settings).system_prompt)
        fixed = rough_tokens([prompt], tools if choices.tools_enabled else ())
        rough = fixed + rough_tokens([record.message for record in records])
        last = records[-1]
        return _Size(fixed, self._watch.used(last, rough), self._watch.limit(last, rough))


def _with_prompt(chosen: Choices, records: Sequence[MessageRecord]) -> tuple[Message, ...]:
    """The messages, behind the system prompt if there is one."""
    prompt = (system_message(chosen.system_prompt),) if chosen.system_prompt.strip() else ()
    return (*prompt, *(record.message for record in records))
