# pyright: basic
# basic: Transformers' response parser is only partly typed.
"""Families that have no reader of their own, read by Transformers' response parser from a template of their output.

A template names the fields of a message and what opens and closes each: a model may bring its own, as
`response_template` in its tokenizer's config; ours are beside their markers (`gemma4`). Calls are told once they are
complete; one that only the end of the output closes is unfinished, and so is one that cannot be read.

The parser's result may depend on how the text was cut, and an error leaves it in the middle of it. So it is fed one
character at a time, which costs about 10 µs each, and begun anew behind an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backends.contract.events import (
    AnswerDelta,
    OutputEvent,
    ReasoningDelta,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
)
from backends.dialects.argument_types import Signatures
from backends.dialects.base import TextFlow, append_merged
from backends.dialects.calls import CallNumbers
from backends.dialects.json_text import Malformed, parsed
from backends.dialects.source import SPACE

_REASONING = ("reasoning_content", "reasoning", "thinking")
_CALLS = "tool_calls"
_REFUSALS = (ValueError, KeyError, TypeError, AttributeError)
"""What the parser raises for templates and for values that it cannot make sense of."""


class ResponseParserReader:
    """Reads one output by `template`. Raises ValueError where Transformers refuses that."""

    def __init__(self, template: Mapping[str, Any], tools: list[dict[str, Any]], starts_in_reasoning: bool) -> None:
        self._template = template
        self._is_json = template.get("fields", {}).get(_CALLS, {}).get("content") == "json"
        self._signatures = Signatures(tools)
        self._numbers = CallNumbers()
        self._events: list[OutputEvent] = []
        self._reasoning = TextFlow(ReasoningDelta, self._tell)
        self._answer = TextFlow(AnswerDelta, self._tell)
        self._unread = ""  # what was fed and is in no region yet: markers
        self._raw: list[str] | None = None  # the call that is being written
        self._ended = False
        self._parser = self._begin(_opens_reasoning(template) if starts_in_reasoning else "")

    def feed(self, piece: str) -> list[OutputEvent]:
        """Take more text; what can be told by now."""
        for char in piece:
            self._feed(char)
        return self._take_events()

    def finish(self) -> list[OutputEvent]:
        """The output has ended; what was held back."""
        if not self._ended:
            self._ended = True
            try:
                _, regions = self._parser.finalize()
            except _REFUSALS:
                regions = []
            self._read(regions)
            if self._raw is not None:
                self._end_call(None, "")
        return self._take_events()

    def _begin(self, prefix: str) -> Any:
        from transformers.utils.chat_parsing import ResponseParser  # late: a heavy library

        return ResponseParser(dict(self._template), prefix=prefix)

    def _feed(self, char: str) -> None:
        self._unread += char
        try:
            regions = self._parser.feed(char)
        except _REFUSALS:
            behind = self._held()
            self._end_call(None, self._unread[: len(self._unread) - len(behind)])
            self._unread = ""
            self._parser = self._begin("")
            for char in behind:
                self._feed(char)
            return
        self._read(regions)

    def _held(self) -> str:
        """What the parser holds back: there is no other way to ask it."""
        return self._parser._buffer[self._parser._pos :]

    def _read(self, regions: list[dict[str, Any]]) -> None:
        for number, region in enumerate(regions):
            field, kind = region["field"], region["type"]
            if kind == "region_chunk":
                self._write(field, region["text"])
                continue
            # What was not read until now is the region's marker, but for the text that comes later.
            behind = sum(len(later.get("text", "")) for later in regions[number:]) + len(self._held())
            marker = self._unread[: len(self._unread) - behind]
            if kind == "region_open":
                self._unread = self._unread[len(marker) :]
                self._open(field, marker)
            elif field == _CALLS and not self._ended:
                self._end_call(region["value"], marker)
        self._unread = self._held()

    def _open(self, field: str, marker: str) -> None:
        if field == _CALLS:
            self._raw = [marker]
        else:
            (self._reasoning if field in _REASONING else self._answer).begin_anew()

    def _write(self, field: str, text: str) -> None:
        self._unread = self._unread[self._unread.find(text) + len(text) :]
        if self._raw is not None:
            self._raw.append(text)
        elif field in _REASONING:
            self._reasoning.write(text)
        else:
            self._answer.write(text)

    def _end_call(self, value: Any, marker: str) -> None:
        """A region of calls was closed by `marker`, with the calls as messages have them; None: it cannot be read."""
        raw = "".join([*(self._raw or []), marker]).strip(SPACE)
        self._raw = None
        calls = [_named_call(call) for call in (value if isinstance(value, list) else [value])]
        if not calls or None in calls:
            self._tell(ToolCallUnfinished(self._numbers.next(), None, {}, raw))
            return
        for name, arguments in filter(None, calls):
            index = self._numbers.next()
            if not self._is_json:
                arguments = {key: self._typed(name, key, item) for key, item in arguments.items()}
            self._tell(ToolCallStarted(index, name))
            for key, item in arguments.items():
                if isinstance(item, str) and item:
                    self._tell(ToolArgumentDelta(index, key, item))
            self._tell(ToolCallReady(index, name, arguments, raw))

    def _typed(self, tool: str, key: str, value: Any) -> Any:
        return self._signatures.value(tool, key, value) if isinstance(value, str) else value

    def _tell(self, event: OutputEvent) -> None:
        append_merged(self._events, event)

    def _take_events(self) -> list[OutputEvent]:
        events, self._events = self._events, []
        return events


def _opens_reasoning(template: Mapping[str, Any]) -> str:
    """What opens the reasoning, as a prompt that ends inside it has it; "" if a pattern says it."""
    for name in _REASONING:
        opens = template.get("fields", {}).get(name, {}).get("open", "")
        if opens:
            return opens if isinstance(opens, str) else opens[0]
    return ""


def _named_call(call: Any) -> tuple[str, dict[str, Any]] | None:
    """Name and arguments out of a call as messages have it, whole JSON only; None if it is none."""
    function = call.get("function", call) if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return None
    name, arguments = function.get("name"), function.get("arguments") or {}
    try:
        arguments = parsed(arguments if isinstance(arguments, str) else json.dumps(arguments))
    except (Malformed, TypeError):
        return None
    return (name, arguments) if isinstance(name, str) and isinstance(arguments, dict) else None
