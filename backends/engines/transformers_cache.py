# pyright: basic
# basic: torch may be missing where types are checked, and transformers is only partly typed without it.
"""One KV cache of Transformers with the tokens in it: read into, cut back, copied, taken apart for the disk."""

from __future__ import annotations

import copy
import inspect
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from backends.engines.prompt_cache_format import Tensor
from backends.engines.torch_library import DynamicCache, DynamicLayer, torch

log = logging.getLogger(__name__)

_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


class KeyValueCache:
    """A model's KV cache and the tokens that are truly in it: a `KeptCache`. Used by one thread at a time."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._tokens: list[int] = []
        self._read_tokens = 0
        self.is_checkpoint = False
        self.owner = ""
        # Of a chunk only the last logits are needed, in the models that can leave out the others.
        takes_fewer = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._fewer_logits = {"logits_to_keep": 1} if takes_fewer else {}
        self._cache: Any = DynamicCache(config=model.config)

    @property
    def tokens(self) -> list[int]:
        """What is in it, in order."""
        return self._tokens

    @property
    def read_tokens(self) -> int:
        """How many of them were read from a prompt; the rest was written by the model after it."""
        return self._read_tokens

    @property
    def layers(self) -> list[Any]:
        """Transformers' own, with `keys` and `values` [1, heads, tokens, size] each in most families."""
        return self._cache.layers

    @property
    def nbytes(self) -> int:
        """The memory it takes."""
        held = [value for layer in self.layers for value in vars(layer).values()]
        return sum(value.nbytes for value in held if isinstance(value, torch.Tensor))

    @property
    def always_cuttable(self) -> bool:
        """Whether it can be cut back however long it grows; a sliding window or a recurrent state cannot."""
        return all(type(layer) is DynamicLayer for layer in self.layers)

    @property
    def can_be_cut(self) -> bool:
        """Whether it can be cut back now: a sliding window can until it is full."""
        return all(
            type(layer) is DynamicLayer
            or (getattr(layer, "is_sliding", False) and len(self._tokens) < getattr(layer, "sliding_window", 0))
            for layer in self.layers
        )

    def cut(self, length: int) -> bool:
        """Keep the first `length` tokens, in place. False, and the cache is empty, where that cannot be done."""
        surplus = len(self._tokens) - length
        if length == 0 or not self._is_sound() or (surplus and not self.can_be_cut):
            self.clear()
            return False
        if surplus:
            self._cache.crop(-surplus)  # positive counts, which meant a length once, are refused
        del self._tokens[length:]
        self._read_tokens = min(self._read_tokens, length)
        return True

    def branch(self, length: int) -> KeyValueCache:
        """A copy of the first `length` tokens. It is empty if this cache has lost count."""
        twin = KeyValueCache(self._model)
        if not self._is_sound():
            return twin
        if self.always_cuttable:
            twin.fill(self._tokens[:length], [(layer.keys, layer.values) for layer in self.layers])
        else:
            twin._cache = copy.deepcopy(self._cache)
            twin._tokens = list(self._tokens)
            twin._read_tokens = self._read_tokens
            if length < len(self._tokens):
                twin.cut(length)
        twin._read_tokens = min(self._read_tokens, length)
        return twin

    def fill(self, tokens: Sequence[int], states: Sequence[tuple[Any, Any]]) -> None:
        """Take over the keys and values of `tokens`, a pair of tensors [1, heads, at least so many, size] a layer."""
        count = len(tokens)
        for number, (keys, values) in enumerate(states):
            # In a memory of their own: a slice would keep all of it alive.
            self._cache.update(keys[..., :count, :].clone(), values[..., :count, :].clone(), number)
        self._tokens = list(tokens)
        self._read_tokens = count

    def tensors(self, start: int, end: int) -> Iterator[Tensor]:
        """See `StorableCache.tensors`."""
        for number, layer in enumerate(self.layers):
            for name, whole in (("keys", layer.keys), ("values", layer.values)):
                batch, heads, _, size = whole.shape
                shape = (batch, heads, end - start, size)
                nbytes = whole.element_size() * batch * heads * (end - start) * size
                yield Tensor(
                    f"{number}.{name}", _NAMES[whole.dtype], shape, nbytes, lambda x=whole: _bytes(x, start, end)
                )

    def unpacked(self, dtype: str, shape: tuple[int, ...], data: memoryview, count: int) -> Any:
        """See `StorableCache.unpacked`."""
        whole = torch.frombuffer(bytearray(data), dtype=_DTYPES[dtype]).reshape(tuple(shape))
        return whole[..., :count, :].to(self._model.device)

    def put_together(self, tokens: Sequence[int], parts: Sequence[Sequence[Any]]) -> None:
        """See `StorableCache.put_together`."""
        joined = [part[0] if len(part) == 1 else torch.cat(list(part), dim=-2) for part in parts]
        states = list(zip(joined[::2], joined[1::2], strict=True))
        if len(states) != len(self.layers):
            raise ValueError(f"{len(states)} layers where the model has {len(self.layers)}")
        self.fill(tokens, states)

    def read(self, tokens: Sequence[int]) -> None:
        """Run the model over more of the prompt. If it fails, the cache is empty."""
        self.step(tokens)
        self._read_tokens = len(self._tokens)

    def step(self, tokens: Sequence[int]) -> Any:
        """Run the model over more tokens; the logits after the last one, float32, [vocabulary].

        If it fails, the cache is empty.
        """
        try:
            with torch.inference_mode():
                found = self._model(
                    input_ids=torch.tensor([list(tokens)], device=self._model.device),
                    past_key_values=self._cache,
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
        self._read_tokens = 0
        self._cache = DynamicCache(config=self._model.config)

    def _is_sound(self) -> bool:
        """Whether the layers hold as many tokens as were counted."""
        held = self._cache.get_seq_length()
        if held == len(self._tokens):
            return True
        log.error("The cache holds %s tokens where %d were counted", held, len(self._tokens))
        return False


def token_bytes(model: Any) -> dict[str, int]:
    """What each token of context takes on each device, in the layers that grow with it; one token is read for it."""
    probe = KeyValueCache(model)
    probe.step([0])
    found: dict[str, int] = {}
    growing: list[Any] = [layer for layer in probe.layers if type(layer) is DynamicLayer]
    for layer in growing:
        device = str(layer.keys.device)
        found[device] = found.get(device, 0) + layer.keys.nbytes + layer.values.nbytes
    return found


def _bytes(tensor: Any, start: int, end: int) -> memoryview:
    part = tensor[..., start:end, :].cpu().contiguous().view(torch.uint8)
    return memoryview(part.numpy()).cast("B")
