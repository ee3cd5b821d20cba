"""Listing folders and searching files inside the granted folders: no link is followed, and both have an end."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import time
import unicodedata
from collections.abc import Callable, Iterator

from msgspec import Struct

from backends.contract.errors import MinimError, RequestStopped
from backends.tools.base import Cancelled, ToolResult, failed
from backends.tools.file_text import decoded
from backends.tools.file_words import counted, in_words, shown, size_in_words
from backends.tools.granted_folders import GrantedFolders, Spot
from backends.tools.opened_files import FOLDER, identity, kind_of, open_file, status_of

MAX_ENTRIES = 500
MAX_DEPTH = 20
MAX_HITS = 200
MAX_LINE = 300
MAX_SECONDS = 20.0
_MAX_SEARCHED = 5_000_000
_MAX_IN_FOLDER = 100_000
_MAX_PATTERN = 200
_SKIPPED = {"node_modules", "__pycache__"}


class _Entry(Struct, frozen=True):
    """What was found in a folder. `folder` is the open descriptor of that folder."""

    folder: int
    name: str
    path: str
    status: os.stat_result


class _Stroll:
    """Goes through a folder and those in it, in order. Links are not followed, hidden folders not entered."""

    def __init__(self, folders: GrantedFolders, cancelled: Cancelled, depth: int, *, skips: bool) -> None:
        self._closed = folders.closed_now()
        self._cancelled = cancelled
        self._depth = depth
        self._skips = skips
        self._ends_at = time.monotonic() + MAX_SECONDS
        self.unread: list[str] = []
        self.is_late = False
        self.too_many = ""

    def through(self, folder: int, path: str, level: int = 1) -> Iterator[_Entry]:
        """All there is in an open folder, up to the depth."""
        for entry in self._entries(folder, path):
            yield entry
            self._look_up()
            if stat.S_ISDIR(entry.status.st_mode) and level < self._depth and not _is_skipped(entry.name):
                try:
                    below = os.open(entry.name, FOLDER, dir_fd=folder)
                except OSError:
                    self.unread.append(entry.path)
                    continue
                try:
                    yield from self.through(below, entry.path, level + 1)
                finally:
                    os.close(below)
            if self.is_late:
                return

    def _entries(self, folder: int, path: str) -> list[_Entry]:
        entries: list[_Entry] = []
        try:
            with os.scandir(folder) as found:
                for count, item in enumerate(found):
                    self._look_up()
                    if count >= _MAX_IN_FOLDER:
                        self.too_many = path
                        break
                    if self._skips and _is_skipped(item.name):
                        continue
                    status = status_of(item.name, folder)
                    if status is not None and identity(status) not in self._closed:
                        entries.append(_Entry(folder, item.name, _joined(path, item.name), status))
        except OSError:
            self.unread.append(path)
        return sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))

    def _look_up(self) -> None:
        if self._cancelled():
            raise RequestStopped
        self.is_late = self.is_late or time.monotonic() > self._ends_at


def list_files(folders: GrantedFolders, path: str, pattern: str, depth: int, cancelled: Cancelled) -> ToolResult:
    """What is in a folder, one entry a line. Raises `MinimError`, `RequestStopped`."""
    if folders.is_top(path):
        return ToolResult("\n".join(f"{shown(folder.label)}/" for folder in folders.granted))
    if not 1 <= depth <= MAX_DEPTH:
        raise failed(f"The depth is 1 to {MAX_DEPTH}.")
    matches = _name_filter(pattern)
    with folders.reach(path) as spot, in_words(spot.path):
        _check_folder(spot)
        stroll = _Stroll(folders, cancelled, depth, skips=False)
        lines: list[str] = []
        left_out = 0
        for entry in stroll.through(spot.folder, _beginning(spot)):
            if not matches(entry.path):
                continue
            if len(lines) < MAX_ENTRIES:
                lines.append(_listed(entry))
            else:
                left_out += 1
        if not lines:
            lines.append(f"[Nothing in {spot.path} is called so.]" if pattern else f"[{spot.path} is empty.]")
        if left_out:
            lines.append(f"[{left_out:,} more are not shown. List a folder in it, or use a pattern.]")
        return ToolResult("\n".join((*lines, *_left_out(stroll))))


def search_files(folders: GrantedFolders, words: str, path: str, pattern: str, cancelled: Cancelled) -> ToolResult:
    """The lines that hold `words`, upper and lower case alike, as "path:line: text". Raises as `list_files` does."""
    needle = _folded(words)
    if not needle.strip() or "\n" in needle or len(needle) > MAX_LINE:
        raise failed(f"Search for words of one line, of at most {MAX_LINE} characters.")
    search = _Search(needle, _name_filter(pattern))
    strolls: list[_Stroll] = []
    for one in [folder.label for folder in folders.granted] if folders.is_top(path) else [path]:
        with folders.reach(one) as spot, in_words(spot.path):
            stroll = _Stroll(folders, cancelled, MAX_DEPTH, skips=True)
            strolls.append(stroll)
            if spot.name and spot.status is not None:
                search.look_into(_Entry(spot.folder, spot.name, spot.path, spot.status))
                continue
            _check_folder(spot)
            for entry in stroll.through(spot.folder, _beginning(spot)):
                search.look_into(entry)
                if search.is_full:
                    break
    return ToolResult("\n".join((*search.told(words), *(line for stroll in strolls for line in _left_out(stroll)))))


class _Search:
    """Looks into files for a folded text, up to so many hits."""

    def __init__(self, needle: str, matches: Callable[[str], bool]) -> None:
        self._needle = needle
        self._matches = matches
        self._hits: list[str] = []
        self._searched = 0
        self._large = 0

    @property
    def is_full(self) -> bool:
        return len(self._hits) >= MAX_HITS

    def look_into(self, entry: _Entry) -> None:
        if not stat.S_ISREG(entry.status.st_mode) or not self._matches(entry.path):
            return
        if entry.status.st_size > _MAX_SEARCHED:
            self._large += 1
            return
        try:
            with os.fdopen(open_file(entry.name, entry.folder, entry.path), "rb") as file:
                text = decoded(file.read(_MAX_SEARCHED))
        except (OSError, MinimError):
            return
        if text is None:
            return
        self._searched += 1
        if self._needle not in _folded(text):
            return
        for number, line in enumerate(text.split("\n"), start=1):
            if self._needle in _folded(line):
                self._hits.append(f"{entry.path}:{number}: {_cut(line, self._needle)}")
                if self.is_full:
                    return

    def told(self, words: str) -> list[str]:
        """The hits, and what was left out."""
        lines = list(self._hits)
        if not lines:
            lines.append(f"[{shown(words)} is in none of {counted(self._searched, 'text file')}.]")
        if self.is_full:
            lines.append(f"[There may be more than these {MAX_HITS} lines. Search in a folder, or for longer words.]")
        if self._large:
            limit = size_in_words(_MAX_SEARCHED)
            lines.append(f"[Not searched: {counted(self._large, 'file')} of more than {limit}.]")
        return lines


def _cut(line: str, needle: str) -> str:
    """A line on one line: of a long one, the part around what was found."""
    line = line.strip()
    if len(line) > MAX_LINE:
        begin = max(0, _folded(line).find(needle) - MAX_LINE // 3)
        line = f"{'…' if begin else ''}{line[begin : begin + MAX_LINE]}…"
    return shown(line, MAX_LINE + 2)


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED


def _listed(entry: _Entry) -> str:
    mode, path = entry.status.st_mode, shown(entry.path)
    if stat.S_ISDIR(mode):
        return f"{path}/"
    if stat.S_ISREG(mode):
        return f"{path} ({size_in_words(entry.status.st_size)})"
    return f"{path} ({kind_of(mode)})"


def _left_out(stroll: _Stroll) -> list[str]:
    """In words, what a stroll did not see."""
    lines: list[str] = []
    if stroll.is_late:
        lines.append(f"[Stopped after {MAX_SECONDS:.0f} seconds: not all was seen. Name a folder in it.]")
    if stroll.too_many:
        lines.append(f"[{shown(stroll.too_many)} holds more than {_MAX_IN_FOLDER:,} entries: not all were seen.]")
    if stroll.unread:
        lines.append(f"[Could not be read: {', '.join(map(shown, stroll.unread[:5]))}{'…' * (len(stroll.unread) > 5)}]")
    return lines


def _check_folder(spot: Spot) -> None:
    if spot.status is not None:
        raise failed(
            f"{spot.path} is {'a file' if stat.S_ISREG(spot.status.st_mode) else kind_of(spot.status.st_mode)}."
        )
    if spot.name:
        raise failed(f"There is no {spot.path}.", "Look with list_files at what there is.")


def _name_filter(pattern: str) -> Callable[[str], bool]:
    """Whether a path fits a pattern such as *.py: its name, or its end where the pattern has folders."""
    if len(pattern) > _MAX_PATTERN:
        raise failed(f"The pattern is too long: at most {_MAX_PATTERN} characters.")
    if not pattern:
        return lambda _: True
    wanted = re.compile(fnmatch.translate(_folded(pattern.removeprefix("./").removeprefix("**/"))))
    depth = pattern.count("/") if not pattern.startswith("**/") else pattern.count("/") - 1
    return lambda path: wanted.match(_folded("/".join(path.split("/")[-depth - 1 :]))) is not None


def _beginning(spot: Spot) -> str:
    return "" if spot.path == "." else spot.path


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
