"""Whether the shown conversation has room left, told when that changes and when a turn ended for lack of it."""

from __future__ import annotations

from collections.abc import Callable

from backends.contract.chat import Usage
from backends.conversation.changes import Change, ContextFilled
from backends.conversation.context import Room
from backends.storage.records import MessageRecord

_SURELY_SHORT = 0.5
"""A conversation that is roughly shorter than this part of the context length is not full, whatever was noted of it
with another model."""


class ContextWatch:
    """Knows how many tokens each turn of this run took; what came before is known by the messages' `kind`."""

    def __init__(self, tell: Callable[[Change], None]) -> None:
        self.room = Room()
        self._tell = tell
        self._used: dict[int, int] = {}
        self._scales: dict[str, float] = {}
        self._told: ContextFilled | None = None

    def note(self, last: MessageRecord, usage: Usage) -> None:
        """A turn has written `last`."""
        full = max(1, self.room.context_length) if last.kind == "context_full" else 0
        self._used[last.id] = max(usage.context_tokens, full)

    def learn(self, conversation: str, scale: float) -> None:
        """So many tokens were counted for a rough one; 0 where nothing was."""
        if scale > 0:
            self._scales[conversation] = scale

    def forget(self, last: MessageRecord) -> None:
        """What was counted up to `last` is no longer all in the prompt."""
        self._used.pop(last.id, None)

    def counted(self, last: MessageRecord) -> int:
        """Tokens up to `last`, as a turn of this run counted them; 0 where none did."""
        return self._used.get(last.id, 0)

    def used(self, last: MessageRecord, rough: float) -> float:
        """Tokens up to `last`, which are roughly `rough`, as far as something was counted; 0 where nothing was."""
        scale = self._scales.get(last.conversation, 0.0)
        if last.kind == "context_full":
            return max(self.room.context_length, rough * (scale or 1.0))
        return rough * scale

    def limit(self, last: MessageRecord, rough: float) -> int:
        """What is full, or would be first; where neither is known, what there is."""
        filled = self._filled(last, rough)
        if filled is not None:
            return filled.limit
        return self.room.context_length or self.room.memory_context or int(self.used(last, rough) or rough)

    def look(self, conversation: str, last: MessageRecord | None, rough: float = 0.0, *, again: bool = False) -> None:
        """Tell of this conversation, which is shown, and ends in `last`. `again`: even if it was told before."""
        filled = None if last is None else self._filled(last, rough)
        told = self._told
        if filled is None:
            self._told = None
            if told is not None:
                self._tell(ContextFilled(conversation, 0, self.room.context_length, False))
        elif again or told is None or (told.conversation, told.in_memory) != (conversation, filled.in_memory):
            self._told = filled
            self._tell(filled)

    def _filled(self, last: MessageRecord, rough: float) -> ContextFilled | None:
        length, memory = self.room.context_length, self.room.memory_context
        used = self._used.get(last.id)
        if last.kind == "context_full":
            if used is not None and used >= length:
                return ContextFilled(last.conversation, used, length or used, False)
            if used is None and length > 0 and rough >= _SURELY_SHORT * length:
                return ContextFilled(last.conversation, length, length, False)
        if used is not None and self.room.memory_is_less and used > memory:
            return ContextFilled(last.conversation, used, memory, True)
        return None
