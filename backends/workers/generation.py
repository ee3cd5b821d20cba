"""From an engine's text to the events of one generation, at a rate that a window can follow."""

from __future__ import annotations

import time
from collections.abc import Callable

from backends.contract.chat import Usage
from backends.contract.commands import Generate
from backends.contract.errors import RequestStopped
from backends.contract.events import Event, GenerationFinished, GenerationProgress, PrefillProgress
from backends.dialects import open_reader
from backends.engines.base import Engine, TextPiece
from backends.workers.coalescer import Coalescer
from backends.workers.requests import Request

_PROGRESS_PER_SECOND = 4


class Pace:
    """Says when something that happens often is due to be told. `clock` gives seconds."""

    def __init__(self, times_per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / times_per_second
        self._clock = clock
        self._last = float("-inf")

    def due(self, *, urgent: bool = False) -> bool:
        """Whether to tell it now; then the next is due an interval later."""
        now = self._clock()
        if not urgent and now - self._last < self._interval:
            return False
        self._last = now
        return True


class _Meter:
    """Counts what a generation takes while it runs; the engine's own count at its end is the one that lasts."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._first_token: float | None = None
        self._prompt = PrefillProgress(0, 0, 0)
        self._generated = 0

    def count(self, output: PrefillProgress | TextPiece) -> None:
        if isinstance(output, PrefillProgress):
            self._prompt = output
            return
        if self._first_token is None:
            self._first_token = time.monotonic()
        self._generated += output.tokens

    def usage(self) -> Usage:
        now = time.monotonic()
        first = self._first_token if self._first_token is not None else now
        return Usage(
            prompt_tokens=self._prompt.total,
            reused_tokens=self._prompt.reused,
            generated_tokens=self._generated,
            prefill_seconds=first - self._began,
            decode_seconds=now - first,
        )


def write(engine: Engine, command: Generate, request: Request) -> Event:
    """Generate, report what is written as it is, and return how it ended.

    Whatever ends it, what the reader held back is reported first, and a call that was cut off as unfinished.
    """
    reader = open_reader(**engine.reader_settings(command.messages, command.tools, command.options))
    output = Coalescer(request.report)

    def pass_on(text: str) -> None:
        for event in reader.feed(text):
            output.add(event)
        output.tick()

    try:
        return _pump(engine, command, request, pass_on)
    finally:
        for event in reader.finish():
            output.add(event)
        output.flush()


def _pump(engine: Engine, command: Generate, request: Request, pass_on: Callable[[str], None]) -> Event:
    """Run the engine to its end; its text goes to `pass_on`, its progress to the front end."""
    meter = _Meter()
    pace = Pace(_PROGRESS_PER_SECOND)
    try:
        for output in engine.generate(command, request.cancelled):
            match output:
                case GenerationFinished():
                    return output
                case PrefillProgress():
                    meter.count(output)
                    request.report(output)
                case TextPiece():
                    meter.count(output)
                    pass_on(output.text)
                    if pace.due():
                        request.report(GenerationProgress(meter.usage(), engine.memory_bytes()))
    except RequestStopped:
        return GenerationFinished("cancelled", meter.usage(), engine.memory_bytes())
    raise RuntimeError("the engine stopped writing without saying why")
