"""How paths and errors of files are told: on one line, readable, and never as an exception."""

from __future__ import annotations

import errno
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager

from backends.contract.errors import MinimError
from backends.tools.base import failed

_MAX_SHOWN = 300
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(path: str, limit: int = _MAX_SHOWN) -> str:
    """A path or name on one line, not too long: what breaks lines, turns their direction or is no text is replaced."""
    text = path.encode("utf-8", "surrogateescape" if _is_escaped(path) else "replace").decode("utf-8", "replace")
    text = "".join("\N{REPLACEMENT CHARACTER}" if breaks_lines(char) else char for char in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def breaks_lines(char: str) -> bool:
    """Whether a character is shown as something else than a character of a line. Odd spaces are common in names."""
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _DIRECTIONS


def size_in_words(size: int) -> str:
    """A number of bytes as a person reads it."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return counted(size, "byte") if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    raise AssertionError


def counted(number: int, thing: str) -> str:
    """ "1 line", "2 lines"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


@contextmanager
def in_words(path: str) -> Generator[None]:
    """Turn an OSError about `path` into words."""
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        raise _told(error, shown(path)) from error


def _told(error: OSError | UnicodeEncodeError, path: str) -> MinimError:
    if isinstance(error, UnicodeEncodeError):
        return failed(f"{path} is no path: it has a character that no path has.")
    match error.errno:
        case errno.ENOENT:
            return failed(f"There is no {path}.", "Look with list_files at what there is.")
        case errno.ENOTDIR | errno.ELOOP:
            return failed(f"{path} cannot be reached: something on the way is not a folder.")
        case errno.EACCES | errno.EPERM:
            return failed(f"The permissions of {path}, or of its folder, do not allow that.")
        case errno.EROFS:
            return failed(f"{path} is on a disk that cannot be written to.")
        case errno.ENAMETOOLONG:
            return failed(f"{path} is too long for a path.")
        case errno.ENOSPC | errno.EDQUOT:
            return failed(f"The disk is full: {path} was not written.", "Make room on the disk.")
        case _:
            return failed(f"{path} cannot be used: {error.strerror or type(error).__name__}.")


def _is_escaped(path: str) -> bool:
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
