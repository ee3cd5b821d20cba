"""What the grammars of tool calls share: a number for each call, and text at which a block breaks off."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from backends.contract.events import OutputEvent
from backends.dialects.source import CUT, Source, Wait


class Interrupted(Exception):
    """Text that ends what a block stands in came before the block was complete."""


class CallNumbers:
    """Counts the calls of one output. What was rehearsed only is not counted: `count` can be set back."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> int:
        """The number of a call that begins here."""
        self.count += 1
        return self.count - 1


class CallGrammar(ABC):
    """Reads the inside of blocks of calls from `source` and tells the calls to `tell`."""

    def __init__(self, source: Source, tell: Callable[[OutputEvent], None], numbers: CallNumbers) -> None:
        self._source = source
        self._tell = tell
        self._numbers = numbers
        self._interrupts: tuple[str, ...] = ()

    @property
    @abstractmethod
    def opens(self) -> tuple[str, ...]:
        """What a block's opening tag must be followed by, or it is text."""

    @abstractmethod
    def block(self, *interrupts: str) -> Wait[None]:
        """Read a block behind its opening tag and white space, its closing tag included.

        Raises `Interrupted`, taking nothing of it, where one of `interrupts` comes before the block's end.
        """

    def _ahead(self, *literals: str) -> Wait[str | None]:
        found = yield from self._source.ahead(*literals, *self._interrupts)
        if found and found in self._interrupts:
            raise Interrupted
        return found

    def _text_before(self, *literals: str) -> Wait[tuple[str, str]]:
        """Take the text before the next of `literals`; which one it is, CUT where the output ended first."""
        starts = {literal[0] for literal in (*literals, *self._interrupts)}
        parts: list[str] = []
        while (yield from self._source.more()):
            parts.append(self._source.take_until(*starts))
            if self._source.empty:
                continue
            found = yield from self._ahead(*literals)
            if found:
                return "".join(parts), found
            parts.append(self._source.take(1))
        return "".join(parts), CUT
