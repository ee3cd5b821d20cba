"""Where a long block of Markdown may be cut, and how marks that are still open are shown: pure functions of text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from desktop.widgets.markdown_blocks import Runs

_SENTENCE_END = re.compile(r"(?<=[.!?])[ ]+(?=[^\W\d_])|(?<=[。！？])(?=[^\W\d_])|\n[ \t]*(?=[^\W\d_])")
_SPACE = re.compile(r"[ ](?=[^\W\d_])")
_CODE_SPAN = re.compile(r"(`+)(?!`)(.*?[^`])\1(?!`)", re.DOTALL)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_TRAILING_LINK = re.compile(r"\[([^\[\]\n]*)\]\([^()\s]*$")
_CANDIDATES = 12


def line_edges(text: str) -> list[int]:
    """The offsets at which the lines of `text` start, and its end."""
    edges = [0]
    while (found := text.find("\n", edges[-1])) >= 0:
        edges.append(found + 1)
    return [*edges, len(text)]


def paragraph_cut(window: str) -> int:
    """Where to cut a paragraph that fills `window`: after a line or a sentence outside of all marks; 0 if nowhere."""
    candidates = [found.end() for found in _SENTENCE_END.finditer(window) if found.end() > len(window) // 3]
    for offset in reversed(candidates[-_CANDIDATES:]):
        if not _open_marks(window[:offset]):
            return offset
    # Marks that never close, or no sentence: better a mark shown as it stands than a paragraph read again and again.
    spaces = [found.end() for found in _SPACE.finditer(window)]
    if candidates or spaces:
        return max([*candidates[-1:], *spaces[-1:]])
    plain = window[len(window) // 2 :]
    return len(window) // 2 if plain.isalpha() else 0


def closed_marks(text: str) -> str:
    """`text` with the marks that are still open at its end closed, and an unfinished link shown as its words."""
    text = _TRAILING_LINK.sub(r"\1", text)
    bare = text.rstrip("*_~`")
    trail = text[len(bare) :]
    if trail and (not bare or bare[-1].isspace()):
        return closed_marks(bare.rstrip(" ")) if bare.strip() else ""  # an opening mark without a word yet
    return text + _open_marks(text)


def _open_marks(text: str) -> str:
    """What would close the code, bold, italics and strikethrough that are open at the end of `text`."""
    text = _CODE_SPAN.sub("x", _ESCAPED.sub("x", text))
    ticks = re.search(r"(?<!`)(`+)(?=[^`])", text)
    if ticks:
        return ticks[1]
    closing = ""
    for mark in ("~~", "**", "__"):
        if text.count(mark) % 2:
            closing = mark
        text = text.replace(mark, "")
    if len(re.findall(r"\*(?=\S)|(?<=\S)\*", text)) % 2:
        return "*" + closing
    return closing


def column_widths(rows: Sequence[Sequence[Runs]]) -> tuple[int, ...]:
    """Widths in percent that suit the text of `rows`, for a table that is written in parts."""
    columns = max(len(row) for row in rows)
    weights: list[int] = []
    for column in range(columns):
        lengths = [sum(len(run.text) for run in row[column]) for row in rows if column < len(row)]
        weights.append(min(max([4, *lengths]), 60))
    return tuple(max(4, round(100 * weight / sum(weights))) for weight in weights)
