"""An output with reasoning in <think> tags, an answer, and blocks of tool calls: what several families share.

    output := reasoning? ( "</think>" body )?
    body   := ( text | block )*                                       block: by the family's `CallGrammar`

The rules are named in `minimax_m2`; here are R1, R4, R5, R6, R9, R10 and R11.
"""

from __future__ import annotations

from msgspec.structs import replace

from backends.contract.events import AnswerDelta, OutputEvent, ReasoningDelta, ToolCallUnfinished
from backends.dialects.base import GrammarReader, append_merged
from backends.dialects.calls import CallGrammar, CallNumbers, Interrupted
from backends.dialects.code_spans import CodeSpans
from backends.dialects.source import CUT, SPACE, Wait

THINK, END_THINK = "<think>", "</think>"


class ThinkingReader(GrammarReader):
    """Reads one output whose blocks begin with `open_block`; a family's own reader sets `_calls`."""

    _calls: CallGrammar

    def __init__(self, starts_in_reasoning: bool, open_block: str) -> None:
        super().__init__(starts_in_reasoning)
        self._open = open_block
        self._bare: tuple[str, ...] = ()
        """What opens a call without a block around it, where the name of a known tool follows."""
        self._names: frozenset[str] = frozenset()
        self._numbers = CallNumbers()
        self._held: list[OutputEvent] | None = None
        self._code = CodeSpans()
        self._think_may_close = True

    def _tell(self, event: OutputEvent) -> None:
        append_merged(self._events if self._held is None else self._held, event)

    # -- output := reasoning? ( "</think>" body )? ------------------------------------------------------------

    def _output(self) -> Wait[None]:
        yield from self._source.space()
        said_again = (yield from self._source.ahead(THINK)) == THINK
        if said_again:
            self._source.take(len(THINK))
        if self._starts_in_reasoning or said_again:
            yield from self._reasoning()
        yield from self._body()

    def _reasoning(self) -> Wait[None]:
        """R1, R5: everything up to </think>, or to the end."""
        while (yield from self._source.more()):
            self._reasoning_text.write(self._source.take_until("<"))
            if self._source.empty:
                continue
            found = yield from self._source.ahead(END_THINK, self._open)
            if found == END_THINK:
                self._source.take(len(END_THINK))
                return
            if found != self._open:
                self._reasoning_text.write(self._source.take(1))
            elif (yield from self._block_in_reasoning()):
                return

    def _block_in_reasoning(self) -> Wait[bool]:
        """R5: hold the blocks until it is decided whether they were meant. Whether the reasoning ended with them."""
        calls: list[OutputEvent] = []
        first = self._numbers.count
        tape = self._source.record()
        try:
            follow, rest = yield from self._hold(calls, self._row_of_blocks(END_THINK))
        except Interrupted:
            follow, rest = None, ""  # R1: the first </think> ends the reasoning, and with it what was rehearsed there
        raw = self._source.stop_recording(tape)
        rehearsed = self._numbers.count - first
        ended = follow == END_THINK
        later: list[OutputEvent] = []
        answer = ""
        if ended:
            follow, answer = yield from self._hold(later, self._after_reasoning())
        if follow != CUT:
            self._reasoning_text.write(raw)
            self._numbers.count -= rehearsed
            calls = _renumbered(later, -rehearsed)
        else:
            calls += later
        for event in calls:
            self._tell(event)
        if ended:
            self._answer(answer)
        elif follow == CUT:
            self._reasoning_text.write(rest)
        return ended

    def _after_reasoning(self) -> Wait[tuple[str | None, str]]:
        """Go on behind the </think> that follows held blocks, as long as nothing but blocks come."""
        while True:
            yield from self._source.space()
            follow = yield from self._source.ahead(self._open, END_THINK)
            if follow == self._open:
                follow, text = yield from self._row_of_blocks(END_THINK, interrupts=False)
                if follow != END_THINK:
                    return follow, text
            if follow != END_THINK:
                return follow, ""
            self._source.take(len(END_THINK))

    # -- body := ( text | block )* ----------------------------------------------------------------------------

    def _body(self) -> Wait[None]:
        fresh = True  # nothing was said yet, or nothing since a block: R11
        while (yield from self._source.more()):
            text = self._source.take_until("<")
            fresh = fresh and not text.strip(SPACE)
            self._answer(text)
            if self._source.empty:
                continue
            found = yield from self._source.ahead(self._open, *self._bare, THINK, END_THINK)
            if found == self._open:
                fresh = yield from self._block_in_body()
            elif found in self._bare and not self._code.closing and (yield from self._names_tool(str(found))):
                yield from self._calls.block()
                fresh = True
            elif found == THINK and fresh and self._think_may_close:
                yield from self._think_again()
            elif found == END_THINK and not self._code.closing:
                self._source.take(len(END_THINK))
            else:
                fresh = False
                self._answer(self._source.take(1))

    def _block_in_body(self) -> Wait[bool]:
        """R4, R6: whether the opening tag ahead was a block of calls, and not text."""
        closing = self._code.closing
        if not closing:
            text = yield from self._open_block()
            if text:
                self._answer(text)
                return False
            yield from self._calls.block()
            return True
        calls: list[OutputEvent] = []
        first = self._numbers.count
        tape = self._source.record()
        try:
            follow, text = yield from self._hold(calls, self._row_of_blocks(closing))
        except Interrupted:
            follow, text = closing, ""  # the code ends in the middle of the block: it shows a part of one
        raw = self._source.stop_recording(tape)
        closes_in_value = isinstance(calls[-1] if calls else None, ToolCallUnfinished) and closing in raw
        if follow == closing or closes_in_value or (follow == CUT and not self._source.empty):
            self._numbers.count = first
            self._answer_text.write(raw)
            self._code.pass_over()
            return False
        for event in calls:
            self._tell(event)
        self._answer(text)
        return bool(calls) and not text.strip(SPACE)

    def _names_tool(self, opening: str) -> Wait[bool]:
        """Whether a known tool's name and ">" stand behind the `opening` ahead."""
        taken = self._source.take(len(opening))
        longest = len(opening) + max(map(len, self._names), default=0)
        while (yield from self._source.more()) and self._source.next != ">" and len(taken) <= longest:
            taken += self._source.take(1)
        known = self._source.next == ">" and taken[len(opening) :] in self._names
        self._source.put_back(taken)
        return known

    def _think_again(self) -> Wait[None]:
        """R11: reasoning again if a </think> follows; without one, <think> is text and swallows nothing."""
        self._source.take(len(THINK))
        tape = self._source.record()
        closes = yield from self._think_closes()
        self._source.put_back(self._source.stop_recording(tape))
        if closes:
            self._reasoning_text.begin_anew()
            yield from self._reasoning()
        else:
            self._think_may_close = False
            self._answer(THINK)

    def _think_closes(self) -> Wait[bool]:
        while (yield from self._source.more()):
            self._source.take_until("<")
            if not self._source.empty:
                if (yield from self._source.ahead(END_THINK)) == END_THINK:
                    return True
                self._source.take(1)
        return False

    def _answer(self, text: str) -> None:
        self._answer_text.write(text)
        self._code.read(text)

    # -- rows of blocks ---------------------------------------------------------------------------------------

    def _open_block(self) -> Wait[str]:
        """R4: take opening tag and the white space behind it; all of it again if it opens nothing, else ""."""
        text = self._source.take(len(self._open)) + (yield from self._source.space())
        return "" if (yield from self._source.ahead(*self._calls.opens)) in self._calls.opens else text

    def _row_of_blocks(self, end: str, *, interrupts: bool = True) -> Wait[tuple[str | None, str]]:
        """Read the block ahead and those that follow with nothing between.

        Returns what comes behind them (`end`, not taken; CUT at the end of the output; None for any other text) and
        the text that was taken behind the last one. `interrupts`: `end` counts inside a block too.
        """
        space = ""
        while True:
            text = yield from self._open_block()
            if text:
                return (CUT if self._source.ended and self._source.empty else None), space + text
            yield from self._calls.block(*((end,) if interrupts else ()))
            space = yield from self._source.space()
            follow = yield from self._source.ahead(self._open, end)
            if follow != self._open:
                return follow, space

    def _hold(self, events: list[OutputEvent], grammar: Wait[tuple[str | None, str]]) -> Wait[tuple[str | None, str]]:
        """Read with `grammar`, keeping what it tells in `events`."""
        self._held = events
        try:
            return (yield from grammar)
        finally:
            self._held = None


def _renumbered(events: list[OutputEvent], by: int) -> list[OutputEvent]:
    return [
        event if isinstance(event, (ReasoningDelta, AnswerDelta)) else replace(event, index=event.index + by)
        for event in events
    ]
