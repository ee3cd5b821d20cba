"""What is done with a model unasked: by its size, and by the preferences."""

from __future__ import annotations

import pytest

from backends.contract.catalog import CudaDevice, Hardware
from backends.contract.memory import KeepLimits
from backends.contract.preferences import Preferences
from backends.conversation.model_choice import keep_limits, may_load_unasked, model_memory

GIB = 2**30


@pytest.mark.parametrize(
    ("size", "working_set", "may"),
    [
        (4 * GIB, 10 * GIB, True),
        (5 * GIB, 10 * GIB, True),
        (5 * GIB + 1, 10 * GIB, False),
        (100 * GIB, 107 * GIB, False),
        (0, 10 * GIB, False),
        (4 * GIB, 0, False),
    ],
)
def test_nothing_above_half_the_working_set_is_loaded_unasked(size: int, working_set: int, may: bool) -> None:
    assert may_load_unasked(size, working_set) is may


def test_the_preferences_bound_what_is_kept() -> None:
    assert keep_limits(Preferences()) == KeepLimits(0, 8 * GIB, 30)
    chosen = Preferences(cache_memory_bytes=GIB, cache_disk_bytes=0, unload_after_minutes=0)
    assert keep_limits(chosen) == KeepLimits(GIB, 0, 0)
    assert keep_limits(Preferences(unload_after_minutes=-1)).unload_after_minutes == 0


def test_what_models_may_use() -> None:
    cards = (CudaDevice("RTX 4090", 24 * GIB, 8.9),) * 2
    assert model_memory(Hardware(memory_bytes=64 * GIB, working_set_bytes=48 * GIB)) == 48 * GIB
    assert model_memory(Hardware(memory_bytes=64 * GIB, cuda=cards)) == 48 * GIB
    assert model_memory(Hardware(memory_bytes=64 * GIB)) == 64 * GIB
