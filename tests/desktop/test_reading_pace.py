"""How long reading still takes: nothing while unknown, then steady."""

from __future__ import annotations

from desktop.models.reading_pace import ReadingPace


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_only_what_was_read_counts_not_what_was_reused() -> None:
    clock = Clock()
    pace = ReadingPace(clock)
    assert pace.seconds_left(20_000, 30_000) is None
    clock.now += 0.5
    assert pace.seconds_left(20_500, 30_000) is None, "too little was measured"
    clock.now += 1.5
    assert pace.seconds_left(22_000, 30_000) == 8.0
    pace.restart()
    assert pace.seconds_left(22_000, 30_000) is None


def test_it_counts_down_with_the_clock_until_the_rate_is_clearly_another() -> None:
    clock = Clock()
    pace = ReadingPace(clock)
    pace.seconds_left(0, 11_000)
    clock.now += 10
    assert pace.seconds_left(1000, 11_000) == 100.0
    clock.now += 10
    assert pace.seconds_left(1900, 11_000) == 90.0, "at this rate it would be 95.8"
    clock.now += 20
    left = pace.seconds_left(2000, 11_000)
    assert left is not None
    assert round(left) == 180
    clock.now += 200
    assert pace.seconds_left(11_000, 11_000) == 0.0
