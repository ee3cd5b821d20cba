"""Reads a prompt and writes the message after it, token by token, cancellable between any two steps."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from backends.contract.chat import Usage
from backends.contract.events import GenerationFinished, PrefillProgress
from backends.engines.base import Cancelled, EngineOutput, TextPiece
from backends.engines.detokenizer import Detokenizer
from backends.engines.sampling import Sampling
from backends.engines.stop_text import StopText

Reason = Literal["stop", "length", "cancelled"]

_CHUNK_SECONDS = 0.4
_LARGEST_CHUNK = 4096


class ReadCache(Protocol):
    """An engine's KV cache, as reading a prompt needs it."""

    def reuse(self, prompt: Sequence[int]) -> int:
        """Keep what the cache shares with `prompt`, at most all but its last token; how many tokens that is."""
        ...

    def read(self, tokens: Sequence[int]) -> None:
        """Run the model over more of the prompt. If it fails, the cache is empty."""
        ...


class Pace:
    """How many tokens of a prompt to read at once, so that a stop is answered within a second."""

    def __init__(self, on_accelerator: bool) -> None:
        # Small at first: nothing is known yet, and three chunks later it is 64 times as much.
        self.chunk = 64 if on_accelerator else 4

    def note(self, tokens: int, seconds: float) -> None:
        """Take down how long a chunk took; the next is at most four times as large."""
        fitting = int(tokens * _CHUNK_SECONDS / max(seconds, 1e-6))
        self.chunk = max(1, min(fitting, 4 * tokens, _LARGEST_CHUNK))


@dataclass(frozen=True)
class Writing:
    """One generation: what to read, how to sample, when to end. `room` is the most tokens that may be written."""

    prompt: Sequence[int]
    room: int
    sampling: Sampling
    vocabulary: int
    end_tokens: frozenset[int]
    stops: tuple[str, ...]
    seed: int | None


class Writer(ABC):
    """Carries out one `Writing`. An engine adds how the next tokens are made."""

    def __init__(self, detokenizer: Detokenizer, cache: ReadCache, pace: Pace, memory_bytes: Callable[[], int]) -> None:
        self._detokenizer = detokenizer
        self._cache = cache
        self._pace = pace
        self._memory_bytes = memory_bytes
        self._reused = 0
        self._generated = 0
        self._prefill_seconds = 0.0
        self._decode_seconds = 0.0

    def run(self, writing: Writing, cancelled: Cancelled) -> Iterator[EngineOutput]:
        """Yield progress, text, and the end. `cancelled` is looked at between chunks and between tokens."""
        yield from self._read(writing.prompt, cancelled)
        reason: Reason = "cancelled"
        if not cancelled():
            reason = yield from self._write(writing, cancelled)
        usage = Usage(
            prompt_tokens=len(writing.prompt),
            reused_tokens=self._reused,
            generated_tokens=self._generated,
            prefill_seconds=self._prefill_seconds,
            decode_seconds=self._decode_seconds,
        )
        yield GenerationFinished(reason, usage, self._memory_bytes())

    @abstractmethod
    def _steps(self, writing: Writing) -> Generator[int, None, None]:
        """The tokens as they are sampled, after all of the prompt but its last token was read.

        The cache's own count of tokens is right at every yield, whenever the generator is closed.
        """

    def _read(self, prompt: Sequence[int], cancelled: Cancelled) -> Iterator[EngineOutput]:
        """Read all of the prompt but its last token, with which writing begins."""
        done = self._reused = self._cache.reuse(prompt)
        yield PrefillProgress(self._reused, done, len(prompt))
        while done < len(prompt) - 1 and not cancelled():
            chunk = prompt[done : min(done + self._pace.chunk, len(prompt) - 1)]
            begun = time.perf_counter()
            self._cache.read(chunk)
            seconds = time.perf_counter() - begun
            self._prefill_seconds += seconds
            done += len(chunk)
            if len(chunk) == self._pace.chunk or seconds > _CHUNK_SECONDS:  # a short rest says little
                self._pace.note(len(chunk), seconds)
            yield PrefillProgress(self._reused, done, len(prompt))

    def _write(self, writing: Writing, cancelled: Cancelled) -> Generator[EngineOutput, None, Reason]:
        stops = StopText(writing.stops)
        waiting = 0  # tokens whose text has not been sent
        reason: Reason = "length"
        begun = time.perf_counter()
        steps = self._steps(writing)
        try:
            for token in steps:
                self._generated += 1
                self._decode_seconds = time.perf_counter() - begun
                waiting += 1
                if self._generated == 1:
                    yield PrefillProgress(self._reused, len(writing.prompt), len(writing.prompt))
                if token in writing.end_tokens:
                    reason = "stop"
                    break
                text = stops.feed(self._detokenizer.add(token))
                if text:
                    yield TextPiece(text, waiting)
                    waiting = 0
                if stops.found:
                    reason = "stop"
                    break
                if cancelled():
                    reason = "cancelled"
                    break
        finally:
            steps.close()
        if not stops.found:
            rest = stops.feed(self._detokenizer.finish()) + stops.finish()
            if rest:
                yield TextPiece(rest, waiting)
        return reason
