# pyright: basic
# basic: mlx is only partly typed.
"""MLX's KV caches on disk and back: what a layer holds as bytes, and bytes as what a layer holds."""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from backends.contract.memory import KeepLimits
from backends.engines.base import Cancelled
from backends.engines.mlx_library import mx, on_accelerator
from backends.engines.prompt_cache import PromptCache
from backends.engines.prompt_cache_files import Found, PromptCacheFiles, remove_all
from backends.engines.prompt_cache_format import DamagedPiece, Tensor, read_tensors
from backends.engines.prompt_cache_key import model_key
from backends.engines.prompt_caches import PromptCaches

log = logging.getLogger(__name__)

_DTYPES = {"F32": mx.float32, "F16": mx.float16, "BF16": mx.bfloat16}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
PIECE_TOKENS = 2048
"""In one file at most. A prompt that parts from a piece in the middle has the rest of it written again."""

_OVERHEAD_BYTES = 2 * 2**30  # of activations and the libraries


def open_caches(
    model: Any, folder: Path, kept_in: Path | None, limits: KeepLimits
) -> tuple[PromptCaches[PromptCache], DiskShelf | None]:
    """The caches of a model that was just loaded from `folder`, and their shelf in `kept_in` if it may have one."""
    shelf = None
    if kept_in is not None and limits.cache_disk_bytes and PromptCache(model).always_cuttable:
        where = "accelerator" if on_accelerator() else "cpu"
        versions = (importlib.metadata.version(name) for name in ("mlx", "mlx-lm"))
        with contextlib.suppress(OSError):  # then nothing is kept on disk; the model answers all the same
            shelf = DiskShelf(
                model, PromptCacheFiles(kept_in, model_key(folder, where, *versions), limits.cache_disk_bytes)
            )
    elif kept_in is not None and limits.cache_disk_bytes == 0:
        remove_all(kept_in)
    budget = limits.cache_memory_bytes or _half_of_what_is_left()
    return PromptCaches(lambda: PromptCache(model), budget, shelf), shelf


class DiskShelf:
    """Takes apart and puts together the caches of one model. Only caches that can always be cut go there."""

    def __init__(self, model: Any, files: PromptCacheFiles) -> None:
        self._model = model
        self._files = files

    def longest(self, prompt: Sequence[int]) -> int:
        """How many of the prompt's first tokens are on the disk."""
        return self._files.find(prompt).tokens

    def fetch(self, prompt: Sequence[int]) -> PromptCache | None:
        """A cache that holds them; None if a file is damaged, which is removed."""
        found = self._files.find(prompt)
        cache = PromptCache(self._model)
        try:
            states = self._joined(found, len(cache.layers))
            cache.fill(prompt[: found.tokens], states)
        except (DamagedPiece, OSError, KeyError, IndexError, TypeError, ValueError) as error:
            log.info("A KV cache on disk could not be used: %s", error)
            return None
        self._files.used(found)
        return cache

    def put(self, cache: PromptCache, cancelled: Cancelled, *, newest: bool = True) -> bool:
        """Write what of `cache` is not on the disk; → whether it is all there. What is written whole stays.

        `newest`: it is the one that was used last; others take no room from what is there.
        """
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
                    buffer: Any = data  # mlx takes any buffer, and does not say so
                    whole = mx.array(buffer).view(_DTYPES[dtype]).reshape(shape)
                    parts[place].append(whole[..., :count, :])
                    mx.eval(parts[place][-1])
            except (DamagedPiece, OSError, KeyError, IndexError, ValueError):
                self._files.remove(piece)
                raise
        joined = [part[0] if len(part) == 1 else mx.concatenate(part, axis=-2) for part in parts]
        return list(zip(joined[::2], joined[1::2], strict=True))


def _tensors(cache: PromptCache, start: int, end: int) -> Iterator[Tensor]:
    """Keys and values of each layer from token `start` to `end`. Each is computed when its bytes are asked for."""
    for number, layer in enumerate(cache.layers):
        for name, whole in (("keys", layer.keys), ("values", layer.values)):
            batch, heads, _, size = whole.shape
            shape = (batch, heads, end - start, size)
            nbytes = whole.itemsize * batch * heads * (end - start) * size
            yield Tensor(f"{number}.{name}", _NAMES[whole.dtype], shape, nbytes, lambda x=whole: _bytes(x, start, end))


def _bytes(array: Any, start: int, end: int) -> memoryview:
    part: Any = mx.contiguous(array[..., start:end, :]).view(mx.uint8)  # a buffer, which it does not say
    mx.eval(part)
    return memoryview(part).cast("B")


def _half_of_what_is_left() -> int:
    """Bytes: half of what the loaded model leaves of what it may use."""
    if on_accelerator():
        limit = mx.device_info().get("max_recommended_working_set_size") or psutil.virtual_memory().total
        left = int(limit) - mx.get_active_memory()
    else:
        left = psutil.virtual_memory().available
    return max(0, left - _OVERHEAD_BYTES) // 2
