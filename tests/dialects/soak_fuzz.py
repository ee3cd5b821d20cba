"""Reads random, mutated outputs in random pieces: nothing may raise, and nothing may depend on the pieces.

python tests/dialects/soak_fuzz.py --count 1000000 [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.dialects.cases_calls import CALL_CASES
from tests.dialects.cases_text import TEXT_CASES
from tests.dialects.reading import (
    CLOSE,
    OPEN,
    check_order,
    check_raw,
    merged,
    random_pieces,
    read_events,
)

OUTPUTS = [case.text for case in (*TEXT_CASES, *CALL_CASES) if 10 < len(case.text) < 300]
FRAGMENTS = [
    *(OPEN, CLOSE, "<invoke name=", "</invoke>", "<parameter name=", "</parameter>", "<think>", "</think>"),
    *('<invoke name="write">', '<parameter name="text">', '<parameter name="count">', "</parameter>\n</invoke>\n"),
    *("`", "```", "```\n", "\n~~~\n", "\n", " ", "\t", "\r\n", "\n\n", "<", ">", "/", '"', "'", "a", "12", "null"),
    *("你好", "👩‍👩‍👧", "\0", "&lt;", OPEN[:9], CLOSE[:12]),
]
CUTS_OF_ONE = 4


def mutated(dice: random.Random) -> str:
    """An output with some of its text left out, doubled, moved, or replaced by other pieces of markup."""
    text = dice.choice(OUTPUTS)
    for _ in range(dice.randint(0, 4)):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.choice((0, 1, 5, 20, 60)))
        match dice.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:]
            case 2:
                text = text[:start] + dice.choice(FRAGMENTS) + text[end:]
            case 3:
                text = text[:start] + dice.choice(FRAGMENTS) + dice.choice(FRAGMENTS) + text[start:]
            case _:
                text = text[end:] + text[:start]
    return text


def fuzz(count: int, seed: int) -> int:
    """Read `count` times an output in random pieces; how many different outputs there were. Raises what is wrong."""
    dice = random.Random(seed)
    outputs = -(-count // CUTS_OF_ONE)
    for output in range(outputs):
        text, inside = mutated(dice), dice.random() < 0.8
        expected = merged(read_events([text], inside=inside))
        check_order(expected)
        check_raw(expected, text)
        for _ in range(min(CUTS_OF_ONE, count - output * CUTS_OF_ONE)):
            pieces = random_pieces(text, dice, dice.choice((1, 3, 10, 60)))
            if merged(read_events(pieces, inside=inside)) != expected:
                raise AssertionError(f"depends on how it was cut: {pieces!r}")
    return outputs


def main() -> None:
    """Fuzz, and print how much and how long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    outputs = fuzz(given.count, given.seed)
    seconds = time.monotonic() - began
    print(f"{given.count:,} readings in random pieces of {outputs:,} mutated outputs in {seconds:.0f} s, none failed")


if __name__ == "__main__":
    main()
