"""Conversations and messages with their identity: what the database keeps around a `Message`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from backends.contract.chat import ConversationSettings, Message
from backends.contract.errors import ErrorKind

MessageStatus = Literal["writing", "complete", "stopped", "length", "failed"]
"""`writing` found at start means that the app ended in mid-answer: shown as stopped."""


class ConversationRecord(Struct, frozen=True):
    """A conversation as the list shows it. Times are seconds since the epoch; `leaf` is the last message of the
    branch that is shown, None while it is empty. A title that is "" was never set: the first words stand for it.
    `settings` hold in this conversation only. `continues` is the last message of the conversation that this one goes on
    from with a summary, or its own first one where that conversation is gone."""

    id: str
    title: str
    created: float
    updated: float
    leaf: int | None = None
    settings: ConversationSettings = ConversationSettings()
    continues: int | None = None


class MessageRecord(Struct, frozen=True):
    """A message in the tree of its conversation: `parent` is None for the first. `failure` says why it `failed`; one
    that was "stopped" has it where no person did that, but the app ended.

    `kind` is "context_full" where the context length was full, whether the status is "failed" or "length".
    """

    id: int
    conversation: str
    parent: int | None
    message: Message
    status: MessageStatus
    created: float
    model: str = ""
    failure: str = ""
    kind: ErrorKind | Literal[""] = ""
    siblings: tuple[int, ...] = ()
    """Ids of all messages with the same parent, itself included, oldest first: the branches at this place."""

    def stands_for(self, message_id: int | None) -> bool:
        """Whether it is this message, or was written in its place: one that was edited is another one."""
        return message_id is not None and (self.id == message_id or message_id in self.siblings)
