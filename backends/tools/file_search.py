"""Listing folders and searching in files, inside the granted folders: both have an end, and say what they left out."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from backends.contract.errors import MinimError
from backends.tools.base import Cancelled, ToolResult, failed
from backends.tools.file_text import decoded
from backends.tools.file_words import counted, shown, size_in_words
from backends.tools.folder_stroll import MAX_DEPTH, Entry, FolderStroll, folded, name_filter
from backends.tools.granted_folders import GrantedFolders
from backends.tools.opened_files import kind_of, open_file

MAX_ENTRIES = 500
MAX_HITS = 200
MAX_LINE = 300
_MAX_SEARCHED = 5_000_000


def list_files(folders: GrantedFolders, path: str, pattern: str, depth: int, cancelled: Cancelled) -> ToolResult:
    """What is in a folder, one entry a line. Raises `MinimError`, `RequestStopped`."""
    if not 1 <= depth <= MAX_DEPTH:
        raise failed(f"The depth is 1 to {MAX_DEPTH}.")
    if folders.is_top(path) and depth == 1 and not pattern:
        return ToolResult("\n".join(f"{shown(folder.label)}/" for folder in folders.granted))
    matches = name_filter(pattern)
    stroll = FolderStroll(folders, cancelled, depth, skips=False)
    lines: list[str] = []
    left_out = 0
    for entry in stroll.below(path):
        if matches(entry.path):
            if len(lines) < MAX_ENTRIES:
                lines.append(_listed(entry))
            else:
                left_out += 1
    if not lines:
        lines.append("[Nothing there is called so.]" if pattern else "[The folder is empty.]")
    if left_out:
        lines.append(f"[{left_out:,} more are not shown. List a folder in it, or use a pattern.]")
    return ToolResult("\n".join((*lines, *stroll.left_out())))


def search_files(folders: GrantedFolders, words: str, path: str, pattern: str, cancelled: Cancelled) -> ToolResult:
    """The lines that hold `words`, upper and lower case alike, as "path:line: text". Raises as `list_files` does."""
    needle = folded(words)
    if not needle.strip() or "\n" in needle or len(needle) > MAX_LINE:
        raise failed(f"Search for words of one line, of at most {MAX_LINE} characters.")
    search = _Search(needle, name_filter(pattern))
    stroll = FolderStroll(folders, cancelled, MAX_DEPTH, skips=True)
    for entry in stroll.below(path):
        search.look_into(entry)
        if search.is_full:
            break
    return ToolResult("\n".join((*search.told(words), *stroll.left_out())))


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

    def look_into(self, entry: Entry) -> None:
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
        if self._needle not in folded(text):
            return
        for number, line in enumerate(text.split("\n"), start=1):
            if self._needle in folded(line):
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
        begin = max(0, folded(line).find(needle) - MAX_LINE // 3)
        line = f"{'…' if begin else ''}{line[begin : begin + MAX_LINE]}…"
    return shown(line, MAX_LINE + 2)


def _listed(entry: Entry) -> str:
    mode, path = entry.status.st_mode, shown(entry.path)
    if stat.S_ISDIR(mode):
        return f"{path}/"
    if stat.S_ISREG(mode):
        return f"{path} ({size_in_words(entry.status.st_size)})"
    return f"{path} ({kind_of(mode)})"
