"""Servers that other apps on this machine have: which files there are, what is in them, and taking them in."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from backends.contract.tool_events import ServerFile
from desktop import theme
from desktop.models import tool_words
from desktop.models.plain_text import spelled_out
from desktop.models.tool_server_state import ToolServersState
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.rows_card import RowsCard
from desktop.widgets.tool_requests import ToolRequests


class ServerImport(QWidget):
    """Shows what was found; a file of one's own can be chosen."""

    cancelled = Signal()

    def __init__(self, servers: ToolServersState, requests: ToolRequests, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._servers = servers
        self._requests = requests
        self.buttons: list[QPushButton] = []
        title = QLabel(self.tr("Import servers"))
        title.setFont(theme.title_font())
        about = QLabel(
            self.tr("Their file stays as it is. Secrets in it go to the keyring, and no server is started."),
            wordWrap=True,
        )
        about.setFont(theme.small_font())
        about.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.card = RowsCard()
        self.file_button = QPushButton(self.tr("Choose a file…"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        buttons = QHBoxLayout()
        buttons.addWidget(self.file_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        for button in (self.file_button, self.cancel_button):
            button.setAutoDefault(False)
        self.file_button.clicked.connect(self._choose)
        self.cancel_button.clicked.connect(self.cancelled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, theme.HAIR, 0)
        column.setSpacing(theme.MEDIUM)
        column.addWidget(title)
        column.addWidget(about)
        column.addWidget(self.card)
        column.addLayout(buttons)
        column.addStretch(1)
        servers.files_changed.connect(self._refresh)
        self._refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _refresh(self) -> None:
        self.buttons = []
        files = self._servers.files
        if files is None:
            rows: list[QWidget] = [_line(self.tr("Looking for servers of other apps…"))]
        else:
            rows = [self._row(file) for file in files]
        self.card.show_rows(rows or [_line(self.tr("No servers of other apps were found here."))])

    def _row(self, file: ServerFile) -> QWidget:
        row = QWidget()
        name = QLabel(spelled_out(file.app))
        name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        within = ElidedLabel(spelled_out(", ".join(file.servers)) or self.tr("No servers in it"))
        place = ElidedLabel(tool_words.short_path(file.path))
        for label in (within, place):
            label.setFont(theme.small_font())
        place.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        button = QPushButton(self.tr("Import"))
        button.setAutoDefault(False)
        button.setEnabled(bool(file.servers))
        button.setAccessibleName(self.tr("Import from {0}").format(file.app))
        button.clicked.connect(partial(self._take, file.path))
        self.buttons.append(button)
        said = QVBoxLayout()
        said.setSpacing(1)
        for label in (name, within, place):
            said.addWidget(label)
        line = QHBoxLayout(row)
        line.setContentsMargins(theme.MEDIUM, theme.SMALL, theme.SMALL, theme.SMALL)
        line.addLayout(said, 1)
        line.addWidget(button)
        return row

    def _take(self, path: str, _checked: bool = False) -> None:
        self._requests.import_requested.emit(path)

    def _choose(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        kinds = self.tr("JSON files (*.json)")
        path, _ = QFileDialog.getOpenFileName(self, self.tr("A file with mcpServers"), str(Path.home()), kinds)
        if path:
            self._take(path)


def _line(words: str) -> QLabel:
    label = QLabel(words, wordWrap=True)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setContentsMargins(theme.MEDIUM, theme.SMALL, theme.MEDIUM, theme.SMALL)
    return label
