# pyright: basic
# basic: mlx-lm is only partly typed.
"""How mlx-lm makes the next tokens: its own sampler, in the stream that it generates in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from backends.engines.detokenizer import Detokenizer
from backends.engines.mlx_library import (
    generate_step,
    make_logits_processors,
    make_sampler,
    mx,
)
from backends.engines.prompt_cache import PromptCache
from backends.engines.prompt_caches import PromptCaches
from backends.engines.sampling import Sampling
from backends.engines.writing import Pace, Writer, Writing

_REPETITION_WINDOW = 20  # tokens, mlx-lm's own


class MlxWriter(Writer):
    """Carries out one `Writing` with mlx-lm."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        caches: PromptCaches[PromptCache],
        pace: Pace,
        memory_bytes: Callable[[], int],
    ) -> None:
        super().__init__(Detokenizer(tokenizer), caches, pace, memory_bytes)
        self._model = model
        self._caches = caches

    def _steps(self, writing: Writing) -> Generator[int, None, None]:
        """The tokens as they are sampled. Each is in the cache when it is yielded, and noted there."""
        sampling = writing.sampling
        cache = self._caches.current
        if writing.seed is not None:
            mx.random.seed(writing.seed)
        top_k = sampling.top_k if sampling.top_k < writing.vocabulary else 0  # mlx-lm refuses more than there are
        steps: Any = generate_step(
            mx.array(list(writing.prompt[-1:])),
            self._model,
            max_tokens=writing.room,
            sampler=make_sampler(sampling.temperature, sampling.top_p, sampling.min_p, top_k=top_k),
            logits_processors=_penalties(sampling, writing.prompt),
            prompt_cache=cache.layers,
        )
        unnoted = [writing.prompt[-1]]
        try:
            for token, _ in steps:
                cache.note([*unnoted, token])
                unnoted = []
                yield token
        except Exception:
            cache.clear()  # some layers may have taken the token and others not
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
