"""What a write changes in a text, as a unified diff and as counts of lines."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator

from msgspec import Struct

from backends.tools.compared_lines import Opcode, opcodes_between
from backends.tools.file_words import counted

MAX_DIFF = 100_000
_CONTEXT = 3


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
    known = opcodes_between(before, after)
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

    def __init__(self, known: list[Opcode]) -> None:
        super().__init__(None, "", "")
        self._known = known

    def get_opcodes(self) -> list[Opcode]:  # pyright: ignore[reportIncompatibleMethodOverride] # narrower tags there
        return self._known


def _written(before: list[str], after: list[str], known: list[Opcode]) -> Iterator[str]:
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
