# pyright: basic
# Pygments says nothing of its types.
"""Colours for finished code: Pygments reads it in slices of a few milliseconds, so that the window never waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QFont, QTextBlock, QTextCharFormat, QTextCursor, QTextDocument, QTextLayout

from desktop.widgets.block_writer import code_of, qt_length

SLICE_SECONDS = 0.004
_PAUSE_MS = 12


class CodeColours(QObject):
    """Colours the blocks of code of one document, the newest first; a timer runs while there is something to do.

    The colours are laid over the text, not written into it: copying and comparing see plain text.
    """

    def __init__(self, document: QTextDocument, style: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._formats: dict[object, QTextCharFormat] = {}
        self._style_name = style
        self._style: Any = None
        self._waiting: deque[tuple[QTextCursor, str]] = deque()
        self._running: Iterator[None] | None = None
        self._timer = QTimer(self, interval=_PAUSE_MS)
        self._timer.timeout.connect(self.work)

    def add(self, head: int, language: str) -> None:
        """Colour the code whose header is the document's block number `head`."""
        if language:
            self._waiting.append((QTextCursor(self._document.findBlockByNumber(head)), language))
            if not self._timer.isActive():
                self._timer.start()

    def clear(self, style: str) -> None:
        """Forget what waits: the document is written anew, for this style of Pygments."""
        self._waiting.clear()
        self._running = None
        self._timer.stop()
        self._formats.clear()
        self._style_name, self._style = style, None

    def work(self) -> None:
        """Colour for one slice of time."""
        end = perf_counter() + SLICE_SECONDS
        while perf_counter() < end:
            if self._running is None:
                if not self._waiting:
                    self._timer.stop()
                    return
                cursor, language = self._waiting.pop()
                self._running = self._colour(cursor, language)
            if next(self._running, self) is self:
                self._running = None

    def _colour(self, cursor: QTextCursor, language: str) -> Iterator[None]:
        """Colour one block of code, pausing after every line."""
        # Pygments is imported when there is code to colour: the window does not wait for it at start.
        from pygments.lexers import get_lexer_by_name
        from pygments.styles import get_style_by_name
        from pygments.token import Token
        from pygments.util import ClassNotFound

        self._style = self._style or get_style_by_name(self._style_name)
        try:
            lexer: Any = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        except ClassNotFound:
            return
        head = cursor.block()
        block = head.next()
        ranges: list[QTextLayout.FormatRange] = []
        column = 0
        for kind, value in lexer.get_tokens(code_of(head)):
            first, *others = str(value).split("\n")
            pieces = [first, *others]
            for number, piece in enumerate(pieces):
                if number:
                    self._lay(block, ranges)
                    yield
                    block, ranges, column = block.next(), [], 0
                length = qt_length(piece)
                if length and kind is not Token.Text:
                    ranges.append(self._range(column, length, kind))
                column += length
        self._lay(block, ranges)

    def _range(self, start: int, length: int, kind: Any) -> QTextLayout.FormatRange:
        made = QTextLayout.FormatRange()
        made.start, made.length = start, length
        if kind not in self._formats:
            style: dict[str, Any] = self._style.style_for_token(kind)
            format_ = QTextCharFormat()
            if style["color"]:
                format_.setForeground(QColor("#" + str(style["color"])))
            if style["bold"]:
                format_.setFontWeight(QFont.Weight.DemiBold)
            if style["italic"]:
                format_.setFontItalic(True)
            self._formats[kind] = format_
        made.format = self._formats[kind]
        return made

    def _lay(self, block: QTextBlock, ranges: list[QTextLayout.FormatRange]) -> None:
        # A line that was taken away meanwhile is simply not there any more.
        if block.isValid() and ranges:
            block.layout().setFormats(ranges)
            self._document.markContentsDirty(block.position(), block.length())
