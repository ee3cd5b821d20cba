"""Ends a message at a stop text, however it is cut into pieces, and holds back only what may still become one."""

from __future__ import annotations

from collections.abc import Sequence


class StopText:
    """Looks for the first of `stops` in a growing text. Empty stops are passed over."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held: str = ""
        self.found = False
        """True once a stop text was seen: nothing more comes out."""

    def feed(self, text: str) -> str:
        """Take more text; return what is certainly before any stop text."""
        if not self._stops:
            return text
        text = self._held + text
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self.found = True
            self._held = ""
            return text[: min(places)]
        held = max(_undecided(text, stop) for stop in self._stops)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def finish(self) -> str:
        """The end of the text was reached: what was held back is text after all."""
        held, self._held = self._held, ""
        return held


def _undecided(text: str, stop: str) -> int:
    """Length of the longest end of `text` with which `stop` begins."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if stop.startswith(text[len(text) - length :]):
            return length
    return 0
