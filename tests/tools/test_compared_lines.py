"""Comparing lines: the opcodes make the one of the other, and a long text with few changes shows few."""

from __future__ import annotations

import random

import pytest

from backends.tools.compared_lines import opcodes_between


def _made(old: list[str], new: list[str]) -> list[str]:
    """`new`, made of `old` by the opcodes."""
    made: list[str] = []
    done = (0, 0)
    for tag, i, j, k, m in opcodes_between(old, new):
        assert (i, k) == done
        assert tag in ("equal", "replace", "delete", "insert")
        if tag == "equal":
            assert old[i:j] == new[k:m]
        made += old[i:j] if tag == "equal" else new[k:m]
        done = (j, m)
    assert done == (len(old), len(new))
    return made


@pytest.mark.parametrize("seed", range(30))
def test_the_one_is_made_of_the_other(seed: int) -> None:
    chance = random.Random(seed)
    length, kinds = chance.choice([0, 1, 5, 40, 2_500]), chance.choice([1, 3, 50, 10**6])
    old = [str(chance.randrange(kinds)) for _ in range(length)]
    new = list(old)
    for _ in range(chance.randrange(20)):
        at = chance.randrange(len(new) + 1)
        new[at : at + chance.randrange(4)] = [str(chance.randrange(kinds)) for _ in range(chance.randrange(4))]
    assert _made(old, new) == new
    chance.shuffle(new)
    assert _made(old, new) == new


def test_of_a_long_text_only_what_changed_is_told() -> None:
    old = [line for i in range(10_000) for line in (f"line {i}", "}")]
    new = ["first", *old, "last"]
    new[5_001:5_003] = ["one", "two", "three"]
    changed = [code for code in opcodes_between(old, new) if code[0] != "equal"]
    assert changed == [
        ("insert", 0, 0, 0, 1),
        ("replace", 5_000, 5_002, 5_001, 5_004),
        ("insert", 20_000, 20_000, 20_002, 20_003),
    ]


def test_where_nothing_can_be_matched_all_is_replaced() -> None:
    old, new = ["x", *["a", "b"] * 3_000], ["y", *["b", "b", "a"] * 2_001]
    assert opcodes_between(old, new) == [("replace", 0, len(old), 0, len(new))]
