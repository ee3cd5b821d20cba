"""The field a message is written in: it grows with its text, and Enter sends unless an input method is composing."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QInputMethodEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from desktop import theme
from desktop.widgets.surface import show_ground_below

MOST_LINES = 8


class GrowingTextEdit(QPlainTextEdit):
    """Plain text, from one line high to eight. `send_with_modifier`: Enter starts a line, Ctrl/Cmd+Enter sends."""

    send_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.send_with_modifier = False
        self._composing = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.body_font())
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        show_ground_below(self)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    @property
    def is_composing(self) -> bool:
        """Whether an input method holds text that is not written yet."""
        return self._composing

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self._composing = bool(event.preeditString())

    def keyPressEvent(self, e: QKeyEvent) -> None:
        if e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(e)
        else:
            super().keyPressEvent(e)

    def dragEnterEvent(self, e: QDragEnterEvent) -> None:
        from desktop.widgets.dropped_paths import dropped_models  # with the first drag: the first paint needs none

        if dropped_models(e.mimeData()):
            e.ignore()  # a model is opened by the window, and not written about
        else:
            super().dragEnterEvent(e)

    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        self._fit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste as plain text, whatever was copied."""
        if source.hasText():
            self.insertPlainText(source.text())

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._height())

    def _enter(self, event: QKeyEvent) -> None:
        if self._composing:
            return  # the key belongs to the input method: it confirms a word, it never sends half of one
        keys = event.modifiers()
        with_modifier = bool(keys & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier))
        shifted = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        if with_modifier or (not self.send_with_modifier and not shifted):
            self.send_requested.emit()
        else:
            self.insertPlainText("\n")
            self.ensureCursorVisible()

    def _height(self) -> int:
        line = self.fontMetrics().lineSpacing()
        # QPlainTextDocumentLayout measures in lines, wrapped ones counted
        lines = max(1, min(MOST_LINES, round(self.document().size().height())))
        return lines * line + 2

    def _fit(self) -> None:
        height = self._height()
        if height != self.height():
            self.setFixedHeight(height)
        many = self.document().size().height() > MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if many else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
