"""How the pieces of a text document look: formats for runs, paragraphs, code and tables, from the theme's colours."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTableCellFormat,
    QTextTableFormat,
)

from desktop import theme
from desktop.widgets.markdown_blocks import BOLD, CODE, ITALIC, STRUCK, Code, Paragraph, Run, Table

DECORATION = int(QTextFormat.Property.UserProperty) + 1
"""Of a block: what is painted behind it; one of the words below."""
GROUP = DECORATION + 1
"""Of a block: a number that all blocks of one painted shape share."""
QUOTE = DECORATION + 2
"""Of a block: how many quotes it stands in."""
SPREAD = DECORATION + 3
"""Of a block: what follows its tab stands at the right edge."""
FIT = DECORATION + 4
"""Of a block: it stands at the right edge, as wide as its text needs and at most this percentage of the column."""

CODE_BOX = "code"
BUBBLE = "bubble"
CHIP = "chip"
CARD = "card"
RULE = "rule"

INDENT = 26
QUOTE_INDENT = 18
CODE_PADDING = 14
_LINE_HEIGHT = 132.0
_HEADINGS = {1: 1.45, 2: 1.25, 3: 1.1, 4: 1.0, 5: 1.0, 6: 1.0}
_PROPORTIONAL = int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
_FIXED = int(QTextBlockFormat.LineHeightTypes.FixedHeight.value)


class TextStyles:
    """Formats for one colour scheme and one set of fonts."""

    def __init__(self, colours: theme.Colours) -> None:
        self.colours = colours
        self.column = theme.READING_WIDTH
        """The width of the column that is written into, in pixels."""
        self.body_font = theme.body_font()
        self.small_font = theme.small_font()
        self.code_font = theme.code_font()
        self._runs: dict[tuple[int, str, int, bool], QTextCharFormat] = {}

    def run(self, run: Run, level: int = 0, quote: int = 0) -> QTextCharFormat:
        """The format of a run in a heading of `level`, or in running text (0)."""
        key = (run.style, run.link, level, quote > 0)
        if key not in self._runs:
            self._runs[key] = self._make_run(run, level, quote)
        return self._runs[key]

    def coloured(self, colour: str, *, small: bool = False, bold: bool = False, link: str = "") -> QTextCharFormat:
        """Plain words of the window itself, such as a name or an action; `link` makes them clickable."""
        format_ = QTextCharFormat()
        format_.setForeground(QColor(colour))
        if small:
            format_.setFontPointSize(self.small_font.pointSizeF())
        if bold:
            format_.setFontWeight(QFont.Weight.DemiBold)
        if link:
            format_.setAnchor(True)
            format_.setAnchorHref(link)
        return format_

    def paragraph(self, block: Paragraph) -> QTextBlockFormat:
        """The place of a paragraph: its margins, and a hanging indent for a marker."""
        format_ = QTextBlockFormat()
        format_.setLineHeight(120.0 if block.level else _LINE_HEIGHT, _PROPORTIONAL)
        format_.setLeftMargin(block.indent * INDENT + block.quote * QUOTE_INDENT)
        if block.joined:
            format_.setTopMargin(0)
        elif block.level:
            format_.setTopMargin(theme.WIDE if block.level <= 2 else theme.LARGE + 2)
            format_.setHeadingLevel(block.level)
        elif block.marker:
            format_.setTopMargin(theme.HAIR + 1)
        else:
            format_.setTopMargin(theme.SMALL if block.indent else theme.MEDIUM)
        format_.setBottomMargin(theme.HAIR)
        if block.marker:
            format_.setTextIndent(-INDENT)
            format_.setTabPositions([QTextOption.Tab(INDENT, QTextOption.TabType.LeftTab)])
        if block.quote:
            format_.setProperty(QUOTE, block.quote)
        return format_

    def code_head(self, block: Code, group: int) -> QTextBlockFormat:
        """The header line of a block of code."""
        format_ = self._in_code(block, group)
        format_.setTopMargin(theme.LARGE + 4)
        format_.setBottomMargin(theme.SMALL)
        format_.setProperty(SPREAD, True)
        room = max(1.0, self.column - format_.leftMargin() - format_.rightMargin())
        format_.setTabPositions([QTextOption.Tab(room, QTextOption.TabType.RightTab)])
        return format_

    def code_line(self, block: Code, group: int) -> QTextBlockFormat:
        """A line of code."""
        format_ = self._in_code(block, group)
        format_.setLineHeight(125.0, _PROPORTIONAL)
        return format_

    def code_foot(self, block: Code, group: int) -> QTextBlockFormat:
        """The room below the last line of code."""
        format_ = self._in_code(block, group)
        format_.setLineHeight(2, _FIXED)
        format_.setBottomMargin(theme.LARGE + 4)
        return format_

    @cached_property
    def code_text(self) -> QTextCharFormat:
        """Code that is not coloured yet."""
        format_ = QTextCharFormat()
        format_.setFontFamilies(self.code_font.families())
        format_.setFontFixedPitch(True)
        format_.setFontPointSize(self.code_font.pointSizeF())
        format_.setForeground(QColor(self.colours.text))
        return format_

    @cached_property
    def tiny(self) -> QTextCharFormat:
        """For blocks that only keep a distance."""
        format_ = QTextCharFormat()
        format_.setFontPointSize(1)
        return format_

    def spacer(self, height: int) -> QTextBlockFormat:
        """An empty block of a height in pixels."""
        format_ = QTextBlockFormat()
        format_.setLineHeight(height, _FIXED)
        return format_

    def rule(self, indent: int, quote: int) -> QTextBlockFormat:
        """A block whose middle is painted as a line."""
        format_ = self.spacer(theme.LARGE)
        format_.setLeftMargin(indent * INDENT + quote * QUOTE_INDENT)
        format_.setTopMargin(theme.SMALL)
        format_.setProperty(DECORATION, RULE)
        return format_

    def table(self, block: Table) -> QTextTableFormat:
        """A table with lines between its rows only."""
        format_ = QTextTableFormat()
        format_.setBorder(0)
        format_.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
        format_.setBorderCollapse(True)
        format_.setCellPadding(0)
        format_.setCellSpacing(0)
        format_.setLeftMargin(block.indent * INDENT + block.quote * QUOTE_INDENT)
        format_.setHeaderRowCount(0 if block.joined else 1)
        if not block.widths:
            format_.setBottomMargin(theme.LARGE)
        else:
            format_.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            lengths = [QTextLength(QTextLength.Type.PercentageLength, width) for width in block.widths]
            format_.setColumnWidthConstraints(lengths)
        return format_

    def cell(self, head: bool, first: bool) -> QTextTableCellFormat:
        """A cell of the head or of the body; the first of a row stands at the left edge."""
        format_ = QTextTableCellFormat()
        format_.setTopPadding(theme.SMALL - 2)
        format_.setBottomPadding(theme.SMALL - 2)
        format_.setLeftPadding(0 if first else theme.MEDIUM)
        format_.setRightPadding(theme.MEDIUM)
        format_.setBottomBorder(1)
        format_.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        format_.setBottomBorderBrush(QBrush(QColor(self.colours.faint if head else self.colours.border)))
        return format_

    def _make_run(self, run: Run, level: int, quote: int) -> QTextCharFormat:
        format_ = QTextCharFormat()
        format_.setForeground(QColor(self.colours.muted if quote and not level else self.colours.text))
        if run.style & CODE:
            format_.merge(self.code_text)
            format_.setBackground(QColor(self.colours.code_background))
        if level:
            format_.setFontPointSize(self.body_font.pointSizeF() * _HEADINGS[level])
        if run.style & BOLD or level:
            format_.setFontWeight(QFont.Weight.DemiBold)
        if run.style & ITALIC:
            format_.setFontItalic(True)
        if run.style & STRUCK:
            format_.setFontStrikeOut(True)
        if run.link:
            format_.setAnchor(True)
            format_.setAnchorHref(run.link)
            format_.setForeground(QColor(self.colours.accent))
            format_.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        return format_

    def _in_code(self, block: Code, group: int) -> QTextBlockFormat:
        format_ = QTextBlockFormat()
        format_.setLeftMargin(block.indent * INDENT + block.quote * QUOTE_INDENT + CODE_PADDING)
        format_.setRightMargin(CODE_PADDING)
        format_.setProperty(DECORATION, CODE_BOX)
        format_.setProperty(GROUP, group)
        if block.quote:
            format_.setProperty(QUOTE, block.quote)
        return format_


ALIGNMENTS = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}
