"""One life of a worker's process, from its start to the words about its end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from backends.contract.commands import Command
from backends.contract.events import Envelope, Event, WorkerExited
from backends.workers import protocol
from backends.workers.log_file import LogFile

_log = logging.getLogger(__name__)

_EXIT_NOT_STARTED = 127
_CLOSE_SECONDS = 0.1
_BROKEN_GRACE_SECONDS = 2.0
_LAST_WORD_SECONDS = 1.0


class WorkerProcess:
    """A process, its writer thread, and the thread that calls `run`, which listens.

    `refuse(request_id, reason)` is called on the writer thread for a command that does not fit into a line.
    """

    def __init__(self, worker: str, refuse: Callable[[int, str], None]) -> None:
        self._worker = worker
        self._refuse = refuse
        self._queue: SimpleQueue[Envelope[Command] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._popen: subprocess.Popen[bytes] | None = None
        self._ending = False
        self._killed = False
        self._started = threading.Event()
        self._stdin_closed = threading.Event()
        self._gone = threading.Event()

    @property
    def takes_commands(self) -> bool:
        """Whether what is sent now can still arrive."""
        return not self._ending and not self._gone.is_set()

    @property
    def pid(self) -> int | None:
        """The process's id while there is one."""
        return self._popen.pid if self._popen is not None and not self._gone.is_set() else None

    def send(self, envelope: Envelope[Command]) -> None:
        """Queue a command for the writer thread. Never blocks."""
        self._queue.put(envelope)

    def end(self, grace_seconds: float) -> None:
        """Close stdin, SIGTERM, wait, kill; on a thread of its own. Asked again, the shorter grace counts."""
        with self._lock:
            self._ending = True
        self._queue.put(None)
        threading.Thread(
            target=self._end_in_order, args=(grace_seconds,), name=f"{self._worker}-end", daemon=True
        ).start()

    def run(
        self,
        command: Sequence[str],
        folder: Path | None,
        env: Mapping[str, str],
        log: LogFile,
        deliver: Callable[[Envelope[Event]], None],
    ) -> WorkerExited:
        """Start the process, deliver its events, and return its last: how it ended. Blocks until it is gone."""
        try:
            stderr = log.open()
        except OSError as error:
            return self._not_started(f"its log cannot be written: {error}")
        try:
            popen = self._start(command, folder, env, stderr)
            if popen is None:
                return WorkerExited(0, expected=True, reason=f"The {self._worker} worker was not started.")
            writer = threading.Thread(
                target=self._write, args=(popen.stdin,), name=f"{self._worker}-writer", daemon=True
            )
            writer.start()
            broken = self._read(popen, log, deliver)
            exit_code = popen.wait()
            self._gone.set()
            self._queue.put(None)
            writer.join(_LAST_WORD_SECONDS)
            reason = explain_exit(self._worker, exit_code, broken=broken, killed=self._killed)
            return WorkerExited(exit_code, self._ending and not broken, reason, log.tail())
        except OSError as error:
            return self._not_started(f"{error.strerror or error}: {command[0]}")
        finally:
            log.close()

    def _start(
        self, command: Sequence[str], folder: Path | None, env: Mapping[str, str], stderr: int
    ) -> subprocess.Popen[bytes] | None:
        """Start the process, unless its end was asked for before. Raises OSError."""
        try:
            with self._lock:
                if self._ending:
                    self._gone.set()
                    return None
                self._popen = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    cwd=folder,
                    env={**os.environ, **env},
                )
                return self._popen
        finally:
            self._started.set()

    def _not_started(self, why: str) -> WorkerExited:
        self._gone.set()
        return WorkerExited(_EXIT_NOT_STARTED, self._ending, f"The {self._worker} worker could not be started: {why}.")

    def _read(self, popen: subprocess.Popen[bytes], log: LogFile, deliver: Callable[[Envelope[Event]], None]) -> str:
        """Deliver events until stdout closes; what was wrong with them, or ""."""
        assert popen.stdout is not None  # a pipe was asked for
        with popen.stdout as stdout:
            try:
                for number, line in enumerate(protocol.read_lines(stdout)):
                    envelope = protocol.decode_event(line)
                    if number == 0:
                        protocol.check_hello(envelope.body)
                    deliver(envelope)
                    log.keep_short()
            except protocol.ProtocolError as error:
                self.end(_BROKEN_GRACE_SECONDS)
                return str(error)
        return ""

    def _write(self, stdin: IO[bytes]) -> None:
        """Send what is queued until told to close. The writer thread's whole life."""
        with contextlib.suppress(OSError):  # the process is gone; the listener tells
            while (envelope := self._queue.get()) is not None and self.takes_commands:
                try:
                    line = protocol.encode(envelope)
                except protocol.ProtocolError as error:
                    self._refuse(envelope.request_id, str(error))
                    continue
                stdin.write(line)
                stdin.flush()
        with contextlib.suppress(OSError):
            stdin.close()
        self._stdin_closed.set()

    def _end_in_order(self, grace_seconds: float) -> None:
        self._started.wait()
        if self._popen is None:
            return
        self._stdin_closed.wait(_CLOSE_SECONDS)  # not longer: the writer may hang in a pipe that nobody empties
        self._popen.terminate()
        if not self._gone.wait(grace_seconds):
            self._killed = True
            self._popen.kill()


def explain_exit(worker: str, exit_code: int, *, broken: str = "", killed: bool = False) -> str:
    """Words for how a worker ended. `exit_code` as in `subprocess`; `broken`: what it sent that could not be read."""
    subject = f"The {worker} worker"
    if broken:
        return f"{subject} was ended because it sent {broken}."
    if killed:
        return f"{subject} did not end when it was asked to, and was killed."
    if exit_code == 0:
        return f"{subject} has ended."
    if exit_code in (protocol.EXIT_TERMINATED, -signal.SIGTERM):
        return f"{subject} was asked to end by signal 15 (SIGTERM)."
    if exit_code == protocol.EXIT_PROTOCOL:
        return f"{subject} ended because it could not read what it was sent."
    if exit_code > 0:
        return f"{subject} ended with exit code {exit_code}."
    return f"{subject} was ended by signal {-exit_code} ({_cause_of(-exit_code)})."


def _cause_of(number: int) -> str:
    match number:
        case signal.SIGKILL:
            return "out of memory is a common cause"
        case signal.SIGABRT:
            return "a library gave up; too little memory is a common cause"
        case signal.SIGSEGV | signal.SIGBUS | signal.SIGILL | signal.SIGFPE:
            return "a crash inside a library"
        case _:
            try:
                return signal.Signals(number).name
            except ValueError:
                return "unknown"
