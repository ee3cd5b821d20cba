"""Several KV caches, one for each branch of a conversation as it turns out: which one a prompt goes on from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Generic, Protocol, Self, TypeVar

log = logging.getLogger(__name__)

WORTH_KEEPING = 64
"""Tokens. What would be lost by fewer is read again before anybody notices."""

SMALL_COPY = 256 * 2**20
"""Bytes that may always be copied: the system prompt and the tools that two conversations share, in most models."""

_MOST_CACHES = 32


class KeptCache(Protocol):
    """A model's KV cache and the tokens that are truly in it."""

    is_checkpoint: bool
    """A copy that was taken on the way, to be gone on from more than once."""

    owner: str
    """The conversation that it was used for last, as `owner_tag` has it: all that is in it is that one's text."""

    @property
    def tokens(self) -> Sequence[int]: ...

    @property
    def read_tokens(self) -> int:
        """How many of them were read from a prompt; the rest was written by the model after it."""
        ...

    @property
    def nbytes(self) -> int: ...

    @property
    def always_cuttable(self) -> bool:
        """Whether it can be cut back however long it grows; a sliding window or a recurrent state cannot."""
        ...

    @property
    def can_be_cut(self) -> bool: ...

    def cut(self, length: int) -> bool:
        """Keep the first `length` tokens, in place. False, and the cache is empty, where that cannot be done."""
        ...

    def branch(self, length: int) -> Self:
        """A copy of the first `length` tokens."""
        ...

    def read(self, tokens: Sequence[int]) -> None: ...

    def clear(self) -> None: ...


C = TypeVar("C", bound=KeptCache)
C_co = TypeVar("C_co", bound=KeptCache, covariant=True)


class Shelf(Protocol[C_co]):
    """Caches that are kept elsewhere, on disk."""

    def longest(self, prompt: Sequence[int]) -> int:
        """How many of the prompt's first tokens one of them holds."""
        ...

    def fetch(self, prompt: Sequence[int]) -> C_co | None:
        """That one, cut to these tokens; None where it turns out to be unusable."""
        ...


