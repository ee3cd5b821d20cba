"""The question whether a server may be started: all that would run in view, and neither answer by Enter alone."""

from __future__ import annotations

import sys
from time import monotonic

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMoveEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from backends.contract.tools import ToolServerState
from desktop import theme
from desktop.models import words
from desktop.models.plain_text import spelled_out
from desktop.widgets.grace import GRACE
from desktop.widgets.server_facts import ServerFacts
from desktop.widgets.surface import paint_decision


class ServerQuestion(QWidget):
    """Asks about one server as it is now: another one, or a changed one, is another question."""

    accepted = Signal()
    rejected = Signal()

    def __init__(self, state: ToolServerState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        server = state.server
        self._since = monotonic()
        reaches = bool(server.url)
        start = (
            self.tr("Start this command on your Mac?")
            if sys.platform == "darwin"
            else self.tr("Start this command on your computer?")
        )
        asked = self.tr("Connect to this address?") if reaches else start
        warned = (
            self.tr("What a model passes to its tools is sent there, once you have allowed the call.")
            if reaches
            else words.sentences(
                self.tr("It runs with your rights: it can read, change and send whatever you can."),
                self.tr("Approve it only if you trust where it comes from."),
            )
        )
        title = QLabel(asked)
        title.setFont(theme.title_font())
        self.facts = ServerFacts()
        self.facts.show_server(state)
        warning = QLabel(warned, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.reject_button = QPushButton(self.tr("Don’t connect") if reaches else self.tr("Don’t start"))
        self.accept_button = QPushButton(self.tr("Approve and connect") if reaches else self.tr("Approve and start"))
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        buttons.addStretch(1)
        for button in (self.reject_button, self.accept_button):
            button.setAutoDefault(False)
            button.setDefault(False)
            button.setAccessibleName(f"{button.text()}: {spelled_out(server.name)}")
            button.setAccessibleDescription(asked)
            buttons.addWidget(button)
        self.reject_button.clicked.connect(self.rejected)
        self.accept_button.clicked.connect(self._accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.LARGE + 2, theme.MEDIUM, theme.MEDIUM, theme.MEDIUM)
        column.setSpacing(theme.SMALL)
        for widget in (title, self.facts, warning):
            column.addWidget(widget)
        column.addLayout(buttons)
        self.setAccessibleName(asked)

    def settle(self) -> None:
        """It stands in another place from now on."""
        self._since = monotonic()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.settle()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.rejected.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_decision(self, "surface")

    def _accept(self) -> None:
        if monotonic() - self._since >= GRACE:
            self.accepted.emit()
