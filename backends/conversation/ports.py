"""What a conversation needs of the workers: something to send commands to. A `Supervisor` is one."""

from __future__ import annotations

from typing import Protocol

from backends.contract.commands import Command


class Port(Protocol):
    """Sends commands to a worker; the events come back by another way, on the caller's thread."""

    def send(self, command: Command) -> int:
        """Send, and return the id that the events will bear. Never blocks; starts the worker if need be."""
        ...

    def cancel(self, request_id: int) -> None:
        """Ask the worker to stop working on a request."""
        ...


class EnginePort(Port, Protocol):
    """The engine's worker, which can be ended to give all its memory back."""

    @property
    def running(self) -> bool:
        """Whether a process is there that takes what is sent next."""
        ...

    def end(self) -> None:
        """End the worker; returns at once. `WorkerExited` tells when it is gone."""
        ...
