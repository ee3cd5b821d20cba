"""Lines of the window's own words in a text document: names, notes, chips and actions."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QTextBlockFormat, QTextCharFormat

from desktop.widgets.block_writer import BlockWriter
from desktop.widgets.text_regions import Region, TextRegions

Piece = tuple[str, QTextCharFormat]


@dataclass(frozen=True)
class Line:
    """One block of a document: where it stands, and its words with their formats."""

    place: QTextBlockFormat
    pieces: tuple[Piece, ...]


def write_lines(regions: TextRegions, region: Region, writer: BlockWriter, lines: list[Line]) -> None:
    """Make `lines` what stands in `region`."""
    start = regions.start(region)
    writer.remove(start, region.blocks)
    region.blocks = 0
    for number, line in enumerate(lines, start):
        cursor = writer.new_block(number, line.place, line.pieces[0][1] if line.pieces else QTextCharFormat())
        for text, format_ in line.pieces:
            cursor.insertText(text, format_)
        region.blocks += 1
