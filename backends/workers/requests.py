"""What work inside a worker is given and may say: one request, and the kinds of functions that `serve` is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal

from backends.contract.commands import Command
from backends.contract.events import Event, RequestFailed

_log = logging.getLogger(__name__)


class Request:
    """One command that is being carried out: its id, the flag that says it was cancelled, the way back."""

    def __init__(self, request_id: int, command: Command, send: Callable[[int, Event], None]) -> None:
        self.request_id = request_id
        self.command = command
        self._send = send
        self._cancelled = threading.Event()
        self.held_up = False
        """Cancelled only for as long as something else is done; then it begins anew."""
        self._answering = threading.Lock()
        self._answered = False

    def report(self, event: Event) -> None:
        """Send an event of this request that is not its last."""
        with self._answering:
            if not self._answered:
                self._send(self.request_id, event)

    def answer(self, event: Event) -> None:
        """Send this request's last event, unless it had one."""
        with self._answering:
            if self._answered:
                return
            self._answered = True
            try:
                self._send(self.request_id, event)
            except Exception as error:  # noqa: BLE001 - msgspec's refusals have no common type
                _log.exception("Request %d: its last event could not be sent", self.request_id)
                message = f"The result could not be sent: {error}."
                self._send(self.request_id, RequestFailed("internal", message, "Ask for less at once."))

    def cancelled(self) -> bool:
        """Whether to stop. Cheap: look often."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._cancelled.set()


Work = Callable[[Request], Event]
"""Carries a request out on a background thread of the worker and returns its last event.

It may raise `MinimError` (→ RequestFailed) and `RequestStopped` (→ what `when_cancelled` says).
"""

Way = Literal["stays", "is held up", "gives way"]
GivesWay = Callable[[Command, Command], Way]
"""What becomes of the first command, running or waiting in its lane, when the second one comes for that lane."""

SpareWork = Callable[[Callable[[], bool]], float | None]
"""Done while nothing is asked for, on the lane's thread; → in how many seconds again, None: after the next request.

It looks often at the flag that it is given: true once something is asked for. As the worker ends it has its last turn.
"""

Announce = Callable[[Event], None]
"""Says something that nobody asked for. Any thread may."""
