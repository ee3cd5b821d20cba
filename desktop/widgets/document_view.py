"""A read-only text view with a calm reading column: painted boxes behind text, safe links, sticking to the bottom."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QToolTip, QWidget

from desktop import theme
from desktop.models import words
from desktop.widgets.block_writer import COPY_CODE, code_of
from desktop.widgets.markdown_blocks import safe_link
from desktop.widgets.slim_scroll_bars import SlimScrollBars
from desktop.widgets.text_boxes import group_width, paint_boxes
from desktop.widgets.text_styles import FIT, SPREAD

_NEAR = 12


class DocumentView(QTextBrowser):
    """Shows a document that others write. Model-made links open only when clicked, and only web and mail addresses.

    `action_clicked` brings the address of an anchor of the window's own ("minim:…"), `link_clicked` a safe link.
    """

    action_clicked = Signal(str)
    link_clicked = Signal(QUrl)
    code_copied = Signal(str)
    following_changed = Signal(bool)
    column_changed = Signal(int)

    def __init__(
        self, parent: QWidget | None = None, *, widest: int = theme.READING_WIDTH, gutter: int = theme.WIDE
    ) -> None:
        super().__init__(parent)
        self._widest = widest
        self._gutter = gutter
        self._following = True
        self._settling = False
        self._column = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setCursorWidth(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._follow_anchor)
        self.highlighted.connect(self._show_address)
        self.verticalScrollBar().valueChanged.connect(self._note_scrolling)
        self.verticalScrollBar().rangeChanged.connect(self._stay_at_bottom)
        self._scroll_bars = SlimScrollBars(self)
        self._fit_timer = QTimer(self, singleShot=True, interval=0)
        self._fit_timer.timeout.connect(self.fit)

    @property
    def following(self) -> bool:
        """Whether the newest line is kept in view."""
        return self._following

    @property
    def column(self) -> int:
        """The width of the reading column in pixels."""
        return self._column

    @contextmanager
    def edit(self) -> Generator[None, None, None]:
        """Make several changes of the document one, laid out once."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        try:
            yield
        finally:
            cursor.endEditBlock()

    def scroll_to_newest(self) -> None:
        """Go to the end, and stay there while text is added."""
        self._set_following(True)
        self._stay_at_bottom()

    def restyle(self, background: str) -> None:
        """Take a colour for the page; the text is written anew by its owner."""
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(background))
        self.setPalette(palette)

    def loadResource(self, type_: int, name: QUrl | str) -> Any:
        """Nothing is ever loaded: no image of the web, and no file."""
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lay_column()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_boxes(self, theme.current_colours())
        super().paintEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        """What is copied: plain text, without the headers of code and with single line ends."""
        data = QMimeData()
        data.setText(self.selected_text())
        return data

    def selected_text(self) -> str:
        """The selected text as a person would write it."""
        cursor = self.textCursor()
        lines: list[str] = []
        block = self.document().findBlock(cursor.selectionStart())
        while block.isValid() and block.position() <= cursor.selectionEnd():
            start = max(0, cursor.selectionStart() - block.position())
            text = block.text().encode("utf-16-le")[2 * start : 2 * (cursor.selectionEnd() - block.position())]
            if not block.blockFormat().hasProperty(SPREAD):
                lines.append(text.decode("utf-16-le", "replace").replace("\u2028", "\n"))
            block = block.next()
        return "\n".join(lines)

    def lay_column(self, *, again: bool = False) -> None:
        """Centre the column in the view; `again`, also where the width is the same, in a new document."""
        width = self.viewport().width()
        side = max(self._gutter, (width - self._widest) // 2)
        column = max(1, width - 2 * side)
        frame = self.document().rootFrame()
        format_ = frame.frameFormat()
        if again or int(format_.leftMargin()) != side:
            format_.setLeftMargin(side)
            format_.setRightMargin(side)
            format_.setTopMargin(self._gutter)
            frame.setFrameFormat(format_)
        if column != self._column:
            self._column = column
            self.column_changed.emit(column)
            self._fit_timer.start()

    def fit(self) -> None:
        """Lay the blocks that depend on the width of the column."""
        with self.edit():
            block = self.document().begin()
            while block.isValid():
                self.fit_block(block)
                block = block.next()

    def fit_blocks(self, first: int, blocks: int) -> None:
        """Lay some blocks that were written just now."""
        block = self.document().findBlockByNumber(first)
        for _ in range(blocks):
            self.fit_block(block)
            block = block.next()

    def fit_block(self, block: QTextBlock) -> None:
        """Lay one block by the width of the column, if it depends on that."""
        format_ = block.blockFormat()
        if format_.hasProperty(SPREAD):
            room = self._column - format_.leftMargin() - format_.rightMargin()
            format_.setTabPositions([QTextOption.Tab(max(1.0, room), QTextOption.TabType.RightTab)])
        elif format_.hasProperty(FIT):
            widest = self._column * int(format_.property(FIT)) // 100
            needed = group_width(self.document(), block, self._column)
            format_.setLeftMargin(self._column - min(widest, needed))
        else:
            return
        QTextCursor(block).setBlockFormat(format_)

    def _follow_anchor(self, address: QUrl) -> None:
        text = address.toString()
        if text == COPY_CODE:
            point = self.viewport().mapFromGlobal(self.cursor().pos())
            self._copy_code(self._clicked_block(point))
        elif text.startswith("minim:"):
            self.action_clicked.emit(text)
        elif safe_link(text):
            self.link_clicked.emit(address)

    def _clicked_block(self, point: QPoint) -> QTextBlock:
        """The block of the anchor that was clicked, or chosen with the keyboard."""
        if self.anchorAt(point) == COPY_CODE:
            return self.cursorForPosition(point).block()
        return self.document().findBlock(self.textCursor().selectionStart())

    def _copy_code(self, head: QTextBlock) -> None:
        code = code_of(head)
        QGuiApplication.clipboard().setText(code)
        self.code_copied.emit(code)
        QToolTip.showText(self.cursor().pos(), self.tr("Copied"), self)

    def _show_address(self, address: QUrl) -> None:
        text = address.toString()
        self.viewport().setToolTip("" if text.startswith("minim:") else words.tooltip(text))

    def _note_scrolling(self, value: int) -> None:
        if not self._settling:
            self._set_following(value >= self.verticalScrollBar().maximum() - _NEAR)

    def _stay_at_bottom(self) -> None:
        if self._following:
            self._settling = True
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
            self._settling = False

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)
