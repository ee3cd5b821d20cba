# pyright: basic
# basic: mlx-lm is only partly typed.
"""Reads a prompt and writes the message after it, token by token, cancellable between any two steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backends.contract.chat import Usage
from backends.contract.events import GenerationFinished, PrefillProgress
from backends.engines.base import Cancelled, EngineOutput, TextPiece
from backends.engines.detokenizer import Detokenizer
from backends.engines.mlx_library import (
    generate_step,
    generation_stream,
    make_logits_processors,
    make_sampler,
    mx,
    on_accelerator,
    wired_limit,
)
from backends.engines.prompt_cache import PromptCache
from backends.engines.sampling import Sampling
from backends.engines.stop_text import StopText

Reason = Literal["stop", "length", "cancelled"]

_STREAM: Any = generation_stream  # annotated as another class than the one it is

_CHUNK_SECONDS = 0.4
_LARGEST_CHUNK = 4096
_REPETITION_WINDOW = 20  # tokens, mlx-lm's own


class Pace:
    """How many tokens of a prompt to read at once, so that a stop is answered within a second."""

    def __init__(self) -> None:
        # Small at first: nothing is known yet, and three chunks later it is 64 times as much.
        self.chunk = 64 if on_accelerator() else 4

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


class Writer:
    """Carries out one `Writing`."""

    def __init__(
        self, model: Any, tokenizer: Any, cache: PromptCache, pace: Pace, memory_bytes: Callable[[], int]
    ) -> None:
        self._model = model
        self._detokenizer = Detokenizer(tokenizer)
        self._cache = cache
        self._pace = pace
        self._memory_bytes = memory_bytes
        self._reused = 0
        self._generated = 0
        self._prefill_seconds = 0.0
        self._decode_seconds = 0.0

    def run(self, writing: Writing, cancelled: Cancelled) -> Iterator[EngineOutput]:
        """Yield progress, text, and the end. `cancelled` is looked at between chunks and between tokens."""
        # On Metal this keeps the weights from being paged out meanwhile; elsewhere it does nothing.
        with wired_limit(self._model, [_STREAM]):
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

    def _steps(self, writing: Writing) -> Generator[int, None, None]:
        """The tokens as they are sampled. Each is in the cache when it is yielded, and noted there."""
        sampling = writing.sampling
        if writing.seed is not None:
            mx.random.seed(writing.seed)
        top_k = sampling.top_k if sampling.top_k < writing.vocabulary else 0  # mlx-lm refuses more than there are
        steps: Any = generate_step(
            mx.array(list(writing.prompt[-1:])),
            self._model,
            max_tokens=writing.room,
            sampler=make_sampler(sampling.temperature, sampling.top_p, sampling.min_p, top_k=top_k),
            logits_processors=_penalties(sampling, writing.prompt),
            prompt_cache=self._cache.layers,
        )
        unnoted = [writing.prompt[-1]]
        try:
            for token, _ in steps:
                self._cache.note([*unnoted, token])
                unnoted = []
                yield token
        except Exception:
            self._cache.clear()  # some layers may have taken the token and others not
            raise
        finally:
            steps.close()


def _penalties(sampling: Sampling, prompt: Sequence[int]) -> list[Callable[[Any, Any], Any]]:
    """mlx-lm's repetition penalty, which would see nothing of a prompt that is in the cache already."""
    if sampling.repetition_penalty == 1.0:
        return []
    before = mx.array(list(prompt[-1 - _REPETITION_WINDOW : -1]), dtype=mx.int32)
    [penalize] = make_logits_processors(
        repetition_penalty=sampling.repetition_penalty, repetition_context_size=_REPETITION_WINDOW
    )
    return [lambda tokens, logits: penalize(mx.concatenate([before, tokens]), logits)]
