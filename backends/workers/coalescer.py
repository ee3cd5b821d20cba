"""Merges small deltas, so that a fast model does not cost its listener a line and a repaint a token."""

from __future__ import annotations

import time
from collections.abc import Callable

from backends.contract.events import AnswerDelta, OutputEvent, ReasoningDelta, ToolArgumentDelta

SENDS_PER_SECOND = 20

Delta = ReasoningDelta | AnswerDelta | ToolArgumentDelta


class Coalescer:
    """Passes output events on in order; adjacent deltas of the same thing at most `SENDS_PER_SECOND` times a second.

    The first delta goes out at once. `clock` gives seconds.
    """

    def __init__(self, send: Callable[[OutputEvent], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._held: list[Delta] = []
        self._last_sent = float("-inf")

    def add(self, event: OutputEvent) -> None:
        """Take the next event. Anything but a delta goes out at once, after what was held."""
        if not isinstance(event, Delta):
            self.flush()
            self._send(event)
            return
        if self._held and not _continues(self._held[0], event):
            self.flush()
        self._held.append(event)
        self.tick()

    def tick(self) -> None:
        """Send what is held if it is due. To be called for every token, so that none waits for long."""
        if self._held and self._clock() - self._last_sent >= 1 / SENDS_PER_SECOND:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if not self._held:
            return
        merged = _merge(self._held)
        self._held = []
        self._last_sent = self._clock()
        self._send(merged)


def _continues(first: Delta, event: Delta) -> bool:
    match first, event:
        case (ReasoningDelta(), ReasoningDelta()) | (AnswerDelta(), AnswerDelta()):
            return True
        case ToolArgumentDelta(), ToolArgumentDelta():
            return (first.index, first.parameter) == (event.index, event.parameter)
        case _:
            return False


def _merge(deltas: list[Delta]) -> Delta:
    text = "".join(delta.text for delta in deltas)
    match deltas[0]:
        case ReasoningDelta():
            return ReasoningDelta(text)
        case AnswerDelta():
            return AnswerDelta(text)
        case ToolArgumentDelta(index, parameter):
            return ToolArgumentDelta(index, parameter, text)
