"""The rows of a self-test: what was tried, what became of it, how long it took; and the table that they make."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Result = Literal["passed", "failed", "not run", "noted"]
"""`noted`: something to know, which is no failure."""

WIDTH = 80
_NAME, _INDENT = 22, 43


class Finding(Struct, frozen=True):
    """What a check found, in a few words."""

    result: Result
    words: str


class Row(Struct, frozen=True):
    """One line of the table."""

    name: str
    result: Result
    seconds: float
    words: str


class NotRun(Exception):
    """Raised by a check that cannot be made here; its text is the reason, in words."""


def row_lines(row: Row) -> list[str]:
    """A row as lines of at most 80 columns; words that are long go on below themselves."""
    head = f"  {row.result:<7} {row.seconds:6.1f} s   {row.name:<{_NAME}} "
    lines = textwrap.wrap(row.words, WIDTH - _INDENT, break_on_hyphens=False) or [""]
    return [f"{head}{lines[0]}".rstrip(), *(f"{'':{_INDENT}}{line}" for line in lines[1:])]


def table_lines(rows: Sequence[Row]) -> list[str]:
    """All rows, and below them what they come to."""
    return [line for row in rows for line in row_lines(row)] + ["", closing_words(rows)]


def closing_words(rows: Sequence[Row]) -> str:
    """ "27 passed, 1 not run." or "26 passed, 1 failed: Downloads worker." """
    counts = {result: sum(row.result == result for row in rows) for result in ("passed", "noted", "not run", "failed")}
    words = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
    failed = ", ".join(row.name for row in rows if row.result == "failed")
    return f"{words or 'nothing was run'}{f': {failed}' if failed else ''}."


def is_sound(rows: Sequence[Row]) -> bool:
    """Whether nothing failed."""
    return not any(row.result == "failed" for row in rows)
