"""How much a server is listened to: one that floods is read slowly, and waits at its end of the pipe."""

from __future__ import annotations

import asyncio
import time

MAX_PARTS = 200_000
"""Lists and objects in one message. A few million of them fit into 8 MB, and reading that holds up all else for
seconds; of no result is so much ever shown."""

_COMMAS_A_PART = 8


def parts_in(data: bytes | bytearray) -> int:
    """How many lists and objects JSON holds at the most: those that only stand in its texts are counted as well."""
    return data.count(b"[") + data.count(b"{")


def effort_in(data: bytes) -> int:
    """What it takes to read JSON, in parts."""
    return parts_in(data) + data.count(b",") // _COMMAS_A_PART


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
