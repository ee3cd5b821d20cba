"""Where Markdown is inside code, however it arrives."""

from __future__ import annotations

import pytest

from backends.dialects.code_spans import CodeSpans


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("", ""),
        ("text", ""),
        ("a `b", "`"),
        ("a `b`", ""),
        ("a ``b`c", "``"),
        ("a ``b`c``", ""),
        ("a `b\nc", "`"),
        ("a `b\n\nc", ""),
        ("a `b\n \t\nc", ""),
        ("```", "```"),
        ("```\ncode", "```"),
        ("```python\ncode `x", "```"),
        ("```\ncode\n```", ""),
        ("```\ncode\n```\n", ""),
        ("```\ncode\n  ````\n", ""),
        ("````\ncode\n```\n", "````"),
        ("```\na ``` b", "```"),
        ("```\n~~~\n", "```"),
        ("~~~\n```\n", "~~~"),
        ("~~~\ncode\n~~~", ""),
        ("  ```\ncode", "```"),
        ("```a```", ""),
        ("```a``` b", ""),
        ("a ```", "```"),
        ("a ``` b\n\nc", ""),
        ("a ~~~ b", ""),
        ("a ~~b~~ c", ""),
        ("`a` `b", "`"),
    ],
)
def test_what_would_close_the_code(text: str, closing: str) -> None:
    whole = CodeSpans()
    whole.read(text)
    assert whole.closing == closing
    by_character = CodeSpans()
    for char in text:
        by_character.read(char)
    assert by_character.closing == closing


@pytest.mark.parametrize("text", ["```\n", "`\n", "`", "```\ncode"])
def test_what_is_passed_over_leaves_the_code_open_and_may_be_closed(text: str) -> None:
    code = CodeSpans()
    code.read(text)
    code.pass_over()
    code.read(code.closing)
    assert code.closing == ""
