"""The text a reader reads, as it arrives: what is there is looked at and taken, what is not is waited for.

Readers are generators that yield whenever they need more text, so that a grammar can be written as one reads it, from
left to right, and is never begun anew: each character is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from functools import lru_cache
from typing import TypeVar

Value = TypeVar("Value")
Wait = Generator[None, None, Value]
"""A step of the grammar: yields while it waits for more text, returns what it read."""

SPACE = " \t\r\n"
CUT = ""
"""What `Source.ahead` answers where the output ended before the text could be told apart."""


class Tape:
    """What was taken from a source while the tape ran: one copy of it, however small the pieces were."""

    _PIECES = 1024

    def __init__(self) -> None:
        self._chunks: list[str] = []
        self._pieces: list[str] = []

    def append(self, text: str) -> None:
        """Record `text`."""
        self._pieces.append(text)
        if len(self._pieces) >= self._PIECES:
            self._chunks.append("".join(self._pieces))
            self._pieces.clear()

    def cut(self, length: int) -> None:
        """Forget the last `length` characters."""
        while length > 0:
            last = self._pieces.pop() if self._pieces else self._chunks.pop()
            if len(last) > length:
                self._pieces.append(last[:-length])
            length -= len(last)

    @property
    def text(self) -> str:
        """All that is recorded."""
        return "".join([*self._chunks, *self._pieces])


class Source:
    """The part of an output that has arrived and is not yet read."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._tapes: list[Tape] = []
        self.ended = False

    def add(self, piece: str) -> None:
        """More text has arrived."""
        self._text = self._text[self._at :] + piece
        self._at = 0

    def put_back(self, text: str) -> None:
        """Read `text`, which was taken last, again."""
        if len(text) <= self._at:
            self._at -= len(text)
        else:
            self._text = text + self._text[self._at :]
            self._at = 0
        for tape in self._tapes:
            tape.cut(len(text))

    @property
    def empty(self) -> bool:
        """Whether all that has arrived is read."""
        return self._at == len(self._text)

    @property
    def waiting(self) -> int:
        """How many characters have arrived and are not read."""
        return len(self._text) - self._at

    @property
    def next(self) -> str:
        """The character that comes next, not taken; "" if none has arrived."""
        return self._text[self._at : self._at + 1]

    def take(self, count: int) -> str:
        """The next characters, at most `count`."""
        text = self._text[self._at : self._at + count]
        if text:
            self._at += len(text)
            for tape in self._tapes:
                tape.append(text)
        return text

    def take_until(self, *marks: str) -> str:
        """All that has arrived before the next of the characters `marks`."""
        found = _any_of(marks).search(self._text, self._at)
        return self.take((found.start() if found else len(self._text)) - self._at)

    def take_all(self) -> str:
        """All that has arrived."""
        return self.take(len(self._text) - self._at)

    def record(self) -> Tape:
        """A tape of what is taken from now on."""
        tape = Tape()
        self._tapes.append(tape)
        return tape

    def stop_recording(self, tape: Tape) -> str:
        """What is on `tape`. It ends here, and with it every one that was begun after it."""
        while self._tapes and self._tapes.pop() is not tape:
            pass
        text = tape.text
        tape.cut(len(text))  # a large value is not kept twice
        return text

    def more(self) -> Wait[bool]:
        """Wait until something is there to read; False at the end of the output."""
        while self.empty:
            if self.ended:
                return False
            yield
        return True

    def ahead(self, *literals: str) -> Wait[str | None]:
        """Which of the literals comes next, without taking it; None if none does, CUT if the end left it open.

        None of the literals may begin with another.
        """
        longest = max(map(len, literals))
        while True:
            seen = self._text[self._at : self._at + longest]
            for literal in literals:
                if seen.startswith(literal):
                    return literal
                if literal.startswith(seen):
                    break
            else:
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


@lru_cache
def _any_of(marks: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the next of some characters in one pass, which several searches would not."""
    return re.compile("|".join(map(re.escape, marks)))
