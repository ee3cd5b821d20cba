from __future__ import annotations

import unicodedata

import pytest

from desktop.models.plain_text import restored, spelled_out, visible, visible_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 文字 🙂\n\ttabbed", "plain 文字 🙂\n\ttabbed"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("rm \u202efdp.txt", r"rm \u202efdp.txt"),
        ("a\u2029b\u2028c\x00", r"a\u2029b\u2028c\x00"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("pay\u00adpal, \u200fabc\u061c", r"pay\xadpal, \u200fabc\u061c"),
        ("un\u200dseen\u3164 \U000e0041", r"un\u200dseen\u3164 \U000e0041"),
        ("👩‍🔬 می‌خواهم", "👩‍🔬 می‌خواهم"),
    ],
)
def test_what_would_not_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_character_that_is_not_seen_stays() -> None:
    unseen = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp")}
    assert [char for char in unseen - {"\n", "\t"} if visible(char) == char] == []


def test_a_command_shows_its_line_breaks() -> None:
    assert spelled_out("ls\r\n\trm\u200b") == r"ls\x0d\n\trm\u200b"


def test_a_name_stays_on_one_line() -> None:
    assert visible_line("read\nfile\x07") == r"read file\x07"


def test_an_edited_text_keeps_the_characters_that_were_written_out() -> None:
    original = "one\x1b[0m\r\ntwo"
    shown = visible(original).replace("two", "three\nfour")
    assert restored(shown, original) == "one\x1b[0m\r\nthree\r\nfour"


def test_an_escape_that_the_model_wrote_stays_one() -> None:
    original = "\\x1b and \x1b"
    assert restored(visible(original), original) == "\\x1b and \\x1b"
    assert restored("\\x1b", "plain") == "\\x1b"
