"""A worker that is asked one thing after the other, each within a bound."""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from backends.contract.commands import Command
from backends.contract.errors import MinimError
from backends.contract.events import Envelope, Event, Ready, RequestFailed, WorkerExited
from backends.workers.supervisor import Supervisor

Answer = TypeVar("Answer", bound=Event)

_END_SECONDS = 5.0


class Asked:
    """Starts a worker. `command`: what starts it where that is not this program; its stderr goes to `log_file`."""

    def __init__(self, name: str, *, command: Sequence[str] | None = None, log_file: Path | None = None) -> None:
        self._name = name
        self._events: queue.SimpleQueue[Envelope[Event]] = queue.SimpleQueue()
        self._worker = Supervisor(name, self._events.put, command=command, log_file=log_file)

    def hello(self, seconds: float) -> None:
        """Wait for its first word. Raises MinimError."""
        self._worker.start()
        self._wait(0, Ready, seconds)

    def ask(self, command: Command, kind: type[Answer], seconds: float) -> Answer:
        """The answer to a command. Raises MinimError for a refusal, an end of the worker, and silence."""
        return self._wait(self._worker.send(command), kind, seconds)

    def end(self) -> None:
        """End it. Raises MinimError if it has to be killed for that, or ended otherwise than it should."""
        pid = self._worker.pid
        self._worker.close(_END_SECONDS)
        exited = None
        while not self._events.empty():
            body = self._events.get().body
            exited = body if isinstance(body, WorkerExited) else exited
        if pid is not None and (exited is None or not exited.expected):
            reason = exited.reason if exited is not None else f"The {self._name} worker did not end."
            raise MinimError("worker_died", reason)

    def _wait(self, request_id: int, kind: type[Answer], seconds: float) -> Answer:
        until = time.monotonic() + seconds
        while True:
            try:
                envelope = self._events.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                message = f"The {self._name} worker said nothing within {seconds:.0f} s."
                raise MinimError("worker_died", message) from None
            body = envelope.body
            if isinstance(body, WorkerExited):
                raise MinimError("worker_died", body.reason or f"The {self._name} worker ended by itself.")
            if envelope.request_id != request_id:
                continue
            if isinstance(body, RequestFailed):
                raise MinimError(body.kind, body.message, body.hint)
            if isinstance(body, kind):
                return body
