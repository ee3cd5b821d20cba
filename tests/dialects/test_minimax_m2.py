"""MiniMax-M2's output: every case of the tables, whole, at every cut, by character and in random pieces."""

from __future__ import annotations

import pytest

from backends.contract.events import AnswerDelta, OutputEvent, ReasoningDelta, ToolArgumentDelta, ToolCallStarted
from backends.dialects import open_reader
from tests.dialects.cases_calls import CALL_CASES
from tests.dialects.cases_text import TEXT_CASES
from tests.dialects.reading import CLOSE, OPEN, TOOLS, Case, check, invoke


@pytest.mark.parametrize("case", TEXT_CASES, ids=str)
def test_reasoning_answer_and_calls_are_told_apart(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", CALL_CASES, ids=str)
def test_a_call_is_read_as_it_was_meant(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Let me", [ReasoningDelta("Let me")]),
        ("Let me <", [ReasoningDelta("Let me")]),
        ("x</think>Hello wor", [ReasoningDelta("x"), AnswerDelta("Hello wor")]),
        ("</think>a <minimax:tool_ca", [AnswerDelta("a")]),
        ("</think>a <minimax:tool_calls", [AnswerDelta("a <minimax:tool_calls")]),
        (f'</think>{OPEN}<invoke name="now">', [ToolCallStarted(0, "now")]),
        (
            f'</think>{OPEN}<invoke name="now"><parameter name="x">  a\n ',
            [ToolCallStarted(0, "now"), ToolArgumentDelta(0, "x", "  a\n ")],
        ),
        (
            f'</think>{OPEN}<invoke name="now"><parameter name="x">a</parameter> <',
            [ToolCallStarted(0, "now"), ToolArgumentDelta(0, "x", "a")],
        ),
        (
            f'</think>{OPEN}<invoke name="now"><parameter name="x">a</parameter> b',
            [ToolCallStarted(0, "now"), ToolArgumentDelta(0, "x", "a</parameter> b")],
        ),
        (
            f'</think>{OPEN}<invoke name="now"><parameter name="x">a {OPEN}\n<invoke name="now"> b',
            [ToolCallStarted(0, "now"), ToolArgumentDelta(0, "x", f'a {OPEN}\n<invoke name="now"> b')],
        ),
        (f"a {OPEN}{invoke('now')}{CLOSE} b", [ReasoningDelta(f"a {OPEN}{invoke('now')}{CLOSE} b")]),
        (f"</think>`a`\n{OPEN}<invoke name=now>", [AnswerDelta("`a`"), ToolCallStarted(0, "now")]),
    ],
)
def test_everything_is_told_as_soon_as_it_is_certain(said: str, told: list[OutputEvent]) -> None:
    assert open_reader("minimax-m2", TOOLS, starts_in_reasoning=True).feed(said) == told


@pytest.mark.parametrize("end", [f"</invoke>{CLOSE[:-1]}", "</invoke>\n<", "</invoke>"])
def test_a_call_is_ready_once_its_end_is_certain(end: str) -> None:
    reader = open_reader("minimax-m2", TOOLS, starts_in_reasoning=False)
    assert reader.feed(f'{OPEN}<invoke name="now">{end}') == [ToolCallStarted(0, "now")]
    assert len(reader.finish()) == 1


def test_what_ends_the_output_ends_it_once() -> None:
    reader = open_reader("minimax-m2", TOOLS, starts_in_reasoning=False)
    assert reader.feed("a <") == [AnswerDelta("a")]
    assert reader.finish() == [AnswerDelta(" <")]
    assert reader.finish() == []
