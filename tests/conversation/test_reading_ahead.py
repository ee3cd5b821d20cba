"""After a turn the engine is asked to read ahead, and only where that is of use to whoever looks at it."""

from __future__ import annotations

import pytest

from backends.contract.chat import AnswerPart, Message, user_message
from backends.contract.commands import Generate, ReadAhead
from backends.contract.events import AnswerDelta, GenerationFinished, RequestFailed, ToolFinished
from backends.contract.tools import ConsentAnswer

from .conftest import CALCULATOR, CLOCK, Bench, finished


def read_ahead(bench: Bench) -> list[ReadAhead]:
    return bench.engine.asked(ReadAhead)


def test_a_turn_is_read_ahead_when_it_has_ended(bench: Bench) -> None:
    bench.session.configure(system_prompt="Be kind.")
    bench.session.send("Hello")
    bench.engine.say(AnswerDelta("Hi."))
    assert read_ahead(bench) == []
    bench.engine.say(finished())
    [asked] = read_ahead(bench)
    assert asked.tools == (CALCULATOR, CLOCK)
    assert asked.messages[0].text == "Be kind."
    assert asked.messages[1:] == (user_message("Hello"), Message("assistant", (AnswerPart("Hi."),)))


def test_a_turn_with_a_call_is_read_ahead_once(bench: Bench) -> None:
    bench.session.send("What is 37 * 48?")
    bench.call("calculator", expression="37*48")
    bench.session.answer_consent("call_1", ConsentAnswer(True))
    bench.tools.say(ToolFinished("1776", False, 0.1))
    assert read_ahead(bench) == []
    bench.answer(AnswerDelta("1776"))
    [asked] = read_ahead(bench)
    assert asked.messages[-1].text == "1776"
    assert len(asked.messages[-1].parts) == 3


def test_an_answer_that_was_stopped_is_read_ahead(bench: Bench) -> None:
    bench.session.send("Hello")
    request = bench.engine.sent[-1][0]
    bench.engine.say(AnswerDelta("Hi"))
    bench.session.stop()
    bench.engine.say(finished("cancelled"), to=request)
    assert [asked.messages[-1].text for asked in read_ahead(bench)] == ["Hi"]


@pytest.mark.parametrize("end", [finished("cancelled"), RequestFailed("internal", "It failed.")])
def test_nothing_is_read_ahead_without_an_answer(bench: Bench, end: GenerationFinished | RequestFailed) -> None:
    bench.session.send("Hello")
    bench.engine.say(end)
    assert not bench.session.busy
    assert read_ahead(bench) == []


def test_a_preference_turns_it_off(bench: Bench) -> None:
    bench.session.configure(read_ahead=False)
    bench.session.send("Hello")
    bench.answer(AnswerDelta("Hi."))
    assert read_ahead(bench) == []


def test_another_conversation_is_not_read_ahead(bench: Bench) -> None:
    bench.session.send("Hello")
    request = bench.engine.sent[-1][0]
    bench.session.new()
    bench.engine.say(AnswerDelta("Hi."), finished(), to=request)
    assert read_ahead(bench) == []


def test_the_next_message_need_not_wait_for_it(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.answer(AnswerDelta("Hi."))
    assert bench.session.send("And now?")
    assert isinstance(bench.engine.sent[-1][1], Generate)
    assert bench.engine.cancelled == []
