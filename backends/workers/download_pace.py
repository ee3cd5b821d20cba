"""How fast a download comes in, smoothed, so that the remaining time does not jump."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

STALL_SECONDS = 8.0
_SMOOTHING_SECONDS = 4.0


class Pace:
    """Takes the count of bytes a few times a second. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._when = clock()
        self._moved = self._when
        self._count: int | None = None
        self._weight = 0.0
        self._mean = 0.0

    @property
    def bytes_per_second(self) -> float:
        """The smoothed speed, 0 while nothing is known."""
        return self._mean / self._weight if self._weight else 0.0

    @property
    def stalled(self) -> bool:
        """Whether nothing has come for a while."""
        return self._clock() - self._moved > STALL_SECONDS

    def count(self, total: int) -> None:
        """So many bytes have come by now. A smaller number than before begins anew: a file was thrown away."""
        now = self._clock()
        before, elapsed = self._count, now - self._when
        if before is None or total < before:
            self._count, self._when, self._moved = total, now, now
            return
        if elapsed <= 0:
            return
        if total > before:
            self._moved = now
        share = 1 - math.exp(-elapsed / _SMOOTHING_SECONDS)
        self._mean += share * ((total - before) / elapsed - self._mean)
        self._weight += share * (1 - self._weight)
        self._count, self._when = total, now

    def seconds_left(self, rest: int) -> float:
        """How long `rest` bytes will take, -1 while that cannot be said."""
        speed = self.bytes_per_second
        return rest / speed if speed >= 1 and not self.stalled else -1.0
