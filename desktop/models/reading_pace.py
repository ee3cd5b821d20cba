"""How long it takes until a prompt is read, from how fast it was read so far."""

from __future__ import annotations

import time
from collections.abc import Callable

_MEASURED_SECONDS = 1.0
"""Nothing is said before this much was measured: the first chunk says little of the others."""

_STEADY_SHARE = 0.2
_STEADY_SECONDS = 2.0


class ReadingPace:
    """Told how far the reading is, says what is left. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Another prompt is read from now on."""
        self._began: tuple[float, int] | None = None
        self._end: float | None = None

    def seconds_left(self, done: int, total: int) -> float | None:
        """Seconds until `total` tokens are read when `done` are, those included that were reused; None if unknown.

        The rate is that of all that was read since the first call. What was said counts down with the clock; it is
        corrected only where the measured rate has come to say clearly otherwise.
        """
        now = self._clock()
        if self._began is None:
            self._began = now, done
        since, first = self._began
        if now - since < _MEASURED_SECONDS or done <= first:
            return None
        left = (total - done) * (now - since) / (done - first)
        if self._end is None or abs(now + left - self._end) > max(_STEADY_SECONDS, _STEADY_SHARE * left):
            self._end = now + left
        return max(0.0, self._end - now) if done < total else 0.0
