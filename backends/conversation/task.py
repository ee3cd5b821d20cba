"""What a turn answers, and the prompt that is made of it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from backends.contract.chat import GenerationOptions, Message, Part, TextPart


class Task(Struct, frozen=True):
    """What a turn answers: `history`; `caches_of` is the conversation whose KV cache is written.

    `borrowed` are messages of another conversation, given between system prompt and history for this one answer only.
    """

    history: tuple[Message, ...]
    options: GenerationOptions
    caches_of: str
    borrowed: tuple[Message, ...] = ()

    def prompt(self, written: tuple[Part, ...]) -> tuple[Message, ...]:
        """What the engine is given, with what this turn has written so far."""
        place = 1 if self.history[:1] and self.history[0].role == "system" else 0
        return _alternating((*self.history[:place], *self.borrowed, *self.history[place:]), written)

    def lasting(self, written: tuple[Part, ...]) -> tuple[Message, ...]:
        """What the next prompt begins with: nothing that is borrowed."""
        return _alternating(self.history, written)


def _alternating(history: Iterable[Message], written: tuple[Part, ...]) -> tuple[Message, ...]:
    messages: list[Message] = []
    for message in history:
        if message.role == "assistant" and not message.parts:
            continue
        if message.role == "user" and messages and messages[-1].role == "user":
            # An answer that was stopped before its first word: templates want the roles to alternate.
            text = f"{messages[-1].text}\n\n{message.text}"
            messages[-1] = Message("user", (TextPart(text),))
        else:
            messages.append(message)
    return (*messages, Message("assistant", written)) if written else tuple(messages)
