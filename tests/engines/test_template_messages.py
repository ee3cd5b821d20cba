"""A turn as the chat template gets it."""

from __future__ import annotations

from typing import Any

import pytest

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    Message,
    Part,
    ReasoningPart,
    ResultPart,
    system_message,
    user_message,
)
from backends.engines.template_messages import NOT_RUN, template_messages


def said(content: str = "", reasoning: str = "", *calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content, "reasoning_content": reasoning}
    if calls:
        message["tool_calls"] = [
            {"type": "function", "id": f"c{number}", "function": {"name": name, "arguments": arguments}}
            for number, (name, arguments) in enumerate(calls)
        ]
    return message


def result(text: str, number: int = 0, name: str = "f") -> dict[str, Any]:
    return {"role": "tool", "content": text, "name": name, "tool_call_id": f"c{number}"}


READY = CallPart("c0", "f", {"x": 1}, state="ready")
SECOND = CallPart("c1", "g", {}, state="ready")
CUT = CallPart("c0", "f", {"x": 1}, raw="<invoke", state="unfinished")
NAMELESS = CallPart("c0", None, state="unfinished")
CALLED = ("f", {"x": 1})

TURNS: dict[str, tuple[tuple[Part, ...], list[dict[str, Any]]]] = {
    "answer only": ((AnswerPart("hi"),), [said("hi")]),
    "reasoning and answer": ((ReasoningPart("hm"), AnswerPart(" hi")), [said(" hi", "hm")]),
    "stopped while reasoning": ((ReasoningPart("hm"),), [said("", "hm")]),
    "nothing": ((), []),
    "a whole turn": (
        (ReasoningPart("a"), READY, ResultPart("c0", "1776"), ReasoningPart("b"), AnswerPart("done")),
        [said("", "a", CALLED), result("1776"), said("done", "b")],
    ),
    "ends in results": ((READY, ResultPart("c0", "ok")), [said("", "", CALLED), result("ok")]),
    "two calls, results in the order of the calls": (
        (READY, SECOND, ResultPart("c1", "two"), ResultPart("c0", "one")),
        [said("", "", CALLED, ("g", {})), result("one"), result("two", 1, "g")],
    ),
    "two rounds": (
        (READY, ResultPart("c0", "one"), CallPart("c0", "f", {"x": 1}, state="ready"), ResultPart("c0", "two")),
        [said("", "", CALLED), result("one"), said("", "", CALLED), result("two")],
    ),
    "a call without a result": (
        (READY, SECOND, ResultPart("c1", "two")),
        [said("", "", CALLED, ("g", {})), result(NOT_RUN), result("two", 1, "g")],
    ),
    "an error": ((READY, ResultPart("c0", "Error: no", True)), [said("", "", CALLED), result("Error: no")]),
    "a cut call": ((AnswerPart("so"), CUT), [said("so")]),
    "a cut call alone": ((CUT,), []),
    "a cut call that was answered": (
        (CUT, ResultPart("c0", "Error: cut off")),
        [said("", "", CALLED), result("Error: cut off")],
    ),
    "a nameless call": ((NAMELESS, ResultPart("c0", "Error: cut off"), AnswerPart("so")), [said("so")]),
    "answers around a call": (
        (AnswerPart("one"), READY, AnswerPart("two"), ResultPart("c0", "ok")),
        [said("one\n\ntwo", "", CALLED), result("ok")],
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_turn_becomes_template_messages(name: str) -> None:
    parts, expected = TURNS[name]
    assert template_messages([user_message("q"), Message("assistant", parts)]) == [
        {"role": "user", "content": "q"},
        *expected,
    ]


def test_system_text_comes_first_and_once() -> None:
    messages = [user_message("q"), system_message("one"), system_message(""), system_message("two")]
    assert template_messages(messages) == [
        {"role": "system", "content": "one\n\ntwo"},
        {"role": "user", "content": "q"},
    ]
