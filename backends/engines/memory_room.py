"""How much room a loaded model leaves, and how long a context fits into it."""

from __future__ import annotations

from collections.abc import Mapping

_GIB = 2**30
_LEAST_OVERHEAD = _GIB // 4
_OVERHEAD_SHARE = 0.06
_MOST_OVERHEAD = 2 * _GIB


def overhead_bytes(weights: int) -> int:
    """Activations, buffers and the program itself, by the catalogue's rule: it promised a context before the load."""
    return min(_LEAST_OVERHEAD + round(weights * _OVERHEAD_SHARE), _MOST_OVERHEAD)


def room_beside(weights: int, free: Mapping[str, int]) -> dict[str, int]:
    """What of the `free` bytes of each memory KV caches may take; the overhead is shared by all of them alike."""
    overhead = overhead_bytes(weights) // max(len(free), 1)
    return {place: max(0, size - overhead) for place, size in free.items()}


def context_that_fits(token_bytes: Mapping[str, int], room: Mapping[str, int], longest: int) -> int:
    """How many tokens of context have room: at least 1, at most `longest`, 0 where unknown.

    `token_bytes` is what a token takes in each memory; the memory that is full first decides.
    """
    fitting = [room.get(place, 0) // size for place, size in token_bytes.items() if size > 0]
    return max(1, min(*fitting, longest)) if fitting else 0
