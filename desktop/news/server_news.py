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

    One that ends later is started again by the next call, whose card says it if that fails too. There is room for one
    notice: what is told names all that were told of since it was read, as far as they still do not run.
    """

    told = Signal(str, str)
    """What happened, and why or what to do."""

    def __init__(self, servers: ToolServersState, preferences: PreferenceState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._servers = servers
        self._preferences = preferences
        self._settled: set[tuple[str, str]] = set()
        """Servers, by name and digest, that ran or were told of."""
        self._unread: set[str] = set()
        """The names of those that nobody has read of yet."""
        servers.servers_changed.connect(self._look)

    def forget(self) -> None:
        """What was told is read."""
        self._unread.clear()

    def _look(self) -> None:
        approved = self._preferences.value.tool_settings.approved_servers
        # What was approved is not there any more: a server that is to be approved now may be what became of it.
        changed = bool(set(approved) - {state.digest for state in self._servers.servers})
        troubled: list[ToolServerState] = []
        is_new = False
        for state in self._servers.servers:
            waits = changed and tool_words.is_waiting(state, approved)
            known = (state.server.name, state.digest)
            if known not in self._settled and (waits or state.progress in ("running", "failed")):
                self._settled.add(known)
                if state.progress != "running":
                    self._unread.add(state.server.name)
                    is_new = True
            if state.server.name in self._unread and (waits or state.progress == "failed"):
                troubled.append(state)
        if is_new:
            self._tell(troubled)

    def _tell(self, troubled: list[ToolServerState]) -> None:
        if len(troubled) > 1:
            names = ", ".join(self.tr("“{0}”").format(spelled_out(state.server.name)) for state in troubled)
            message = self.tr("These tool servers are not running: {0}.").format(names)
            self.told.emit(message, self.tr("The list of servers says why, and what to do."))
            return
        [state] = troubled
        hints = [said for said in (state.message, state.hint) if said]
        if state.progress == "unapproved":
            hints = [
                self.tr("You have not approved it as it is now: its name, and what it starts or reaches."),
                self.tr("Look at it, and approve it if you trust it."),
            ]
        message = self.tr("The tool server “{0}” is not running.").format(spelled_out(state.server.name))
        self.told.emit(message, words.sentences(*map(told, hints)))
