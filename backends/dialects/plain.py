"""Models without a tool format of their own: plain text, where some mark their reasoning with <think>."""

from __future__ import annotations

from backends.contract.events import AnswerDelta, OutputEvent
from backends.dialects.base import GrammarReader, TextFlow
from backends.dialects.source import Wait

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


class ThinkReader(GrammarReader):
    """output := ( "<think>"? reasoning "</think>" )? answer, where only the very first <think> counts.

    `starts_in_reasoning`: the prompt ended with <think>. Without a </think> it is all reasoning then.
    """

    def _output(self) -> Wait[None]:
        yield from self._source.space()
        said = (yield from self._source.ahead(THINK)) == THINK
        if said:
            self._source.take(len(THINK))
        if said or self._starts_in_reasoning:
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
