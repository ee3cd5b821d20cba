# pyright: basic
# basic: torch may be missing where types are checked.
"""KV caches of Transformers on disk and back: what a layer holds as bytes, and bytes as what a layer holds."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from backends.contract.memory import KeepLimits
from backends.engines.base import Cancelled
from backends.engines.prompt_cache_files import Found, PromptCacheFiles, remove_all
from backends.engines.prompt_cache_format import DamagedPiece, Tensor, read_tensors
from backends.engines.prompt_cache_key import model_key
from backends.engines.prompt_caches import PromptCaches
from backends.engines.torch_library import torch
from backends.engines.transformers_cache import KeyValueCache

log = logging.getLogger(__name__)

_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
PIECE_TOKENS = 2048
"""In one file at most. A prompt that parts from a piece in the middle has the rest of it written again."""

_OVERHEAD_BYTES = 2 * 2**30  # of activations and the libraries


def open_caches(
    model: Any, folder: Path, kept_in: Path | None, limits: KeepLimits
) -> tuple[PromptCaches[KeyValueCache], TransformersShelf | None]:
    """The caches of a model that was just loaded from `folder`, and their shelf in `kept_in` if it may have one.

    A model that is spread over several devices has none: its caches would have to be spread again.
    """
    shelf = None
    is_whole = len({parameter.device for parameter in model.parameters()}) == 1
    if kept_in is not None and limits.cache_disk_bytes and is_whole and KeyValueCache(model).always_cuttable:
        where = torch.cuda.get_device_name(model.device) if model.device.type == "cuda" else "cpu"
        versions = (importlib.metadata.version(name) for name in ("torch", "transformers"))
        key = model_key(folder, where, str(model.dtype), *versions)
        shelf = TransformersShelf(model, PromptCacheFiles(kept_in, key, limits.cache_disk_bytes))
    elif kept_in is not None and limits.cache_disk_bytes == 0:
        remove_all(kept_in)
    budget = limits.cache_memory_bytes or _half_of_what_is_left(model)
    return PromptCaches(lambda: KeyValueCache(model), budget, shelf), shelf


class TransformersShelf:
    """Takes apart and puts together the caches of one model. Only caches that can always be cut go there."""

    def __init__(self, model: Any, files: PromptCacheFiles) -> None:
        self._model = model
        self._files = files

    def longest(self, prompt: Sequence[int]) -> int:
        """How many of the prompt's first tokens are on the disk."""
        return self._files.find(prompt).tokens

    def fetch(self, prompt: Sequence[int]) -> KeyValueCache | None:
        """A cache that holds them; None if a file is damaged, which is removed."""
        found = self._files.find(prompt)
        cache = KeyValueCache(self._model)
        try:
            cache.fill(prompt[: found.tokens], self._joined(found, len(cache.layers)))
        except (DamagedPiece, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
            log.info("A KV cache on disk could not be used: %s", error)
            return None
        self._files.used(found)
        return cache

    def put(self, cache: KeyValueCache, cancelled: Cancelled, *, newest: bool = True) -> bool:
        """Write what of `cache` is not on the disk; → whether it is all there. What is written whole stays."""
        tokens = list(cache.tokens)
        while (start := self._files.missing_from(tokens)) is not None:
            end = min(start + PIECE_TOKENS, len(tokens))
            tensors = list(_tensors(cache, start, end))
            size = sum(tensor.nbytes for tensor in tensors)
            if not self._files.save(tokens[:end], start, tensors, size, cancelled, newest=newest):
                return False
        return True

    def _joined(self, found: Found, layers: int) -> list[tuple[Any, Any]]:
        """Keys and values of each layer, `found.tokens` of them."""
        parts: list[list[Any]] = [[] for _ in range(2 * layers)]
        left = found.tokens
        for piece in found.pieces:
            count = min(left, len(piece.tokens))
            left -= count
            try:
                for place, (_, dtype, shape, data) in enumerate(read_tensors(piece)):
                    whole = torch.frombuffer(bytearray(data), dtype=_DTYPES[dtype]).reshape(tuple(shape))
                    parts[place].append(whole[..., :count, :].to(self._model.device))
            except (DamagedPiece, KeyError, IndexError, ValueError, RuntimeError):
                self._files.remove(piece)
                raise
        joined = [part[0] if len(part) == 1 else torch.cat(part, dim=-2) for part in parts]
        return list(zip(joined[::2], joined[1::2], strict=True))


def _tensors(cache: KeyValueCache, start: int, end: int) -> Iterator[Tensor]:
    """Keys and values of each layer from token `start` to `end`. Each is copied when its bytes are asked for."""
    for number, layer in enumerate(cache.layers):
        for name, whole in (("keys", layer.keys), ("values", layer.values)):
            batch, heads, _, size = whole.shape
            shape = (batch, heads, end - start, size)
            nbytes = whole.element_size() * batch * heads * (end - start) * size
            yield Tensor(f"{number}.{name}", _NAMES[whole.dtype], shape, nbytes, lambda x=whole: _bytes(x, start, end))


def _bytes(tensor: Any, start: int, end: int) -> memoryview:
    part = tensor[..., start:end, :].cpu().contiguous().view(torch.uint8)
    return memoryview(part.numpy()).cast("B")


def _half_of_what_is_left(model: Any) -> int:
    """Bytes: half of what the loaded model leaves of what it may use."""
    if model.device.type == "cuda":
        left = sum(torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count()))
    else:
        left = psutil.virtual_memory().available
    return max(0, left - _OVERHEAD_BYTES) // 2
