"""Speed and remaining time: smooth, and honest about a stall."""

from __future__ import annotations

import pytest

from backends.workers.download_pace import STALL_SECONDS, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_steady_flow_is_told_as_it_is_from_the_second_count_on() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.count(5_000_000)  # was there before: it did not come now
    assert pace.bytes_per_second == 0
    assert pace.seconds_left(1) == -1
    for number in range(1, 9):
        clock.now += 0.25
        pace.count(5_000_000 + number * 1_000_000)
        assert pace.bytes_per_second == pytest.approx(4_000_000)
    assert pace.seconds_left(8_000_000) == pytest.approx(2)


def test_a_moment_without_bytes_hardly_changes_it_and_a_stall_is_said() -> None:
    clock = Clock()
    pace = Pace(clock)
    for number in range(40):
        pace.count(number * 1_000_000)
        clock.now += 0.25
    pace.count(39_000_000)
    assert 3_000_000 < pace.bytes_per_second < 4_000_000
    assert not pace.stalled
    clock.now += STALL_SECONDS + 0.1
    assert pace.stalled
    assert pace.seconds_left(1) == -1
    pace.count(40_000_000)
    assert not pace.stalled


def test_a_file_that_is_begun_anew_is_no_negative_speed() -> None:
    clock = Clock()
    pace = Pace(clock)
    for count in (0, 1_000_000, 10, 20):
        pace.count(count)
        clock.now += 1
    assert pace.bytes_per_second > 0
