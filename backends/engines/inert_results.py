"""Tools' words are data: the marks with which a model's template tells roles apart lose their force in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

_BREAK = "\N{ZERO WIDTH SPACE}"
_AROUND_RESULTS = ("<tool_response>", "</tool_response>", "<tool_result>", "</tool_result>")
"""Some templates put results into a person's message, where no special token but only these keep them apart."""


def marks_in(special: Iterable[str], template: str) -> tuple[str, ...]:
    """The marks that must have no force in tools' words: the `special` tokens, and what stands around results."""
    around = (mark for mark in _AROUND_RESULTS if mark in template)
    return tuple(sorted({mark for mark in (*special, *around) if len(mark) > 1}, key=lambda mark: (-len(mark), mark)))


def with_inert_results(messages: list[dict[str, Any]], marks: tuple[str, ...]) -> list[dict[str, Any]]:
    """Template messages in which no tool's result holds one of `marks` (see `marks_in`) whole.

    A page or a file that a tool read could otherwise end its own message and speak as the person. Who reads the text
    sees no difference: an invisible character stands behind the first one of each mark.
    """
    return [
        {**message, "content": _inert(message["content"], marks)} if message["role"] == "tool" else message
        for message in messages
    ]


def inert_tools(tools: list[dict[str, Any]], marks: tuple[str, ...]) -> list[dict[str, Any]]:
    """Tools for a template, as `with_inert_results` has results: a server describes its tools as it likes."""
    return [cast("dict[str, Any]", _inert_value(tool, marks)) for tool in tools]


def _inert_value(value: object, marks: tuple[str, ...]) -> object:
    if isinstance(value, dict):
        held = cast("dict[str, object]", value)
        return {_inert(name, marks): _inert_value(each, marks) for name, each in held.items()}
    if isinstance(value, list):
        return [_inert_value(each, marks) for each in cast("list[object]", value)]
    return _inert(value, marks) if isinstance(value, str) else value


def _inert(text: str, marks: tuple[str, ...]) -> str:
    for mark in marks:
        text = text.replace(mark, mark[0] + _BREAK + mark[1:])
    return text
