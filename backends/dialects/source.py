"""The text a reader reads, as it arrives: what is there is looked at and taken, what is not is waited for.

Readers are generators that yield whenever they need more text, so that a grammar can be written as one reads it, from
left to right, and is never begun anew: each character is looked at a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Value = TypeVar("Value")
Wait = Generator[None, None, Value]
"""A step of the grammar: yields while it waits for more text, returns what it read."""

SPACE = " \t\r\n"
CUT = ""
"""What `Source.ahead` answers where the output ended before the text could be told apart."""


class Source:
    """The part of an output that has arrived and is not yet read."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._tapes: list[list[str]] = []
        self.ended = False

    def add(self, piece: str) -> None:
        """More text has arrived."""
        self._text = self._text[self._at :] + piece
        self._at = 0

    def put_back(self, text: str) -> None:
        """Read `text` again, before what is there."""
        self._text = text + self._text[self._at :]
        self._at = 0

    @property
    def empty(self) -> bool:
        """Whether all that has arrived is read."""
        return self._at == len(self._text)

    def take(self, count: int) -> str:
        """The next characters, at most `count`."""
        text = self._text[self._at : self._at + count]
        self._at += len(text)
        for tape in self._tapes:
            tape.append(text)
        return text

    def take_until(self, mark: str) -> str:
        """All that has arrived before the character `mark`."""
        end = self._text.find(mark, self._at)
        return self.take((len(self._text) if end < 0 else end) - self._at)

    def record(self, tape: list[str]) -> None:
        """From now on, what is taken is also appended to `tape`."""
        self._tapes.append(tape)

    def stop_recording(self, tape: list[str]) -> None:
        """Let go of `tape`, and of every one that was begun after it."""
        while self._tapes and self._tapes.pop() is not tape:
            pass

    def more(self) -> Wait[bool]:
        """Wait until something is there to read; False at the end of the output."""
        while self.empty:
            if self.ended:
                return False
            yield
        return True

    def ahead(self, *literals: str) -> Wait[str | None]:
        """Which of the literals comes next, without taking it; None if none does, CUT if the end left it open."""
        longest = max(map(len, literals))
        while True:
            seen = self._text[self._at : self._at + longest]
            for literal in literals:
                if seen.startswith(literal):
                    return literal
            if not any(literal.startswith(seen) for literal in literals):
                return None
            if self.ended:
                return CUT
            yield

    def space(self) -> Wait[str]:
        """Take white space, as much as there is; it may be none."""
        parts: list[str] = []
        while (yield from self.more()):
            end = self._at
            while end < len(self._text) and self._text[end] in SPACE:
                end += 1
            parts.append(self.take(end - self._at))
            if not self.empty:
                break
        return "".join(parts)
