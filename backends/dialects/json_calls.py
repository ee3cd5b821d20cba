"""Blocks of tool calls written as JSON objects, as Qwen and Hermes write them.

    block := call (ws call)* ws CLOSE_BLOCK
    call  := { "name": "…", "arguments": {…} }        members in any order, others ignored

A call may be wrapped ({"function": {…}}), its arguments called "parameters" or written as JSON in a string. It is ready
once another call, a tag or the end of the output follows; whatever else comes makes it unreadable, and then it is told
as unfinished, with all text up to the next tag. The types are those that the JSON has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from backends.contract.events import (
    OutputEvent,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
)
from backends.dialects.calls import CallGrammar, CallNumbers
from backends.dialects.json_text import CutOff, JsonText, Malformed, parsed
from backends.dialects.source import CUT, SPACE, Source, Wait

_NAMES = ("name", "function")
_ARGUMENTS = ("arguments", "parameters")


class JsonCalls(CallGrammar):
    """Reads blocks between the tags `open_block` and `close_block`."""

    def __init__(
        self,
        source: Source,
        tell: Callable[[OutputEvent], None],
        numbers: CallNumbers,
        open_block: str,
        close_block: str,
    ) -> None:
        super().__init__(source, tell, numbers)
        self._open = open_block
        self._close = close_block

    @property
    def opens(self) -> tuple[str, ...]:
        """A block opens only before an object."""
        return ("{",)

    def block(self, *interrupts: str) -> Wait[None]:
        """Read the calls, of which the first is ahead, and the block's end. See `CallGrammar.block`."""
        self._interrupts = interrupts
        follow: str | None = "{"
        while follow == "{":
            follow = yield from self._call()
        if follow == self._close:
            self._source.take(len(self._close))
        elif follow == CUT:
            self._source.take_all()

    def _call(self) -> Wait[str | None]:
        """Read the call whose brace is ahead, and say what follows it."""
        tape = self._source.record()
        call = JsonCall(self._numbers.next(), self._tell)
        complete = True
        try:
            yield from call.read(JsonText(self._source, self._interrupts))
            yield from self._source.space()
            follow = yield from self._ahead("{", self._open, self._close)
        except Malformed:
            follow = None
        except CutOff:
            complete, follow = False, CUT
        if follow is None:
            complete = False
            _, follow = yield from self._text_before(self._open, self._close)
        call.end(complete, self._source.stop_recording(tape).rstrip(SPACE))
        return follow


class JsonCall:
    """One call, told to `tell` as its members come: what comes before the name waits for it."""

    def __init__(self, index: int, tell: Callable[[OutputEvent], None]) -> None:
        self._index = index
        self._tell = tell
        self._name: str | None = None
        self._waiting: list[OutputEvent] = []
        self._arguments: dict[str, Any] = {}

    def read(self, json: JsonText) -> Wait[None]:
        """Read the object whose brace is ahead. Raises what `JsonText` does."""
        self._json = json
        yield from json.object(self._member)
        if self._name is None:
            raise Malformed

    def start(self, name: str) -> None:
        """The call's name is known."""
        self._name = name
        self._tell(ToolCallStarted(self._index, name))
        for event in self._waiting:
            self._tell(event)

    def read_arguments(self, json: JsonText) -> Wait[None]:
        """Read the object of arguments whose brace is ahead. Raises what `JsonText` does."""
        self._json = json
        self._arguments = {}
        yield from json.object(self._argument)

    def end(self, complete: bool, raw: str) -> None:
        """No more of the call comes."""
        if complete and self._name is not None:
            self._tell(ToolCallReady(self._index, self._name, self._arguments, raw))
        else:
            self._tell(ToolCallUnfinished(self._index, self._name, self._arguments, raw))

    def _member(self, key: str) -> Wait[None]:
        first = yield from self._json.ahead()
        if key in _NAMES and first == '"':
            name = yield from self._json.string()
            if not name or self._name is not None:
                raise Malformed
            self.start(name)
        elif key == "function" and first == "{":
            yield from self._json.object(self._member)
        elif key in _ARGUMENTS and first == "{":
            yield from self.read_arguments(self._json)
        elif key in _ARGUMENTS:
            self._take_arguments((yield from self._json.value(lambda _: None)))
        else:
            yield from self._json.value(lambda _: None)

    def _take_arguments(self, value: Any) -> None:
        """Arguments that are not an object as they stand: JSON in a string, or null."""
        value = parsed(value) if isinstance(value, str) and value.strip() else value or {}
        if not isinstance(value, dict):
            raise Malformed
        self._arguments = cast("dict[str, Any]", value)
        for parameter, text in self._arguments.items():
            if isinstance(text, str):
                self._argument_text(parameter, text)

    def _argument(self, parameter: str) -> Wait[None]:
        self._arguments[parameter] = yield from self._json.value(lambda text: self._argument_text(parameter, text))

    def _argument_text(self, parameter: str, text: str) -> None:
        if text:
            event = ToolArgumentDelta(self._index, parameter, text)
            self._waiting.append(event) if self._name is None else self._tell(event)
