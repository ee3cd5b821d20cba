"""How much of a machine a loaded model may keep busy while nobody asks it anything."""

from __future__ import annotations

from msgspec import Struct


class KeepLimits(Struct, frozen=True, omit_defaults=True):
    """What the engine worker keeps, and for how long.

    `cache_memory_bytes` bounds the KV caches in memory; 0: half of what the model leaves of what it may use.
    `cache_disk_bytes` bounds those on disk; 0: none are kept, and those that are there are removed; None: none are
    looked at. After `unload_after_minutes` of idleness the worker suggests to unload the model; 0: only when memory
    is short.
    """

    cache_memory_bytes: int = 0
    cache_disk_bytes: int | None = None
    unload_after_minutes: float = 0.0
