"""The fuzz of `make soak`, for a moment."""

from __future__ import annotations

from tests.dialects.soak_fuzz import fuzz


def test_nothing_raises_or_depends_on_the_cuts() -> None:
    assert fuzz(6000, seed=3) == 1500
