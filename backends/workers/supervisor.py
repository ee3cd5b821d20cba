"""The outside of a worker: starts its process, sends, listens, ends it, and says how it ended."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backends.contract.commands import Cancel, Command
from backends.contract.events import UNASKED, Envelope, Event, RequestFailed
from backends.workers.engine_command import ROOT, is_frozen, own_command
from backends.workers.log_file import LogFile
from backends.workers.process import WorkerProcess

_log = logging.getLogger(__name__)

_PLACES = ("MINIM_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "MODELSCOPE_CACHE")
"""Environment variables that name folders. A worker runs elsewhere, where a relative one would mean another folder."""

CommandLine = Sequence[str] | Callable[[], Sequence[str]]
"""What starts a worker, or what says it when it is about to be started."""


class Supervisor:
    """Runs one worker, and starts it again when something is sent after it ended.

    `on_event` is called on the supervisor's own threads, one event at a time, in order. `WorkerExited` is the last
    event of each process; requests that were open then get no other. `command` starts the worker (default: this
    Python, or in a bundle this app); a function is asked anew at every start, on a thread of the supervisor's own. The
    worker's stderr goes to `log_file`, or to a temporary file.
    """

    def __init__(
        self,
        worker: str,
        on_event: Callable[[Envelope[Event]], None],
        *,
        command: CommandLine | None = None,
        log_file: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._worker = worker
        self._on_event = on_event
        self._command = command
        self._log_file = log_file
        self._env = _absolute_places() | dict(env or {})
        self._lock = threading.Lock()  # guards what follows; held for moments only, never while calling out
        self._voice = threading.Lock()  # one event at a time: a refusal comes from the writer's thread
        self._process: WorkerProcess | None = None
        self._listener: threading.Thread | None = None
        self._waiting: deque[Envelope[Command]] = deque()
        self._last_id = UNASKED
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether a process is there, or being started, that takes what is sent next."""
        with self._lock:
            return self._process is not None and self._process.takes_commands

    @property
    def pid(self) -> int | None:
        """The process's id; None before it is started and after it ended."""
        with self._lock:
            return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the worker if it is not running. Returns at once; `Ready` or `WorkerExited` tells what became of it."""
        with self._lock:
            if self._process is None:
                self._begin()

    def send(self, command: Command) -> int:
        """Send a command, starting the worker if need be; returns the id that its events will bear.

        Never blocks. A command sent after `end` waits for a fresh process. A command too long for one line is
        answered by RequestFailed. After `close`, nothing is sent.
        """
        with self._lock:
            self._last_id += 1
            self._pass_on(Envelope(self._last_id, command), may_start=True)
            return self._last_id

    def cancel(self, request_id: int) -> None:
        """Ask the worker to stop working on a request. That request's last event answers; none if it has ended."""
        with self._lock:
            self._last_id += 1
            self._pass_on(Envelope(self._last_id, Cancel(request_id)), may_start=False)

    def end(self, grace_seconds: float = 5.0) -> None:
        """End the worker: close its stdin, SIGTERM, wait for `grace_seconds`, then SIGKILL. Returns at once.

        What was sent since an `end` before, and waits for a fresh process, is dropped without an event.
        """
        with self._lock:
            self._waiting.clear()
            process = self._process
        if process is not None:
            process.end(grace_seconds)

    def close(self, timeout: float = 5.0) -> None:
        """End the worker for good and wait until it is gone; after `timeout` seconds it is killed. For quitting."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            process, listener = self._process, self._listener
        if process is not None:
            process.end(timeout)
        if listener is not None and listener is not threading.current_thread():
            listener.join(timeout + 2.0)

    def _pass_on(self, envelope: Envelope[Command], *, may_start: bool) -> None:
        if self._closed:
            return
        if self._process is not None and self._process.takes_commands:
            self._process.send(envelope)
        elif may_start or self._waiting:
            self._waiting.append(envelope)
            if self._process is None:
                self._begin()

    def _begin(self) -> None:
        self._process = self._next_process()
        self._listener = threading.Thread(target=self._listen, name=f"{self._worker}-listener", daemon=True)
        self._listener.start()

    def _next_process(self) -> WorkerProcess:
        """A process that is about to be started, with everything to send that waited for it."""
        process = WorkerProcess(self._worker, self._refuse)
        while self._waiting:
            process.send(self._waiting.popleft())
        return process

    def _listen(self) -> None:
        """Run processes one after the other until nothing waits to be sent. The listener thread's whole life."""
        log = LogFile(self._log_file)
        with self._lock:
            process = self._process
        while process is not None:
            exited = process.run(self._command_line(), self._folder(), self._env, log, self._deliver)
            self._deliver(Envelope(UNASKED, exited))
            with self._lock:
                process = self._process = self._next_process() if self._waiting else None

    def _command_line(self) -> Sequence[str]:
        if self._command is None:
            return own_command(self._worker)
        if not callable(self._command):
            return self._command
        try:
            return self._command()
        except Exception:  # noqa: BLE001 - without a process nothing that was sent would ever be answered
            _log.exception("What starts the %s worker is not known: it runs in this Python", self._worker)
            return own_command(self._worker)

    def _folder(self) -> Path | None:
        is_ours = self._command is None or callable(self._command)
        return ROOT if is_ours and not is_frozen() else None

    def _refuse(self, request_id: int, reason: str) -> None:
        hint = "Shorten the conversation, or begin a new one."
        failed = RequestFailed("bad_request", f"The request could not be sent: {reason}.", hint)
        self._deliver(Envelope(request_id, failed))

    def _deliver(self, envelope: Envelope[Event]) -> None:
        with self._voice:
            try:
                self._on_event(envelope)
            except Exception:  # noqa: BLE001 - a listener that stops would leave the worker unheard
                _log.exception("An event of the %s worker was not taken: %r", self._worker, envelope)


def _absolute_places() -> dict[str, str]:
    given = {name: os.environ.get(name, "") for name in _PLACES}
    return {name: str(Path(place).absolute()) for name, place in given.items() if place and place[0] not in "/~$"}
