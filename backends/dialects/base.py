"""The one interface of all dialects: text goes in as it arrives, reasoning, answer and tool calls come out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.events import (
    AnswerDelta,
    OutputEvent,
    ReasoningDelta,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallUnfinished,
)
from backends.dialects.source import SPACE, Source, Wait


class Reader(Protocol):
    """Reads one output of a model. What it says does not depend on how the text was cut into pieces."""

    def feed(self, piece: str) -> list[OutputEvent]:
        """Take more text; what can be told by now."""
        ...

    def finish(self) -> list[OutputEvent]:
        """The output has ended; what was held back."""
        ...


class WholeOutput(Struct, frozen=True):
    """An output read in one go. `unfinished` calls were cut off or cannot be read: name (None where cut), the
    parameters completed so far, and the raw text."""

    reasoning: str
    answer: str
    calls: list[tuple[str, dict[str, Any]]]
    unfinished: list[tuple[str | None, dict[str, Any], str]]


def collect(events: list[OutputEvent]) -> WholeOutput:
    """Put together what a reader told."""
    whole = WholeOutput(
        "".join(event.text for event in events if isinstance(event, ReasoningDelta)),
        "".join(event.text for event in events if isinstance(event, AnswerDelta)),
        [],
        [],
    )
    for event in events:
        match event:
            case ToolCallReady(name=name, arguments=arguments):
                whole.calls.append((name, arguments))
            case ToolCallUnfinished(name=name, arguments=arguments, raw=raw):
                whole.unfinished.append((name, arguments, raw))
            case _:
                pass
    return whole


class TextFlow:
    """A stream of reasoning or answer text without the white space around the whole: that is layout, not content."""

    def __init__(self, make: Callable[[str], OutputEvent], emit: Callable[[OutputEvent], None]) -> None:
        self._make = make
        self._emit = emit
        self._begun = False
        self._space: list[str] = []

    def begin_anew(self) -> None:
        """What follows does not continue the last word: it goes to a line of its own if no space stands between."""
        if self._begun and not self._space:
            self._space.append("\n")

    def write(self, text: str) -> None:
        """Emit `text`; white space at its end only once more follows."""
        words = text.rstrip(SPACE)
        if words:
            lead = "".join(self._space) + words
            self._emit(self._make(lead if self._begun else lead.lstrip(SPACE)))
            self._begun = True
            self._space.clear()
        if len(words) < len(text):
            self._space.append(text[len(words) :])


_MERGED_LENGTH = 512
"""Longer texts are not copied again only to be joined: the time stays linear."""


def append_merged(events: list[OutputEvent], event: OutputEvent, longest: int | None = _MERGED_LENGTH) -> None:
    """Append an event, or its text to the last one's if both go on with the same thing and that is not too long."""
    last = events[-1] if events else None
    deltas = (ReasoningDelta, AnswerDelta, ToolArgumentDelta)
    if longest is not None and isinstance(last, deltas) and len(last.text) > longest:
        last = None
    match last, event:
        case (ReasoningDelta(), ReasoningDelta()) | (AnswerDelta(), AnswerDelta()):
            events[-1] = replace(last, text=last.text + event.text)
        case ToolArgumentDelta(), ToolArgumentDelta() if (last.index, last.parameter) == (event.index, event.parameter):
            events[-1] = replace(last, text=last.text + event.text)
        case _:
            events.append(event)


class GrammarReader(ABC):
    """A reader that is written as a grammar: `_output` reads from `_source` and writes to the two flows."""

    def __init__(self, starts_in_reasoning: bool) -> None:
        self._starts_in_reasoning = starts_in_reasoning
        self._events: list[OutputEvent] = []
        self._source = Source()
        self._reasoning_text = TextFlow(ReasoningDelta, self._tell)
        self._answer_text = TextFlow(AnswerDelta, self._tell)
        self._grammar = self._output()

    def feed(self, piece: str) -> list[OutputEvent]:
        """Take more text; what can be told by now."""
        self._source.add(piece)
        return self._read_on()

    def finish(self) -> list[OutputEvent]:
        """The output has ended; what was held back."""
        self._source.ended = True
        return self._read_on()

    @abstractmethod
    def _output(self) -> Wait[None]:
        """The grammar of a whole output."""

    def _tell(self, event: OutputEvent) -> None:
        append_merged(self._events, event)

    def _read_on(self) -> list[OutputEvent]:
        next(self._grammar, None)
        events, self._events = self._events, []
        return events
