"""Titles in any script, and text that can be stored."""

from __future__ import annotations

import pytest

from backends.conversation.typed_text import sound, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("What is 37 * 48?", "What is 37 * 48?"),
        ("\n\n  ## A heading  \nand more", "A heading"),
        ("Tell me everything about the history of turtles", "Tell me everything about the history of…"),
        ("请用简单的话解释一下量子力学里的测量问题到底是什么意思", "请用简单的话解释一下量子力学里的测量问题…"),
        ("用Python写一个快速排序算法，并且解释它的复杂度。", "用Python写一个快速排序算法，并且解释它的…"),
        ("x" * 100, "x" * 40 + "…"),
        ("word " + "y" * 100, "word " + "y" * 35 + "…"),
        ("One two three four five six seven eight, nine", "One two three four five six seven eight…"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_title(text: str, title: str) -> None:
    assert title_of(text) == title


@pytest.mark.parametrize("sign", ["e\u0301", "👩‍👩‍👧", "❤️"])
def test_no_sign_is_cut_in_two(sign: str) -> None:
    for width in range(1, 40):
        kept = title_of(sign * 40, width).removesuffix("…")
        assert kept == sign * (len(kept) // len(sign))


def test_half_a_character_is_replaced() -> None:
    assert sound("a\ud83db 🐢") == "a\ufffdb 🐢"
    sound("\udc00").encode("utf-8")
