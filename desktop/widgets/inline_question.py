"""A question in place: what will happen, the way on and the way back; it never takes the window away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from desktop import theme
from desktop.widgets.surface import paint_decision

_LONG = 120
"""Characters from which on the words would become a narrow column beside the buttons."""


class InlineQuestion(QWidget):
    """Words with two buttons, the way back first and in focus; Escape is the way back. `other`: a second way on."""

    accepted = Signal()
    rejected = Signal()
    other_chosen = Signal()

    def __init__(self, words: str, accept: str, reject: str, parent: QWidget | None = None, *, other: str = "") -> None:
        super().__init__(parent)
        self._words = QLabel(words, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.reject_button = QPushButton(reject)
        self.other_button = QPushButton(other) if other else None
        self.accept_button = QPushButton(accept)
        for button in self.buttons:
            button.setAutoDefault(False)
            button.setAccessibleDescription(words)
        self.reject_button.clicked.connect(self.rejected)
        self.accept_button.clicked.connect(self.accepted)
        if self.other_button is not None:
            self.other_button.clicked.connect(self.other_chosen)
        self._lay_out(below=len(words) > _LONG)
        self.setAccessibleName(words)

    def on_answer(
        self, end: Callable[[], object], then: Callable[[], object], then_other: Callable[[], object]
    ) -> None:
        """Do `end` with each answer, and after it what a way on leads to."""
        self.accepted.connect(lambda: (end(), then()))
        self.other_chosen.connect(lambda: (end(), then_other()))
        self.rejected.connect(end)

    @property
    def buttons(self) -> list[QPushButton]:
        """The way back, and the ways on."""
        found = (self.reject_button, self.other_button, self.accept_button)
        return [button for button in found if button is not None]

    @property
    def words(self) -> str:
        """What it asks."""
        return self._words.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.rejected.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_decision(self, "surface")

    def _lay_out(self, *, below: bool) -> None:
        """The buttons beside the words, or under words that are long."""
        row = QBoxLayout(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(theme.LARGE, theme.SMALL, theme.SMALL, theme.SMALL)
        row.setSpacing(theme.SMALL)
        row.addWidget(self._words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        if below:
            buttons.addStretch(1)
        for button in self.buttons:
            buttons.addWidget(button)
        row.addLayout(buttons)
