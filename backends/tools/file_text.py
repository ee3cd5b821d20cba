"""The text of a file, a part of it at a time: a huge file costs no more than what is shown of it."""

from __future__ import annotations

import codecs
import io
import os
import sys

from msgspec import Struct

from backends.contract.errors import RequestStopped
from backends.tools.base import Cancelled, ToolResult, failed
from backends.tools.file_words import counted, in_words, size_in_words
from backends.tools.granted_folders import Spot
from backends.tools.opened_files import open_file

MAX_CHARACTERS = 60_000
_CHUNK = 1 << 16
_MAX_SCANNED = 64 << 20

_KINDS = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, or a document in one"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"MZ", "a program"),
    (b"RIFF", "sound, a film or an image"),
    (b"ID3", "sound"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Encoding(Struct, frozen=True):
    """How a text file is encoded. `mark` are the bytes that say so at its beginning, b"" if none do."""

    name: str
    mark: bytes = b""


def encoding_of(begin: bytes) -> Encoding | None:
    """The encoding that a file's first bytes tell, None if it is no text that can be read."""
    if begin.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return None
    for mark, name in _MARKS:
        if begin.startswith(mark):
            return Encoding(name, mark)
    return None if b"\0" in begin else Encoding("utf-8")


def decoded(content: bytes) -> str | None:
    """All of a file as text, without its mark; None if it is none."""
    encoding = encoding_of(content)
    if encoding is None:
        return None
    try:
        return content[len(encoding.mark) :].decode(encoding.name)
    except UnicodeDecodeError:
        return None


def kind_of_binary(begin: bytes) -> str:
    """What a file that is no text seems to be."""
    return next((kind for magic, kind in _KINDS if begin.startswith(magic)), "not text")


def read_lines(spot: Spot, first: int, last: int | None, cancelled: Cancelled) -> ToolResult:
    """The lines `first` to `last` of a file, from 1 on, both in. Raises `MinimError`, `RequestStopped`."""
    if first < 1 or (last is not None and last < first):
        raise failed("Lines are counted from 1, and last_line is not before first_line.")
    reading = _Reading(first, last)
    with in_words(spot.path), os.fdopen(open_file(spot.name, spot.folder, spot.path), "rb") as file:
        begin = file.read(_CHUNK)
        encoding = encoding_of(begin)
        try:
            if encoding is None:
                raise UnicodeDecodeError("utf-8", begin, 0, 1, "no text")
            decoder = codecs.getincrementaldecoder(encoding.name)()
            file.seek(len(encoding.mark))
            while not reading.is_over and (chunk := file.read(_CHUNK)):
                if cancelled():
                    raise RequestStopped
                reading.take(decoder.decode(chunk), len(chunk))
            if not reading.is_over:
                reading.take(decoder.decode(b"", final=True), 0)
        except UnicodeDecodeError as error:
            size = size_in_words(os.fstat(file.fileno()).st_size)
            message = f"{spot.path} cannot be read as text: {kind_of_binary(begin)}, {size}."
            raise failed(message, "Only text in UTF-8 or UTF-16 can be read.") from error
    return ToolResult(reading.told(spot.path))


class _Reading:
    """Takes a text in pieces, keeps the lines that were asked for, and counts the others, each up to a limit."""

    def __init__(self, first: int, last: int | None) -> None:
        self._first = first
        self._last = last or sys.maxsize
        self._line = 1
        self._in_line = False
        self._kept: list[str] = []
        self._whole = 0  # of `_kept`: up to the end of the last line that is whole
        self._room = MAX_CHARACTERS
        self._cut_at = 0  # the line in which the room ended
        self._scanned = 0
        self.is_over = False

    def take(self, text: str, size: int) -> None:
        """The next piece, which is `size` bytes in the file."""
        self._scanned += size
        for part in io.StringIO(text, newline="\n"):
            self._keep(part)
            self._in_line = not part.endswith("\n")
            if not self._in_line:
                self._line += 1
                self._whole = len(self._kept)
        self.is_over = self._scanned >= _MAX_SCANNED

    def told(self, path: str) -> str:
        """The lines, and behind them what was left out."""
        lines = self._line if self._in_line else self._line - 1
        total = f"more than {lines:,}" if self.is_over else f"{lines:,}"
        if not lines:
            return f"[{path} is empty.]"
        if self._first > lines and self.is_over:
            return (
                f"[{path} is read up to {size_in_words(_MAX_SCANNED)} only, and line {self._first:,} is behind that.]"
            )
        if self._first > lines:
            return f"[{path} has only {counted(lines, 'line')}.]"
        end, words = min(lines, self._last), ""
        if self._cut_at == self._first:
            end, words = self._first, f" Line {self._first:,} is too long: {MAX_CHARACTERS:,} characters are shown."
        elif self._cut_at:
            end = self._cut_at - 1
        text = "".join(self._kept)
        if end == lines and self._first == 1 and not words and not self.is_over:
            return text
        if end < lines:
            words += f" Read on with first_line {end + 1}."
        break_before = "" if text.endswith("\n") else "\n"
        return f"{text}{break_before}[Lines {self._first:,} to {end:,} of {total}.{words}]"

    def _keep(self, part: str) -> None:
        if not self._first <= self._line <= self._last or self._cut_at:
            return
        if len(part) <= self._room:
            self._kept.append(part)
            self._room -= len(part)
            return
        self._cut_at = self._line
        if self._line == self._first:
            self._kept.append(part[: self._room])
        else:
            del self._kept[self._whole :]
