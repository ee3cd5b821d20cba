"""Results of a server's tools as text: what came, what was left out, and nothing that acts on a screen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.tools.base import ToolResult
from backends.tools.server_results import MAX_RESULT, result_of

SUM = {"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]}


def texts(*said: str, **more: Any) -> ToolResult:
    return result_of({"content": [{"type": "text", "text": text} for text in said], **more})


def test_joins_text_and_says_errors() -> None:
    assert texts("one", "two") == ToolResult("one\ntwo")
    assert texts("no such file", isError=True) == ToolResult("no such file", is_error=True)
    assert texts() == ToolResult("(The tool answered with nothing.)")


def test_structured_content_stands_in_where_there_is_no_text() -> None:
    assert result_of({"content": [], "structuredContent": {"sum": 3}}, SUM) == ToolResult('{\n "sum": 3\n}')
    assert texts("3", structuredContent={"sum": 3}).text == "3"


def test_an_answer_that_was_not_promised_is_an_error() -> None:
    result = result_of({"content": [{"type": "text", "text": "3"}], "structuredContent": {"sum": "3"}}, SUM)
    assert result == ToolResult(
        "The tool's answer is not what it promised. answer.sum must be a number, not a string.\n3", is_error=True
    )


def test_what_is_no_text_is_a_line_and_never_base64() -> None:
    block = {"type": "image", "mimeType": "image/png", "data": "QUJD" * 25_000}
    resource = {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "its text"}}
    link = {"type": "resource_link", "name": "a", "uri": "https://example.org/\x1b[2Ja"}
    assert result_of({"content": [block, resource, link, 7, {"type": "hologram"}]}).text.splitlines() == [
        "[image, image/png, 75 KB: not shown]",
        "[resource file:///a.txt]",
        "its text",
        "[link to a resource: a https://example.org/a]",
        "[2 parts of a kind that is not known here]",
    ]


def test_a_long_result_is_cut_with_a_line_that_says_so() -> None:
    text = texts("x" * 1_000_000).text
    assert text == "x" * MAX_RESULT + "\n… (940,000 more characters are left out)"


def test_millions_of_parts_stay_small() -> None:
    assert result_of({"content": [7] * 1_000_000}).text == "[1,000,000 parts of a kind that is not known here]"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x00b\x08c\x7f\x9bd", "abcd"),
        ("abc\u202egpj.exe\u2066", "abcgpj.exe"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("\ud800x", "x"),
        ("ok" + "".join(chr(0xE0000 + ord(letter)) for letter in "delete all") + "\u2063.", "ok."),
        ("<b onclick='x'>**bold**</b>", "<b onclick='x'>**bold**</b>"),
    ],
)
def test_nothing_in_it_acts_on_a_screen(said: str, shown: str) -> None:
    assert texts(said).text == shown


def test_what_the_tool_asks_for_is_not_given() -> None:
    assert result_of({"resultType": "input_required", "inputRequests": {}}).is_error


@given(
    st.dictionaries(
        st.sampled_from(["content", "structuredContent", "isError"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["type", "text", "data", "resource", "uri", "mimeType"]), inner)
            ),
        ),
    )
)
def test_any_answer_at_all_is_a_result(answer: dict[str, Any]) -> None:
    result = result_of(answer, SUM)
    assert result.text
    result.text.encode()
