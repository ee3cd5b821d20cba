"""What a write changes in a text, as a unified diff and as counts of lines."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator

from msgspec import Struct

from backends.tools.file_words import counted

MAX_DIFF = 100_000
_MAX_COMPARED = 2_000
"""Lines: comparing takes time that grows with their square, so that more of them are told as replaced."""
_CONTEXT = 3

_Opcode = tuple[str, int, int, int, int]


class FileChange(Struct, frozen=True):
    """A unified diff, cut at `MAX_DIFF` characters, and how many lines it adds and removes, all of them counted."""

    diff: str
    added: int
    removed: int

    def __str__(self) -> str:
        return f"{counted(self.added, 'line')} added, {counted(self.removed, 'line')} removed"


def change_between(path: str, old: str | None, new: str) -> FileChange:
    """What makes `new` of `old`, None for a file that is not there yet. "" for the diff of what is the same."""
    shows_returns = old is not None and _endings(old) != _endings(new) and "" not in (old, new)
    before, after = _lines(old or "", shows_returns), _lines(new, shows_returns)
    known = _opcodes(before, after)
    added = sum(end - begin for tag, _, _, begin, end in known if tag != "equal")
    removed = sum(end - begin for tag, begin, end, _, _ in known if tag != "equal")
    pieces = [f"--- {'/dev/null' if old is None else path}\n+++ {path}\n"]
    room = MAX_DIFF
    for piece in _written(before, after, known):
        if len(piece) > room:
            pieces.append("\\ The rest of the change is too long to be shown.\n")
            break
        room -= len(piece)
        pieces.append(piece)
    is_same = not added and not removed and old is not None
    return FileChange("" if is_same else "".join(pieces), added, removed)


class _Known(difflib.SequenceMatcher[str]):
    """Groups what was compared already."""

    def __init__(self, known: list[_Opcode]) -> None:
        super().__init__(None, "", "")
        self._known = known

    def get_opcodes(self) -> list[_Opcode]:  # pyright: ignore[reportIncompatibleMethodOverride] # narrower tags there
        return self._known


def _opcodes(before: list[str], after: list[str]) -> list[_Opcode]:
    """As difflib has them: what is the same at the beginning and at the end is never compared."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    middle: list[_Opcode] = []
    if old and new and max(len(old), len(new)) <= _MAX_COMPARED:
        found = difflib.SequenceMatcher(None, old, new).get_opcodes()
        middle = [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in found]
    elif old or new:
        tag = "replace" if old and new else "delete" if old else "insert"
        middle = [(tag, head, head + len(old), head, head + len(new))]
    first: list[_Opcode] = [("equal", 0, head, 0, head)] if head else []
    last: list[_Opcode] = [("equal", len(before) - tail, len(before), len(after) - tail, len(after))] if tail else []
    return [*first, *middle, *last]


def _written(before: list[str], after: list[str], known: list[_Opcode]) -> Iterator[str]:
    for group in _Known(known).get_grouped_opcodes(_CONTEXT):
        (_, a, _, c, _), (_, _, b, _, d) = group[0], group[-1]
        yield f"@@ -{_range(a, b)} +{_range(c, d)} @@\n"
        for tag, begin, end, new_begin, new_end in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in before[begin:end])
                continue
            yield from (_line("-", line) for line in before[begin:end])
            yield from (_line("+", line) for line in after[new_begin:new_end])


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(begin: int, end: int) -> str:
    """A hunk's lines, counted from 1; an empty one stands behind the line before it."""
    length = end - begin
    if length == 1:
        return f"{begin + 1}"
    return f"{begin + 1 if length else begin},{length}"


def _endings(text: str) -> tuple[bool, bool]:
    """Which ends of lines there are: with and without a carriage return."""
    with_return = text.count("\r\n")
    return with_return > 0, text.count("\n") > with_return


def _lines(text: str, shows_returns: bool) -> list[str]:
    r"""Lines end with "\n" only; a carriage return is made to be seen where it is what changes."""
    lines = list(io.StringIO(text, newline="\n"))
    return [line.replace("\r\n", "␍\n") for line in lines] if shows_returns else lines
