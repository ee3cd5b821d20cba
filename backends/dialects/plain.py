"""Models without a tool format of their own: plain text, where some mark their reasoning with <think>."""

from __future__ import annotations

from collections.abc import Generator

from backends.contract.events import AnswerDelta, OutputEvent, ReasoningDelta
from backends.dialects.base import TextFlow, append_merged
from backends.dialects.source import Source, Wait

THINK, END_THINK = "<think>", "</think>"


class PlainReader:
    """Everything is answer, verbatim but for the white space around it."""

    def __init__(self) -> None:
        self._events: list[OutputEvent] = []
        self._answer_text = TextFlow(AnswerDelta, self._events.append)

    def feed(self, piece: str) -> list[OutputEvent]:
        """Take more text; what can be told by now."""
        self._answer_text.write(piece)
        events = self._events.copy()
        self._events.clear()
        return events

    def finish(self) -> list[OutputEvent]:
        """The output has ended; nothing was held back but white space."""
        return []


class ThinkReader:
    """output := ( "<think>"? reasoning "</think>" )? answer, where only the very first <think> counts.

    `starts_in_reasoning`: the prompt ended with <think>. Without a </think> it is all reasoning then.
    """

    def __init__(self, starts_in_reasoning: bool) -> None:
        self._events: list[OutputEvent] = []
        self._source = Source()
        self._reasoning_text = TextFlow(ReasoningDelta, self._tell)
        self._answer_text = TextFlow(AnswerDelta, self._tell)
        self._grammar: Generator[None, None, None] = self._output(starts_in_reasoning)

    def feed(self, piece: str) -> list[OutputEvent]:
        """Take more text; what can be told by now."""
        self._source.add(piece)
        return self._read_on()

    def finish(self) -> list[OutputEvent]:
        """The output has ended; what was held back."""
        self._source.ended = True
        return self._read_on()

    def _read_on(self) -> list[OutputEvent]:
        next(self._grammar, None)
        events, self._events = self._events, []
        return events

    def _tell(self, event: OutputEvent) -> None:
        append_merged(self._events, event)

    def _output(self, starts_in_reasoning: bool) -> Wait[None]:
        yield from self._source.space()
        said = (yield from self._source.ahead(THINK)) == THINK
        if said:
            self._source.take(len(THINK))
        if said or starts_in_reasoning:
            yield from self._reasoning()
        while (yield from self._source.more()):
            self._answer_text.write(self._source.take_all())

    def _reasoning(self) -> Wait[None]:
        while (yield from self._source.more()):
            self._reasoning_text.write(self._source.take_until("<"))
            if self._source.empty:
                continue
            if (yield from self._source.ahead(END_THINK)) == END_THINK:
                self._source.take(len(END_THINK))
                return
            self._reasoning_text.write(self._source.take(1))
