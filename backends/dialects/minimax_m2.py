"""MiniMax-M2's output: the reasoning, the answer and the tool calls in it, read as it streams.

    output := reasoning? ( "</think>" body )?
    body   := ( text | block )*                                       block: see `minimax_m2_block`

The grammar is the one the publisher's guide shows and its chat template renders; the rules say what a reader has to do
where real outputs stretch it. Tags are case-sensitive; ws is any white space, or none.

R1   Reasoning ends at the first </think>. A leading <think> said again is swallowed. No </think>: all is reasoning.
R2   Values are raw: no entities, no unescaping; a string is verbatim, white space at its ends included.
R3   </parameter> closes only before ws and <parameter name=, </invoke> or the end; that </invoke> only before ws and
     <invoke name=, </minimax:tool_call> or the end. Anything else inside a value is text, and so is a whole block
     that a value shows, if the value goes on to close behind it.
R4   <minimax:tool_call> opens a block only before ws and <invoke name=; else it is text. So is a bare <invoke>.
R5   A block inside the reasoning is a call only if nothing but ws, blocks and </think> follows to the end.
R6   A block inside a code fence or backticks that are closed right after it is text. So is the part of a block that
     code shows, where the code closes before the block does.
R7   Types come from the tool's schema: see `argument_types`.
R8   A call of an unknown tool is a call.
R9   At the end, what was held back is text. Invoke closed, block not: the call stands. Invoke open: unfinished.
R10  The same parameter twice: the last wins. None: {}. Text before, between and after blocks is answer.
R11  <think> in the answer is text, but reasoning again as its first thing or right after a block, if a </think>
     follows. A stray </think> outside code is dropped.
R12  Markers are matched as text, since a token may end in the middle of one.
R13  Linear time, whatever the pieces.

What was told is never taken back: a block that may yet turn out to be text (R5, R6) is held until that is decided.
White space around the whole reasoning and the whole answer is layout and left out; within them it is kept.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from backends.contract.events import AnswerDelta, OutputEvent, ReasoningDelta, ToolCallUnfinished
from backends.dialects.argument_types import Signatures
from backends.dialects.base import GrammarReader, append_merged
from backends.dialects.code_spans import CodeSpans
from backends.dialects.minimax_m2_block import OPEN_BLOCK, OPEN_INVOKE, BlockGrammar, Interrupted
from backends.dialects.source import CUT, SPACE, Wait

THINK, END_THINK = "<think>", "</think>"


class MiniMaxM2Reader(GrammarReader):
    """Reads one output. `starts_in_reasoning`: the prompt ended with <think>, as M2's template has it."""

    def __init__(self, tools: list[dict[str, Any]], starts_in_reasoning: bool) -> None:
        super().__init__(starts_in_reasoning)
        self._held: list[OutputEvent] | None = None
        self._blocks = BlockGrammar(self._source, Signatures(tools), self._tell)
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
            found = yield from self._source.ahead(END_THINK, OPEN_BLOCK)
            if found == END_THINK:
                self._source.take(len(END_THINK))
                return
            if found != OPEN_BLOCK:
                self._reasoning_text.write(self._source.take(1))
            elif (yield from self._block_in_reasoning()):
                return

    def _block_in_reasoning(self) -> Wait[bool]:
        """R5: hold the blocks until it is decided whether they were meant. Whether the reasoning ended with them."""
        calls: list[OutputEvent] = []
        first = self._blocks.count
        tape = self._source.record()
        try:
            follow, rest = yield from self._hold(calls, self._row_of_blocks(END_THINK))
        except Interrupted:
            follow, rest = None, ""  # R1: the first </think> ends the reasoning, and with it what was rehearsed there
        raw = self._source.stop_recording(tape)
        rehearsed = self._blocks.count - first
        ended = follow == END_THINK
        later: list[OutputEvent] = []
        answer = ""
        if ended:
            follow, answer = yield from self._hold(later, self._after_reasoning())
        if follow != CUT:
            self._reasoning_text.write(raw)
            self._blocks.count -= rehearsed
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
            follow = yield from self._source.ahead(OPEN_BLOCK, END_THINK)
            if follow == OPEN_BLOCK:
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
            found = yield from self._source.ahead(OPEN_BLOCK, THINK, END_THINK)
            if found == OPEN_BLOCK:
                fresh = yield from self._block_in_body()
            elif found == THINK and fresh and self._think_may_close:
                yield from self._think_again()
            elif found == END_THINK and not self._code.closing:
                self._source.take(len(END_THINK))
            else:
                fresh = False
                self._answer(self._source.take(1))

    def _block_in_body(self) -> Wait[bool]:
        """R4, R6: whether the <minimax:tool_call> ahead was a block of calls, and not text."""
        closing = self._code.closing
        if not closing:
            text = yield from self._open_block()
            if text:
                self._answer(text)
                return False
            yield from self._blocks.block()
            return True
        calls: list[OutputEvent] = []
        first = self._blocks.count
        tape = self._source.record()
        try:
            follow, text = yield from self._hold(calls, self._row_of_blocks(closing))
        except Interrupted:
            follow, text = closing, ""  # the code ends in the middle of the block: it shows a part of one
        raw = self._source.stop_recording(tape)
        closes_in_value = isinstance(calls[-1] if calls else None, ToolCallUnfinished) and closing in raw
        if follow == closing or closes_in_value or (follow == CUT and not self._source.empty):
            self._blocks.count = first
            self._answer_text.write(raw)
            self._code.pass_over()
            return False
        for event in calls:
            self._tell(event)
        self._answer(text)
        return bool(calls) and not text.strip(SPACE)

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
        """R4: take <minimax:tool_call> and the white space behind it; all of it again if it opens nothing, else ""."""
        text = self._source.take(len(OPEN_BLOCK)) + (yield from self._source.space())
        return "" if (yield from self._source.ahead(OPEN_INVOKE)) == OPEN_INVOKE else text

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
            yield from self._blocks.block(*((end,) if interrupts else ()))
            space = yield from self._source.space()
            follow = yield from self._source.ahead(OPEN_BLOCK, end)
            if follow != OPEN_BLOCK:
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
