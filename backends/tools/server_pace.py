"""How fast a server is listened to: one that floods is read slowly, and waits at its end of the pipe."""

from __future__ import annotations

import asyncio
import time


class Pace:
    """So much a second, and a second's worth at once. For one event loop."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._left = per_second
        self._then = time.monotonic()

    async def spend(self, amount: float) -> None:
        """Take `amount`; wait until there was enough. A large amount waits with the next call."""
        now = time.monotonic()
        self._left = min(self._per_second, self._left + (now - self._then) * self._per_second)
        self._then = now
        self._left -= amount
        if self._left < 0:
            await asyncio.sleep(min(-self._left / self._per_second, 1.0))
