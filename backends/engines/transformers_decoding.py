# pyright: basic
# basic: torch may be missing where types are checked, and transformers is only partly typed without it.
"""How Transformers makes the next tokens: one forward pass a token, sampled as mlx-lm samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from typing import Any

from backends.engines.detokenizer import Detokenizer
from backends.engines.prompt_caches import PromptCaches
from backends.engines.sampling import Sampling
from backends.engines.torch_library import torch
from backends.engines.transformers_cache import KeyValueCache
from backends.engines.writing import Pace, Writer, Writing

_REPETITION_WINDOW = 20  # tokens, as mlx-lm has it


class TransformersWriter(Writer):
    """Carries out one `Writing` with Transformers."""

    def __init__(
        self,
        tokenizer: Any,
        caches: PromptCaches[KeyValueCache],
        pace: Pace,
        memory_bytes: Callable[[], int],
    ) -> None:
        super().__init__(Detokenizer(tokenizer), caches, pace, memory_bytes)
        self._caches = caches

    def _steps(self, writing: Writing) -> Generator[int, None, None]:
        """The tokens as they are sampled. The last one that was yielded is not in the cache yet, unless it is an end.

        What ends a message stands in the next prompt, and so does the last token of an answer that is cut off by its
        length. They are read here, where nobody waits for their logits: as mlx-lm does, so that both engines read the
        same tokens of a next turn.
        """
        sampler = Sampler(writing.sampling, writing.prompt, writing.seed)
        cache = self._caches.current
        token = writing.prompt[-1]
        for left in reversed(range(writing.room)):
            token = sampler.sample(cache.step([token]))
            if token in writing.end_tokens or not left:
                cache.step([token])
            yield token


class Sampler:
    """Chooses tokens. The order and the meaning of its filters are mlx-lm's, so that both engines write alike."""

    def __init__(self, sampling: Sampling, prompt: Sequence[int], seed: int | None) -> None:
        self._sampling = sampling
        self._seed = seed
        self._random: Any = None
        self._recent = list(prompt[-_REPETITION_WINDOW:])

    @torch.inference_mode()
    def sample(self, logits: Any) -> int:
        """The next token, out of logits, float32, [vocabulary]."""
        sampling = self._sampling
        if sampling.repetition_penalty != 1.0:
            logits = penalized(logits, self._recent, sampling.repetition_penalty)
        if sampling.temperature == 0:
            token = int(logits.argmax())
        else:
            kept = filtered(logits.log_softmax(-1), sampling)
            chances = (kept / sampling.temperature).softmax(-1)
            token = int(torch.multinomial(chances, 1, generator=self._generator(logits.device)))
        self._recent = [*self._recent[1 - _REPETITION_WINDOW :], token]
        return token

    def _generator(self, device: Any) -> Any:
        """The source of chance; of its own, so that a seed means the same whatever was written before."""
        if self._random is None:
            self._random = torch.Generator(device)
            if self._seed is None:
                self._random.seed()
            else:
                self._random.manual_seed(self._seed % 2**64)
        return self._random


def penalized(logits: Any, recent: Sequence[int], penalty: float) -> Any:
    """The logits with those of `recent` tokens made less likely."""
    places = torch.tensor(sorted(set(recent)), device=logits.device)
    chosen = logits[places]
    return logits.index_copy(0, places, torch.where(chosen < 0, chosen * penalty, chosen / penalty))


def filtered(chances: Any, sampling: Sampling) -> Any:
    """Log probabilities with -inf for what top_p, min_p and top_k, in this order, leave out. Never all of them."""
    if 0 < sampling.top_p < 1:
        ordered = chances.sort(descending=True).values
        above = ordered.exp().cumsum(-1) - ordered.exp()
        last = ordered[above < sampling.top_p][-1]
        chances = chances.masked_fill(chances < last, -math.inf)
    if sampling.min_p > 0:
        chances = chances.masked_fill(chances < chances.max() + math.log(sampling.min_p), -math.inf)
    if 0 < sampling.top_k < len(chances):
        places = chances.topk(sampling.top_k).indices
        chances = torch.full_like(chances, -math.inf).index_copy(0, places, chances[places])
    return chances
