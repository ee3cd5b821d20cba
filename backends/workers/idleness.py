"""When a loaded model has been idle for long, the system is short of memory, or the battery is low."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import psutil
from msgspec import Struct

LOOK_SECONDS = 60.0
"""How often it is looked, and only while a model is loaded and nothing is asked for."""

LOW_BATTERY_PERCENT = 20

_LOW_BYTES = 2 * 2**30
_LOW_SHARE = 0.03


class Advice(Struct, frozen=True):
    """`unload`: why the model might be unloaded. `look_in`: seconds until the next look."""

    drop_caches: bool = False
    unload: Literal["idle", "memory"] | None = None
    look_in: float = LOOK_SECONDS


class IdleWatch:
    """Looks at the clock and the memory. Short of memory twice in a row: first the idle caches go, then the model."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        memory_is_short: Callable[[], bool] = lambda: memory_is_short(),
    ) -> None:
        self._clock = clock
        self._memory_is_short = memory_is_short
        self._minutes = 0.0
        self._used_at = clock()
        self._was_short = False

    def begin(self, unload_after_minutes: float) -> None:
        """A model was loaded; 0 minutes: idle for as long as it likes."""
        self._minutes = unload_after_minutes
        self.used()

    def used(self) -> None:
        """Something was asked for."""
        self._used_at = self._clock()
        self._was_short = False

    def look(self) -> Advice:
        """What is to be done now. What was suggested is suggested again: it may have come at a bad moment."""
        left = self._minutes * 60 - (self._clock() - self._used_at)
        if self._minutes and left <= 0:
            return Advice(unload="idle", look_in=max(LOOK_SECONDS, self._minutes * 60))
        if not self._memory_is_short():
            self._was_short = False
        elif self._was_short:
            return Advice(unload="memory")
        else:
            self._was_short = True
            return Advice(drop_caches=True)
        return Advice(look_in=min(LOOK_SECONDS, left) if self._minutes else LOOK_SECONDS)


def memory_is_short() -> bool:
    """Whether less than 2 GiB, and less than 3 % of the memory, are available: the system is about to swap."""
    memory = psutil.virtual_memory()
    return memory.available < min(_LOW_BYTES, _LOW_SHARE * memory.total)


def battery_is_low() -> bool:
    """Whether this machine runs on a battery that holds less than 20 %."""
    ask: Callable[[], Any] = getattr(psutil, "sensors_battery", lambda: None)  # not there on every system, untyped
    battery = ask()
    return battery is not None and battery.power_plugged is False and battery.percent < LOW_BATTERY_PERCENT
