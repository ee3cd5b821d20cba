# pyright: basic
# basic: mlx-lm's caches are untyped.
"""One KV cache of mlx-lm with the tokens that are in it: read into, cut back, copied, taken apart for the disk."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from backends.engines.mlx_library import (
    CacheList,
    KVCache,
    generation_stream,
    make_prompt_cache,
    mx,
    tree_flatten,
    trim_prompt_cache,
)
from backends.engines.prompt_cache_format import Tensor

log = logging.getLogger(__name__)

_DTYPES = {"F32": mx.float32, "F16": mx.float16, "BF16": mx.bfloat16}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


class PromptCache:
    """A model's KV cache and the tokens that are truly in it. Used by one thread at a time."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._tokens: list[int] = []
        self._read_tokens = 0
        self.layers: list[Any] = make_prompt_cache(model)
        self.is_checkpoint = False
        self.owner = ""

    @property
    def tokens(self) -> list[int]:
        """What is in it, in order."""
        return self._tokens

    @property
    def read_tokens(self) -> int:
        """How many of them were read from a prompt; the rest was written by the model after it."""
        return self._read_tokens

    @property
    def nbytes(self) -> int:
        """The memory it takes, what it has in reserve included."""
        return sum(
            array.nbytes
            for _, array in tree_flatten([layer.state for layer in self.layers if not layer.empty()])
            if isinstance(array, mx.array)
        )

    @property
    def always_cuttable(self) -> bool:
        """Whether it can be cut back however long it grows; a sliding window or a recurrent state cannot."""
        return all(type(layer) is KVCache for layer in self.layers)

    @property
    def can_be_cut(self) -> bool:
        """Whether it can be cut back now."""
        return all(layer.is_trimmable() for layer in self.layers)

    def cut(self, length: int) -> bool:
        """Keep the first `length` tokens, in place. False, and the cache is empty, where that cannot be done."""
        surplus = len(self._tokens) - length
        if length == 0 or not self._is_sound() or trim_prompt_cache(self.layers, surplus) != surplus:
            self.clear()
            return False
        del self._tokens[length:]
        self._read_tokens = min(self._read_tokens, length)
        return True

    def branch(self, length: int) -> PromptCache:
        """A copy of the first `length` tokens. It is empty if this cache has lost count."""
        twin = PromptCache(self._model)
        if not self._is_sound():
            return twin
        if self.always_cuttable:
            twin.fill(self._tokens[:length], [(layer.keys, layer.values) for layer in self.layers])
        else:
            # Copies share the arrays until one of them is written to.
            twin.layers = copy.deepcopy(self.layers)
            twin._tokens = list(self._tokens)
            twin._read_tokens = min(self._read_tokens, length)
            if length < len(self._tokens):
                twin.cut(length)
        return twin

    def fill(self, tokens: Sequence[int], states: Sequence[tuple[Any, Any]]) -> None:
        """Take over the keys and values of `tokens`, a pair of arrays [1, heads, at least so many, size] a layer."""
        count = len(tokens)
        for layer, (keys, values) in zip(self.layers, states, strict=True):
            layer.keys, layer.values = _resized(keys, count), _resized(values, count)
            layer.offset = count
            mx.eval(layer.keys, layer.values)
        self._tokens = list(tokens)
        self._read_tokens = count

    def tensors(self, start: int, end: int) -> Iterator[Tensor]:
        """See `StorableCache.tensors`."""
        for number, layer in enumerate(self.layers):
            for name, whole in (("keys", layer.keys), ("values", layer.values)):
                batch, heads, _, size = whole.shape
                shape = (batch, heads, end - start, size)
                nbytes = whole.itemsize * batch * heads * (end - start) * size
                yield Tensor(
                    f"{number}.{name}", _NAMES[whole.dtype], shape, nbytes, lambda x=whole: _bytes(x, start, end)
                )

    def unpacked(self, dtype: str, shape: tuple[int, ...], data: memoryview, count: int) -> mx.array:
        """See `StorableCache.unpacked`."""
        buffer: Any = data  # mlx takes any buffer, and does not say so
        part = mx.array(buffer).view(_DTYPES[dtype]).reshape(shape)[..., :count, :]
        mx.eval(part)
        return part

    def put_together(self, tokens: Sequence[int], parts: Sequence[Sequence[Any]]) -> None:
        """See `StorableCache.put_together`."""
        joined = [part[0] if len(part) == 1 else mx.concatenate(list(part), axis=-2) for part in parts]
        self.fill(tokens, list(zip(joined[::2], joined[1::2], strict=True)))

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
        self._read_tokens = len(self._tokens)

    def note(self, tokens: Iterable[int]) -> None:
        """Take down tokens that the decoder has put into `layers`."""
        self._tokens.extend(tokens)

    def clear(self) -> None:
        """Start anew, and give the memory back."""
        self._tokens = []
        self._read_tokens = 0
        self.layers = make_prompt_cache(self._model)
        mx.clear_cache()

    def _is_sound(self) -> bool:
        """Whether the layers hold as many tokens as were counted; recurrent layers do not say."""
        offsets = {layer.offset for layer in self.layers if isinstance(getattr(layer, "offset", None), int)}
        if offsets <= {len(self._tokens)}:
            return True
        log.error("The cache holds %s tokens where %d were counted", sorted(offsets), len(self._tokens))
        return False


def token_bytes(model: Any) -> int:
    """What each token of context takes in the layers that grow with it; 0 where they do not say.

    Nothing is computed: how large an array will be is known before it is.
    """
    layers = make_prompt_cache(model)
    model(mx.array([[0]]), cache=layers)
    parts = [part for layer in layers for part in (layer.caches if isinstance(layer, CacheList) else (layer,))]
    arrays = [array for part in parts if type(part) is KVCache for array in (part.keys, part.values)]
    return sum(array.nbytes // array.shape[-2] for array in arrays if array is not None)


def _bytes(array: Any, start: int, end: int) -> memoryview:
    part: Any = mx.contiguous(array[..., start:end, :]).view(mx.uint8)  # a buffer, which it does not say
    mx.eval(part)
    return memoryview(part).cast("B")


def _resized(array: Any, count: int) -> Any:
    """The first `count` tokens of keys or values in an array of their own, with room up to mlx-lm's next step."""
    steps = -(-count // KVCache.step) * KVCache.step
    batch, heads, _, size = array.shape
    room = mx.zeros((batch, heads, steps, size), array.dtype)
    room[..., :count, :] = array[..., :count, :]
    return room
