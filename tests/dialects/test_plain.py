"""Models without a tool format: reasoning and answer, or only an answer."""

from __future__ import annotations

import pytest

from backends.contract.events import AnswerDelta, ReasoningDelta
from backends.dialects import open_reader
from tests.dialects.reading import Case, block, check, invoke

CALL = block(invoke("now"))

PLAIN = [
    Case(""),
    Case("Hello.", "Hello."),
    Case("\n Hello,\n\n  you. \n", "Hello,\n\n  you."),
    Case("<think>a</think>b", "<think>a</think>b"),
    Case(f"a {CALL} b", f"a {CALL} b"),
]

THINK = [
    Case("", inside=False),
    Case("Hello.", "Hello.", inside=False),
    Case("<think>\na\n</think>\n\nb", "b", "a", inside=False),
    Case("\n <think>a</think>b", "b", "a", inside=False),
    Case("<think>a", "", "a", inside=False),
    Case("<thi", "<thi", inside=False),
    Case("a</think>b", "a</think>b", inside=False),
    Case("a <think>b</think>c", "a <think>b</think>c", inside=False),
    Case("\na < b\n</think>\n\nc", "c", "a < b"),
    Case("<think>a</think>b", "b", "a"),
    Case("a", "", "a"),
    Case("a</thi", "", "a</thi"),
    Case("a</think>b</think> <think>c", "b</think> <think>c", "a"),
    Case(f"a</think>{CALL}", CALL, "a"),
    Case("a</think>\0<\0", "\0<\0", "a"),
]


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_plain_text_is_all_answer(case: Case) -> None:
    check(case, dialect="plain")


@pytest.mark.parametrize("case", THINK, ids=str)
def test_reasoning_is_what_stands_in_think_tags(case: Case) -> None:
    check(case, dialect="think")


def test_text_is_told_at_once() -> None:
    assert open_reader("plain").feed("a <thi") == [AnswerDelta("a <thi")]
    reader = open_reader("think", starts_in_reasoning=True)
    assert reader.feed("a <b> </thi") == [ReasoningDelta("a <b>")]
    assert reader.feed("nk>b <") == [AnswerDelta("b <")]
