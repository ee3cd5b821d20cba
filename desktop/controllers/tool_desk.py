"""Tool servers: asks the tools worker for what a person wants of them, and keeps what was approved and switched off."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from backends.contract.commands import (
    Command,
    FindServerFiles,
    ImportToolServers,
    ListToolServers,
    RemoveToolServer,
    RestartToolServer,
    SaveToolServer,
)
from backends.contract.events import (
    Envelope,
    RequestFailed,
    ServerFilesFound,
    ToolServersChanged,
    ToolServersImported,
    ToolsListed,
    WorkerExited,
)
from backends.contract.tools import ToolServer, ToolSettings
from desktop.models import tool_choices, tool_words
from desktop.models.plain_text import spelled_out
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_server_state import ToolServersState


class Sender(Protocol):
    """What the desk needs of a supervisor."""

    def send(self, command: Command) -> int: ...


class ToolDesk(QObject):
    """Every request is remembered by its id until it is answered. Everything here runs on the GUI thread.

    What is chosen stands in the preferences, and the conversation's session tells the worker of it.
    """

    tools_requested = Signal()
    """Which tools are there? The conversation's session asks, which has to know the answer."""
    keep_requested = Signal()
    """What was approved or taken back is to be kept now."""

    def __init__(
        self, worker: Sender, servers: ToolServersState, preferences: PreferenceState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._servers = servers
        self._preferences = preferences
        self._asked: dict[int, Command] = {}

    # -- what is asked -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask which servers there are. Approved ones are started for that, if tools may be used at all."""
        if self._preferences.value.tools_enabled:
            self.tools_requested.emit()
        self._ask(ListToolServers())

    def approve(self, name: str, digest: str) -> None:
        """Let the server be started as it was shown to the person: `digest` is that of what they saw."""
        if all((state.server.name, state.digest) != (name, digest) for state in self._servers.servers):
            message = self.tr("“{0}” has changed meanwhile, so it was not approved.").format(spelled_out(name))
            self._servers.told.emit(message, self.tr("Look at what would be started now."), True)
            return
        settings = tool_choices.with_approved(self._settings, digest, name)
        self._keep(tool_choices.pruned(settings, self._servers.servers))

    def switch(self, name: str, on: bool) -> None:
        """Offer the server's tools to models, or not; one that is off is ended."""
        self._keep(tool_choices.with_server(self._settings, name, on=on))

    def switch_tool(self, key: str, on: bool) -> None:
        """Offer a tool to models, or not."""
        self._keep(tool_choices.with_tool(self._settings, key, on=on))

    def save(self, server: ToolServer, replaces: str) -> None:
        """Add a server, or put it in the place of another. It is asked about, also where only a secret is new."""
        before = next((state for state in self._servers.servers if state.server.name == replaces), None)
        if before is not None and tool_choices.has_new_secret(before.server, server):
            self._keep(tool_choices.without_approved(self._settings, before.digest))
        self._forget_gone()
        self._ask(SaveToolServer(server, replaces))

    def remove(self, name: str) -> None:
        """End a server and forget it."""
        self._ask(RemoveToolServer(name))

    def restart(self, name: str) -> None:
        """Start an approved server again."""
        self._ask(RestartToolServer(name))

    def find_files(self) -> None:
        """Look where other apps keep their servers."""
        self._servers.show_files(None)
        self._ask(FindServerFiles())

    def import_file(self, path: str) -> None:
        """Take the servers of a file in. What was once approved of one that is gone is no approval of these."""
        self._forget_gone()
        self._ask(ImportToolServers(path))

    # -- what is answered ----------------------------------------------------------------------------------------

    def handle(self, envelope: Envelope[Any]) -> None:
        """Apply an event of the tools worker."""
        asked = self._asked.pop(envelope.request_id, None)
        match envelope.body:
            case ToolServersChanged(servers=servers, problem=problem):
                self._servers.show_servers(servers, problem=problem)
                self._settle(asked)
            case ToolsListed(tools=tools):
                self._servers.show_tools(tools)
            case ServerFilesFound(files=files) if asked:
                self._servers.show_files(files)
            case ToolServersImported() as imported if asked:
                message, hint = tool_words.imported(imported)
                self._servers.told.emit(message, hint, not imported.names)
                self._ask(ListToolServers())
            case RequestFailed(message=message, hint=hint) if asked:
                if isinstance(asked, FindServerFiles):
                    self._servers.show_files(())
                self._servers.told.emit(message, hint, True)
            case WorkerExited(expected=expected):
                self._worker_ended(expected=expected)
            case _:
                pass

    @property
    def _settings(self) -> ToolSettings:
        return self._preferences.value.tool_settings

    def _forget_gone(self) -> None:
        if self._servers.known:
            self._keep(tool_choices.pruned(self._settings, self._servers.servers))

    def _settle(self, asked: Command | None) -> None:
        """What was approved of a server that is gone or is another now does not come back with it."""
        match asked:
            case SaveToolServer(server=server, replaces=replaces):
                settings = tool_choices.renamed(self._settings, replaces, server.name)
                self._keep(tool_choices.pruned(settings, self._servers.servers))
                self._servers.saved.emit()
            case RemoveToolServer():
                self._keep(tool_choices.pruned(self._settings, self._servers.servers))
            case _:
                pass

    def _worker_ended(self, *, expected: bool) -> None:
        waited = bool(self._asked)
        self._asked.clear()
        self._servers.show_servers((), known=False)
        if waited and not expected:
            hint = self.tr("Nothing was lost. Look for the servers again; if it stays so, see tools.log.")
            self._servers.told.emit(self.tr("The process that runs tools has ended."), hint, True)

    def _keep(self, settings: ToolSettings) -> None:
        if settings != self._settings:
            self._preferences.replace(tool_settings=settings)
            self.keep_requested.emit()

    def _ask(self, command: Command) -> None:
        self._asked[self._worker.send(command)] = command
