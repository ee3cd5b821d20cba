"""How a measurement is taken and printed: alternating runs, medians, a ratio against its bound."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

RUNS = 5


def alternate(one: Callable[[], float], other: Callable[[], float], runs: int = RUNS) -> tuple[float, float]:
    """Medians of `runs` alternating runs of both, after one of each that does not count."""
    one()
    other()
    pairs = [(one(), other()) for _ in range(runs)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def report(what: str, value: float, bound: str, detail: str = "") -> None:
    """One line: what was measured, the figure, the bound it is held against."""
    sys.stdout.write(f"{what:<62} {value:8.2f}   ({bound}){'   ' + detail if detail else ''}\n")
    sys.stdout.flush()
