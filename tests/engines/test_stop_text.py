"""Stop texts, cut anywhere."""

from __future__ import annotations

import pytest

from backends.engines.stop_text import StopText


@pytest.mark.parametrize("cut", range(len("abc[e~[rest") + 1))
def test_stop_is_found_over_every_cut(cut: int) -> None:
    text = "abc[e~[rest"
    stop = StopText(("[e~[",))
    out = stop.feed(text[:cut])
    if not stop.found:
        out += stop.feed(text[cut:])
    assert (out, stop.found, stop.finish()) == ("abc", True, "")


def test_only_a_candidate_is_held_back() -> None:
    stop = StopText(("[e~[", "\n\nUser:"))
    assert stop.feed("a[e") == "a"
    assert stop.feed("[e~") == "[e"
    assert stop.feed("!\n") == "[e~!"
    assert stop.finish() == "\n"
    assert not stop.found


def test_the_first_of_several_ends_it() -> None:
    stop = StopText(("bc", "ab", ""))
    assert stop.feed("xabc") == "x"
    assert stop.found


def test_one_character_at_a_time_with_a_false_start() -> None:
    stop = StopText(("aab",))
    assert "".join(stop.feed(char) for char in "aaab") == "a"
    assert stop.found
