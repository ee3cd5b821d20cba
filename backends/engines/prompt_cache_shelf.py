"""KV caches on disk and back, whichever library they belong to: taken apart into pieces, put together again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from backends.engines.base import Cancelled
from backends.engines.prompt_cache_files import Found, PromptCacheFiles
from backends.engines.prompt_cache_format import DamagedPiece, Tensor, read_tensors
from backends.engines.prompt_caches import KeptCache

log = logging.getLogger(__name__)

PIECE_TOKENS = 2048
"""In one file at most. A prompt that parts from a piece in the middle has the rest of it written again."""

_UNUSABLE = (DamagedPiece, OSError, LookupError, TypeError, ValueError, RuntimeError)
"""What a piece that is not what it says makes the libraries raise."""


class StorableCache(KeptCache, Protocol):
    """A cache that can be cut anywhere, and so be taken apart by tokens."""

    def tensors(self, start: int, end: int) -> Iterator[Tensor]:
        """Keys and values of each layer from token `start` to `end`, computed when their bytes are asked for."""
        ...

    def unpacked(self, dtype: str, shape: tuple[int, ...], data: memoryview, count: int) -> Any:
        """The first `count` tokens of such a tensor, in the library's own memory."""
        ...

    def put_together(self, tokens: Sequence[int], parts: Sequence[Sequence[Any]]) -> None:
        """Hold `tokens`: of the keys and values of each layer in turn, the parts in order."""
        ...


S = TypeVar("S", bound=StorableCache)


class CacheShelf(Generic[S]):
    """The caches of one model on disk. Only caches that can always be cut go there."""

    def __init__(self, new: Callable[[], S], files: PromptCacheFiles) -> None:
        self._new = new
        self.files = files

    def longest(self, prompt: Sequence[int]) -> int:
        """How many of the prompt's first tokens are on the disk."""
        return self.files.find(prompt).tokens

    def fetch(self, prompt: Sequence[int]) -> S | None:
        """A cache that holds them; None if a file is damaged, which is removed."""
        found = self.files.find(prompt)
        cache = self._new()
        try:
            cache.put_together(prompt[: found.tokens], self._parts(found, cache))
        except _UNUSABLE as error:
            log.info("A KV cache on disk could not be used: %s", error)
            return None
        self.files.used(found)
        return cache

    def put(self, cache: S, cancelled: Cancelled, *, newest: bool = True) -> bool:
        """Write what of `cache` is not on the disk; → whether it is all there. What is written whole stays.

        `newest`: it is the one that was used last; others take no room from what is there.
        """
        tokens = list(cache.tokens)
        while (start := self.files.missing_from(tokens)) is not None:
            end = min(start + PIECE_TOKENS, len(tokens))
            tensors = list(cache.tensors(start, end))
            if not self.files.save(tokens[:end], start, tensors, cancelled, owner=cache.owner, newest=newest):
                return False
        return True

    def _parts(self, found: Found, cache: S) -> list[list[Any]]:
        """The tensors of all pieces, those of one place together, `found.tokens` tokens in all."""
        parts: list[list[Any]] = []
        left = found.tokens
        for piece in found.pieces:
            count = min(left, len(piece.tokens))
            left -= count
            try:
                unpacked = [cache.unpacked(dtype, shape, data, count) for _, dtype, shape, data in read_tensors(piece)]
                parts = parts or [[] for _ in unpacked]
                for part, tensor in zip(parts, unpacked, strict=True):
                    part.append(tensor)
            except _UNUSABLE:
                self.files.remove(piece)
                raise
        return parts
