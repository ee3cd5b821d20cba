"""Text that comes from a server: made harmless to show, and no longer than is of use."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e007f]"  # the last are letters that no screen shows and models read
)


def plain_text(text: str) -> str:
    """`text` without terminal escapes, control characters, hidden letters and marks that turn the writing's direction.

    Line feeds and tabs stay; other line ends become line feeds.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def one_line(text: object, limit: int) -> str:
    """What a server says, on one line of at most `limit` characters."""
    line = " ".join(plain_text(text[: limit * 4]).split()) if isinstance(text, str) else ""
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, and a line that says how many more there were."""
    if len(text) <= limit:
        return text
    more = len(text) - limit
    return f"{text[:limit]}\n… ({more:,} more characters are left out)"
