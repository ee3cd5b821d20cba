"""Markdown that streams into a region of a text document: final blocks are written once, only the open end again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QTextCursor

from desktop.widgets.block_writer import BlockWriter
from desktop.widgets.markdown_blocks import Block, Code
from desktop.widgets.markdown_stream import MarkdownStream
from desktop.widgets.text_regions import Region, TextRegions


class MarkdownDocument:
    """`feed` it pieces, `flush` now and then, `finish` at the end.

    `on_code(block_number, language)` is told of every block of code that is final. `written` counts the blocks that
    were written anew and `work` the characters that were parsed: both stay in proportion to the text.
    """

    def __init__(
        self,
        regions: TextRegions,
        region: Region,
        writer: BlockWriter,
        on_code: Callable[[int, str], None] | None = None,
    ) -> None:
        self.written = 0
        self._regions = regions
        self._region = region
        self._writer = writer
        self._on_code = on_code
        self._chunks: list[str] = []
        self._stream = MarkdownStream()
        self._open: list[tuple[Block, int]] = []
        self._fresh = False

    @property
    def work(self) -> int:
        """Characters that were parsed so far."""
        return self._stream.work

    @property
    def dirty(self) -> bool:
        """Whether a flush has something to do."""
        return self._fresh

    def feed(self, text: str) -> None:
        """Take more Markdown; nothing is shown before the next flush."""
        self._chunks.append(text)
        self._stream.feed(text)
        self._fresh = True

    def flush(self) -> None:
        """Show what was fed."""
        if self._fresh:
            self._fresh = False
            self._show(*self._stream.step())

    def finish(self) -> None:
        """Show everything; nothing is open any more. Once only."""
        self._fresh = False
        done, _ = self._stream.step(final=True)
        references = self._stream.late_references()
        if references is None:
            self._show(done, [])
            return
        # Links were used before they were defined: the one case in which all is written again.
        self._writer.remove(self._regions.start(self._region), self._region.blocks)
        self._region.blocks = 0
        self._open = []
        self._stream = MarkdownStream(references)
        self._stream.feed("".join(self._chunks))
        self._show(self._stream.step(final=True)[0], [])

    def _show(self, done: list[Block], tail: list[Block]) -> None:
        """Make the open end of the region into `done` and `tail`, changing as little as possible."""
        cursor = QTextCursor(self._writer.document)
        cursor.beginEditBlock()
        blocks = [*done, *tail]
        number = self._regions.start(self._region) + self._region.blocks - sum(size for _, size in self._open)
        shown: list[tuple[Block, int]] = []
        for place, block in enumerate(blocks):
            size = self._show_one(number, place, block)
            shown.append((block, size))
            if place < len(done) and isinstance(block, Code) and self._on_code is not None:
                self._on_code(number, block.language)
            number += size
        self._drop(number, len(blocks))
        self._open = shown[len(done) :]
        cursor.endEditBlock()

    def _show_one(self, number: int, place: int, block: Block) -> int:
        """Show `block` at its place; how many document blocks it takes."""
        if place < len(self._open):
            old, size = self._open[place]
            if old == block:
                return size
            added = self._writer.extend(number, old, block)
            if added is not None:
                self._region.blocks += added
                return size + added
            self._drop(number, place)
        size = self._writer.insert(number, block)
        self.written += 1
        self._region.blocks += size
        return size

    def _drop(self, number: int, place: int) -> None:
        """Take away what is still shown of the old open end from `place` on."""
        blocks = sum(size for _, size in self._open[place:])
        self._writer.remove(number, blocks)
        self._region.blocks -= blocks
        del self._open[place:]
