"""How the tests of this room read an output: whole, at every cut, one character at a time and in random pieces."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from backends.contract.events import (
    OutputEvent,
    ToolArgumentDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolCallUnfinished,
)
from backends.dialects import WholeOutput, open_reader
from backends.dialects.base import append_merged, collect

Schema = dict[str, Any]

_MOST_CUTS = 150


def tool(name: str, **properties: Schema) -> dict[str, Any]:
    """A tool as chat templates take it."""
    parameters = {"type": "object", "properties": properties}
    return {"type": "function", "function": {"name": name, "description": "", "parameters": parameters}}


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
TOOLS = [
    tool("write", path=STRING, text=STRING, count=INTEGER),
    tool("weather", city=STRING, days=INTEGER, metric={"type": "boolean"}),
    tool("now"),
]

OPEN, CLOSE = "<minimax:tool_call>", "</minimax:tool_call>"


def invoke(name: str = "write", **values: str) -> str:
    """An invoke as M2's template writes it."""
    lines = [f'<parameter name="{key}">{value}</parameter>\n' for key, value in values.items()]
    return f'<invoke name="{name}">\n{"".join(lines)}</invoke>'


def block(*invokes: str) -> str:
    """A block as M2's template writes it."""
    return "\n".join([OPEN, *invokes, CLOSE])


class Case(Struct, frozen=True):
    """An output and what was meant by it."""

    text: str
    answer: str = ""
    reasoning: str = ""
    calls: Sequence[tuple[str, dict[str, Any]]] = ()
    unfinished: Sequence[tuple[str | None, dict[str, Any]]] = ()
    inside: bool = True
    """Whether the output starts inside the reasoning."""

    def __str__(self) -> str:
        return self.text[:60]


class Raw(Struct, frozen=True):
    """How the raw text of a dialect's calls may begin, and end where they are complete."""

    starts: tuple[str, ...]
    ends: tuple[str, ...]


M2_RAW = Raw(("<i",), ("</invoke>",))


def check(case: Case, tools: Sequence[dict[str, Any]] = TOOLS, dialect: str = "minimax-m2", raw: Raw = M2_RAW) -> None:
    """The case reads as it was meant, however it is cut."""
    expected = merged(read_events([case.text], tools, dialect, case.inside))
    whole = collect(expected)
    assert as_read(whole) == (case.reasoning, case.answer, list(case.calls), list(case.unfinished))
    check_order(expected)
    check_raw(expected, case.text, raw)
    for pieces in cuts(case.text):
        assert merged(read_events(pieces, tools, dialect, case.inside)) == expected, pieces


def as_read(whole: WholeOutput) -> tuple[str, str, list[Any], list[Any]]:
    """What a case says of an output, in its order."""
    return whole.reasoning, whole.answer, whole.calls, [(name, arguments) for name, arguments, _ in whole.unfinished]


def read_events(
    pieces: Iterable[str], tools: Sequence[dict[str, Any]] = TOOLS, dialect: str = "minimax-m2", inside: bool = True
) -> list[OutputEvent]:
    """All that a reader tells of an output in pieces."""
    reader = open_reader(dialect, tools, inside)
    events = [event for piece in pieces for event in reader.feed(piece)]
    return events + reader.finish()


def merged(events: Iterable[OutputEvent]) -> list[OutputEvent]:
    """The events with adjacent deltas of the same thing made one."""
    together: list[OutputEvent] = []
    for event in events:
        append_merged(together, event, longest=None)
    return together


def cuts(text: str) -> Iterator[list[str]]:
    """One character at a time, cut in two at every place (of many, some), and in random pieces."""
    yield list(text)
    yield ["", text, ""]
    for at in range(1, len(text), 1 + len(text) // _MOST_CUTS):
        yield [text[:at], text[at:]]
    dice = random.Random(text)
    for longest in (2, 3, 4, 7, 20):
        yield random_pieces(text, dice, longest)


def random_pieces(text: str, dice: random.Random, longest: int) -> list[str]:
    """`text` in pieces of 1 to `longest` characters."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        length = dice.randint(1, longest)
        pieces.append(text[at : at + length])
        at += length
    return pieces


def check_order(events: list[OutputEvent]) -> None:
    """Calls are numbered from 0, and each that was started ends once, with its deltas between."""
    ended = 0
    started: int | None = None
    for event in events:
        match event:
            case ToolCallStarted(index=index):
                assert started is None
                assert index == ended
                started = index
            case ToolArgumentDelta(index=index, text=text):
                assert index == started
                assert text
            case ToolCallReady(index=index) | ToolCallUnfinished(index=index, name=str()):
                assert index == started == ended
                started = None
                ended += 1
            case ToolCallUnfinished(index=index):
                assert started is None
                assert index == ended
                ended += 1
            case _:
                assert started is None
                assert event.text
    assert started is None


def check_raw(events: list[OutputEvent], text: str, raw: Raw = M2_RAW) -> None:
    """A call's raw text is a part of the output, as it stands there; what was told of its strings is its strings."""
    at = 0
    told: dict[tuple[int, str], str] = {}
    for event in events:
        if isinstance(event, ToolArgumentDelta):
            key = event.index, event.parameter
            told[key] = told.get(key, "") + event.text
        if isinstance(event, (ToolCallReady, ToolCallUnfinished)):
            at = text.find(event.raw, at)
            assert at >= 0
            assert event.raw.startswith(raw.starts)
            at += len(event.raw)
        if isinstance(event, ToolCallReady):
            assert event.raw.endswith(raw.ends)
            for parameter, value in event.arguments.items():
                if isinstance(value, str):  # what a parameter said before it was said again was told as well
                    assert told.get((event.index, parameter), "").endswith(value)
