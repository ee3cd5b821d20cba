"""What a person typed: made sound, and its first words as a conversation's title."""

from __future__ import annotations

import unicodedata
from typing import Any, cast

WIDTH = 40
"""The longest title in columns; a Chinese, Japanese or Korean character takes two."""

_JOINER = "\u200d"


def sound(text: str) -> str:
    """`text` without halves of characters, which a pasted text can hold and nothing can store."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def sound_values(values: dict[str, Any]) -> dict[str, Any]:
    """A copy of JSON `values` with each text in them sound, the names too."""
    return {sound(name): _sound_value(value) for name, value in values.items()}


def title_of(text: str, width: int = WIDTH) -> str:
    """The first line that says something, cut after a whole word where there is one, and then ended by "…"."""
    lines = (" ".join(line.split()).lstrip("#>*-` ") for line in text.splitlines())
    line = next((line for line in lines if line), "")
    kept, columns = len(line), 0
    for index, character in enumerate(line):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > width:
            kept = index
            break
    if kept == len(line):
        return line
    start = line[:kept]
    if not _is_wide(line[kept - 1]) and line[kept] != " ":
        # In mid-word: back to the space before it, unless that would leave hardly anything.
        space = start.rfind(" ")
        start = start[:space] if space >= kept // 3 else _whole(start, line[kept])
    else:
        start = _whole(start, line[kept])
    return start.rstrip(" ,;:，、；：") + "…"


def _whole(start: str, following: str) -> str:
    """`start` without a last character that `following` is a part of, such as an emoji of several signs."""
    while start and (unicodedata.combining(following) or following in (_JOINER, "\ufe0f") or start[-1] == _JOINER):
        start, following = start[:-1], start[-1]
    return start


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _sound_value(value: object) -> object:
    match value:
        case str():
            return sound(value)
        case dict():
            return sound_values(cast(dict[str, Any], value))
        case list():
            return [_sound_value(item) for item in cast(list[object], value)]
        case _:
            return value
