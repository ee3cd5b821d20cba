# pyright: basic
# basic: mlx-lm's caches are untyped.
"""The KV cache of the running conversation, kept for the longest prefix that it shares with the next prompt."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from backends.engines.mlx_library import (
    generation_stream,
    make_prompt_cache,
    mx,
    trim_prompt_cache,
)

log = logging.getLogger(__name__)


class PromptCache:
    """A model's KV cache and the tokens that are truly in it. Used by one thread at a time."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._tokens: list[int] = []
        self.layers: list[Any] = make_prompt_cache(model)

    def __len__(self) -> int:
        return len(self._tokens)

    def reuse(self, prompt: Sequence[int]) -> int:
        """Keep what the cache shares with `prompt`; return how many tokens that is.

        At least the last token of the prompt is left to be read, since its logits are needed. A cache that cannot
        be trimmed (a rotating or recurrent one) is kept whole or not at all.
        """
        shared = _common_prefix(self._tokens, prompt)
        if shared < len(self._tokens):
            log.info(
                "The prompt (%d tokens) parts from the cache (%d tokens) at token %d",
                len(prompt),
                len(self._tokens),
                shared,
            )
        kept = min(shared, len(prompt) - 1)
        surplus = len(self._tokens) - kept
        if kept == 0 or not self._is_sound() or trim_prompt_cache(self.layers, surplus) != surplus:
            self.clear()
            return 0
        del self._tokens[kept:]
        return kept

    def read(self, tokens: Sequence[int]) -> None:
        """Run the model over more of the prompt. If it fails, the cache is empty."""
        try:
            with mx.stream(generation_stream):
                self._model(mx.array(list(tokens))[None], cache=self.layers)
                mx.eval([layer.state for layer in self.layers])
            mx.clear_cache()
        except BaseException:
            self.clear()
            raise
        self._tokens.extend(tokens)

    def note(self, tokens: Iterable[int]) -> None:
        """Take down tokens that the decoder has put into `layers`."""
        self._tokens.extend(tokens)

    def clear(self) -> None:
        """Start anew, and give the memory back."""
        self._tokens = []
        self.layers = make_prompt_cache(self._model)
        mx.clear_cache()

    def _is_sound(self) -> bool:
        """Whether the layers hold as many tokens as were counted; recurrent layers do not say."""
        offsets = {layer.offset for layer in self.layers if isinstance(getattr(layer, "offset", None), int)}
        if offsets <= {len(self._tokens)}:
            return True
        log.error("The cache holds %s tokens where %d were counted", sorted(offsets), len(self._tokens))
        return False


def _common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
