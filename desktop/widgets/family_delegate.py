"""How a model is drawn in the picker's list: its name, and below it in grey a dot and what stands for it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop import theme
from desktop.models.family_list_model import FamilyListModel, FamilyRow
from desktop.widgets.glyph import glyph_pixmap
from desktop.widgets.zone_dot import DOT, paint_dot

ROW_HEIGHT = 46
GROUP_HEIGHT = 32
_INSET = 10
_WRAPPED = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)

AnyIndex = QModelIndex | QPersistentModelIndex


class FamilyDelegate(QStyledItemDelegate):
    """Two lines a row; above the first row of a group its name in quiet words."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        row = _row(index)
        return QSize(120, self._height(row) + (GROUP_HEIGHT if _starts_group(index, row) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = _row(index)
        if row is None:
            return
        area: QRect = getattr(option, "rect")  # noqa: B009  PySide's stubs leave this attribute out
        state: QStyle.StateFlag = getattr(option, "state")  # noqa: B009
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if _starts_group(index, row):
            _paint_group(painter, area, row.group)
        height = self._height(row)
        place = QRect(area.left(), area.bottom() - height + 1, area.width(), height)
        _paint_ground(painter, place, state, row)
        words = place.adjusted(_INSET, 0, -_INSET, 0)
        if row.kind == "family":
            _paint_family(painter, words, row)
        else:
            _paint_line(painter, words, row)
        painter.restore()

    def _height(self, row: FamilyRow | None) -> int:
        """What a remark needs to be read whole; the others are two lines high."""
        if row is None or row.kind != "note":
            return ROW_HEIGHT
        width = self._view.viewport().width() - 2 * _INSET
        words = QFontMetrics(theme.small_font()).boundingRect(0, 0, width, 1000, _WRAPPED, row.title)
        return max(ROW_HEIGHT, words.height() + theme.MEDIUM)


def _paint_group(painter: QPainter, area: QRect, group: str) -> None:
    painter.setFont(theme.small_font())
    painter.setPen(QColor(theme.current_colours().muted))
    caption = QRect(area.left() + _INSET, area.top(), area.width() - 2 * _INSET, GROUP_HEIGHT - 6)
    _draw(painter, caption, group, Qt.AlignmentFlag.AlignBottom)


def _paint_ground(painter: QPainter, place: QRect, state: QStyle.StateFlag, row: FamilyRow) -> None:
    colours = theme.current_colours()
    selected = bool(state & QStyle.StateFlag.State_Selected)
    if row.kind == "note" or not (selected or state & QStyle.StateFlag.State_MouseOver):
        return
    painter.setPen(Qt.PenStyle.NoPen)
    if selected and state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QColor(colours.accent))
    painter.setBrush(QColor(colours.selection if selected else colours.hover))
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 1.5, -0.5, -1.5), 7, 7)


def _paint_family(painter: QPainter, words: QRect, row: FamilyRow) -> None:
    colours = theme.current_colours()
    half = ROW_HEIGHT // 2
    painter.setFont(theme.ui_font())
    painter.setPen(QColor(colours.text))
    upper = QRect(words.left(), words.top() + 5, words.width(), half - 4)
    _draw(painter, upper if row.detail else words, " ".join(row.title.split()), Qt.AlignmentFlag.AlignVCenter)
    if not row.detail:
        return
    lower = QRect(words.left(), words.top() + half, words.width(), half - 5)
    if row.zone is not None:
        paint_dot(painter, QRectF(lower.left(), lower.center().y() - DOT / 2 + 1.5, DOT - 1, DOT - 1), row.zone)
        lower.setLeft(lower.left() + DOT + 5)
    painter.setFont(theme.small_font())
    painter.setPen(QColor(colours.muted))
    _draw(painter, lower, row.detail, Qt.AlignmentFlag.AlignVCenter)


def _paint_line(painter: QPainter, words: QRect, row: FamilyRow) -> None:
    colours = theme.current_colours()
    painter.setFont(theme.ui_font() if row.kind == "search" else theme.small_font())
    painter.setPen(QColor(colours.accent if row.kind == "search" else colours.muted))
    if row.kind == "search":
        ratio = painter.device().devicePixelRatioF()
        glass = glyph_pixmap("search", colours.accent, 16, ratio)
        painter.drawPixmap(words.left(), words.center().y() - 7, glass)
        words.setLeft(words.left() + 22)
    painter.drawText(words, _WRAPPED, row.title)


def _draw(painter: QPainter, place: QRect, text: str, vertical: Qt.AlignmentFlag) -> None:
    shown = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | vertical, shown)


def _row(index: AnyIndex) -> FamilyRow | None:
    row = index.data(FamilyListModel.Role.ROW)
    return row if isinstance(row, FamilyRow) else None


def _starts_group(index: AnyIndex, row: FamilyRow | None) -> bool:
    if row is None or index.row() == 0:
        return row is not None
    before = _row(index.sibling(index.row() - 1, 0))
    return before is None or before.group != row.group
