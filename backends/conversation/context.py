"""How full the context is, and what of a conversation has room in it: arithmetic on values, in tokens."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from backends.contract.chat import AnswerPart, CallPart, GenerationOptions, Message, Part, ResultPart, TextPart, Usage
from backends.contract.tools import ToolInfo

SUMMARY_SHARE = 1 / 8
"""Of the context length: what is left free for a summary."""

_KEPT_SHARE = 1 / 2
_BYTES_PER_TOKEN = 4.0  # of English, and not far off for Chinese, which has three bytes a sign


class Room(Struct, frozen=True):
    """How many tokens there is room for: by the model, and in memory. 0 where unknown."""

    context_length: int = 0
    memory_context: int = 0

    @property
    def memory_is_less(self) -> bool:
        """Whether the memory is full before the context length is."""
        return self.memory_context > 0 and (not self.context_length or self.memory_context < self.context_length)


def ran_out(usage: Usage, options: GenerationOptions, room: Room) -> bool:
    """Whether an answer that ended by a limit ended for lack of context, not at its `max_tokens`."""
    if options.max_tokens is not None and usage.generated_tokens >= options.max_tokens:
        return False
    return usage.context_tokens >= room.context_length


def rough_tokens(messages: Sequence[Message], tools: Sequence[ToolInfo] = ()) -> float:
    """About how many tokens these are, without asking the model. Reasoning counts nothing: templates leave it out."""
    schemas = msgspec.json.encode([tool.as_openai() for tool in tools]).decode() if tools else ""
    return _rough(schemas) + sum(_rough(_words(part)) for message in messages for part in message.parts)


def first_kept(messages: Sequence[Message], fixed: float, used: float, limit: float) -> int | None:
    """Where to begin so that about half of `limit` is free again: the place of a person's message.

    At least one turn is dropped, and never the last person's message; None where nothing can be. `fixed` is the rough
    size of what stays whatever is dropped; `used` is what all of it was counted as, 0 where it never was.
    """
    starts = [place for place, message in enumerate(messages) if message.role == "user" and place > 0]
    scale = _scale(messages, fixed, used)
    for start in starts:
        if scale * (fixed + rough_tokens(messages[start:])) <= _KEPT_SHARE * limit:
            return start
    return starts[-1] if starts else None


def newest_that_fit(messages: Sequence[Message], fixed: float, used: float, limit: float) -> slice:
    """The newest whole turns that leave room for a summary. Arguments as in `first_kept`; `limit` 0: all of them.

    A last turn that is too long by itself is left out, unless it is the only one.
    """
    starts = [place for place, message in enumerate(messages) if message.role == "user"]
    if not starts or not limit:
        return slice(0, len(messages))
    budget = (1 - SUMMARY_SHARE) * limit / _scale(messages, fixed, used) - fixed
    end = len(messages)
    if len(starts) > 1 and rough_tokens(messages[starts[-1] :]) > budget:
        end = starts.pop()
    fitting = [start for start in starts if rough_tokens(messages[start:end]) <= budget]
    return slice(fitting[0] if fitting else starts[-1], end)


def _scale(messages: Sequence[Message], fixed: float, used: float) -> float:
    """How many real tokens a rough one is."""
    rough = fixed + rough_tokens(messages)
    return used / rough if used > 0 and rough > 0 else 1.0


def _words(part: Part) -> str:
    match part:
        case TextPart(text) | AnswerPart(text) | ResultPart(text=text):
            return text
        case CallPart(raw=raw):
            return raw
        case _:
            return ""


def _rough(text: str) -> float:
    return len(text.encode()) / _BYTES_PER_TOKEN
