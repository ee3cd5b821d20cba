"""The lanes of a worker: what is done one after the other in each, on a thread of its own, and what is said of it."""

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from backends.contract.commands import Cancel, Command
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import UNASKED, Envelope, Event, Ready, RequestFailed
from backends.workers import protocol
from backends.workers.requests import GivesWay, Request, SpareWork, Way, Work

_log = logging.getLogger(__name__)

END_GRACE_SECONDS = 0.5
"""How long running work may take to notice that the worker ends; then the process ends under it."""

ANSWER_SECONDS = 0.8
"""How long cancelled work may take to give its own last event; then one is given for it, and it is not heard again.

An import or one tensor of a large model cannot be interrupted, and Stop is answered within a second all the same.
"""

SPARE_AFTER_SECONDS = 1.0
"""How long nothing may have been asked for before spare work begins."""

LAST_SPARE_SECONDS = 2.0
"""How long spare work may take once the worker ends."""

TIDY_SECONDS = 0.3
"""How long it may then take to remove what is not complete. All in all the worker ends within three seconds."""


class _Lane:
    """What is done one after the other: the request that is carried out, and those that wait for it."""

    def __init__(self) -> None:
        self.waiting: deque[Request] = deque()
        self.running: Request | None = None
        self.spare_in: float | None = None
        """In how many seconds without a request spare work is due."""
        self.spare_runs = False


class Lanes:
    """The lanes of a worker, their background threads, and its voice."""

    def __init__(
        self,
        worker: str,
        work: Work,
        when_cancelled: Callable[[Command], Event],
        lane_of: Callable[[Command], str],
        events: BinaryIO,
        gives_way: GivesWay,
        spare: SpareWork | None,
        at_end: Callable[[], None],
    ) -> None:
        self._worker = worker
        self._work = work
        self._when_cancelled = when_cancelled
        self._lane_of = lane_of
        self._events = events
        self._gives_way = gives_way
        self._spare = spare
        self._last_work = threading.Thread(target=at_end, name=f"{worker}-end", daemon=True)
        self._last_work_began = False
        self._end_by: float | None = None
        self._voice = threading.Lock()
        self._changed = threading.Condition()
        self._lanes: dict[str, _Lane] = {}

    def start(self) -> None:
        """Say hello."""
        self.announce(Ready(self._worker))

    def announce(self, event: Event) -> None:
        """Say something that nobody asked for."""
        self._send(UNASKED, event)

    def take(self, request_id: int, command: Command) -> None:
        """Queue a command, or cancel another."""
        if isinstance(command, Cancel):
            self._cancel(command.request_id)
            return
        with self._changed:
            given_way = self._put(self._lane(self._lane_of(command)), Request(request_id, command, self._send))
            self._changed.notify_all()
        for request in given_way:
            self._answer_cancelled(request)

    def end(self, exit_code: int) -> NoReturn:
        """End the process: at once if it is idle, else after a short grace. Nothing that works can hold it up."""
        last_moment = time.monotonic() + END_GRACE_SECONDS + LAST_SPARE_SECONDS + TIDY_SECONDS
        with self._changed:
            if not self._last_work_began:
                self._last_work_began = True
                self._last_work.start()
            for lane in self._lanes.values():
                lane.waiting.clear()
                if lane.running is not None:
                    lane.running.held_up = False
                    lane.running.cancel()
            self._changed.wait_for(self._is_idle, timeout=END_GRACE_SECONDS)
            self._end_by = self._end_by or time.monotonic() + LAST_SPARE_SECONDS
            self._changed.notify_all()
            self._changed.wait_for(self._has_no_spare_work, timeout=LAST_SPARE_SECONDS + TIDY_SECONDS)
        self._last_work.join(max(0.0, last_moment - time.monotonic()))
        sys.stderr.flush()
        os._exit(exit_code)

    def _is_idle(self) -> bool:
        return all(lane.running is None for lane in self._lanes.values())

    @property
    def _ending(self) -> bool:
        return self._end_by is not None

    def _has_no_spare_work(self) -> bool:
        """Whether nothing is left to be done before the end: what is still stuck in a request never will be."""
        lanes = self._lanes.values()
        return not any(lane.running is None and (lane.spare_runs or lane.spare_in is not None) for lane in lanes)

    def _put(self, lane: _Lane, newcomer: Request) -> list[Request]:
        """Queue a request, before those that it holds up; → those that give way to it before they had their turn."""

        def way(one: Request) -> Way:
            return self._gives_way(one.command, newcomer.command)

        running = lane.running
        if running is not None and way(running) != "stays" and (running.held_up or not running.cancelled()):
            running.held_up = way(running) == "is held up"
            running.cancel()
        given_way = [one for one in lane.waiting if way(one) == "gives way"]
        held_up = [one for one in lane.waiting if way(one) == "is held up"]
        lane.waiting = deque(one for one in lane.waiting if way(one) == "stays")
        lane.waiting.extend((newcomer, *held_up))
        return given_way

    def _lane(self, name: str) -> _Lane:
        """The lane of this name; the first request in it starts its thread."""
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane()
            threading.Thread(target=self._work_on, args=(lane,), name=f"{self._worker}-{name}", daemon=True).start()
        return lane

    def _cancel(self, request_id: int) -> None:
        with self._changed:
            for lane in self._lanes.values():
                running = lane.running
                if running is not None and running.request_id == request_id:
                    running.held_up = False
                    running.cancel()
                    patience = threading.Timer(ANSWER_SECONDS, self._answer_cancelled, (running,))
                    patience.daemon = True
                    patience.start()
                    return
                request = next((queued for queued in lane.waiting if queued.request_id == request_id), None)
                if request is not None:
                    lane.waiting.remove(request)
                    break
            else:
                return  # it has ended already
        self._answer_cancelled(request)

    def _answer_cancelled(self, request: Request) -> None:
        request.answer(self._when_cancelled(request.command))

    def _work_on(self, lane: _Lane) -> None:
        while True:
            with self._changed:
                wanted = self._changed.wait_for(lambda: bool(lane.waiting) or self._ending, timeout=lane.spare_in)
                request = lane.running = lane.waiting.popleft() if lane.waiting else None
            if request is not None:
                self._work_at(lane, request)
            elif lane.spare_in is not None and self._spare is not None:
                self._use_spare_time(lane, self._spare)
            elif wanted:
                return  # the worker ends

    def _work_at(self, lane: _Lane, request: Request) -> None:
        last = self._carry_out(request)
        with self._changed:
            held_up = request.held_up
            if held_up:
                # A new one: whatever still holds the old one finds it cancelled.
                lane.waiting.append(Request(request.request_id, request.command, self._send))
        if not held_up:
            request.answer(last)
        with self._changed:
            lane.running = None
            if self._spare is not None and lane is self._lanes.get("work"):
                lane.spare_in = SPARE_AFTER_SECONDS
            self._changed.notify_all()

    def _use_spare_time(self, lane: _Lane, spare: SpareWork) -> None:
        lane.spare_runs = True
        is_last = self._end_by is not None
        again = None
        try:
            again = spare(lambda: bool(lane.waiting) if self._end_by is None else time.monotonic() >= self._end_by)
        except Exception:  # noqa: BLE001 - nobody asked for it, so nobody is told; the worker goes on
            _log.exception("Spare work failed")
        with self._changed:
            lane.spare_in = None if is_last else again
            lane.spare_runs = False
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
