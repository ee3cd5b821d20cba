"""The tools worker as `minim tools` uses it: no call runs, servers are listed, changed and started."""

from __future__ import annotations

from collections.abc import Callable

from backends.contract.commands import ListTools, ListToolServers
from backends.contract.errors import MinimError
from backends.contract.events import Event, ToolServersChanged, ToolsListed
from backends.contract.tools import ToolInfo, ToolServerState, ToolSettings
from backends.terminal.asking import Asking, interrupt
from backends.terminal.workers import Workers


class ToolServers(Asking):
    """`servers`, `tools` and `problem` are as it told them last."""

    def __init__(self, workers: Workers) -> None:
        self.servers: tuple[ToolServerState, ...] = ()
        self.tools: tuple[ToolInfo, ...] = ()
        self.problem = ""
        super().__init__(workers, "tools", "The process that runs tools ended by itself.")

    def list_servers(self) -> tuple[ToolServerState, ...]:
        """The servers; none is started for it. Raises as `ask` does."""
        return self.ask(ListToolServers(), ToolServersChanged).servers

    def start(self, settings: ToolSettings, on_wait: Callable[[ToolServerState], None] = lambda _: None) -> None:
        """Start what may be started, and wait until each server runs or could not be; `on_wait` is told of slow ones.

        `servers` and `tools` are then as they are. Raises as `ask` does.
        """
        self.ask(ListTools(settings), ToolsListed)
        self.list_servers()
        for state in self._starting():
            on_wait(state)
        self.watch(lambda: not self._starting(), interrupt)
        self.ask(ListTools(settings), ToolsListed)

    def require(self, name: str) -> ToolServerState:
        """The server of this name. Raises MinimError with what there is instead."""
        found = next((state for state in self.list_servers() if state.server.name == name), None)
        if found is not None:
            return found
        names = ", ".join(state.server.name for state in self.servers)
        hint = f"There are: {names}." if names else "There is none: minim tools --add NAME -- COMMAND adds one."
        raise MinimError("bad_request", f"There is no tool server “{name}”.", hint)

    def _starting(self) -> list[ToolServerState]:
        return [state for state in self.servers if state.progress == "starting"]

    def _heard(self, event: Event) -> None:
        match event:
            case ToolServersChanged(servers, problem):
                self.servers, self.problem = servers, problem
            case ToolsListed(tools):
                self.tools = tools
            case _:
                pass
