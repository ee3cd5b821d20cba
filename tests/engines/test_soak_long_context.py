"""`make soak`'s long context, with 1,500 tokens in place of 32,768."""

from __future__ import annotations

from pathlib import Path

from tests.engines import soak_long_context


def test_one_turn_that_fills_the_context_is_read_once_and_kept(tmp_path: Path) -> None:
    assert soak_long_context.soak(tmp_path, 1500) == []
