"""What all workers have in common inside: read commands, carry them out in lanes, say what happened, end in time."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from backends.contract.commands import Command
from backends.contract.events import Event, RequestCancelled
from backends.workers import protocol
from backends.workers.lanes import Lanes
from backends.workers.requests import Announce, GivesWay, SpareWork, Work

_log = logging.getLogger(__name__)


def serve(
    worker: str,
    work: Work,
    when_cancelled: Callable[[Command], Event] = lambda _: RequestCancelled(),
    *,
    lane_of: Callable[[Command], str] = lambda _: "work",
    at_start: Callable[[Announce], None] = lambda _: None,
    gives_way: GivesWay = lambda _, __: "stays",
    spare: SpareWork | None = None,
    at_end: Callable[[], None] = lambda: None,
) -> NoReturn:
    """Be the worker called `worker` until stdin closes or SIGTERM comes. Never returns.

    The main thread reads commands, background threads work on them: one for each lane that `lane_of` names, where
    order is kept; what waits for somebody in one lane holds up no other. `when_cancelled` gives the last event of a
    command that was cancelled before its turn came, or whose work raised `RequestStopped`. `at_start` is called once,
    before any command is carried out, with the way to say what nobody asked for. `gives_way` says what stops for a
    command that comes; `spare` is done in the lane "work" once it had a request and nothing is asked for. `at_end` is
    called once as the worker begins to end, on a thread of its own, and has what is left of its three seconds.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the front end to decide about
    commands, events = _take_pipes()
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    lanes = Lanes(worker, work, when_cancelled, lane_of, events, gives_way, spare, at_end)
    was_terminated = _when_terminated(lambda: lanes.end(protocol.EXIT_TERMINATED))
    lanes.start()
    at_start(lanes.announce)
    exit_code = 0
    try:
        for line in protocol.read_lines(commands):
            envelope = protocol.decode_command(line)
            lanes.take(envelope.request_id, envelope.body)
    except protocol.ProtocolError as error:
        _log.error("The %s worker ends: it was sent %s", worker, error)
        exit_code = protocol.EXIT_PROTOCOL
    except OSError:
        _log.exception("The %s worker ends: its stdin broke", worker)
    lanes.end(protocol.EXIT_TERMINATED if was_terminated() else exit_code)


def _when_terminated(end: Callable[[], NoReturn]) -> Callable[[], bool]:
    """Have `end` called on a thread once SIGTERM comes; → whether it has, also where stdin closed right after it.

    A handler in Python runs on the main thread only, between two of its steps: one that is just about to wait for a
    command, or waits while the system gave the signal to another thread, would not run until that command came.
    """
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    came = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: came.set())

    def wait() -> None:
        while os.read(reads, 1) != bytes([signal.SIGTERM]):
            pass
        end()

    threading.Thread(target=wait, name="terminated", daemon=True).start()
    return came.is_set


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
