"""Several things at once, on threads that end with them; whoever waits looks around a few times a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from backends.contract.errors import RequestStopped

Stopped = Callable[[], bool]
Task = Callable[[Stopped], None]
"""Something to do; it looks at what it is given and raises RequestStopped when that says so."""


class Pool:
    """Does `tasks` in order, `at_once` at a time. The first failure stops the others."""

    def __init__(self, tasks: Sequence[Task], at_once: int, stopped: Stopped) -> None:
        self._waiting = deque(tasks)
        self._working = min(at_once, len(tasks))
        self._stopped = stopped
        self._errors: list[BaseException] = []
        self._changed = threading.Condition()

    def run(self, tick: Callable[[], None], tick_seconds: float) -> None:
        """Block until all is done. `tick` is called meanwhile, and may fail too.

        Raises the first failure, after everything has ended; RequestStopped if it was stopped.
        """
        for _ in range(self._working):
            threading.Thread(target=self._work, name="download-file", daemon=True).start()
        while self._working:
            with self._changed:
                self._changed.wait_for(lambda: not self._working, timeout=tick_seconds)
            try:
                tick()
            except Exception as error:  # noqa: BLE001 - it is raised below, when nothing works any more
                self._errors.append(error)
        if self._stopped():
            raise RequestStopped
        if self._errors:
            raise self._errors[0]

    def _work(self) -> None:
        try:
            while (task := self._next()) is not None:
                task(self._is_over)
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            self._errors.append(error)
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()

    def _next(self) -> Task | None:
        with self._changed:
            return self._waiting.popleft() if self._waiting and not self._is_over() else None

    def _is_over(self) -> bool:
        return bool(self._errors) or self._stopped()
