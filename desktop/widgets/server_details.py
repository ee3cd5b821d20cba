"""What lies behind a server's row: what is started, its tools, what it printed, and what can be done with it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QTextCursor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from backends.contract.tools import ToolServerState, ToolSettings
from desktop import theme
from desktop.models.told_words import told_log
from desktop.widgets.disclosure import Disclosure
from desktop.widgets.server_facts import ServerFacts
from desktop.widgets.server_tools import ServerTools
from desktop.widgets.tool_requests import ToolRequests

_LOG_HEIGHT = 132
"""Pixels of what a server printed, at most."""


class ServerDetails(QWidget):
    """Built when it is first opened; `refresh` keeps it true after that. Edit and Remove are the row's own matter."""

    def __init__(self, name: str, requests: ToolRequests, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._requests = requests
        self._log_file = ""
        self.facts = ServerFacts()
        self.offered = QCheckBox(self.tr("Offer its tools to models"))
        self.offered.toggled.connect(partial(requests.switch_requested.emit, name))
        self.tools = ServerTools(requests)
        self.log_toggle = Disclosure(self.tr("What it printed"), shows_label=True)
        self.log_toggle.toggled.connect(self._show_log)
        self.log = QPlainTextEdit(readOnly=True)
        self.log.setAccessibleName(self.tr("What it printed"))
        self.log.setFont(theme.code_font())
        self.log.setTabChangesFocus(True)
        self.log.hide()
        self.log_button = self._button(self.tr("Open log"))
        self.restart_button = self._button(self.tr("Restart"))
        self.edit_button = self._button(self.tr("Edit…"))
        self.remove_button = self._button(self.tr("Remove…"))
        self.log_button.clicked.connect(lambda: requests.open_log_requested.emit(self._log_file))
        self.restart_button.clicked.connect(self._restart)
        self._lay_out()

    def refresh(self, state: ToolServerState, settings: ToolSettings, *, asks: bool) -> None:
        """Show the server as it stands; while it `asks`, the question shows what would be started."""
        self.facts.setVisible(not asks)
        self.facts.show_server(state)
        self.offered.blockSignals(True)
        self.offered.setChecked(self._name not in settings.servers_off)
        self.offered.blockSignals(False)
        self.offered.setVisible(not asks)
        self.tools.setVisible(bool(state.tools))
        self.tools.show_tools(state.tools, settings.tools_off)
        self._log_file = state.log_file
        self.log_toggle.setVisible(bool(state.log_tail))
        self.log_button.setVisible(bool(state.log_file))
        self.log.setVisible(bool(state.log_tail) and self.log_toggle.isChecked())
        if self.log.toPlainText() != (tail := told_log(state.log_tail)):
            self.log.setPlainText(tail)
            self.log.moveCursor(QTextCursor.MoveOperation.End)
            lines = len(state.log_tail.splitlines()) + 1
            self.log.setFixedHeight(min(_LOG_HEIGHT, lines * self.log.fontMetrics().lineSpacing() + theme.MEDIUM))
        self.restart_button.setVisible(state.progress in ("running", "failed", "starting"))

    def _lay_out(self) -> None:
        log = QHBoxLayout()
        log.setSpacing(theme.SMALL)
        log.addWidget(self.log_toggle)
        log.addStretch(1)
        log.addWidget(self.log_button)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        buttons.addWidget(self.offered)
        buttons.addStretch(1)
        for button in (self.restart_button, self.edit_button, self.remove_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SMALL, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(self.facts)
        column.addWidget(self.tools)
        column.addLayout(log)
        column.addWidget(self.log)
        column.addLayout(buttons)

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setAccessibleName(f"{text} {self._name}")
        return button

    def _restart(self, _checked: bool = False) -> None:
        self._requests.restart_requested.emit(self._name)

    def _show_log(self, shown: bool) -> None:
        self.log.setVisible(shown)


def problem_label() -> QLabel:
    """Words for what is wrong with a server."""
    label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setFont(theme.small_font())
    label.setForegroundRole(QPalette.ColorRole.WindowText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
