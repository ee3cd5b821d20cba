"""The workers of a terminal command: their events on one queue, taken on the main thread, Ctrl+C among them."""

from __future__ import annotations

import os
import queue
import select
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Any

from backends.contract.events import Envelope, Event
from backends.storage.paths import log_folder
from backends.workers.engine_command import engine_command
from backends.workers.supervisor import Supervisor

Handler = Callable[[Envelope[Event]], None]
SignalHandler = Callable[[int, FrameType | None], Any] | int | None
WorkerOpener = Callable[[str, Handler], Supervisor]


def open_worker(name: str, handler: Handler) -> Supervisor:
    """The worker `name` of this installation."""
    command = engine_command if name == "engine" else None
    return Supervisor(name, handler, command=command, log_file=log_folder() / f"terminal-{name}.log")


class Workers:
    """Opens workers and waits for them. Use it as a context: at its end they are ended and Ctrl+C is as before."""

    def __init__(self, opener: WorkerOpener = open_worker) -> None:
        self._opener = opener
        self._opened: list[Supervisor] = []
        # A SimpleQueue, because a signal's handler puts into it as well: Queue's lock could be held just then.
        self._events: queue.SimpleQueue[tuple[Handler, Envelope[Event]] | None] = queue.SimpleQueue()
        self._listens = False

    def __enter__(self) -> Workers:
        # A pipe, because a `select` cannot wait for a queue; it is there for as long as workers and signals may ring.
        self._bell, self._rope = os.pipe()
        if sys.platform != "win32":
            os.set_blocking(self._rope, False)
        self._before = self._on_interrupt(self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._opened:
            worker.end(1.0)
        for worker in self._opened:
            worker.close(2.0)
        self._on_interrupt(self._before)
        os.close(self._rope)
        os.close(self._bell)

    def open(self, name: str, handler: Handler) -> Supervisor:
        """A worker whose events `handler` takes inside `wait`."""
        worker = self._opener(name, lambda envelope: self._put((handler, envelope)))
        self._opened.append(worker)
        return worker

    def wait(self, until: Callable[[], bool], interrupted: Callable[[], None]) -> None:
        """Take events until `until` says so; Ctrl+C calls `interrupted`, which may raise."""
        while not until():
            item = self._events.get()
            if item is None:
                interrupted()
            else:
                handler, envelope = item
                handler(envelope)

    def wait_for_line(self, terminal: IO[str]) -> None:
        """Take events until a person has typed a line in `terminal`. Raises KeyboardInterrupt on Ctrl+C.

        Where one cannot wait for both, in Windows, the events wait instead.
        """
        if sys.platform == "win32":
            return
        self._listens = True
        try:
            typed = False
            while not typed:
                self._take_all()
                ready, _, _ = select.select([terminal, self._bell], [], [])
                typed = terminal in ready
                if self._bell in ready:
                    os.read(self._bell, 4096)
        finally:
            self._listens = False

    @contextmanager
    def reading(self) -> Generator[None, None, None]:
        """While the person is asked for a line, Ctrl+C raises KeyboardInterrupt."""
        before = self._on_interrupt(signal.default_int_handler)
        try:
            yield
        finally:
            self._on_interrupt(before)

    @contextmanager
    def lending(self) -> Generator[None, None, None]:
        """While another program has the terminal, Ctrl+C is for that program."""
        # Not SIG_IGN, which the program would inherit.
        before = self._on_interrupt(lambda _signal, _frame: None)
        try:
            yield
        finally:
            self._on_interrupt(before)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self._put(None)

    def _put(self, item: tuple[Handler, Envelope[Event]] | None) -> None:
        self._events.put(item)
        if self._listens:
            with suppress(BlockingIOError):  # full of rings that were not heard yet
                os.write(self._rope, b".")

    def _take_all(self) -> None:
        while not self._events.empty():
            item = self._events.get()
            if item is None:
                raise KeyboardInterrupt
            handler, envelope = item
            handler(envelope)

    @staticmethod
    def _on_interrupt(handler: SignalHandler) -> SignalHandler:
        if threading.current_thread() is not threading.main_thread():
            return None  # a test, or a program that uses the commands from a thread of its own
        return signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)
