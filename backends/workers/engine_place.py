"""The place of an engine's environment: one at a time works on it, and what is half made or half gone is deleted."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from backends.contract.errors import MinimError

_NEW, _OLD = ".new", ".old"


@contextmanager
def alone(folder: Path) -> Generator[None, None, None]:
    """Raises MinimError("busy") while another Minim works on the same engine."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0):
            yield
    except Timeout as error:
        message = "Another Minim is installing or removing this engine just now."
        raise MinimError("busy", message, "Wait until it is done.") from error


@contextmanager
def tidied(folder: Path) -> Generator[Path, None, None]:
    """The place to make a new environment in; nothing is left there, before or after."""
    _delete_leftovers(folder)
    try:
        yield _beside(folder, _NEW)
    finally:
        _delete_leftovers(folder)


def has_leftovers(folder: Path) -> bool:
    """Whether something is half made or half gone."""
    return any(_beside(folder, ending).exists() for ending in (_NEW, _OLD))


def put(new: Path, folder: Path) -> None:
    """Put a new environment in the place of an old one, which does not count any more. Raises MinimError."""
    if folder.exists():
        put_away(folder)
    _move(new, folder)


def put_away(folder: Path) -> None:
    """Let an environment be gone at once; `tidied` deletes it. Raises MinimError."""
    _move(folder, _beside(folder, _OLD))


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for place, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += Path(place, file).lstat().st_size
    return total


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(folder.name + ending)


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        hint = "Check the permissions of the folder."
        raise MinimError("internal", f"{source} cannot be moved: {error.strerror}.", hint) from error


def _delete_leftovers(folder: Path) -> None:
    for place in (_beside(folder, _NEW), _beside(folder, _OLD)):
        for _ in range(3):  # a pip that is ending may still write into it
            if place.exists():
                shutil.rmtree(place, ignore_errors=True)
