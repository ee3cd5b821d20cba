"""Which value of a sampling option wins."""

from __future__ import annotations

from typing import Any

import pytest

from backends.contract.chat import GenerationOptions
from backends.contract.errors import MinimError
from backends.engines.sampling import M2_SAMPLING, Sampling, choose_sampling

PLAIN = Sampling(temperature=0.0, top_p=1.0, top_k=0, min_p=0.0, repetition_penalty=1.0)


@pytest.mark.parametrize(
    ("options", "generation_config", "family", "expected"),
    [
        ({}, {}, {}, PLAIN),
        ({}, {}, M2_SAMPLING, Sampling(1.0, 0.95, 40, 0.0, 1.0)),
        ({}, {"temperature": 0.6}, M2_SAMPLING, Sampling(0.6, 0.95, 40, 0.0, 1.0)),
        ({"temperature": 0.2, "top_k": 5}, {"temperature": 0.6}, M2_SAMPLING, Sampling(0.2, 0.95, 5, 0.0, 1.0)),
        ({}, {"do_sample": False, "temperature": 0.6}, M2_SAMPLING, Sampling(0.0, 0.95, 40, 0.0, 1.0)),
        ({"temperature": 0.5}, {"do_sample": False}, {}, Sampling(0.5, 1.0, 0, 0.0, 1.0)),
        ({"temperature": 0.0}, {"temperature": 0.6}, M2_SAMPLING, Sampling(0.0, 0.95, 40, 0.0, 1.0)),
        ({"min_p": 0.1}, {"repetition_penalty": 1.2}, {}, Sampling(0.0, 1.0, 0, 0.1, 1.2)),
        ({}, {"temperature": "hot", "top_k": True, "top_p": float("nan"), "min_p": 7}, {}, PLAIN),
    ],
)
def test_the_nearest_wish_wins(
    options: dict[str, Any], generation_config: dict[str, Any], family: dict[str, float], expected: Sampling
) -> None:
    assert choose_sampling(GenerationOptions(**options), generation_config, family) == expected


@pytest.mark.parametrize("wrong", [{"temperature": -1.0}, {"top_p": 1.5}, {"top_k": -1}, {"min_p": float("nan")}])
def test_a_wish_out_of_range_is_refused_in_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(MinimError, match=next(iter(wrong))) as caught:
        choose_sampling(GenerationOptions(**wrong), {}, {})
    assert caught.value.kind == "bad_request"
