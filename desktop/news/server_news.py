"""What the window says of tool servers outside the settings: that one which the person wants does not run."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from backends.contract.tools import ToolServerState
from desktop.models import tool_words, words
from desktop.models.plain_text import spelled_out
from desktop.models.preference_state import PreferenceState
from desktop.models.told_words import told
from desktop.models.tool_server_state import ToolServersState


class ServerNews(QObject):
    """Tells once of each server that fails before it ever ran, and of each whose command is no longer the approved one.

    One that ends later is started again by the next call, whose card says it if that fails too.
    """

    told = Signal(str, str)
    """What happened, and why or what to do."""

    def __init__(self, servers: ToolServersState, preferences: PreferenceState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._servers = servers
        self._preferences = preferences
        self._settled: set[tuple[str, str]] = set()
        """Servers, by name and digest, that ran or were told of."""
        servers.servers_changed.connect(self._look)

    def _look(self) -> None:
        approved = self._preferences.value.tool_settings.approved_servers
        # What was approved is not there any more: a server that is to be approved now may be what became of it.
        changed = bool(set(approved) - {state.digest for state in self._servers.servers})
        for state in self._servers.servers:
            waits = changed and tool_words.is_waiting(state, approved)
            known = (state.server.name, state.digest)
            if known not in self._settled and (waits or state.progress in ("running", "failed")):
                self._settled.add(known)
                if state.progress != "running":
                    self._tell(state)

    def _tell(self, state: ToolServerState) -> None:
        hints = [said for said in (state.message, state.hint) if said]
        if state.progress == "unapproved":
            hints = [
                self.tr("Its command or its address is not one that you approved."),
                self.tr("Look at it, and approve it if you trust it."),
            ]
        message = self.tr("The tool server “{0}” is not running.").format(spelled_out(state.server.name))
        self.told.emit(message, words.sentences(*map(told, hints)))
