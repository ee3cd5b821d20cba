"""What a person may choose for an option, and what counts as a number."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from backends.contract.chat import GenerationOptions
from backends.contract.option_ranges import OPTION_RANGES, read_option
from backends.engines.sampling import choose_sampling


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("temperature", " 0.7 ", 0.7),
        ("temperature", "0,7", 0.7),
        ("temperature", "0", 0.0),
        ("top_p", "1", 1.0),
        ("top_k", "40", 40),
        ("min_p", ".05", 0.05),
        ("repetition_penalty", "1.1", 1.1),
        ("max_tokens", "1", 1),
        ("seed", "0", 0),
        ("seed", "", None),
        ("min_p", "  ", None),
    ],
)
def test_numbers(name: str, text: str, expected: float | None) -> None:
    assert read_option(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("temperature", "-0.1"),
        ("temperature", "2.1"),
        ("temperature", "nan"),
        ("temperature", "inf"),
        ("seed", "9" * 400),
        ("temperature", "warm"),
        ("top_k", "1.5"),
        ("top_k", "1001"),
        ("repetition_penalty", "0"),
        ("max_tokens", "0"),
        ("seed", "-1"),
        ("seed", "4294967296"),
    ],
)
def test_what_is_no_number_in_range(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_option(name, text)


def test_the_engines_take_all_of_it() -> None:
    for name, allowed in OPTION_RANGES.items():
        for number in (allowed.least, allowed.most):
            value = int(number) if allowed.whole else number
            choose_sampling(replace(GenerationOptions(), **{name: value}), {}, {})
