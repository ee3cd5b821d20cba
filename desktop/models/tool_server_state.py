"""Which tool servers there are and how they stand, and which tools models may be offered: what the settings show."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from backends.contract.tool_events import ServerFile
from backends.contract.tools import AllowedTool, ToolInfo, ToolServerState


class ToolServersState(QObject):
    """Plain values with one signal each; changed by `ToolDesk`, on the GUI thread only."""

    servers_changed = Signal()
    tools_changed = Signal()
    files_changed = Signal()
    saved = Signal()
    """What was asked to be saved is saved."""
    told = Signal(str, str, bool)
    """What happened, what to do, and whether it is a failure."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.servers: tuple[ToolServerState, ...] = ()
        self.problem = ""
        """What of the servers' file could not be used, in words."""
        self.known = False
        """Whether the tools worker has said which servers there are."""
        self.tools: tuple[ToolInfo, ...] = ()
        self.files: tuple[ServerFile, ...] | None = None
        """`mcpServers` files of other apps; None while they are looked for."""

    def show_servers(self, servers: tuple[ToolServerState, ...], *, known: bool = True, problem: str = "") -> None:
        """These are the servers; not `known`: the worker that knows has ended."""
        if (servers, known, problem) != (self.servers, self.known, self.problem):
            self.servers, self.known, self.problem = servers, known, problem
            self.servers_changed.emit()

    def show_tools(self, tools: tuple[ToolInfo, ...]) -> None:
        """These may be offered to models."""
        if tools != self.tools:
            self.tools = tools
            self.tools_changed.emit()

    def show_files(self, files: tuple[ServerFile, ...] | None) -> None:
        """These files of other apps were found."""
        self.files = files
        self.files_changed.emit()

    def tool_of(self, allowed: AllowedTool) -> ToolInfo | None:
        """The tool that was allowed, if it is there now, be it that it has changed."""
        return next((tool for tool in self.tools if tool.key == allowed.key), None)
