"""What may be done with a model without being asked, as far as its size and the preferences decide it."""

from __future__ import annotations

from backends.contract.catalog import Hardware
from backends.contract.memory import KeepLimits
from backends.contract.preferences import Preferences

UNASKED_SHARE = 0.5


def may_load_unasked(size_bytes: int, working_set_bytes: int) -> bool:
    """Whether a model whose weights have this size may be loaded at start, before anybody has asked for it.

    Not above half of what the machine's models may use: others need it too, and reading it takes minutes.
    `working_set_bytes`: what Metal recommends, a GPU's memory, or the RAM; 0, as for the size, where it is unknown.
    """
    return 0 < size_bytes <= UNASKED_SHARE * working_set_bytes


def model_memory(hardware: Hardware) -> int:
    """Bytes that models may use: what Metal recommends, else the CUDA devices' memory, else the RAM; 0 if unknown."""
    return hardware.working_set_bytes or sum(device.memory_bytes for device in hardware.cuda) or hardware.memory_bytes


def keep_limits(preferences: Preferences) -> KeepLimits:
    """What the engine keeps, as the person chose."""
    return KeepLimits(
        cache_memory_bytes=max(0, preferences.cache_memory_bytes),
        cache_disk_bytes=max(0, preferences.cache_disk_bytes),
        unload_after_minutes=max(0, preferences.unload_after_minutes),
    )
