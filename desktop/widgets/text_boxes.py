"""What is painted behind the text of a document view: rounded boxes, bars beside quotes, and rules."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTextBlock, QTextBlockFormat, QTextDocument
from PySide6.QtWidgets import QTextEdit

from desktop import theme
from desktop.widgets.text_styles import BUBBLE, CARD, CHIP, CODE_BOX, DECORATION, GROUP, QUOTE, QUOTE_INDENT, RULE

INSETS = {CODE_BOX: (14.0, 9.0), BUBBLE: (14.0, 9.0), CHIP: (11.0, 5.0), CARD: (14.0, 11.0)}
"""How far a box reaches beyond its text, in pixels: sideways, and above and below."""

_RADIUS = {BUBBLE: float(theme.BUBBLE_RADIUS)}


def group_width(document: QTextDocument, block: QTextBlock, most: float) -> float:
    """The width that the text of `block`'s whole group needs on unbroken lines, at least up to `most`, in pixels."""
    group = block.blockFormat().property(GROUP)
    while block.previous().isValid() and block.previous().blockFormat().property(GROUP) == group:
        block = block.previous()
    metrics = QFontMetricsF(document.defaultFont())
    width = 0.0
    while block.isValid() and block.blockFormat().property(GROUP) == group and width < most:
        width = max([width, *(metrics.horizontalAdvance(line) for line in block.text()[:4000].split("\u2028"))])
        block = block.next()
    return width + INSETS[BUBBLE][0] + 2  # the inset is the group's right margin


def paint_boxes(view: QTextEdit, colours: theme.Colours) -> None:
    """Paint all boxes that are in view; the text goes over them."""
    painter = QPainter(view.viewport())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scrolled = view.verticalScrollBar().value()
    painter.translate(0, -scrolled)
    frame = view.document().rootFrame().frameFormat()
    left, right = frame.leftMargin(), view.viewport().width() - frame.rightMargin()
    last_group, box, kind = None, QRectF(), ""
    for block, text in _visible_blocks(view, scrolled + view.viewport().height()):
        format_ = block.blockFormat()
        group = format_.property(GROUP)
        if group != last_group:
            _paint_box(painter, kind, box, colours)
            last_group, box, kind = group, QRectF(), str(format_.property(DECORATION) or "")
        if group is not None:
            edges = left + format_.leftMargin(), right - format_.rightMargin()
            box = box.united(_reach(view, block, text, format_, *edges))
        elif format_.property(DECORATION) == RULE:
            middle = text.center().y()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(left + format_.leftMargin(), middle), QPointF(right, middle))
        if format_.hasProperty(QUOTE):
            _paint_quote(painter, view, block, text, format_, left, colours)
    _paint_box(painter, kind, box, colours)
    painter.end()


def _visible_blocks(view: QTextEdit, bottom: float) -> Iterator[tuple[QTextBlock, QRectF]]:
    """The blocks in view with their rectangles, one before and one after: a box that goes on has no edge there."""
    layout = view.document().documentLayout()
    block = view.cursorForPosition(QPoint(1, 0)).block()
    if block.previous().isValid():
        block = block.previous()
    while block.isValid():
        rect = layout.blockBoundingRect(block)
        yield block, rect
        if rect.top() > bottom:
            return
        block = block.next()


def _reach(
    view: QTextEdit, block: QTextBlock, text: QRectF, format_: QTextBlockFormat, left: float, right: float
) -> QRectF:
    """The part of a box that lies behind `block`."""
    kind, group = str(format_.property(DECORATION)), format_.property(GROUP)
    sideways, upright = INSETS[kind]
    if kind == CHIP:
        right = min(right, left + block.layout().maximumWidth() + 1)
    top, bottom = text.top(), text.bottom()
    if block.previous().blockFormat().property(GROUP) != group:
        top -= upright
    if block.next().blockFormat().property(GROUP) == group:
        bottom = max(bottom, _top(view, block.next()))
    else:
        bottom += upright
    return QRectF(left - sideways, top, right - left + 2 * sideways, bottom - top)


def _top(view: QTextEdit, block: QTextBlock) -> float:
    return view.document().documentLayout().blockBoundingRect(block).top()


def _paint_box(painter: QPainter, kind: str, box: QRectF, colours: theme.Colours) -> None:
    if box.isEmpty() or kind not in INSETS:
        return
    fill = {BUBBLE: colours.user_bubble, CARD: colours.surface_raised}.get(kind, colours.code_background)
    painter.setBrush(QColor(fill))
    painter.setPen(QPen(QColor(colours.border), 1) if kind in (CARD, CODE_BOX, CHIP) else Qt.PenStyle.NoPen)
    radius = box.height() / 2 if kind == CHIP else _RADIUS.get(kind, float(theme.RADIUS))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _paint_quote(
    painter: QPainter,
    view: QTextEdit,
    block: QTextBlock,
    text: QRectF,
    format_: QTextBlockFormat,
    left: float,
    colours: theme.Colours,
) -> None:
    goes_on = block.next().blockFormat().hasProperty(QUOTE)
    bottom = max(text.bottom(), _top(view, block.next())) if goes_on else text.bottom()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.border))
    for depth in range(int(format_.property(QUOTE))):
        painter.drawRoundedRect(QRectF(left + depth * QUOTE_INDENT, text.top(), 3, bottom - text.top()), 1.5, 1.5)
