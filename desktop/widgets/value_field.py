"""A value as it stands, in the code font: it wraps, can be selected, is folded where long, grows while it streams."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPalette, QTextCursor
from PySide6.QtWidgets import QTextEdit, QVBoxLayout, QWidget

from desktop import theme
from desktop.models.plain_text import visible
from desktop.widgets.code_text import CodeText
from desktop.widgets.disclosure import Disclosure, outdented

FOLDED = 300
"""Characters that are shown of a long value before it is unfolded."""


class _Text(CodeText):
    """Read-only plain text exactly as high as it needs to be."""

    def __init__(self) -> None:
        super().__init__()
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.setFixedHeight(self.fontMetrics().height())

    def _fit(self, size: QSizeF) -> None:
        self.setFixedHeight(max(math.ceil(size.height()), self.fontMetrics().height()))


class ValueField(QWidget):
    """A value of a tool call. `append` is linear: of a long value only what is shown is laid out.

    Whatever it holds is shown as text; `folded` is how many characters of it are shown at first, with `cut_mark` after
    them. What is to be taken letter by letter gets none: it would be taken for a part of it.
    """

    def __init__(
        self,
        label: str,
        text: str = "",
        parent: QWidget | None = None,
        *,
        folded: int = FOLDED,
        font: QFont | None = None,
        cut_mark: str = "",
    ) -> None:
        super().__init__(parent)
        self._cut_mark = cut_mark
        self._folded = folded
        self._chunks = [text]
        self._length = len(text)
        self._shown = 0
        self._unfolded = False
        self._colour = ""
        self._text = _Text()
        self._text.setAccessibleName(label)
        if font is not None:
            self._text.setFont(font)
        self.fold_button = Disclosure(self.tr("Show all"), shows_label=True)
        self.fold_button.setFont(theme.small_font())
        self.fold_button.setFixedHeight(theme.WIDE)
        self.fold_button.toggled.connect(self._fold)
        self._name_fold()
        self.fold_button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.HAIR)
        column.addWidget(self._text)
        column.addLayout(outdented(self.fold_button))
        self.set_colour("")
        self._show_more()

    @property
    def text(self) -> str:
        """The whole value."""
        self._chunks = ["".join(self._chunks)]
        return self._chunks[0]

    @property
    def view(self) -> QTextEdit:
        """The part of it that shows text."""
        return self._text

    @property
    def shown_text(self) -> str:
        """What is shown of it."""
        return self._text.toPlainText()

    def set_text(self, text: str) -> None:
        """Show another value; one that only grew is added to."""
        before = self.text
        if text == before:
            return
        if text.startswith(before):
            self.append(text[len(before) :])
            return
        self._chunks, self._length, self._shown = [text], len(text), 0
        self._text.clear()
        self._show_more()

    def append(self, text: str) -> None:
        """Show more of the value."""
        self._chunks.append(text)
        self._length += len(text)
        self._show_more()

    def unfold(self) -> None:
        """Show all of it."""
        self.fold_button.setChecked(True)

    def set_colour(self, colour: str) -> None:
        """Write the value in a colour of the theme, "" for that of text."""
        self._colour = colour
        palette = self._text.palette()
        palette.setColor(QPalette.ColorRole.Text, QColor(colour or theme.current_colours().text))
        palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))
        if palette != self._text.palette():
            self._text.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and not self._colour:
            self.set_colour("")

    def _fold(self, unfolded: bool) -> None:
        self._unfolded = unfolded
        self._name_fold()
        if not unfolded or self._cut_mark:
            self._shown = 0
            self._text.clear()
        self._show_more()

    def _name_fold(self) -> None:
        self.fold_button.set_label(self.tr("Show less") if self._unfolded else self.tr("Show all"))
        words = self.tr("Show less of {0}") if self._unfolded else self.tr("Show all of {0}")
        self.fold_button.setAccessibleName(words.format(self._text.accessibleName()))

    def _show_more(self) -> None:
        most = self._length if self._unfolded else min(self._length, self._folded)
        self.fold_button.setVisible(self._length > self._folded)
        if self._shown < most:
            # Mostly the last piece alone is new; the whole is joined only when a fold opens or closes.
            last = self._chunks[-1]
            start = self._length - len(last)
            piece = last[: most - start] if self._shown == start else self.text[self._shown : most]
            cursor = QTextCursor(self._text.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(visible(piece) + (self._cut_mark if most < self._length else ""))
            self._shown = most
