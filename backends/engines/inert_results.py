"""Results of tools are data: the marks with which a model's template tells roles apart lose their force in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_BREAK = "\N{ZERO WIDTH SPACE}"


def with_inert_results(messages: list[dict[str, Any]], markers: Iterable[str]) -> list[dict[str, Any]]:
    """Template messages in which no tool's result holds one of `markers`, the tokenizer's special tokens, whole.

    A page or a file that a tool read could otherwise end its own message and speak as the person. Who reads the text
    sees no difference: an invisible character stands behind the first one of each marker.
    """
    marks = sorted((marker for marker in set(markers) if len(marker) > 1), key=len, reverse=True)
    return [_inert(message, marks) if message["role"] == "tool" else message for message in messages]


def _inert(message: dict[str, Any], marks: list[str]) -> dict[str, Any]:
    text: str = message["content"]
    for mark in marks:
        text = text.replace(mark, mark[0] + _BREAK + mark[1:])
    return {**message, "content": text}
