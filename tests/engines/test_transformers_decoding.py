# pyright: basic
# basic: torch may be missing, and mlx-lm is only partly typed.
"""Sampling with torch: the filters leave what mlx-lm's leave, and chance is the request's own."""

from __future__ import annotations

import importlib
import math
from typing import Any

import pytest
from mlx_lm.sample_utils import apply_min_p, apply_top_k, apply_top_p

from backends.engines.mlx_library import make_logits_processors, mx
from backends.engines.sampling import Sampling

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def decoding() -> Any:
    """The module, which imports torch."""
    return importlib.import_module("backends.engines.transformers_decoding")


@pytest.fixture(scope="module")
def logits(decoding: Any) -> Any:
    """A vocabulary of 200 tokens."""
    return decoding.torch.randn(200, generator=decoding.torch.Generator().manual_seed(3)) * 3


def kept(chances: Any) -> set[int]:
    return {place for place, chance in enumerate(chances.tolist()) if chance > -math.inf}


@pytest.mark.parametrize(
    ("top_p", "top_k", "min_p"),
    [(0.5, 0, 0.0), (0.95, 0, 0.0), (1.0, 7, 0.0), (1.0, 0, 0.05), (0.9, 5, 0.02), (0.01, 0, 0.0), (1.0, 1, 1.0)],
)
def test_the_filters_leave_what_mlx_lm_s_leave(
    decoding: Any, logits: Any, top_p: float, top_k: int, min_p: float
) -> None:
    chances: Any = mx.array(logits.log_softmax(-1).numpy())
    if top_p < 1:
        chances = apply_top_p(chances, top_p)
    if min_p > 0:
        chances = apply_min_p(chances, min_p)
    if top_k > 0:
        chances = apply_top_k(chances, top_k)
    ours = decoding.filtered(logits.log_softmax(-1), Sampling(1.0, top_p, top_k, min_p, 1.0))
    assert kept(ours) == kept(chances)
    assert kept(ours)


def test_the_penalty_is_mlx_lm_s(decoding: Any, logits: Any) -> None:
    recent = [3, 5, 5, 199]
    [penalize] = make_logits_processors(repetition_penalty=1.7, repetition_context_size=20)
    theirs: Any = penalize(mx.array(recent), mx.array(logits.numpy())[None])
    assert decoding.penalized(logits, recent, 1.7).tolist() == pytest.approx(theirs[0].tolist(), rel=1e-6)


def test_the_penalty_sees_the_last_twenty_tokens_of_prompt_and_answer(decoding: Any) -> None:
    flat = decoding.torch.ones(64)
    sampler = decoding.Sampler(Sampling(0.0, 1.0, 0, 0.0, 2.0), range(20), None)
    # Of equals the first is taken: one beyond the prompt, then what is more than twenty tokens ago.
    assert [sampler.sample(flat) for _ in range(4)] == [20, 0, 1, 2]


def test_chance_follows_the_seed_and_nothing_else(decoding: Any, logits: Any) -> None:
    warm = Sampling(2.0, 1.0, 0, 0.0, 1.0)

    def draw(seed: int | None) -> list[int]:
        sampler = decoding.Sampler(warm, [1], seed)
        return [sampler.sample(logits) for _ in range(20)]

    assert draw(7) == draw(7)
    decoding.torch.manual_seed(1)
    assert draw(7) == draw(7)
    assert draw(7) != draw(8)
    assert draw(None) != draw(None)
    assert len(set(draw(-1))) > 1  # a seed may be any number


def test_tokens_come_as_often_as_they_are_likely(decoding: Any) -> None:
    logits = decoding.torch.tensor([math.log(0.7), math.log(0.3), -math.inf])
    sampler = decoding.Sampler(Sampling(1.0, 1.0, 0, 0.0, 1.0), [0], 5)
    drawn = [sampler.sample(logits) for _ in range(2000)]
    assert 0.65 < drawn.count(0) / len(drawn) < 0.75
    assert 2 not in drawn
