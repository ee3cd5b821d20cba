"""Options as a person reads and types them."""

from __future__ import annotations

import pytest

from desktop.models.option_words import read_stops, span, write_number, write_stops


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0.0, "0"), (0.95, "0.95"), (1, "1"), (4_294_967_295, "4294967295")]
)
def test_a_number_is_written_as_it_is_typed(value: float | None, text: str) -> None:
    assert write_number(value) == text


def test_the_ends_of_a_range_are_grouped() -> None:
    assert span("max_tokens") == ("1", "1,000,000")
    assert span("repetition_penalty") == ("0.5", "2")


def test_stop_strings_stand_one_a_line() -> None:
    stops = ("###", "\nUser: ", "two\n\n")
    assert write_stops(stops) == "###\n\\nUser: \ntwo\\n\\n"
    assert read_stops(write_stops(stops)) == stops
    assert read_stops("\n\n") == ()
