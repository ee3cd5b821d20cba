"""Flat Markdown blocks into a text document: written, extended in place, and taken away again.

A block takes whole blocks of the document: a paragraph one, code one for its header, one a line and one below; a table
one before it and one a cell. Whoever calls counts them by `document.blockCount()`.
"""

from __future__ import annotations

from itertools import count

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QTextBlock, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument, QTextTable

from desktop import theme
from desktop.widgets.markdown_blocks import Block, Code, Paragraph, Rule, Runs, Table
from desktop.widgets.text_styles import ALIGNMENTS, GROUP, TextStyles

COPY_CODE = "minim:copy-code"
"""The address of the anchor in the header of a block of code. A link of a model's never has this scheme."""

_groups = count(1)


def new_group() -> int:
    """A number for the blocks that one shape is painted behind."""
    return next(_groups)


def qt_length(text: str) -> int:
    """The length of `text` as Qt counts it, in UTF-16 units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


class BlockWriter:
    """Writes blocks before block `number` of a document whose last block stays empty."""

    def __init__(self, document: QTextDocument, styles: TextStyles) -> None:
        self.document = document
        self.styles = styles

    def insert(self, number: int, block: Block) -> int:
        """Write `block` before the document's block `number`; how many document blocks it takes."""
        before = self.document.blockCount()
        match block:
            case Paragraph():
                self._write_paragraph(number, block)
            case Code():
                self._write_code(number, block)
            case Table():
                self._write_table(number, block)
            case Rule():
                self.new_block(number, self.styles.rule(block.indent, block.quote), self.styles.tiny)
        return self.document.blockCount() - before

    def extend(self, number: int, old: Block, new: Block) -> int | None:
        """Make `old`, written at `number`, into `new`: how many document blocks were added; None if it cannot be."""
        before = self.document.blockCount()
        match old, new:
            case Paragraph(), Paragraph():
                done = self._extend_paragraph(number, old, new)
            case Code(), Code():
                done = self._extend_code(number, old, new)
            case Table(), Table():
                done = self._extend_table(number, old, new)
            case _:
                done = old == new
        return self.document.blockCount() - before if done else None

    def remove(self, number: int, blocks: int) -> None:
        """Take away `blocks` of the document's blocks from `number` on."""
        if not blocks:
            return
        after = self.document.findBlockByNumber(number + blocks)
        block_format, char_format = after.blockFormat(), after.charFormat()
        cursor = QTextCursor(self.document.findBlockByNumber(number))
        cursor.setPosition(after.position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        cursor.setBlockFormat(block_format)
        cursor.setBlockCharFormat(char_format)

    def new_block(self, number: int, block_format: QTextBlockFormat, char_format: QTextCharFormat) -> QTextCursor:
        """An empty block before block `number`, and a cursor in it."""
        cursor = QTextCursor(self.document.findBlockByNumber(number))
        cursor.insertBlock(cursor.blockFormat(), cursor.blockCharFormat())
        cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
        cursor.setBlockFormat(block_format)
        cursor.setBlockCharFormat(char_format)
        return cursor

    def _write_paragraph(self, number: int, block: Paragraph) -> None:
        cursor = self.new_block(number, self.styles.paragraph(block), QTextCharFormat())
        if block.marker:
            cursor.insertText(block.marker + "\t", self.styles.coloured(self.styles.colours.muted))
        self._write_runs(cursor, block.runs, block)

    def _write_runs(self, cursor: QTextCursor, runs: Runs, block: Paragraph) -> None:
        for run in runs:
            cursor.insertText(run.text, self.styles.run(run, block.level, block.quote))

    def _extend_paragraph(self, number: int, old: Paragraph, new: Paragraph) -> bool:
        if (old.level, old.indent, old.quote, old.marker, old.joined) != (
            new.level,
            new.indent,
            new.quote,
            new.marker,
            new.joined,
        ):
            return False
        same = 0
        for ours, theirs in zip(old.runs, new.runs, strict=False):
            if ours != theirs:
                break
            same += 1
        kept = sum(qt_length(run.text) for run in old.runs[:same])
        rest = new.runs[same:]
        if same < len(old.runs) and rest:
            ours, theirs = old.runs[same], rest[0]
            if (ours.style, ours.link) == (theirs.style, theirs.link) and theirs.text.startswith(ours.text):
                kept += qt_length(ours.text)
                rest = (type(theirs)(theirs.text[len(ours.text) :], theirs.style, theirs.link), *rest[1:])
        text_block = self.document.findBlockByNumber(number)
        cursor = QTextCursor(text_block)
        marker = qt_length(old.marker) + 1 if old.marker else 0
        cursor.setPosition(text_block.position() + marker + kept)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        if cursor.hasSelection():
            cursor.removeSelectedText()
        self._write_runs(cursor, rest, new)
        return True

    def _write_code(self, number: int, block: Code) -> None:
        group, styles = new_group(), self.styles
        small = styles.coloured(styles.colours.muted, small=True)
        cursor = self.new_block(number, styles.code_head(block, group), small)
        cursor.insertText(f"{block.language}\t", small)
        copy = QCoreApplication.translate("BlockWriter", "Copy")
        cursor.insertText(copy, styles.coloured(styles.colours.muted, small=True, link=COPY_CODE))
        self.new_block(number + 1, styles.code_foot(block, group), styles.tiny)
        cursor = self.new_block(number + 1, styles.code_line(block, group), styles.code_text)
        self._write_lines(cursor, block.text)

    def _write_lines(self, cursor: QTextCursor, text: str) -> None:
        """Write lines of code; `insertText` makes a block of each with the format of the one it starts in."""
        cursor.insertText(text, self.styles.code_text)

    def _extend_code(self, number: int, old: Code, new: Code) -> bool:
        if (old.language, old.indent, old.quote) != (new.language, new.indent, new.quote):
            return False
        if not new.text.startswith(old.text):
            return False
        if len(new.text) > len(old.text):
            last = self.document.findBlockByNumber(number + 1 + old.text.count("\n"))
            cursor = QTextCursor(last)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            self._write_lines(cursor, new.text[len(old.text) :])
        return True

    def _write_table(self, number: int, block: Table) -> None:
        cursor = QTextCursor(self.document.findBlockByNumber(number))
        block_format, char_format = cursor.blockFormat(), cursor.blockCharFormat()
        columns = max(len(row) for row in block.rows)
        table = cursor.insertTable(len(block.rows), columns, self.styles.table(block))
        for index in range(len(block.rows)):
            self._fill_row(table, index, block)
        before = QTextCursor(self.document.findBlockByNumber(number))
        before.setBlockFormat(self.styles.spacer(1 if block.joined else theme.SMALL))
        before.setBlockCharFormat(self.styles.tiny)
        after = table.lastCursorPosition()
        after.movePosition(QTextCursor.MoveOperation.NextBlock)
        after.setBlockFormat(block_format)
        after.setBlockCharFormat(char_format)

    def _fill_row(self, table: QTextTable, index: int, block: Table, old: tuple[Runs, ...] = ()) -> None:
        head = index == 0 and not block.joined
        for column in range(table.columns()):
            runs = block.rows[index][column] if column < len(block.rows[index]) else ()
            if column < len(old) and old[column] == runs:
                continue
            cell = table.cellAt(index, column)
            cursor = cell.firstCursorPosition()
            if old:
                cursor.setPosition(cell.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
                cursor.removeSelectedText()
            else:
                cell.setFormat(self.styles.cell(head, column == 0))
                text_block = self.styles.spacer(0)
                text_block.clearProperty(text_block.Property.LineHeight)
                text_block.clearProperty(text_block.Property.LineHeightType)
                text_block.setAlignment(
                    ALIGNMENTS[block.alignments[column]] if column < len(block.alignments) else ALIGNMENTS["left"]
                )
                cursor.setBlockFormat(text_block)
            level = 6 if head else 0
            for run in runs:
                cursor.insertText(run.text, self.styles.run(run, level))

    def _extend_table(self, number: int, old: Table, new: Table) -> bool:
        same = (old.alignments, old.indent, old.quote, old.joined, old.widths) == (
            new.alignments,
            new.indent,
            new.quote,
            new.joined,
            new.widths,
        )
        if not same or len(new.rows) < len(old.rows):
            return False
        table = QTextCursor(self.document.findBlockByNumber(number + 1)).currentTable()
        for index, row in enumerate(old.rows):
            if row != new.rows[index]:
                self._fill_row(table, index, new, row)
        if len(new.rows) > len(old.rows):
            table.appendRows(len(new.rows) - len(old.rows))
            for index in range(len(old.rows), len(new.rows)):
                self._fill_row(table, index, new)
        return True


def code_of(head: QTextBlock) -> str:
    """The code below the header `head`, as it was written."""
    group = head.blockFormat().property(GROUP)
    lines: list[str] = []
    block = head.next()
    while block.isValid() and block.blockFormat().property(GROUP) == group:
        lines.append(block.text())
        block = block.next()
    return "\n".join(lines[:-1])
