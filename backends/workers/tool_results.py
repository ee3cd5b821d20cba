"""Results of tools that fit into a line of the protocol, whatever a tool answered."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from backends.contract.events import ToolFinished
from backends.workers.protocol import MAX_LINE_BYTES

_MAX_BYTES = MAX_LINE_BYTES // 3
"""Of each of its texts, as it is written in the line; there are two that may be long."""


def fitting(finished: ToolFinished) -> ToolFinished:
    """`finished`, with texts that are too long cut, and words that say so."""
    return replace(finished, text=fitting_text(finished.text), diff=fitting_text(finished.diff))


def fitting_text(text: str) -> str:
    """The beginning of a text that is too long, with a last line that says so. Half a surrogate pair becomes "?"."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    kept = text
    while (size := _size(kept)) > _MAX_BYTES:
        kept = kept[: int(len(kept) * _MAX_BYTES / size * 0.99)]  # control characters take six bytes, others fewer
    if len(kept) == len(text):
        return text
    return f"{kept}\n[Cut here: {len(kept):,} of {len(text):,} characters.]"


def _size(text: str) -> int:
    return len(msgspec.json.encode(text))
