"""The tool that writes a file: it keeps what was there, writes at once or not at all, and says what it changed."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from backends.tools.base import ToolResult, failed
from backends.tools.file_changes import FileChange, change_between
from backends.tools.file_text import decoded, encoding_of, kind_of_binary
from backends.tools.file_words import breaks_lines, counted, in_words, size_in_words
from backends.tools.file_writing import State, put_file, state_of, temporary_name
from backends.tools.granted_folders import GrantedFolders, Spot
from backends.tools.kept_writes import MAX_OLD, keeping
from backends.tools.opened_files import FOLDER, open_file

MAX_CONTENT = 5_000_000
_MAX_COMPARED = 5_000_000
_WRITABLE = 0o222


class _Before(Struct, frozen=True):
    """What a write finds. `content` is None where there is no file."""

    content: bytes | None
    state: State | None


def preview_write(folders: GrantedFolders, path: str, content: str) -> str:
    """What a write would change now, as a unified diff; "" if nothing. Nothing is changed. Raises `MinimError`."""
    new = _encoded(content)
    with folders.reach(path) as spot, in_words(spot.path):
        return _change(spot, _before(spot), new, content).diff


def write_file(folders: GrantedFolders, path: str, content: str, undo_folder: Path) -> ToolResult:
    """Write a file and say what changed. Raises `MinimError`."""
    new = _encoded(content)
    with folders.reach(path) as spot, in_words(spot.path):
        before = _before(spot)
        if before.content == new:
            return ToolResult(f"{spot.path} has exactly this content already. Nothing was changed.")
        change = _change(spot, before, new, content)
        temporary = temporary_name()
        with keeping(undo_folder, spot, before.content, new, temporary) as undo, _folder_made(spot) as folder:
            put_file(folder, spot.name, new, before.state, temporary)
        if before.content is None:
            return ToolResult(f"Created {spot.path}: {counted(change.added, 'line')}.", diff=change.diff, undo=undo)
        return ToolResult(f"Changed {spot.path}: {change}.", diff=change.diff, undo=undo)


def _encoded(content: str) -> bytes:
    try:
        new = content.encode("utf-8")
    except UnicodeEncodeError as error:
        raise failed("The content has a character that no text has: half of a surrogate pair.") from error
    if len(new) > MAX_CONTENT:
        raise failed(f"The content is too long: {size_in_words(len(new))} of at most {size_in_words(MAX_CONTENT)}.")
    return new


def _before(spot: Spot) -> _Before:
    """Read what is there. Raises `MinimError` if it is not to be replaced."""
    if not spot.name or spot.names_folder:
        raise failed(f"{spot.path} is a folder.", "Name a file in it.")
    if spot.missing or spot.status is None:
        _check_names((*spot.missing, spot.name), spot.path)
        return _Before(None, None)
    if not spot.status.st_mode & _WRITABLE:
        raise failed(f"{spot.path} is read-only: it was not changed.")
    with os.fdopen(open_file(spot.name, spot.folder, spot.path, to_change=True), "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size > MAX_OLD:
            size = size_in_words(status.st_size)
            raise failed(f"{spot.path} was not changed: {size} are too much to be kept, to undo the change.")
        return _Before(file.read(MAX_OLD), state_of(status))


def _check_names(names: tuple[str, ...], path: str) -> None:
    """What is made anew gets a name that a person can see: white space around one is a slip of the model's."""
    if any(name != name.strip() or any(map(breaks_lines, name)) for name in names):
        raise failed(f"{path} is no name for a new file: it has white space at an end, or a line break.")


def _change(spot: Spot, before: _Before, new: bytes, content: str) -> FileChange:
    old = before.content
    if old is None:
        return change_between(spot.path, None, content)
    text = decoded(old) if len(old) <= _MAX_COMPARED else None
    if text is None:
        is_binary = decoded(old) is None
        kind = kind_of_binary(old) if is_binary else "a long text"
        added = len(content.splitlines())
        words = f"\\ What was there is not shown: {kind}, {size_in_words(len(old))}.\n"
        return FileChange(f"--- {spot.path}\n+++ {spot.path}\n{words}", added, 0)
    change = change_between(spot.path, text, content)
    encoding = encoding_of(old)
    if old != new and encoding is not None and encoding.mark:
        header = change.diff or f"--- {spot.path}\n+++ {spot.path}\n"
        name = "UTF-8 with a mark at the beginning" if encoding.name == "utf-8" else "UTF-16"
        return FileChange(f"{header}\\ The encoding was {name}, and is UTF-8 now.\n", change.added, change.removed)
    return change


@contextmanager
def _folder_made(spot: Spot) -> Generator[int]:
    """The descriptor of the folder that a file goes to; what was made of it goes again if the write fails."""
    opened: list[int] = [spot.folder]
    made = 0
    try:
        for name in spot.missing:
            os.mkdir(name, dir_fd=opened[-1])
            made += 1
            opened.append(os.open(name, FOLDER, dir_fd=opened[-1]))
        yield opened[-1]
    except BaseException:
        for name, folder in reversed(list(zip(spot.missing[:made], opened, strict=False))):
            with suppress(OSError):
                os.rmdir(name, dir_fd=folder)
        raise
    finally:
        for descriptor in opened[1:]:
            os.close(descriptor)
