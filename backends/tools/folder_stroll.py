"""A stroll through the granted folders: what is in them, in order, up to a limit of depth, number and time."""

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
from backends.tools.base import Cancelled, failed
from backends.tools.file_words import in_words, shown
from backends.tools.granted_folders import GrantedFolders
from backends.tools.opened_files import FOLDER, identity, status_of

MAX_DEPTH = 20
MAX_SECONDS = 20.0
MAX_IN_FOLDER = 100_000
_MAX_PATTERN = 200
_MAX_UNREAD = 5
_SKIPPED = {"node_modules", "__pycache__"}


class Entry(Struct, frozen=True):
    """What was found in a folder. `folder` is the open descriptor of that folder."""

    folder: int
    name: str
    path: str
    status: os.stat_result


class FolderStroll:
    """Goes through a folder and those in it, in order. Links are not followed, hidden folders not entered."""

    def __init__(self, folders: GrantedFolders, cancelled: Cancelled, depth: int, *, skips: bool) -> None:
        self._folders = folders
        self._closed = folders.closed_now()
        self._cancelled = cancelled
        self._depth = depth
        self._skips = skips
        self._ends_at = time.monotonic() + MAX_SECONDS
        self._unread: list[str] = []
        self._is_late = False
        self._too_many = ""

    def below(self, path: str) -> Iterator[Entry]:
        """All there is below a path, or below all granted folders; for a file, the file. Raises `MinimError`."""
        if not self._folders.is_top(path):
            yield from self._below_one(path)
            return
        for granted in self._folders.granted:
            try:
                yield from self._below_one(granted.label)
            except MinimError:
                self._unread.append(granted.label)

    def left_out(self) -> list[str]:
        """In words, what was not seen."""
        lines: list[str] = []
        if self._is_late:
            lines.append(f"[Stopped after {MAX_SECONDS:.0f} seconds: not all was seen. Name a folder in it.]")
        if self._too_many:
            lines.append(f"[{shown(self._too_many)} holds more than {MAX_IN_FOLDER:,} entries: not all were seen.]")
        if self._unread:
            more = "…" * (len(self._unread) > _MAX_UNREAD)
            lines.append(f"[Could not be read: {', '.join(map(shown, self._unread[:_MAX_UNREAD]))}{more}]")
        return lines

    def _below_one(self, path: str) -> Iterator[Entry]:
        with self._folders.reach(path) as spot, in_words(spot.path):
            if spot.status is not None:
                yield Entry(spot.folder, spot.name, spot.path, spot.status)
            elif spot.name:
                raise failed(f"There is no {spot.path}.", "Look with list_files at what there is.")
            else:
                yield from self._through(spot.folder, "" if spot.path == "." else spot.path)

    def _through(self, folder: int, path: str, level: int = 1) -> Iterator[Entry]:
        for entry in self._entries(folder, path):
            yield entry
            self._look_up()
            if stat.S_ISDIR(entry.status.st_mode) and level < self._depth and not _is_skipped(entry.name):
                try:
                    below = os.open(entry.name, FOLDER, dir_fd=folder)
                except OSError:
                    self._unread.append(entry.path)
                    continue
                try:
                    yield from self._through(below, entry.path, level + 1)
                finally:
                    os.close(below)
            if self._is_late:
                return

    def _entries(self, folder: int, path: str) -> list[Entry]:
        entries: list[Entry] = []
        try:
            with os.scandir(folder) as found:
                for count, item in enumerate(found):
                    self._look_up()
                    if count >= MAX_IN_FOLDER:
                        self._too_many = path or "."
                        break
                    if self._skips and _is_skipped(item.name):
                        continue
                    status = status_of(item.name, folder)
                    if status is not None and identity(status) not in self._closed:
                        entries.append(Entry(folder, item.name, _joined(path, item.name), status))
        except OSError:
            self._unread.append(path or ".")
        return sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))

    def _look_up(self) -> None:
        if self._cancelled():
            raise RequestStopped
        self._is_late = self._is_late or time.monotonic() > self._ends_at


def name_filter(pattern: str) -> Callable[[str], bool]:
    """Whether a path fits a pattern such as *.py: its name, or its end where the pattern has folders."""
    if len(pattern) > _MAX_PATTERN:
        raise failed(f"The pattern is too long: at most {_MAX_PATTERN} characters.")
    if not pattern:
        return lambda _: True
    wanted = re.compile(fnmatch.translate(folded(pattern.removeprefix("./").removeprefix("**/"))))
    depth = pattern.count("/") if not pattern.startswith("**/") else pattern.count("/") - 1
    return lambda path: wanted.match(folded("/".join(path.split("/")[-depth - 1 :]))) is not None


def folded(text: str) -> str:
    """Text as it is compared: upper and lower case alike, and however its accents are written."""
    return unicodedata.normalize("NFC", text).casefold()


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