class PromptCaches(Generic[C]):
    """The caches in memory, the one that was used last first. At most `budget_bytes`, but one is always kept.

    A prompt goes on from the cache that shares the longest prefix with it. Where they part inside that cache it is
    cut back in place. It is left as it is, and the shared part copied, if all of this holds: at least WORTH_KEEPING
    tokens that were read would be cut off; the copy is not larger than they are, or than SMALL_COPY; and both
    branches fit into the budget. A cache that cannot be cut is gone on from whole, or not at all.
    """

    def __init__(self, new: Callable[[], C], budget_bytes: int, shelf: Shelf[C] | None = None) -> None:
        self._new = new
        self._budget = budget_bytes
        self._shelf = shelf
        self._caches: list[C] = [new()]
        self.role_at: Callable[[int], str] = lambda _: ""
        """Says whose message a token of the prompt lies in: for the log, which holds nothing of what was said."""
        self.owner = ""
        """Whose prompt comes next, as `owner_tag` has it."""
        self.checkpoint_at = 0
        """Where to take a copy on the way, in tokens, if the cache cannot be cut back to there later; 0: nowhere."""

    def __len__(self) -> int:
        return len(self._caches)

    def __iter__(self) -> Iterator[C]:
        return iter(tuple(self._caches))

    @property
    def current(self) -> C:
        """The cache that is read into and written to."""
        return self._caches[0]

    @property
    def nbytes(self) -> int:
        """What all of them take."""
        return sum(cache.nbytes for cache in self._caches)

    def reuse(self, prompt: Sequence[int], *, to_write: bool = True) -> int:
        """Make the best cache current, with nothing in it but what it shares with `prompt`; how many tokens that is.

        `to_write`: the last token of the prompt is left to be read, since its logits are needed.
        """
        usable = prompt[: len(prompt) - 1] if to_write else prompt
        best, kept = self._best(usable)
        fetched = self._fetch(usable, kept)
        if fetched is not None:
            self._caches.insert(0, fetched)
        elif best is None:
            self._log_parting(prompt)
            self._caches.insert(0, self._new())
        else:
            self._use(best, kept, prompt)
        self.current.owner = self.owner
        self._make_room(len(prompt))
        return len(self.current.tokens)

    def read(self, tokens: Sequence[int]) -> None:
        """Run the model over more of the prompt. If it fails, the current cache is empty."""
        cache = self.current
        until = self.checkpoint_at - len(cache.tokens)
        if 0 < until <= len(tokens) and not cache.always_cuttable:
            cache.read(tokens[:until])
            self._take_checkpoint(cache)
            tokens = tokens[until:]
        if tokens:
            cache.read(tokens)

    def drop_others(self) -> None:
        """Keep the current one alone: memory is short."""
        self._drop(self._caches[1:])

    def forget(self, owners: Collection[str]) -> None:
        """Drop what was read and written for these owners, and what is nobody's, since it might be theirs."""
        self._drop([cache for cache in self._caches if not cache.owner or cache.owner in owners])
        self._caches = self._caches or [self._new()]

    def _best(self, usable: Sequence[int]) -> tuple[C | None, int]:
        """The cache to go on from, and how much of it; of equals the one that loses least."""
        best: C | None = None
        kept, surplus = 0, 0
        for cache in self._caches:
            shared = common_prefix(cache.tokens, usable)
            beyond = len(cache.tokens) - shared
            if beyond and not cache.can_be_cut:
                continue
            if shared > kept or (shared == kept > 0 and beyond < surplus):
                best, kept, surplus = cache, shared, beyond
        return best, kept

    def _fetch(self, usable: Sequence[int], kept: int) -> C | None:
        if self._shelf is None or self._shelf.longest(usable) < kept + WORTH_KEEPING:
            return None
        cache = self._shelf.fetch(usable)
        if cache is not None:
            log.info("%d tokens of the prompt were read before, and come from the disk", len(cache.tokens))
        return cache

    def _use(self, cache: C, kept: int, prompt: Sequence[int]) -> None:
        """Make `cache` current, cut back to `kept` tokens, or a copy of them."""
        if kept < len(cache.tokens):
            self._log_parting(prompt, cache, kept)
        if self._deserves_a_copy(cache, kept, len(prompt)):
            cache = cache.branch(kept)
        else:
            self._caches.remove(cache)
            cache.cut(kept)  # also where nothing is cut off: it is looked at whether it has lost count
        self._caches.insert(0, cache)

    def _deserves_a_copy(self, cache: C, kept: int, prompt_tokens: int) -> bool:
        if cache.is_checkpoint:
            return cache.nbytes <= SMALL_COPY
        token_bytes = cache.nbytes / max(len(cache.tokens), 1)
        cut_off = cache.read_tokens - kept
        return (
            cut_off >= WORTH_KEEPING
            and kept * token_bytes <= max(SMALL_COPY, cut_off * token_bytes)
            and cache.nbytes + prompt_tokens * token_bytes <= self._budget
        )

    def _take_checkpoint(self, cache: C) -> None:
        if cache.nbytes <= SMALL_COPY:
            copy = cache.branch(len(cache.tokens))
            copy.is_checkpoint = True
            copy.owner = cache.owner
            self._caches.insert(1, copy)

    def _make_room(self, prompt_tokens: int) -> None:
        """Drop what was not used for longest, until the prompt fits too. The current one is never dropped."""
        self._caches[1:] = [cache for cache in self._caches[1:] if cache.tokens]
        held = max((cache.nbytes / len(cache.tokens) for cache in self._caches if cache.tokens), default=0.0)
        coming = max(0.0, prompt_tokens * held - self.current.nbytes)
        dropped: list[C] = []
        while len(self._caches) - len(dropped) > 1:
            rest = self._caches[: len(self._caches) - len(dropped)]
            if len(rest) <= _MOST_CACHES and sum(cache.nbytes for cache in rest) + coming <= self._budget:
                break
            dropped.append(rest[-1])
        self._drop(dropped)

    def _drop(self, caches: Sequence[C]) -> None:
        for cache in caches:
            self._caches.remove(cache)
            cache.clear()

    def _log_parting(self, prompt: Sequence[int], cache: C | None = None, place: int = 0) -> None:
        """Where the prompt parts from what was read. The log says whose message that is, never what it says."""
        if cache is None:  # the one that shares most could not be cut back
            closest = [(common_prefix(other.tokens, prompt), other) for other in self._caches if other.tokens]
            if not closest:
                return
            place, cache = max(closest, key=lambda pair: pair[0])
        role = self.role_at(place)
        where = f", in a message of the role {role}" if role else ""
        log.info(
            "The prompt (%d tokens) parts from the cache (%d tokens) at token %d%s",
            len(prompt),
            len(cache.tokens),
            place,
            where,
        )


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens both begin with. Compared in blocks: a long conversation has 100,000."""
    block = 1024
    shortest = min(len(left), len(right))
    place = 0
    while place < shortest and left[place : place + block] == right[place : place + block]:
        place += block
    while place < shortest and left[place] == right[place]:
        place += 1
    return min(place, shortest)
