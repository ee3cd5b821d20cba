"""The question whether a tool may run, with its two answers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop import theme


class PermissionRow(QWidget):
    """Hidden until it asks. Neither answer is the default: Enter alone never lets a tool run."""

    answered = Signal(bool)
    """allow"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question = QLabel(self.tr("Allow this tool to run?"))
        self.refuse = QPushButton(self.tr("Don’t allow"))
        self.allow = QPushButton(self.tr("Allow"))
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        for button, answer in ((self.refuse, False), (self.allow, True)):
            button.setAutoDefault(False)
            button.setDefault(False)
            button.clicked.connect(lambda _checked=False, allow=answer: self._answer(allow))
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.MEDIUM, 0, theme.HAIR)
        column.setSpacing(theme.SMALL)
        column.addWidget(self._question)
        column.addLayout(buttons)
        self.hide()

    def ask(self, tool: str) -> None:
        """Ask whether `tool` may run; "" takes the question away."""
        for button in (self.refuse, self.allow):
            button.setEnabled(bool(tool))
        if tool:
            self.allow.setAccessibleName(self.tr("Allow {0} to run").format(tool))
            self.refuse.setAccessibleName(self.tr("Don’t allow {0} to run").format(tool))
        self.setVisible(bool(tool))

    def _answer(self, allow: bool) -> None:
        for button in (self.refuse, self.allow):
            button.setEnabled(False)
        self.answered.emit(allow)
