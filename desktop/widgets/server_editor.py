"""The form of a tool server: a command with its arguments, or an address; what will be run is shown as it is typed."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from backends.contract.tools import ToolServer
from desktop import theme
from desktop.models import tool_words
from desktop.widgets.named_values import NamedValues
from desktop.widgets.pane_header import colour_label
from desktop.widgets.value_field import ValueField


class ServerEditor(QWidget):
    """`server` is None for a new one. `names`: those that are taken already."""

    save_requested = Signal(object, str)
    """`ToolServer`, and the name of the one that it replaces, "" for none."""
    cancelled = Signal()

    def __init__(self, server: ToolServer | None, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before = server
        self._names = frozenset(names) - {server.name if server else ""}
        self._args: tuple[str, tuple[str, ...]] = ("", ())
        self._build()
        self._lay_out()
        self._fill(server or ToolServer(""))
        self._connect()
        self._refresh()

    @property
    def server(self) -> ToolServer:
        """What is typed. Raises ValueError where a quote is not closed."""
        name = self.name.text().strip()
        if self.reaches.isChecked():
            return ToolServer(name, url=self.url.text().strip(), headers=self.headers.values)
        words = shlex.split(self.command.text())
        shown, args = self._args
        typed = self.arguments.toPlainText()
        lines = args if typed == shown else tuple(line for line in typed.split("\n") if line)
        cwd = self.folder.text().strip()
        folder = str(Path(cwd).expanduser()) if cwd else ""
        return ToolServer(name, (words or [""])[0], (*words[1:], *lines), self.environment.values, folder)

    @property
    def problem(self) -> str:
        """Why it cannot be saved as it is, "" if it can."""
        try:
            server = self.server
        except ValueError:
            return self.tr("A quote in the command is not closed.")
        if not server.name:
            return self.tr("Give the server a name.")
        if server.name in self._names:
            return self.tr("Another server has this name.")
        if self.reaches.isChecked():
            is_address = server.url.startswith(("http://", "https://")) and not any(map(str.isspace, server.url))
            return "" if is_address else self.tr("Write the address with https:// or http:// in front.")
        return "" if server.command else self.tr("Write the command that starts the server.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self.name = QLineEdit()
        self.starts = QRadioButton(self.tr("A command on this computer"))
        self.reaches = QRadioButton(self.tr("An address"))
        self._kinds = QButtonGroup(self)
        for button in (self.starts, self.reaches):
            self._kinds.addButton(button)
        self.command = QLineEdit()
        self.command.setPlaceholderText("npx -y @modelcontextprotocol/server-everything")
        self.arguments = QPlainTextEdit()
        self.arguments.setPlaceholderText(self.tr("More arguments, one a line, as they are: no quotes needed"))
        self.arguments.setFixedHeight(64)
        self.arguments.setTabChangesFocus(True)
        self.environment = NamedValues(self.tr("Add a variable"), self.tr("Name"))
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(self.tr("None in particular"))
        self.choose_button = QPushButton(self.tr("Choose…"))
        self.url = QLineEdit()
        self.url.setPlaceholderText("https://example.com/mcp")
        self.headers = NamedValues(self.tr("Add a header"), self.tr("Name"))
        self.preview = ValueField(self.tr("Is run as"))
        self.preview.unfold()
        self.note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.note.setFont(theme.small_font())
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.save_button = QPushButton(self.tr("Save"))
        for button in (self.cancel_button, self.save_button, self.choose_button):
            button.setAutoDefault(False)
        for field in (self.command, self.arguments, self.url):
            field.setFont(theme.code_font())

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Edit server") if self._before else self.tr("Add a server"))
        title.setFont(theme.title_font())
        kinds, folder = QHBoxLayout(), QHBoxLayout()
        for layout, widgets in ((kinds, (self.starts, self.reaches)), (folder, (self.folder, self.choose_button))):
            layout.setSpacing(theme.SMALL)
            for widget in widgets:
                layout.addWidget(widget)
        kinds.addStretch(1)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(theme.LARGE)
        self._form.setVerticalSpacing(theme.MEDIUM)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(self.tr("Name"), self.name)
        self._form.addRow(self.tr("Runs as"), kinds)
        self._folder_row = folder
        for label, field in (
            (self.tr("Command"), self.command),
            (self.tr("Arguments"), self.arguments),
            (self.tr("Is run as"), self.preview),
            (self.tr("Environment"), self.environment),
            (self.tr("Folder"), folder),
            (self.tr("Address"), self.url),
            (self.tr("Headers"), self.headers),
        ):
            self._form.addRow(label, field)
            if isinstance(field, QWidget):
                field.setAccessibleName(label)
        self.name.setAccessibleName(self.tr("Name"))
        self.folder.setAccessibleName(self.tr("Folder"))
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        buttons.addWidget(self.note, 1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, theme.HAIR, 0)
        column.setSpacing(theme.MEDIUM)
        column.addWidget(title)
        column.addLayout(self._form)
        column.addLayout(buttons)
        column.addStretch(1)

    def _fill(self, server: ToolServer) -> None:
        self.name.setText(server.name)
        (self.reaches if server.url else self.starts).setChecked(True)
        self.command.setText(shlex.quote(server.command) if server.command else "")
        self.arguments.setPlainText("\n".join(server.args))
        # An argument may have line breaks of its own: as long as nobody types here, all stay what they were.
        self._args = (self.arguments.toPlainText(), server.args)
        self.environment.show_values(server.env)
        self.folder.setText(server.cwd)
        self.url.setText(server.url)
        self.headers.show_values(server.headers)

    def _connect(self) -> None:
        for field in (self.name, self.command, self.folder, self.url):
            field.textChanged.connect(self._refresh)
        self.arguments.textChanged.connect(self._refresh)
        self.environment.changed.connect(self._refresh)
        self.headers.changed.connect(self._refresh)
        self.reaches.toggled.connect(self._refresh)
        self.choose_button.clicked.connect(self._choose)
        self.cancel_button.clicked.connect(self.cancelled)
        self.save_button.clicked.connect(self._save)

    def _refresh(self, *_: object) -> None:
        reaches = self.reaches.isChecked()
        for field in (self.command, self.arguments, self.environment):
            self._form.setRowVisible(field, not reaches)
        self._form.setRowVisible(self._folder_row, not reaches)
        for field in (self.url, self.headers):
            self._form.setRowVisible(field, reaches)
        problem = self.problem
        shows = not reaches and bool(self.command.text().strip()) and not self._is_open()
        self._form.setRowVisible(self.preview, shows)
        if shows:
            self.preview.set_text(tool_words.command_line(self.server))
        self.save_button.setEnabled(not problem)
        self.note.setText(problem or self.tr("Saving starts nothing: you are asked before. Secrets go to the keyring."))
        colour_label(self.note, theme.current_colours().muted)

    def _is_open(self) -> bool:
        """Whether a quote in the command is not closed."""
        try:
            shlex.split(self.command.text())
        except ValueError:
            return True
        return False

    def _choose(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        start = self.folder.text() or str(Path.home())
        if folder := QFileDialog.getExistingDirectory(self, self.tr("The folder that the server works in"), start):
            self.folder.setText(folder)

    def _save(self) -> None:
        if not self.problem:
            self.save_requested.emit(self.server, self._before.name if self._before else "")
