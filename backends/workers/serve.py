"""What all workers have in common inside: read commands, carry them out in order, say what happened, end in time."""

from __future__ import annotations

import errno
import faulthandler
import logging
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from backends.contract.commands import Cancel, Command
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import UNASKED, Envelope, Event, Ready, RequestCancelled, RequestFailed
from backends.workers import protocol

_log = logging.getLogger(__name__)

END_GRACE_SECONDS = 0.5
"""How long running work may take to notice that the worker ends; then the process ends under it."""


ANSWER_SECONDS = 0.8
"""How long cancelled work may take to give its own last event; then one is given for it, and it is not heard again.

An import or one tensor of a large model cannot be interrupted, and Stop is answered within a second all the same.
"""


class Request:
    """One command that is being carried out: its id, the flag that says it was cancelled, the way back."""

    def __init__(self, request_id: int, command: Command, send: Callable[[int, Event], None]) -> None:
        self.request_id = request_id
        self.command = command
        self._send = send
        self._cancelled = threading.Event()
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
"""Carries a request out on the worker's background thread and returns its last event.

It may raise `MinimError` (→ RequestFailed) and `RequestStopped` (→ what `when_cancelled` says).
"""


def serve(
    worker: str, work: Work, when_cancelled: Callable[[Command], Event] = lambda _: RequestCancelled()
) -> NoReturn:
    """Be the worker called `worker` until stdin closes or SIGTERM comes. Never returns.

    The main thread reads commands, one background thread works on them in order. `when_cancelled` gives the last
    event of a command that was cancelled before its turn came, or whose work raised `RequestStopped`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the front end to decide about
    commands, events = _take_pipes()
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    inside = _Inside(worker, work, when_cancelled, events)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: inside.end_soon(protocol.EXIT_TERMINATED))
    inside.start()
    exit_code = 0
    try:
        for line in protocol.read_lines(commands):
            envelope = protocol.decode_command(line)
            inside.take(envelope.request_id, envelope.body)
    except protocol.ProtocolError as error:
        _log.error("The %s worker ends: it was sent %s", worker, error)
        exit_code = protocol.EXIT_PROTOCOL
    except OSError:
        _log.exception("The %s worker ends: its stdin broke", worker)
    inside.end(exit_code)


class _Inside:
    """The queue of a worker, its background thread, and its voice."""

    def __init__(self, worker: str, work: Work, when_cancelled: Callable[[Command], Event], events: BinaryIO) -> None:
        self._worker = worker
        self._work = work
        self._when_cancelled = when_cancelled
        self._events = events
        self._voice = threading.Lock()
        self._changed = threading.Condition()
        self._queue: deque[Request] = deque()
        self._running: Request | None = None

    def start(self) -> None:
        """Say hello and begin to work."""
        self._send(UNASKED, Ready(self._worker))
        threading.Thread(target=self._work_on, name=f"{self._worker}-work", daemon=True).start()

    def take(self, request_id: int, command: Command) -> None:
        """Queue a command, or cancel another."""
        if isinstance(command, Cancel):
            self._cancel(command.request_id)
            return
        with self._changed:
            self._queue.append(Request(request_id, command, self._send))
            self._changed.notify_all()

    def end_soon(self, exit_code: int) -> None:
        """End from a signal's handler: on a thread, because a handler may have interrupted whoever holds a lock."""
        threading.Thread(target=self.end, args=(exit_code,), daemon=True).start()

    def end(self, exit_code: int) -> NoReturn:
        """End the process: at once if it is idle, else after a short grace. Nothing that works can hold it up."""
        with self._changed:
            self._queue.clear()
            if self._running is not None:
                self._running.cancel()
            self._changed.wait_for(lambda: self._running is None, timeout=END_GRACE_SECONDS)
        sys.stderr.flush()
        os._exit(exit_code)

    def _cancel(self, request_id: int) -> None:
        with self._changed:
            running = self._running
            if running is not None and running.request_id == request_id:
                running.cancel()
                patience = threading.Timer(ANSWER_SECONDS, self._answer_cancelled, (running,))
                patience.daemon = True
                patience.start()
                return
            request = next((queued for queued in self._queue if queued.request_id == request_id), None)
            if request is None:
                return  # it has ended already
            self._queue.remove(request)
        self._answer_cancelled(request)

    def _answer_cancelled(self, request: Request) -> None:
        request.answer(self._when_cancelled(request.command))

    def _work_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._queue))
                request = self._running = self._queue.popleft()
            request.answer(self._carry_out(request))
            with self._changed:
                self._running = None
                self._changed.notify_all()

    def _carry_out(self, request: Request) -> Event:
        try:
            return self._work(request)
        except MinimError as error:
            _log.info("Request %d failed", request.request_id, exc_info=True)
            return RequestFailed(error.kind, error.message, error.hint)
        except RequestStopped:
            return self._when_cancelled(request.command)
        except BaseException as error:  # noqa: BLE001 - whatever it is, its request must end, and the worker go on
            _log.exception("Request %d failed unexpectedly", request.request_id)
            return _failure_of(error, self._worker)

    def _send(self, request_id: int, event: Event) -> None:
        line = protocol.encode(Envelope(request_id, event))
        try:
            with self._voice:
                self._events.write(line)
                self._events.flush()
        except OSError:
            _log.warning("Nobody listens any more")  # stdin has closed too, and the main thread ends us


def _failure_of(error: BaseException, worker: str) -> RequestFailed:
    """Words for an exception that nobody expected."""
    if isinstance(error, MemoryError):
        return RequestFailed("out_of_memory", "The memory is full.", "Close other apps, or choose a smaller model.")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" where {error.filename} should be written" if error.filename else ""
        return RequestFailed("disk_full", f"The disk is full{where}.", "Free some space and try again.")
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    message = f"The {worker} worker met an error it did not expect ({what})."
    return RequestFailed("internal", message, "The worker's log tells where. It goes on working.")


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for the protocol: whoever reads 0 finds nothing, whoever writes to 1 writes to the log."""
    commands = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return commands, events
