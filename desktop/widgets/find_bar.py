"""Find words in a text view: a field, the next and the previous place, and how many there are."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QTextEdit, QWidget

from desktop import theme
from desktop.widgets.glyph import GlyphButton
from desktop.widgets.surface import Surface


class FindBar(Surface):
    """Searches `view`; hidden until `open`. Enter finds the next place, Shift+Enter the one before, Esc closes."""

    closed = Signal()

    def __init__(self, view: QTextEdit, parent: QWidget | None = None) -> None:
        super().__init__("surface", ("bottom",), parent)
        self._view = view
        self._field = QLineEdit()
        self._field.setPlaceholderText(self.tr("Find in this conversation"))
        self._field.setAccessibleName(self.tr("Find in this conversation"))
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._find_first)
        self._field.installEventFilter(self)
        self._count = QLabel()
        self._count.setFont(theme.small_font())
        self._count.setAccessibleName(self.tr("Places found"))
        close = GlyphButton("close", self.tr("Close"))
        close.clicked.connect(self.close_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.LARGE, theme.SMALL, theme.SMALL, theme.SMALL)
        row.setSpacing(theme.SMALL)
        row.addWidget(self._field, 1)
        row.addWidget(self._count)
        row.addWidget(close)
        self.hide()

    def open(self) -> None:
        """Show the bar with the selected words, ready to type."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self._field.setText(selected)
        self.show()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    def close_bar(self) -> None:
        """Hide the bar; the place that was found stays selected."""
        self.hide()
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def search(self, words: str) -> None:
        """Find these words, as if they were typed."""
        self._field.setText(words)

    def find_next(self, *, backward: bool = False) -> bool:
        """Select the next place, round the end; False if there is none."""
        words = self._field.text()
        if not words:
            return False
        flags = QTextDocument.FindFlag.FindBackward if backward else QTextDocument.FindFlag(0)
        document = self._view.document()
        found = document.find(words, self._view.textCursor(), flags)
        if found.isNull():
            edge = QTextCursor(document)
            edge.movePosition(QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start)
            found = document.find(words, edge, flags)
        if not found.isNull():
            self._view.setTextCursor(found)
        return not found.isNull()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.find_next(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
        return super().eventFilter(watched, event)

    def _find_first(self, words: str) -> None:
        cursor = self._view.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._view.setTextCursor(cursor)
        self._count.setText(self._count_words(words))
        self.find_next()

    def _count_words(self, words: str) -> str:
        if not words:
            return ""
        places = self._view.toPlainText().lower().count(words.lower())
        if not places:
            return self.tr("Not found")
        return self.tr("1 place") if places == 1 else self.tr("{0} places").format(places)
