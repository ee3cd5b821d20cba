"""JSON as people write it by hand: with comments and commas too many, as several apps allow it in their settings."""

from __future__ import annotations

import json
import re
from typing import Any

_PIECE = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"?) | (?P<comment>//[^\n]* | /\*.*?(?:\*/|\Z))
    | (?P<comma>,) | (?P<other>[^",/]+|/)""",
    re.VERBOSE | re.DOTALL,
)


def read_loosely(text: str) -> Any:
    """The value in `text`. Raises ValueError or RecursionError for what is no JSON even so."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(_strict(text))


def _strict(text: str) -> str:
    """`text` without comments, and without commas before a closing bracket."""
    pieces: list[str] = []
    comma_at: int | None = None
    for match in _PIECE.finditer(text.removeprefix("\ufeff")):
        piece = match[0]
        if match["comment"]:
            pieces.append(" ")
            continue
        if match["comma"]:
            comma_at = len(pieces)
        elif piece.strip():
            if comma_at is not None and piece.lstrip()[0] in "]}":
                pieces[comma_at] = " "
            comma_at = None
        pieces.append(piece)
    return "".join(pieces)
