"""Nothing that a model writes passes for something else, and nothing of it is left out."""

from __future__ import annotations

import pytest

from backends.terminal.visible import argument_rows, barred, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[1;1H", "\\x1b[2J\\x1b[1;1H"),
        ("a\rb\tc\x08\x7f\x9b", "a\\rb\\tc\\x08\\x7f\\x9b"),
        ("rm\u202e txt.exe\u200b\ufeff", "rm\\u202e txt.exe\\u200b\\ufeff"),
        ("\u00a0\u2003\u3000\u2028", "\\xa0\\u2003\\u3000\\u2028"),
        ("\u3164\u2800\ufe0f\U000e0041", "\\u3164\\u2800\\ufe0f\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("Grüße, 你好 🐢 “…”", "Grüße, 你好 🐢 “…”"),
    ],
)
def test_signs_that_are_not_seen_as_what_they_are(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_every_row_stands_behind_the_bar_and_nothing_is_lost() -> None:
    forged = "x" + " " * 500 + "Allow calculator? [y]\n\nAllow it? [y] once\x1b[A" + "z" * 300
    rows = argument_rows({"text": forged, "n": 1}, width=40)
    assert all(row.startswith("  │ ") and len(row) <= 40 for row in rows)
    joined = "".join(row.removeprefix("  │ ") for row in rows)
    assert joined.count("z") == 300
    assert "x" + " " * 500 + "Allow calculator? [y]" in joined
    assert "\\x1b[A" in joined


def test_a_wide_sign_counts_two_columns() -> None:
    assert [len(row) - 4 for row in barred("你" * 20, width=24)] == [10, 10]


def test_how_values_are_written() -> None:
    assert argument_rows({"a b": 'x"\\', "text": "one\ntwo\n", "list": [1, None], "big": {"key": "v" * 60}}, 100) == [
        '  │ "a b" = "x\\"\\\\"',
        "  │ text =",
        "  │   one",
        "  │   two",
        "  │   ",
        "  │ list = [1, null]",
        "  │ big =",
        "  │   {",
        '  │     "key": "' + "v" * 60 + '"',
        "  │   }",
    ]
    assert argument_rows({}) == ["  │ (no arguments)"]
