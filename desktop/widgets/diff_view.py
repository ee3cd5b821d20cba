"""What changes in a file: its name, and the lines that come and go, with their numbers, folded where there are many."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.diff_lines import Diff, DiffLine, read_diff
from desktop.models.plain_text import visible, visible_line
from desktop.models.words import tooltip
from desktop.widgets.code_text import CodeText
from desktop.widgets.disclosure import Disclosure, outdented
from desktop.widgets.pane_header import colour_label

FOLDED = 20
"""Lines that are shown of a long diff before it is unfolded."""

SIGNS = {"added": "+", "removed": "\u2212", "context": " "}
_GROUND = 0.13


class DiffView(QWidget):
    """Shows unified diffs. Their text is shown as it is, and can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._raw = ""
        self._diff = Diff("", ())
        self._stale = False
        self._name = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._name.setFont(theme.title_font())
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._count = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._count.setFont(theme.small_font())
        self._text = _Lines()
        self._text.setAccessibleName(self.tr("Changes in the file"))
        self.fold_button = Disclosure("", shows_label=True)
        self.fold_button.setFont(theme.small_font())
        self.fold_button.toggled.connect(self._write)
        head = QHBoxLayout()
        head.setSpacing(theme.SMALL)
        head.addWidget(self._name, 1)
        head.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SMALL, 0, 0)
        column.setSpacing(theme.HAIR + 2)
        column.addLayout(head)
        column.addWidget(self._text)
        column.addLayout(outdented(self.fold_button))
        self.hide()

    @property
    def title(self) -> str:
        """The name of the file."""
        return self._name.text()

    @property
    def detail(self) -> str:
        """How much changes, in a few words."""
        return self._count.text()

    @property
    def text(self) -> QTextEdit:
        """Where the lines are."""
        return self._text

    def show_diff(self, diff: str, *, unfolded: bool = False) -> None:
        """Show a diff; "" hides the view. `unfolded`: all of it, as nobody is to agree to what is out of sight."""
        changed = diff != self._raw
        if changed:
            self._raw, self._diff = diff, read_diff(diff)
        if unfolded and not self.fold_button.isChecked():
            self.fold_button.setChecked(True)  # writes
        elif changed:
            self._write()
        self._say()
        self.setVisible(bool(diff))

    def expect_another(self, expected: bool) -> None:
        """Whether what is shown no longer is what would change, and another diff is on its way."""
        self._stale = expected
        self._say()

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What the Tab key comes to, in order."""
        return (self._text, self.fold_button)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._write()
            self._say()

    def _say(self) -> None:
        colours = theme.current_colours()
        self._name.setText(visible_line(self._diff.name) or self.tr("Changes"))
        self._name.setToolTip(tooltip(visible(self._diff.path)))
        counts = f"+{self._diff.added} {SIGNS['removed']}{self._diff.removed}"
        if self._stale:
            counts = self.tr("looking again…")
        elif self._diff.is_new:
            counts = self.tr("new file, {0}").format(f"+{self._diff.added}")
        elif self._diff.is_gone:
            counts = self.tr("deleted, {0}").format(f"{SIGNS['removed']}{self._diff.removed}")
        self._count.setText(counts)
        colour_label(self._count, colours.warning if self._stale else colours.muted)

    def _write(self) -> None:
        lines = self._diff.lines
        many = len(lines) > FOLDED + 4
        unfolded = self.fold_button.isChecked()
        self.fold_button.setVisible(many)
        self.fold_button.set_label(
            self.tr("Show fewer lines") if unfolded else self.tr("Show all {0} lines").format(len(lines))
        )
        self._text.show_lines(lines if unfolded or not many else lines[:FOLDED])


class _Lines(CodeText):
    """Read-only lines exactly as high as they need; their numbers and grounds are painted, and so are never copied."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[DiffLine, ...] = ()
        self._gutter = 0
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))
        self.setPalette(palette)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_lines(self, lines: tuple[DiffLine, ...]) -> None:
        """Show these lines."""
        self._lines = lines
        colours = theme.current_colours()
        metrics = self.fontMetrics()
        digits = len(str(max((line.number for line in lines), default=0)))
        self._gutter = metrics.horizontalAdvance("0" * digits) + theme.SMALL + theme.HAIR
        sign = metrics.horizontalAdvance("+ ")
        place = QTextBlockFormat()
        place.setLeftMargin(self._gutter + sign)
        place.setTextIndent(-sign)
        place.setRightMargin(theme.HAIR)
        heading = QTextBlockFormat(place)
        heading.setTopMargin(theme.HAIR + 2)
        heading.setBottomMargin(2)
        formats = {
            "added": _coloured(colours.success),
            "removed": _coloured(colours.error),
            "context": _coloured(colours.text),
            "place": _coloured(colours.muted, theme.small_font()),
            "note": _coloured(colours.muted, theme.small_font()),
        }
        text = _coloured(colours.text)
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for number, line in enumerate(lines):
            if number:
                cursor.insertBlock()
            cursor.setBlockFormat(heading if line.kind == "place" else place)
            if line.kind in SIGNS:
                cursor.insertText(SIGNS[line.kind] + " ", formats[line.kind])
                cursor.insertText(visible(line.text), text)
            else:
                cursor.insertText(self._words(line), formats[line.kind])
        cursor.endEditBlock()

    def paintEvent(self, e: QPaintEvent) -> None:
        colours = theme.current_colours()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.code_background))
        painter.drawRect(self.viewport().rect())
        painter.setFont(self.font())
        layout, block = self.document().documentLayout(), self.document().begin()
        for line in self._lines:
            area = QRectF(layout.blockBoundingRect(block))
            block = block.next()
            if area.bottom() < e.rect().top():
                continue
            if area.top() > e.rect().bottom():
                break
            area.setLeft(0)
            area.setWidth(self.viewport().width())
            self._paint_ground(painter, line, area, colours)
        painter.end()
        super().paintEvent(e)

    def _paint_ground(self, painter: QPainter, line: DiffLine, area: QRectF, colours: theme.Colours) -> None:
        ground = {"added": colours.success, "removed": colours.error}.get(line.kind)
        if ground:
            tint = QColor(ground)
            tint.setAlphaF(_GROUND)
            painter.fillRect(area, tint)
        if line.kind in SIGNS:
            painter.setPen(QColor(colours.faint))
            area.setWidth(self._gutter - theme.SMALL)
            where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
            painter.drawText(area, int(where.value), str(line.number))

    def _words(self, line: DiffLine) -> str:
        if line.kind != "place":
            return visible(line.text)
        words = self.tr("From line {0}").format(line.number)
        return f"{words}\u2003{visible(line.text)}" if line.text else words

    def _fit(self, size: QSizeF) -> None:
        self.setFixedHeight(max(math.ceil(size.height()), self.fontMetrics().height()))


def _coloured(colour: str, font: QFont | None = None) -> QTextCharFormat:
    format_ = QTextCharFormat()
    if font is not None:
        format_.setFont(font)
    format_.setForeground(QColor(colour))
    return format_
