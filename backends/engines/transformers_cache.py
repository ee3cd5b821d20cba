# pyright: basic
# basic: torch may be missing where types are checked, and transformers is only partly typed without it.
"""A KV cache of Transformers, and the tokens that are truly in it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Sequence
from typing import Any

from backends.engines.torch_library import DynamicCache, torch

log = logging.getLogger(__name__)


class KeyValueCache:
    """A model's KV cache, read into chunk by chunk. Used by one thread at a time."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._tokens: list[int] = []
        self._read = 0
        # Of a chunk only the last logits are needed, in the models that can leave out the others.
        takes_fewer = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._fewer_logits = {"logits_to_keep": 1} if takes_fewer else {}
        self._layers: Any = DynamicCache(config=model.config)

    def __len__(self) -> int:
        return len(self._tokens)

    def reuse(self, prompt: Sequence[int]) -> int:
        """Keep what the cache shares with `prompt`; return how many tokens that is.

        At least the last token of the prompt is left to be read, since its logits are needed. A cache that cannot
        be cut back (one with a sliding window that is full, or a recurrent one) is kept whole or not at all.
        """
        shared = _common_prefix(self._tokens, prompt)
        if shared < len(self._tokens):
            log.info(
                "The prompt (%d tokens) parts from the cache (%d tokens) at token %d",
                len(prompt),
                len(self._tokens),
                shared,
            )
        self.cut(min(shared, len(prompt) - 1))
        return len(self._tokens)

    def cut(self, length: int) -> bool:
        """Keep the first `length` tokens, in place. False, and the cache is empty, where that cannot be done."""
        surplus = len(self._tokens) - length
        if length <= 0 or not self._is_sound() or (surplus and not self.can_be_cut):
            self.clear()
            return False
        if surplus:
            self._layers.crop(-surplus)  # positive counts, which meant a length once, are refused
        del self._tokens[length:]
        return True

    @property
    def can_be_cut(self) -> bool:
        """Whether every layer holds all of its tokens; a sliding window or a recurrent state does not."""
        return all(
            hasattr(layer, "keys") and not getattr(layer, "is_sliding", False) and not hasattr(layer, "conv_states")
            for layer in self._layers.layers
        )

    def read(self, tokens: Sequence[int]) -> None:
        """Run the model over more of the prompt. If it fails, the cache is empty."""
        self.step(tokens)

    def step(self, tokens: Sequence[int]) -> Any:
        """Run the model over more tokens; the logits after the last, float32, [vocabulary]. If it fails, the cache is
        empty."""
        try:
            with torch.inference_mode():
                found = self._model(
                    input_ids=torch.tensor([list(tokens)], device=self._model.device),
                    past_key_values=self._layers,
                    use_cache=True,
                    return_dict=True,
                    **self._fewer_logits,
                )
                logits = found.logits[0, -1].float()
                if logits.is_cuda:
                    torch.cuda.synchronize(logits.device)  # so that how long it took is known
        except BaseException:
            self.clear()
            raise
        self._tokens.extend(tokens)
        return logits

    def clear(self) -> None:
        """Start anew, and give the memory back."""
        self._tokens = []
        self._layers = DynamicCache(config=self._model.config)

    def _is_sound(self) -> bool:
        """Whether the layers hold as many tokens as were counted."""
        held = self._layers.get_seq_length()
        if held == len(self._tokens):
            return True
        log.error("The cache holds %s tokens where %d were counted", held, len(self._tokens))
        return False


def _common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
