"""Blocks of tool calls written as tags around names and raw values, as MiniMax-M2 and Qwen3-Coder write them.

    block  := OPEN_BLOCK ws invoke (ws invoke)* ws CLOSE_BLOCK
    invoke := OPEN_INVOKE NAME ">" ws (param ws)* CLOSE_INVOKE
    param  := OPEN_PARAMETER NAME ">" raw CLOSE_PARAMETER              NAME: "…" | '…' | bare

The rules are named in `minimax_m2`; here are R2, R3, R7, R9 and R10.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from msgspec import Struct

from backends.contract.events import (
    OutputEvent,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
)
from backends.dialects.argument_types import Signatures
from backends.dialects.calls import CallGrammar, CallNumbers, Interrupted
from backends.dialects.source import CUT, SPACE, Source, Tape, Wait

_VAIN_SEARCHES = 8
"""How often the rest of an output may be searched in vain for the end of an example: the time stays linear."""


class Tags(Struct, frozen=True):
    """How a family spells its tags. `padded`: the first and the last line break of a value are layout."""

    open_block: str
    close_block: str
    open_invoke: str
    close_invoke: str
    open_parameter: str
    close_parameter: str
    padded: bool = False


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


class _ValueText:
    """A value as it comes: told and kept, without the line breaks that are layout."""

    def __init__(self, padded: bool, tell: Callable[[str], None]) -> None:
        self._padded = padded
        self._tell = tell
        self._tape = Tape()
        self._begun = False
        self._held = ""

    def add(self, piece: str) -> None:
        if self._padded and piece:
            if not self._begun:
                piece = piece.removeprefix("\n")
            self._begun = True
            piece = self._held + piece
            self._held = "\n" if piece.endswith("\n") else ""
            piece = piece.removesuffix("\n")
        if piece:
            self._tape.append(piece)
            self._tell(piece)

    @property
    def text(self) -> str:
        return self._tape.text


class TaggedCalls(CallGrammar):
    """Reads blocks in one family's `tags`; the types of the values come from `signatures`."""

    def __init__(
        self,
        source: Source,
        tell: Callable[[OutputEvent], None],
        numbers: CallNumbers,
        signatures: Signatures,
        tags: Tags,
    ) -> None:
        super().__init__(source, tell, numbers)
        self._signatures = signatures
        self._tags = tags
        self._in_values = (tags.close_parameter, tags.open_block, tags.close_block, tags.open_parameter)
        self._vain_searches = 0

    @property
    def opens(self) -> tuple[str, ...]:
        """A block opens only before an invoke: R4."""
        return (self._tags.open_invoke,)

    def block(self, *interrupts: str) -> Wait[None]:
        """Read the invokes, of which the first is ahead, and the block's end. See `CallGrammar.block`."""
        self._interrupts = interrupts
        tags = self._tags
        while True:
            yield from self._invoke()
            yield from self._source.space()
            follow = yield from self._ahead(tags.open_invoke, tags.close_block)
            if follow == tags.open_invoke:
                continue
            if follow == tags.close_block:
                self._source.take(len(tags.close_block))
            elif follow == CUT:
                self._cut_between_invokes()
            return

    def _cut_between_invokes(self) -> None:
        """R9: the output ended between two invokes, or in the first characters of the next."""
        rest = self._source.take_all()
        if rest.startswith(self._tags.open_invoke[:2]):
            self._tell(ToolCallUnfinished(self._numbers.next(), None, {}, rest))

    def _invoke(self) -> Wait[None]:
        tape = self._source.record()
        self._source.take(len(self._tags.open_invoke))
        name = yield from self._name()
        index = self._numbers.next()
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
            found = yield from self._ahead(self._tags.open_parameter, self._tags.close_invoke)
            if found == self._tags.open_parameter:
                after = yield from self._parameter(index, name, arguments)
                if after is not _After.PARAMETER:
                    return after is _After.CLOSED_INVOKE
            elif found == self._tags.close_invoke:
                closed, _ = yield from self._close_invoke()
                return closed or (yield from self._unreadable())
            elif found == CUT:
                self._source.take_all()
                return False
            else:
                return (yield from self._unreadable())

    def _parameter(self, index: int, tool: str, arguments: dict[str, Any]) -> Wait[_After]:
        self._source.take(len(self._tags.open_parameter))
        name = yield from self._name()
        if name is None:
            return _After.CUT_OFF_INSIDE
        value = _ValueText(self._tags.padded, lambda piece: self._tell(ToolArgumentDelta(index, name, piece)))
        after = yield from self._value(value)
        if after is not _After.CUT_OFF_INSIDE:
            arguments[name] = self._signatures.value(tool, name, value.text)
        return after

    def _value(self, value: _ValueText) -> Wait[_After]:
        """R2, R3: everything up to the </parameter> that closes, verbatim, told as it comes."""
        example = _Example()
        while (yield from self._source.more()):
            value.add(self._source.take_until("<"))
            if self._source.empty:
                continue
            found = yield from self._ahead(*self._in_values)
            if found != self._tags.close_parameter:
                taken = yield from self._shown(found, example)
                value.add("" if found == CUT and self._tags.close_parameter.startswith(taken) else taken)
                continue
            after, taken = yield from self._close_parameter()
            rest = (yield from self._rest_of_example(example)) if after is not None and example.may_close else ""
            if after is not None and not rest:
                return after
            value.add(taken + rest)
            example = _Example() if rest else example
        return _After.CUT_OFF_INSIDE

    def _shown(self, tag: str | None, example: _Example) -> Wait[str]:
        """Take the `tag` that a value shows, which leads into or out of an `example`; None: one character of text."""
        if tag is None:
            return self._source.take(1)
        if tag == CUT:
            return self._source.take_all()
        taken = self._source.take(len(tag))
        if tag == self._tags.open_block:
            taken += yield from self._source.space()
            example.depth += (yield from self._ahead(self._tags.open_invoke)) == self._tags.open_invoke
        elif tag == self._tags.close_block:
            example.leave()
        elif tag == self._tags.open_parameter:
            example.has_parameter = example.depth > 0
        return taken

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
            found = yield from self._ahead(*self._in_values)
            if found != self._tags.close_parameter:
                yield from self._shown(found, example)
            elif example.may_close:
                self._source.take(len(self._tags.close_parameter))
            else:
                after, taken = yield from self._close_parameter()
                if after is not None:
                    self._source.put_back(taken)
                    return True
        return False

    def _close_parameter(self) -> Wait[tuple[_After | None, str]]:
        """R3: what the </parameter> ahead closed; None if it is text after all, with the text that was taken."""
        taken = self._source.take(len(self._tags.close_parameter)) + (yield from self._source.space())
        found = yield from self._ahead(self._tags.open_parameter, self._tags.close_invoke)
        if found == self._tags.open_parameter:
            return _After.PARAMETER, taken
        if found == self._tags.close_invoke:
            closed, invoke = yield from self._close_invoke()
            return (_After.CLOSED_INVOKE if closed else None), taken + invoke
        return (_After.CUT_OFF, taken + self._source.take_all()) if found == CUT else (None, taken)

    def _close_invoke(self) -> Wait[tuple[bool, str]]:
        """R3: whether the </invoke> ahead closes, and the text that was taken."""
        taken = self._source.take(len(self._tags.close_invoke)) + (yield from self._source.space())
        return (yield from self._ahead(self._tags.open_invoke, self._tags.close_block)) is not None, taken

    def _unreadable(self) -> Wait[bool]:
        """Something that no invoke can hold: take all up to where the call or its block ends."""
        closed = False
        while not closed:
            _, found = yield from self._text_before(self._tags.close_invoke, self._tags.close_block)
            closed = found != self._tags.close_invoke or (yield from self._close_invoke())[0]
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
