"""A unified diff as lines to show: what was added, what was removed, and where they stand in the file."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from desktop.models.told_words import told

LineKind = Literal["context", "added", "removed", "place", "note"]
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_NOWHERE = "/dev/null"


class DiffLine(Struct, frozen=True):
    """A line. `number` is the line's in the new file, of one that was removed in the old one; of a "place" the first
    line of a hunk, whose `text` is what it stands in. A "note" is of the diff itself.
    """

    kind: LineKind
    text: str
    number: int = 0


class Diff(Struct, frozen=True):
    """What would change, or has changed, in one file. `path` is "" where the diff names none."""

    path: str
    lines: tuple[DiffLine, ...]
    is_new: bool = False
    is_gone: bool = False

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for line in self.lines)

    @property
    def name(self) -> str:
        """The file's own name."""
        return re.split(r"[/\\]", self.path)[-1]


def read_diff(text: str) -> Diff:
    """The diff that `text` is. Lines that are of no hunk are notes: nothing of it is left out."""
    raw = text.removesuffix("\n").split("\n") if text else []
    body = [line for line in raw if line[:1] in "+- "]
    if body and all(line.endswith("\r") for line in body if not line.startswith(("--- ", "+++ "))):
        raw = [line.removesuffix("\r") for line in raw]  # of a file whose lines all end so
    old = new = ""
    lines: list[DiffLine] = []
    place = _Place()
    for line in raw:
        hunk = _HUNK.match(line)
        if hunk:
            place.enter(hunk)
            number = int(hunk[3]) or int(hunk[1])
            if lines or number > 1:  # a diff that begins with the file's first line need not say so
                lines.append(DiffLine("place", hunk[5].strip(), number))
        elif place.is_inside and line[:1] in ("+", "-", " ", ""):
            lines.append(place.take(line))
        elif line.startswith("--- ") and not old:
            old = _path(line)
        elif line.startswith("+++ ") and not new:
            new = _path(line)
        else:
            lines.append(DiffLine("note", told(f"{line}\n").removesuffix("\n").removeprefix("\\ ")))
    path = old if new == _NOWHERE else new
    if old.startswith("a/") and new.startswith("b/"):
        path = new[2:]
    elif _NOWHERE in (old, new) and path.startswith(("a/", "b/")):
        path = path[2:]
    return Diff(path, tuple(lines), is_new=old == _NOWHERE, is_gone=new == _NOWHERE)


class _Place:
    """Where in both files the next line of a hunk stands, and how many lines of it are left."""

    def __init__(self) -> None:
        self._old = self._new = self._old_left = self._new_left = 0

    @property
    def is_inside(self) -> bool:
        return self._old_left > 0 or self._new_left > 0

    def enter(self, hunk: re.Match[str]) -> None:
        self._old, self._new = int(hunk[1]), int(hunk[3])
        self._old_left = 1 if hunk[2] is None else int(hunk[2])
        self._new_left = 1 if hunk[4] is None else int(hunk[4])

    def take(self, line: str) -> DiffLine:
        sign, text = line[:1], line[1:]
        if sign == "-":
            self._old, self._old_left = self._old + 1, self._old_left - 1
            return DiffLine("removed", text, self._old - 1)
        self._new, self._new_left = self._new + 1, self._new_left - 1
        if sign == "+":
            return DiffLine("added", text, self._new - 1)
        self._old, self._old_left = self._old + 1, self._old_left - 1
        return DiffLine("context", text, self._new - 1)


def _path(line: str) -> str:
    return line[4:].split("\t")[0].rstrip("\r")
