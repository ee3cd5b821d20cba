"""The inner half of MiniMax-M2's grammar: a block of tool calls, its invokes and their parameters.

    block  := "<minimax:tool_call>" ws invoke (ws invoke)* ws "</minimax:tool_call>"
    invoke := "<invoke name=" NAME ">" ws (param ws)* "</invoke>"
    param  := "<parameter name=" NAME ">" raw "</parameter>"          NAME: "…" | '…' | bare

The rules are named in `minimax_m2`; here are R2, R3, R7, R9 and R10.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from backends.contract.events import (
    OutputEvent,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
)
from backends.dialects.argument_types import Signatures
from backends.dialects.source import CUT, SPACE, Source, Tape, Wait

OPEN_BLOCK, CLOSE_BLOCK = "<minimax:tool_call>", "</minimax:tool_call>"
OPEN_INVOKE, CLOSE_INVOKE = "<invoke name=", "</invoke>"
OPEN_PARAMETER, CLOSE_PARAMETER = "<parameter name=", "</parameter>"

_IN_VALUES = (CLOSE_PARAMETER, OPEN_BLOCK, CLOSE_BLOCK, OPEN_PARAMETER)
_VAIN_SEARCHES = 8
"""How often the rest of an output may be searched in vain for the end of an example: the time stays linear."""


class Interrupted(Exception):
    """Text that ends what a block stands in came before the block was complete."""


class _After(Enum):
    """What came after a parameter's value."""

    PARAMETER = auto()
    CLOSED_INVOKE = auto()
    CUT_OFF = auto()
    CUT_OFF_INSIDE = auto()


class _Example:
    """How far into a block stands what a value shows. A block without a parameter has no </parameter> of its own."""

    def __init__(self, depth: int = 0, has_parameter: bool = False) -> None:
        self.depth = depth
        self.has_parameter = has_parameter

    @property
    def may_close(self) -> bool:
        """Whether a </parameter> here may be the example's own."""
        return self.depth > 0 and self.has_parameter

    def leave(self) -> None:
        """A block that the value shows has ended."""
        self.depth = max(self.depth - 1, 0)
        self.has_parameter = self.has_parameter and self.depth > 0


