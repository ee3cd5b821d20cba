"""How a row of a list at the side is drawn: a title, and above the first row of a group its name in quiet words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop import theme
from desktop.models.conversation_list_model import ConversationListModel

ROW_HEIGHT = 34
GROUP_HEIGHT = 34
_DOT = 8

AnyIndex = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Draws rows and edits titles in place."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(120, ROW_HEIGHT + (GROUP_HEIGHT if _starts_group(index) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        from PySide6.QtWidgets import QStyle  # its many enumerations are made when there is a row to draw

        colours = theme.current_colours()
        area: QRect = getattr(option, "rect")  # noqa: B009  PySide's stubs leave this attribute out
        state: QStyle.StateFlag = getattr(option, "state")  # noqa: B009
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if _starts_group(index):
            painter.setFont(theme.small_font())
            painter.setPen(QColor(colours.muted))
            caption = QRect(area.left() + 10, area.top(), area.width() - 20, GROUP_HEIGHT - 6)
            group = str(index.data(ConversationListModel.GroupRole))
            painter.drawText(caption, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, group)
        row = _row(area)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection if selected else colours.hover))
            painter.drawRoundedRect(row.adjusted(0, 1, 0, -1), 7, 7)
        font = theme.ui_font()
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        words = row.adjusted(10, 0, -10, 0)
        if index.data(ConversationListModel.WaitingRole):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.warning))
            painter.drawEllipse(QRect(words.right() - _DOT + 1, row.center().y() - _DOT // 2 + 1, _DOT, _DOT))
            painter.setPen(QColor(colours.text))
            words.setRight(words.right() - _DOT - theme.SMALL)
        title = " ".join(str(index.data()).split())
        shown = QFontMetrics(font).elidedText(title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Title of the conversation"))
        palette = editor.palette()  # of the list, whose ground is see-through: the title below would be seen
        palette.setColor(palette.ColorRole.Base, QColor(theme.current_colours().background))
        editor.setPalette(palette)
        return editor

    def setEditorData(self, editor: QWidget, index: AnyIndex) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(str(index.data()))
        editor.selectAll()

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: AnyIndex) -> None:  # noqa: N802  Qt's name
        area: Any = getattr(option, "rect")  # noqa: B009
        editor.setGeometry(_row(area).adjusted(2, 2, -2, -2))


def _row(area: QRect) -> QRect:
    return QRect(area.left(), area.bottom() - ROW_HEIGHT + 1, area.width(), ROW_HEIGHT)


def _starts_group(index: AnyIndex) -> bool:
    group = index.data(ConversationListModel.GroupRole)
    if group is None or index.row() == 0:
        return group is not None
    before = index.sibling(index.row() - 1, 0)
    return before.data(ConversationListModel.GroupRole) != group
