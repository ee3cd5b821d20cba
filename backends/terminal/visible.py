"""What a model or a server wrote, shown whole and so that it cannot pass for anything else on the terminal.

Signs that move the cursor, change the direction or leave no mark become escapes such as `\\x1b` and `\\u202e`; every
row, also of a line that is longer than the terminal is wide, begins with a bar that no text can leave out.
"""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

_BAR = "  │ "
_MARKLESS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Letters and marks that are drawn as nothing, and are of no category that says so."""

_LEAST_WIDTH, _PLAIN_WIDTH = 20, 100
_SHORT = 60


def visible(text: str) -> str:
    """`text` on one line, with an escape for every sign that is not seen as what it is."""
    return "".join(map(_sign, text))


def argument_rows(arguments: dict[str, Any], width: int = 0) -> list[str]:
    """All arguments of a call, whole: `name = value`, and texts of several lines line by line.

    `width` is the terminal's in columns; 0: as it is now.
    """
    width = width or terminal_width()
    rows: list[str] = []
    for name, value in arguments.items():
        shown = visible(name if name.isidentifier() else json.dumps(name, ensure_ascii=False))
        lines = _value_lines(value)
        if len(lines) == 1:
            rows += barred(f"{shown} = {lines[0]}", width)
        else:
            rows += barred(f"{shown} =", width)
            rows += [row for line in lines for row in barred(f"  {line}", width)]
    return rows or [f"{_BAR}(no arguments)"]


def barred(text: str, width: int = 0) -> list[str]:
    """`text` as rows that fit the terminal, each behind a bar, its line ends kept."""
    room = max(_LEAST_WIDTH, width or terminal_width()) - len(_BAR)
    return [f"{_BAR}{row}" for line in text.split("\n") for row in _cut(visible(line), room)]


def terminal_width() -> int:
    """Columns of the terminal on stderr; what is no terminal is not cut short of a hundred."""
    return shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns if sys.stderr.isatty() else _PLAIN_WIDTH


def _value_lines(value: object) -> list[str]:
    if isinstance(value, str) and "\n" in value:
        return value.split("\n")
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, (dict, list)) and len(text) > _SHORT:
        return json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    return [text]


def _sign(sign: str) -> str:
    if sign.isprintable() and sign not in _MARKLESS:
        return sign
    return sign.encode("unicode_escape").decode()


def _cut(text: str, room: int) -> Iterator[str]:
    """Rows of at most `room` columns. A sign that some terminals draw over two of them counts two."""
    row, used = "", 0
    for sign in text:
        columns = 2 if unicodedata.east_asian_width(sign) in "WFA" else 1
        if used + columns > room:
            yield row
            row, used = "", 0
        row += sign
        used += columns
    yield row
