"""A connection that a test can wait for, and the processes that it leaves."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from backends.contract.errors import MinimError
from backends.contract.tools import ServerProgress, ToolServer
from backends.tools.base import Cancelled, ToolResult
from backends.tools.mcp_client import ServerConnection

SERVERS = Path(__file__).parent / "servers"
WAIT_SECONDS = 60.0
GONE_SECONDS = 60.0
"""How long what was killed may take to be gone: on a busy machine it waits for its turn to die."""


class Watched(ServerConnection):
    """A connection that one can wait for."""

    def __init__(self, server: ToolServer, folder: Path) -> None:
        self.turn = threading.Condition()
        self.log_file = folder / f"{server.name}.log"
        self.heard: list[ServerProgress] = []
        super().__init__(server, server.digest, self.log_file, self._told)

    def _told(self) -> None:
        with self.turn:
            if self.heard[-1:] != [self.progress]:
                self.heard.append(self.progress)
            self.turn.notify_all()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds that a change tells of."""
        with self.turn:
            assert self.turn.wait_for(holds, WAIT_SECONDS), (self.progress, self.message, self.log_tail())

    def reach(self, progress: ServerProgress) -> None:
        """Start it, and wait until it stands so."""
        self.start()
        self.until(lambda: self.progress in (progress, "failed"))
        assert self.progress == progress, (self.message, self.hint)

    def run(self, name: str, cancelled: Cancelled = lambda: False, **arguments: object) -> ToolResult:
        """Call a tool."""
        return self.call(name, arguments, cancelled)

    def fails(self, name: str, cancelled: Cancelled = lambda: False, **arguments: object) -> str:
        """Call a tool that cannot answer; return what is said of it."""
        with pytest.raises(MinimError) as caught:
            self.call(name, arguments, cancelled)
        return f"{caught.value.message} {caught.value.hint}".strip()


Connect = Callable[..., Watched]


@contextmanager
def connections(folder: Path) -> Generator[Connect]:
    """Makes connections: to `servers/NAME.py` with arguments, or to a server as described. No process may stay."""
    made: list[Watched] = []

    def connect(what: str | ToolServer, *arguments: str) -> Watched:
        if isinstance(what, str):
            script = str(SERVERS / f"{what}.py")
            what = ToolServer(what, sys.executable, (script, *arguments), {"SERVER_OF_TEST": str(folder)})
        made.append(Watched(what, folder))
        return made[-1]

    yield connect
    for connection in made:
        connection.end()
    is_empty = none_left(str(folder))
    for process in processes_of(str(folder)):
        process.kill()
    assert is_empty, "processes of a server stay"


def processes_of(mark: str) -> list[psutil.Process]:
    """The processes that a test's servers are, and have started."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SERVER_OF_TEST") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def none_left(mark: str) -> bool:
    """Whether all processes of a test's servers are gone, or go soon."""
    return _soon(lambda: not processes_of(mark))


def gone(pid: int) -> bool:
    """Whether a process is gone, or goes soon."""

    def is_gone() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return _soon(is_gone)


def _soon(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + GONE_SECONDS
    while not (so := is_so()) and time.monotonic() < until:
        time.sleep(0.02)
    return so
