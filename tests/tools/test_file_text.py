"""Reading text: whole or some lines of it, in UTF-8 and UTF-16, and words for what is no text or too long."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.contract.errors import MinimError, RequestStopped
from backends.tools.file_text import MAX_CHARACTERS
from backends.tools.file_tools import file_tools


def _read(folder: Path, **lines: int) -> str:
    tools = {tool.info.name: tool for tool in file_tools((str(folder),), folder / "undo", ())}
    return tools["read_file"].run({"path": "a.txt", **lines}).text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"one\ntwo\n", "one\ntwo\n"),
        (b"  one\r\n\ttwo  ", "  one\r\n\ttwo  "),
        ("ä€𝄞\u2028\x0bz".encode(), "ä€𝄞\u2028\x0bz"),
        (b"\xef\xbb\xbfmark", "mark"),
        (b"\xff\xfe" + "Grüße\n".encode("utf-16-le"), "Grüße\n"),
        (b"\xfe\xff" + "Grüße\n".encode("utf-16-be"), "Grüße\n"),
        (b"", "[a.txt is empty.]"),
        (b"\n", "\n"),
        (("€" * 50_000).encode(), "€" * 50_000),  # cut in the middle of a character by every chunk
    ],
)
def test_text_is_read_as_it_is(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    assert _read(tmp_path) == text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG image, 10 bytes"),
        (b"%PDF-1.7\n\xe2\xe3", "a PDF document, 11 bytes"),
        (b"caf\xe9 in Latin-1", "not text, 15 bytes"),
        (b"text\0text", "not text, 9 bytes"),
        (b"x" * 100_000 + b"\xff", "not text, 100.0 KB"),
        (b"\xff\xfe\0\0a\0\0\0", "not text, 8 bytes"),
        (b"\xff\xfe\x00\xd8", "not text, 4 bytes"),
        (b"cut \xe2\x82", "not text, 6 bytes"),
    ],
)
def test_what_is_no_text_gets_words(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(MinimError) as caught:
        _read(tmp_path)
    assert caught.value.message == f"a.txt cannot be read as text: {kind}."


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ({"first_line": 2}, "2\n3\n4\n5\n[Lines 2 to 5 of 5.]"),
        ({"last_line": 2}, "1\n2\n[Lines 1 to 2 of 5. Read on with first_line 3.]"),
        ({"first_line": 3, "last_line": 3}, "3\n[Lines 3 to 3 of 5. Read on with first_line 4.]"),
        ({"first_line": 5, "last_line": 99}, "5\n[Lines 5 to 5 of 5.]"),
        ({"first_line": 1, "last_line": 5}, "1\n2\n3\n4\n5\n"),
        ({"first_line": 6}, "[a.txt has only 5 lines.]"),
    ],
)
def test_some_lines(tmp_path: Path, lines: dict[str, int], text: str) -> None:
    (tmp_path / "a.txt").write_text("1\n2\n3\n4\n5\n")
    assert _read(tmp_path, **lines) == text


@pytest.mark.parametrize(
    "lines", [{"first_line": 0}, {"first_line": -1}, {"first_line": 3, "last_line": 2}, {"last_line": 0}]
)
def test_lines_that_cannot_be(tmp_path: Path, lines: dict[str, int]) -> None:
    (tmp_path / "a.txt").write_text("1\n")
    with pytest.raises(MinimError, match="Lines are counted from 1"):
        _read(tmp_path, **lines)


def test_a_long_file_can_be_read_on_to_its_end(tmp_path: Path) -> None:
    lines = [f"{i}: {'x' * (i % 300)}\n" for i in range(1, 2_001)]
    (tmp_path / "a.txt").write_text("".join(lines))
    begin, whole, calls = 1, "", 0
    while begin:
        text = _read(tmp_path, first_line=begin)
        text, words = text.rsplit("[", 1)
        assert len(text) <= MAX_CHARACTERS
        whole, calls = whole + text, calls + 1
        begin = int(words.split("first_line ")[1].rstrip(".]")) if "first_line" in words else 0
    assert whole == "".join(lines)
    assert calls == 6


def test_a_line_that_is_too_long_is_cut_with_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x" * 200_000 + "\nnext\n")
    words = "\n[Lines 1 to 1 of 2. Line 1 is too long: 60,000 characters are shown. Read on with first_line 2.]"
    assert _read(tmp_path) == "x" * MAX_CHARACTERS + words
    assert _read(tmp_path, first_line=2) == "next\n[Lines 2 to 2 of 2.]"


def test_a_huge_file_costs_no_more_than_a_part_of_it(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.write(b"line\n" * 200_000)
        file.truncate(1 << 40)  # a hole: it takes no room
    text = _read(tmp_path, last_line=1)
    assert text == "line\n[Lines 1 to 1 of more than 200,001. Read on with first_line 2.]"
    assert _read(tmp_path, first_line=300_000) == "[a.txt is read up to 67.1 MB only, and line 300,000 is behind that.]"


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    tools = {tool.info.name: tool for tool in file_tools((str(tmp_path),), tmp_path / "undo", ())}
    for name, arguments in (
        ("read_file", {"path": "a.txt"}),
        ("list_files", {}),
        ("search_files", {"query": "text"}),
    ):
        with pytest.raises(RequestStopped):
            tools[name].run(arguments, lambda: True)