class BlockGrammar:
    """Reads blocks from `source` and tells their calls to `tell`, numbered by `count`."""

    def __init__(self, source: Source, signatures: Signatures, tell: Callable[[OutputEvent], None]) -> None:
        self._source = source
        self._signatures = signatures
        self._tell = tell
        self._interrupts: tuple[str, ...] = ()
        self._vain_searches = 0
        self.count = 0

    def block(self, *interrupts: str) -> Wait[None]:
        """Read the invokes, of which the first is ahead, and the block's end.

        Raises `Interrupted`, taking nothing of it, where one of `interrupts` comes before that end.
        """
        self._interrupts = interrupts
        while True:
            yield from self._invoke()
            yield from self._source.space()
            follow = yield from self._ahead(OPEN_INVOKE, CLOSE_BLOCK)
            if follow == OPEN_INVOKE:
                continue
            if follow == CLOSE_BLOCK:
                self._source.take(len(CLOSE_BLOCK))
            elif follow == CUT:
                self._cut_between_invokes()
            return

    def _cut_between_invokes(self) -> None:
        """R9: the output ended between two invokes, or in the first characters of the next."""
        rest = self._source.take_all()
        if rest.startswith("<i"):
            self._tell(ToolCallUnfinished(self._next_index(), None, {}, rest))

    def _invoke(self) -> Wait[None]:
        tape = self._source.record()
        self._source.take(len(OPEN_INVOKE))
        name = yield from self._name()
        index = self._next_index()
        arguments: dict[str, Any] = {}
        complete = False
        if name is not None:
            self._tell(ToolCallStarted(index, name))
            complete = yield from self._parameters(index, name, arguments)
        raw = self._source.stop_recording(tape)
        if name is not None and complete:
            # What was looked at to be sure of </invoke> is white space (R3).
            self._tell(ToolCallReady(index, name, arguments, raw.rstrip(SPACE)))
        else:
            self._tell(ToolCallUnfinished(index, name, arguments, raw))

    def _parameters(self, index: int, name: str, arguments: dict[str, Any]) -> Wait[bool]:
        """Read up to </invoke>; whether the call is complete and was read without doubt. R10: the last value wins."""
        while True:
            yield from self._source.space()
            match (yield from self._ahead(OPEN_PARAMETER, CLOSE_INVOKE)):
                case "<parameter name=":
                    after = yield from self._parameter(index, name, arguments)
                    if after is not _After.PARAMETER:
                        return after is _After.CLOSED_INVOKE
                case "</invoke>":
                    closed, _ = yield from self._close_invoke()
                    return closed or (yield from self._unreadable())
                case "":
                    self._source.take_all()
                    return False
                case _:
                    return (yield from self._unreadable())

    def _parameter(self, index: int, tool: str, arguments: dict[str, Any]) -> Wait[_After]:
        self._source.take(len(OPEN_PARAMETER))
        name = yield from self._name()
        if name is None:
            return _After.CUT_OFF_INSIDE
        value = Tape()
        after = yield from self._value(index, name, value)
        if after is not _After.CUT_OFF_INSIDE:
            arguments[name] = self._signatures.value(tool, name, value.text)
        return after

    def _value(self, index: int, parameter: str, value: Tape) -> Wait[_After]:
        """R2, R3: everything up to the </parameter> that closes, verbatim, told as it comes."""

        def text(piece: str) -> None:
            if piece:
                value.append(piece)
                self._tell(ToolArgumentDelta(index, parameter, piece))

        example = _Example()
        while (yield from self._source.more()):
            text(self._source.take_until("<"))
            if self._source.empty:
                continue
            found = yield from self._ahead(*_IN_VALUES)
            if found != CLOSE_PARAMETER:
                taken = yield from self._shown(found, example)
                text("" if found == CUT and CLOSE_PARAMETER.startswith(taken) else taken)
                continue
            after, taken = yield from self._close_parameter()
            rest = (yield from self._rest_of_example(example)) if after is not None and example.may_close else ""
            if after is not None and not rest:
                return after
            text(taken + rest)
            example = _Example() if rest else example
        return _After.CUT_OFF_INSIDE

    def _shown(self, tag: str | None, example: _Example) -> Wait[str]:
        """Take the `tag` that a value shows, which leads into or out of an `example`; None: one character of text."""
        match tag:
            case None:
                return self._source.take(1)
            case "<minimax:tool_call>":
                taken = self._source.take(len(OPEN_BLOCK)) + (yield from self._source.space())
                example.depth += (yield from self._ahead(OPEN_INVOKE)) == OPEN_INVOKE
                return taken
            case "</minimax:tool_call>":
                example.leave()
                return self._source.take(len(CLOSE_BLOCK))
            case "<parameter name=":
                example.has_parameter = example.depth > 0
                return self._source.take(len(OPEN_PARAMETER))
            case _:
                return self._source.take_all()

    def _rest_of_example(self, example: _Example) -> Wait[str]:
        """A parameter closed inside a block that a value shows: the text up to where the value itself closes.

        "" if it never does. Then the block's beginning is all that the value shows, and what closed is the value.
        """
        if self._vain_searches == _VAIN_SEARCHES:
            return ""
        tape = self._source.record()
        try:
            closes = yield from self._value_closes(_Example(example.depth, example.has_parameter))
        except Interrupted:
            closes = False
        text = self._source.stop_recording(tape)
        if closes:
            return text
        self._vain_searches += 1
        self._source.put_back(text)
        return ""

    def _value_closes(self, example: _Example) -> Wait[bool]:
        """Take all up to the </parameter> that closes outside of the blocks that the value shows."""
        while (yield from self._source.more()):
            self._source.take_until("<")
            if self._source.empty:
                continue
            found = yield from self._ahead(*_IN_VALUES)
            if found != CLOSE_PARAMETER:
                yield from self._shown(found, example)
            elif example.may_close:
                self._source.take(len(CLOSE_PARAMETER))
            else:
                after, taken = yield from self._close_parameter()
                if after is not None:
                    self._source.put_back(taken)
                    return True
        return False

    def _close_parameter(self) -> Wait[tuple[_After | None, str]]:
        """R3: what the </parameter> ahead closed; None if it is text after all, with the text that was taken."""
        taken = self._source.take(len(CLOSE_PARAMETER)) + (yield from self._source.space())
        match (yield from self._ahead(OPEN_PARAMETER, CLOSE_INVOKE)):
            case "<parameter name=":
                return _After.PARAMETER, taken
            case "</invoke>":
                closed, invoke = yield from self._close_invoke()
                return (_After.CLOSED_INVOKE if closed else None), taken + invoke
            case "":
                return _After.CUT_OFF, taken + self._source.take_all()
            case _:
                return None, taken

    def _close_invoke(self) -> Wait[tuple[bool, str]]:
        """R3: whether the </invoke> ahead closes, and the text that was taken."""
        taken = self._source.take(len(CLOSE_INVOKE)) + (yield from self._source.space())
        return (yield from self._ahead(OPEN_INVOKE, CLOSE_BLOCK)) is not None, taken

    def _unreadable(self) -> Wait[bool]:
        """Something that no invoke can hold: take all up to where the call or its block ends."""
        closed = False
        while not closed:
            _, found = yield from self._text_before(CLOSE_INVOKE, CLOSE_BLOCK)
            closed = found != CLOSE_INVOKE or (yield from self._close_invoke())[0]
        return False

    def _name(self) -> Wait[str | None]:
        """NAME and the ">" behind it; None where the output ended first."""
        yield from self._source.space()
        quote = yield from self._source.ahead('"', "'")
        if quote:
            self._source.take(1)
            name, _ = yield from self._text_before(quote)
            self._source.take(1)
            _, end = yield from self._text_before(">")
        else:
            bare, end = yield from self._text_before(">")
            name = bare.strip(SPACE)
        self._source.take(1)
        return name if end else None

    def _text_before(self, *literals: str) -> Wait[tuple[str, str]]:
        """Take the text before the next of `literals`; which one it is, CUT where the output ended first."""
        starts = {literal[0] for literal in (*literals, *self._interrupts)}
        parts: list[str] = []
        while (yield from self._source.more()):
            parts.append(self._source.take_until(*starts))
            if self._source.empty:
                continue
            found = yield from self._ahead(*literals)
            if found:
                return "".join(parts), found
            parts.append(self._source.take(1))
        return "".join(parts), CUT

    def _ahead(self, *literals: str) -> Wait[str | None]:
        found = yield from self._source.ahead(*literals, *self._interrupts)
        if found and found in self._interrupts:
            raise Interrupted
        return found

    def _next_index(self) -> int:
        self.count += 1
        return self.count - 1
