"""All tool servers of this machine: which of them run, what they offer, and what their tools are called."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable

from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import ToolServersChanged
from backends.contract.tools import ServerProgress, ToolServer, ToolServerState, ToolSettings
from backends.storage.masked_command import masked
from backends.storage.paths import log_folder
from backends.storage.server_entries import about_references
from backends.storage.server_secrets import held_in_memory
from backends.storage.tool_servers import ServersRead, ServerStore
from backends.tools.base import Cancelled
from backends.workers.tool_offers import ServerTool, tools_of
from backends.workers.tool_server_run import ToolServerRun, log_name

START_SECONDS = 5.0
"""How long anybody waits for servers that are being started."""

_LOOK_SECONDS = 0.1


class ToolServers:
    """Starts servers that a person approved and switched on, and ends them when that no longer holds.

    Any thread may call; no method waits for a server but those that say so. `changed` is called on any thread. None
    of their tools is called like one of the `reserved` ones.
    """

    def __init__(self, store: ServerStore, reserved: Iterable[str], changed: Callable[[], None]) -> None:
        self._store = store
        self._reserved = tuple(reserved)
        self._changed = changed
        self._reading = threading.Lock()  # one look at the file at a time; a keyring may hold it up
        self._lock = threading.RLock()  # guards what follows; never held while waiting for anything
        self._settings = ToolSettings()
        self._servers: tuple[ToolServer, ...] = ()
        self._left_out: tuple[str, ...] = ()
        self._in_file: dict[str, frozenset[str]] = {}
        self._problem = ""
        self._runs: dict[str, ToolServerRun] = {}
        self._ending: dict[str, ToolServerRun] = {}
        self._is_over = False
        self._turn = threading.Condition()

    def apply(self, settings: ToolSettings) -> None:
        """Do as these settings have it from now on. Waits for a look at the file, a few seconds at most."""
        with self._lock:
            self._settings = settings
            self._follow(None, self._problem)  # what is known ends at once, also while a keyring asks a person
        looking = threading.Thread(target=self.look_again, name="look-at-servers", daemon=True)
        looking.start()
        looking.join(START_SECONDS)

    def look_again(self) -> None:
        """Read the file, and start and end servers accordingly. A file that cannot be read changes nothing."""
        with self._reading:
            try:
                read, problem = self._store.read(), self._store.damage
            except MinimError as error:
                read, problem = None, f"{error.message} {error.hint}".strip()
            self._follow(read, problem)
        self._changed()

    def restart(self, name: str) -> None:
        """Start a server again. Raises MinimError where it may not be started."""
        self.look_again()
        with self._lock:
            server = self.server(name)
            standing = self._standing(server)
            if standing is not None:
                why = "it is switched off" if standing == "off" else "nobody has approved its command as it is now"
                raise MinimError("not_allowed", f"{name} was not started: {why}.")
            self._stop(name)
            self._start(server)
        self._changed()

    def stop(self, name: str) -> None:
        """End a server, if it runs: its entry is about to change."""
        with self._lock:
            self._stop(name)

    def server(self, name: str) -> ToolServer:
        """The server of this name. Raises MinimError if there is none."""
        with self._lock:
            for server in self._servers:
                if server.name == name:
                    return server
        raise MinimError("bad_request", f"There is no tool server named {name}.")

    def names(self) -> list[str]:
        """The names of all of them."""
        with self._lock:
            return [server.name for server in self._servers]

    def states(self) -> ToolServersChanged:
        """All of them as they stand."""
        with self._lock:
            servers, runs, left_out, problem = self._servers, dict(self._runs), self._left_out, self._problem
            standings: dict[str, ServerProgress | None] = {one.name: self._standing(one) for one in servers}
            facts = {one.name: _what_to_know(one, self._in_file.get(one.name, frozenset())) for one in servers}
        tools = self._named()
        states = [
            _state(server, runs.get(server.name), standings[server.name], tools, facts[server.name])
            for server in servers
        ]
        return ToolServersChanged(tuple(states), " ".join((problem, *left_out)).strip())

    def offered(self) -> list[ServerTool]:
        """The tools that models may be offered."""
        with self._lock:
            tools_off = frozenset(self._settings.tools_off)
        return [tool for tool in self._named() if not tool.offered.problem and tool.offered.info.key not in tools_off]

    def find(self, server: str, name: str, cancelled: Cancelled) -> ServerTool | None:
        """The tool that is offered under this name. Waits for its server while that is being started, however long.

        Raises MinimError with the server's words where it has failed, and `RequestStopped`.
        """
        with self._lock:
            run = self._runs.get(server)
        if run is None:
            return None
        if run.may_run_again:
            run.revive()  # before it is asked what the tool is like: it may be another one now
        self.wait_started(cancelled, only=run)
        if run.progress == "failed":
            raise MinimError("tool_failed", run.message, run.hint)
        found = (tool for tool in self.offered() if tool.run is run and tool.offered.info.name == name)
        return next(found, None)

    def wait_started(
        self,
        cancelled: Cancelled,
        *,
        only: ToolServerRun | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wait until no server is being started, a few seconds at most; or for the `only` one, until it has or failed.

        Raises `RequestStopped`.
        """
        until = time.monotonic() + (START_SECONDS if only is None else math.inf)

        def settled() -> bool:
            with self._lock:
                runs = list(self._runs.values()) if only is None else [only]
            return not any(run.progress == "starting" for run in runs)

        while not settled() and not enough() and time.monotonic() < until:
            if cancelled():
                raise RequestStopped
            with self._turn:
                self._turn.wait(_LOOK_SECONDS)

    def end(self) -> None:
        """End all of them for good, and wait for that. At most as long as a server's connection takes to end."""
        with self._lock:
            self._is_over = True
            for name in list(self._runs):
                self._stop(name)
            ending = list(self._ending.values())
        for run in ending:
            run.wait_ended()

    def _follow(self, read: ServersRead | None, problem: str) -> None:
        with self._lock:
            self._problem = problem
            if read is not None:
                self._servers, self._left_out, self._in_file = read.servers, read.left_out, read.in_file
            wanted = {server.name: server for server in self._servers if self._standing(server) is None}
            for name, run in list(self._runs.items()):
                if name not in wanted or wanted[name].digest != run.digest:
                    self._stop(name)
            for name in wanted:
                if name not in self._runs:
                    self._start(wanted[name])

    def _standing(self, server: ToolServer) -> ServerProgress | None:
        """Why it is not to run; None if it is."""
        if server.name in self._settings.servers_off:
            return "off"
        return None if server.digest in self._settings.approved_servers else "unapproved"

    def _start(self, server: ToolServer) -> None:
        if self._is_over:
            return
        log_file = log_folder() / "tool-servers" / log_name(server.name)
        run = ToolServerRun(server, log_file, self._turned, self._ending.pop(server.name, None))
        self._runs[server.name] = run
        run.start()

    def _stop(self, name: str) -> None:
        run = self._runs.pop(name, None)
        if run is not None:
            run.end()
            self._ending[name] = run

    def _turned(self) -> None:
        """Something of a server is different. It may be called very often."""
        with self._turn:
            self._turn.notify_all()
        self._changed()

    def _named(self) -> list[ServerTool]:
        """All tools of all servers that were started, in the order of the file, under unique names."""
        with self._lock:
            runs = [self._runs[server.name] for server in self._servers if server.name in self._runs]
        return tools_of(runs, self._reserved)


def _state(
    server: ToolServer, run: ToolServerRun | None, standing: ServerProgress | None, tools: list[ServerTool], fact: str
) -> ToolServerState:
    log_file = str(log_folder() / "tool-servers" / log_name(server.name))
    if run is None:
        progress: ServerProgress = standing or "off"
        return ToolServerState(server, server.digest, progress, hint=fact, log_file=log_file, masked=masked(server))
    offered = tuple(tool.offered for tool in tools if tool.run is run)
    hint = run.hint or fact
    return ToolServerState(
        server, run.digest, run.progress, offered, run.message, hint, run.log_tail, log_file, masked(server)
    )


def _what_to_know(server: ToolServer, in_file: frozenset[str]) -> str:
    """`in_file`: which of its secrets our file has in plain words."""
    names = held_in_memory(server)
    held, stays = ([name for name in names if (name in in_file) == there] for there in (False, True))
    kept = f"{', '.join(held)} is kept in memory until Minim is closed: there is no keyring that took it."
    plain = f"{', '.join(stays)} stays in mcp_servers.json in plain words: there is no keyring that took it."
    return " ".join(
        words for words in (kept if held else "", plain if stays else "", about_references(server)) if words
    )
