"""A server's process with its pipes: started in a group of its own, and ended with all that it started."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import threading
from collections.abc import Callable

import psutil

from backends.contract.errors import MinimError
from backends.contract.tools import ToolServer
from backends.tools import process_guard
from backends.tools.server_environment import command_of, environment_of, folder_of

STDIN_SECONDS = 0.8
"""How long a server may take to end once its stdin has closed, as the protocol asks it to."""

TERM_SECONDS = 0.8
"""How long it may take after SIGTERM; then it is killed."""


class ServerProcess:
    """A process of a person's server. Any thread may call; `exited` is called once, on a thread of its own.

    When the process ends by itself its group is killed, so that nothing that it started stays.
    """

    def __init__(self, server: ToolServer, exited: Callable[[], None]) -> None:
        """Start it. Raises `MinimError` with words for what cannot be started."""
        self._popen = _started(server)
        self.pid = self._popen.pid
        process_guard.watch(self.pid)
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self.stdin, self.stdout, self.stderr = self._popen.stdin, self._popen.stdout, self._popen.stderr
        for pipe in (self.stdin, self.stdout, self.stderr):
            os.set_blocking(pipe.fileno(), False)
        self._descendants: dict[int, psutil.Process] = {}
        self._reaped = False
        self._gone = threading.Event()
        self._exited = exited
        threading.Thread(target=self._wait, name=f"server-{self.pid}", daemon=True).start()

    @property
    def exit_code(self) -> int | None:
        """What it exited with, -N for signal N; None while it runs."""
        return self._popen.returncode if self._gone.is_set() else None

    def wait(self, seconds: float) -> bool:
        """Whether the process has ended within this time."""
        return self._gone.wait(seconds)

    def note_descendants(self) -> None:
        """Look at what it has started so far: one that leaves its group is still found when the server is gone."""
        # Those that were found before count as well: once the server is gone, only they know their own.
        for pid, child in list(self._descendants.items()):
            if not child.is_running():
                self._descendants.pop(pid, None)
        known = set(self._descendants)
        for child in _below(known if self._reaped else known | {self.pid}):
            self._descendants[child.pid] = child

    def ask_to_end(self) -> None:
        """SIGTERM to its group."""
        self.note_descendants()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to its group, and to those that it started and that left the group."""
        self.note_descendants()
        self._signal(signal.SIGKILL)
        for child in list(self._descendants.values()):
            # psutil compares when the process was created: a number that was given anew is not killed.
            with contextlib.suppress(psutil.Error):
                child.kill()

    def _wait(self) -> None:
        self._popen.wait()
        self._reaped = True  # its number may be given to another process from now on
        self.kill()
        process_guard.forget(self.pid)
        self._gone.set()
        self._exited()

    def _signal(self, number: int) -> None:
        if self._gone.is_set():
            return  # its group was killed then, and another may have its number by now
        # A group that has ended is no error; macOS says EPERM of one in which only zombies are left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def _below(pids: set[int]) -> list[psutil.Process]:
    """All that these processes started, and what those did: in one look at the table, however many they are."""
    children: dict[int, list[psutil.Process]] = {}
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            children.setdefault(process.ppid(), []).append(process)
    found: list[psutil.Process] = []
    parents = list(pids)
    while parents:
        below = children.pop(parents.pop(), [])
        found += below
        parents += [process.pid for process in below]
    return found


def end_in_turn(process: ServerProcess) -> None:
    """Wait for a process whose stdin was closed, then SIGTERM, then SIGKILL. Blocks, at most two seconds or so."""
    process.note_descendants()
    if not process.wait(STDIN_SECONDS):
        process.ask_to_end()
        process.wait(TERM_SECONDS)
    process.kill()
    process.wait(0.5)


def _started(server: ToolServer) -> subprocess.Popen[bytes]:
    command = command_of(server)
    environment, folder = environment_of(server), folder_of(server)
    try:
        return subprocess.Popen(
            [command, *server.args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    except ValueError as error:  # a NUL in an argument or a variable
        message = f"“{server.name}” cannot be started: its command or environment holds what no process can be given."
        raise MinimError("tool_failed", message) from error
    except OSError as error:
        raise MinimError("tool_failed", f"“{server.name}” cannot be started: {_reason(command, error)}") from error


def _reason(command: str, error: OSError) -> str:
    if error.errno == errno.ENOEXEC:
        return f"{command} is not a program of this system. A script needs a first line that names what runs it."
    if error.errno == errno.ENOENT:
        return f"the program that the first line of {command} names is not there."
    return f"{command}: {error.strerror or error}."
