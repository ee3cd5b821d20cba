"""The page of the settings that shows MCP servers: what each would run, how it stands, and its tools."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from backends.contract.tools import ToolServer, ToolServerState
from desktop import theme
from desktop.models import words
from desktop.models.told_words import told
from desktop.models.tool_settings_view import ToolSettingsView
from desktop.panes.settings_page import SettingsPage, scrolled
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.pane_header import colour_label
from desktop.widgets.server_details import problem_label
from desktop.widgets.server_editor import ServerEditor
from desktop.widgets.server_import import ServerImport
from desktop.widgets.server_row import ServerRow
from desktop.widgets.tool_requests import ToolRequests


class ServersPage(SettingsPage):
    """A card a server; the form of one, and the import, take the place of the list while they are open."""

    def __init__(self, view: ToolSettingsView, requests: ToolRequests) -> None:
        super().__init__(view.preferences, fills=True)
        self._servers = view.servers
        self._requests = requests
        self._rows: dict[str, ServerRow] = {}
        self.editor: ServerEditor | None = None
        self.imports: ServerImport | None = None
        self._form: QWidget | None = None
        self._build()
        view.servers.servers_changed.connect(self._show_servers)
        view.servers.saved.connect(self.close_form)
        view.servers.told.connect(self.show_told)
        view.preferences.preferences_changed.connect(self._show_servers)
        self._show_servers()

    @property
    def rows(self) -> list[ServerRow]:
        """The servers from the top down."""
        return list(self._rows.values())

    @property
    def empty_words(self) -> str:
        """What stands where no server does."""
        return self._empty.text()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._requests.servers_requested.emit()

    def edit(self, server: ToolServer | None = None) -> None:
        """Open the form of a server, or of a new one."""
        self.close_form()
        names = tuple(state.server.name for state in self._servers.servers)
        self.editor = ServerEditor(server, names)
        self.editor.save_requested.connect(self._requests.save_requested)
        self.editor.cancelled.connect(self.close_form)
        self._open(self.editor, self.editor.name)

    def show_imports(self) -> None:
        """Open what can be taken in from other apps."""
        self.close_form()
        self._requests.find_files_requested.emit()
        self.imports = ServerImport(self._servers, self._requests)
        self.imports.cancelled.connect(self.close_form)
        self._open(self.imports, self.imports.file_button)

    def close_form(self) -> None:
        """Show the list again."""
        self.editor = self.imports = None
        self._pages.setCurrentIndex(0)
        self.setFocusProxy(self.add_button)
        if self._form is not None:
            self._pages.removeWidget(self._form)
            self._form.deleteLater()
            self._form = None

    def _build(self) -> None:
        self.notice = NoticeBar()
        self.notice.dismissed.connect(self.notice.hide)
        self._off = self.note("")
        self._off.setText(self.tr("Models may not call tools now, so no server is started: see the page Tools."))
        self.problem = problem_label()
        self._empty = QLabel(wordWrap=True)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        self.add_button = QPushButton(self.tr("Add…"))
        self.import_button = QPushButton(self.tr("Import…"))
        self.add_button.setAccessibleName(self.tr("Add a server"))
        self.import_button.setAccessibleName(self.tr("Import servers"))
        self.add_button.clicked.connect(lambda: self.edit())
        self.import_button.clicked.connect(self.show_imports)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SMALL)
        for button in (self.add_button, self.import_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, theme.HAIR, 0)
        self._column.setSpacing(theme.SMALL)
        self._column.addStretch(1)
        self._scroll = scrolled(inner)
        self._scroll.setAccessibleName(self.tr("Servers"))
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.MEDIUM)
        column.addWidget(self._off)
        column.addWidget(self.problem)
        column.addWidget(self._empty, 1)
        column.addWidget(self._scroll, 1)
        column.addLayout(buttons)
        self._pages = QStackedWidget()
        self._pages.addWidget(listed)
        self.around.setSpacing(theme.MEDIUM)
        self.around.addWidget(self.notice)
        self.around.addWidget(self._pages, 1)
        self.setFocusProxy(self.add_button)

    def _show_servers(self, *_: object) -> None:
        states = self._servers.servers
        settings = self.preferences.value.tool_settings
        names = [state.server.name for state in states]
        for name in [name for name in self._rows if name not in names]:
            row = self._rows.pop(name)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, state in enumerate(states):
            row = self._rows.get(state.server.name) or self._add_row(state)
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
            row.show_state(state, settings)
        self._rows = {name: self._rows[name] for name in names}
        self._empty.setText(self._nothing())
        self._empty.setVisible(not states)
        self._scroll.setVisible(bool(states))
        self._off.setVisible(not self.preferences.value.tools_enabled)
        self.problem.setText(told(self._servers.problem))
        self.problem.setVisible(bool(self._servers.problem))
        colour_label(self.problem, theme.current_colours().error)

    def _add_row(self, state: ToolServerState) -> ServerRow:
        row = ServerRow(state, self.preferences.value.tool_settings, self._requests)
        row.edit_requested.connect(partial(self._edit_row, row))
        self._rows[state.server.name] = row
        return row

    def _edit_row(self, row: ServerRow) -> None:
        self.edit(row.state.server)

    def _nothing(self) -> str:
        if not self._servers.known:
            return self.tr("Looking for servers…")
        return words.sentences(
            self.tr("An MCP server is a program, here or elsewhere, that brings tools which models may ask to call."),
            self.tr("Add one, or import those of another app. Nothing is started before you approve it."),
        )

    def _open(self, form: QWidget, first: QWidget) -> None:
        self.notice.hide()
        self._form = area = scrolled(form)
        self._pages.addWidget(area)
        self._pages.setCurrentWidget(area)
        self.setFocusProxy(first)
        first.setFocus()

    def show_told(self, message: str, hint: str, is_error: bool = False) -> None:
        """Say what happened, and what to do."""
        self.notice.show_notice(told(message), told(hint), is_error=is_error)
        if not is_error:
            self.close_form()
