"""A context that is full: told, and the person stops, drops the oldest turns, or goes on with a summary."""

from __future__ import annotations

import pytest

from backends.contract.chat import ConversationSettings, GenerationOptions
from backends.contract.commands import ReadAhead
from backends.contract.events import AnswerDelta, ToolFinished
from backends.conversation.changes import (
    ContextFilled,
    MessageEnded,
    SessionFailed,
    SettingsChanged,
    UsageChanged,
)
from backends.conversation.permissions import Policy
from tests.conversation.conftest import Bench
from tests.conversation.filling import FULL, TURN, a_full_one, answer_is, branch, ended, filled, signs, turn


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.session.configure(context_length=1000, memory_context=1000, tools_enabled=False)
    return bench


def test_a_prompt_without_room(bench: Bench) -> None:
    here = a_full_one(bench)
    assert bench.told(ContextFilled) == [ContextFilled(here, 1000, 1000, False)]
    assert bench.told(SessionFailed)[-1].kind == "context_full"
    assert (branch(bench)[-1].status, branch(bench)[-1].kind) == ("failed", "context_full")
    bench.session.send("d")
    answer_is(bench, FULL)
    assert len(filled(bench)) == 2, "each time a turn ends for lack of room"


def test_an_answer_that_ran_out_of_room(bench: Bench) -> None:
    turn(bench, "a", 1000, "length")
    assert filled(bench) == [(1000, 1000, False)]
    assert bench.told(SessionFailed) == []


def test_an_answer_that_reached_its_own_limit(bench: Bench) -> None:
    bench.session.configure(options=GenerationOptions(max_tokens=10))
    turn(bench, "a", 900, "length")
    turn(bench, "b", 1000, "length")
    assert filled(bench) == []


def test_a_tool_loop_that_fills_it_keeps_what_was_written(bench: Bench) -> None:
    bench.session.configure(tools_enabled=True, policy=Policy(allow_all=True))
    bench.session.send("What is 37 * 48?")
    bench.call("calculator", expression="37*48")
    bench.tools.say(ToolFinished("1776", False, 0.1))
    answer_is(bench, FULL)
    assert bench.told(MessageEnded)[-1].status == "length"
    assert bench.told(SessionFailed) == []
    assert len(branch(bench)[-1].message.parts) == 2
    assert filled(bench) == [(1000, 1000, False)]


def test_memory_is_told_once_until_there_is_room(bench: Bench) -> None:
    bench.session.configure(context_length=2000, memory_context=500)
    turn(bench, "a", 400)
    assert filled(bench) == []
    turn(bench, "b", 800)
    turn(bench, "c", 900)
    assert filled(bench) == [(800, 500, True)], "going on is possible"
    bench.session.edit(branch(bench)[0].id, "short")
    answer_is(bench, AnswerDelta("s"), ended(20))
    assert filled(bench)[1:] == [(0, 2000, False)]


def test_it_is_told_again_when_the_conversation_is_opened_again(bench: Bench) -> None:
    here = a_full_one(bench)
    bench.session.new()
    assert bench.told(ContextFilled)[-1] == ContextFilled(bench.session.conversation.id, 0, 1000, False)
    bench.session.open(here)
    assert bench.told(ContextFilled)[-1] == ContextFilled(here, 1000, 1000, False)


def test_it_is_known_after_the_app_was_closed(bench: Bench) -> None:
    here = a_full_one(bench)
    again = Bench(bench.path)
    again.session.open(here)
    assert filled(again) == [], "no model is loaded"
    again.session.configure(context_length=100_000)
    assert filled(again) == [], "there is much room in this one"
    again.session.configure(context_length=1000)
    assert filled(again) == [(1000, 1000, False)]
    again.session.configure(context_length=100_000)
    assert filled(again)[1:] == [(0, 100_000, False)]
    again.session.close()
    again.store.close()


def test_what_ended_without_room_elsewhere_is_told_there_only(bench: Bench) -> None:
    turn(bench, "a", 400)
    here = bench.session.conversation.id
    bench.session.send("b" + TURN)
    bench.session.new()
    answer_is(bench, FULL)
    assert filled(bench) == []
    bench.session.open(here)
    assert filled(bench) == [(1000, 1000, False)]


def test_memory_that_is_full_has_room_again_when_turns_are_dropped(bench: Bench) -> None:
    bench.session.configure(context_length=2000, memory_context=500)
    turn(bench, "a", 400)
    turn(bench, "b", 800)
    bench.session.drop_oldest()
    assert filled(bench) == [(800, 500, True), (0, 2000, False)]
    bench.session.new()
    bench.session.open(bench.store.list_conversations()[0].id)
    assert len(filled(bench)) == 2


def test_dropping_the_oldest_turns(bench: Bench) -> None:
    bench.session.set_settings(ConversationSettings("Be brief."))
    a_full_one(bench)
    before = branch(bench)
    assert bench.session.drop_oldest()
    assert signs(bench.prompts[-1].messages) == "Bc", "1,000 tokens: c alone is below half, b and c are not"
    assert filled(bench)[-1] == (0, 1000, False)
    settings = bench.told(SettingsChanged)[-1].settings
    assert settings.first_message == before[-2].id
    assert settings.system_prompt == "Be brief."
    answer_is(bench, AnswerDelta("C"), ended(210))
    assert signs(tuple(record.message for record in branch(bench))) == "aAbBcC", "they stay in the conversation"
    bench.session.send("d")
    assert signs(bench.prompts[-1].messages) == "BcCd"


def test_a_further_call_drops_more(bench: Bench) -> None:
    for number in range(6):
        bench.session.send(f"{number}" + "x" * 80)
        answer_is(bench, AnswerDelta("y"), ended(100 * (number + 1)))
    bench.session.send("9")
    answer_is(bench, FULL)
    prompts: list[str] = []
    while bench.session.drop_oldest():
        prompts.append(signs(bench.prompts[-1].messages))
        answer_is(bench, FULL)
    assert prompts[0][0] in "34", "about half"
    assert [prompt[-1] for prompt in prompts] == ["9"] * len(prompts), "never the last person's message"
    assert len(set(prompts)) == len(prompts) > 1
    assert prompts[-1] == "9"
    assert bench.told(SessionFailed)[-1].kind == "context_full"
    assert "no older turn" in bench.told(SessionFailed)[-1].message


def test_how_long_tokens_are_is_learned_from_what_was_counted(bench: Bench) -> None:
    """One sign a token: the message that failed is longer than what is known of it, which is that it was too long."""
    bench.session.configure(context_length=2000)
    for number in range(8):
        bench.session.send(f"{number}" + "x" * 99)
        answer_is(bench, AnswerDelta("y" * 100), ended(100 * (2 * number + 1) + 10))
    bench.session.send("9" + "x" * 679)
    answer_is(bench, FULL)
    bench.session.drop_oldest()
    assert signs(bench.prompts[-1].messages) == "7y9"


def test_an_answer_that_was_cut_off_is_left_as_it_is(bench: Bench) -> None:
    turn(bench, "a", 400)
    turn(bench, "b", 1000, "length")
    here, before = bench.session.conversation.id, branch(bench)
    asked = len(bench.prompts)
    assert bench.session.drop_oldest()
    assert len(bench.prompts) == asked
    assert signs(bench.engine.asked(ReadAhead)[-1].messages) == "bB", "read while the next message is typed"
    assert bench.engine.asked(ReadAhead)[-1].conversation == here
    assert filled(bench) == [(1000, 1000, False), (0, 1000, False)]
    bench.session.open(here)
    assert len(filled(bench)) == 2
    assert [record.message for record in branch(bench)] == [record.message for record in before]
    again = Bench(bench.path)
    again.session.open(here)
    again.session.configure(context_length=700)
    assert filled(again) == [], "what filled it was dropped"
    again.session.close()
    again.store.close()
    bench.session.send("c")
    assert signs(bench.prompts[-1].messages) == "bBc"


def test_a_first_message_that_is_on_another_branch_is_ignored(bench: Bench) -> None:
    a_full_one(bench)
    bench.session.drop_oldest()
    answer_is(bench, AnswerDelta("C"), ended(210))
    bench.session.edit(branch(bench)[2].id, "e")
    assert signs(bench.prompts[-1].messages) == "aAe"


def test_editing_the_first_message_that_is_given_leaves_out_what_was_dropped(bench: Bench) -> None:
    a_full_one(bench)
    bench.session.drop_oldest()
    answer_is(bench, AnswerDelta("C"), ended(210))
    bench.session.edit(branch(bench)[4].id, "e")
    assert signs(bench.prompts[-1].messages) == "e"


def test_a_prompt_never_begins_with_an_answer(bench: Bench) -> None:
    turn(bench, "a", 400)
    bench.session.set_settings(ConversationSettings(first_message=branch(bench)[1].id))
    bench.session.send("b")
    assert signs(bench.prompts[-1].messages) == "b"


def test_nothing_to_choose_while_an_answer_is_written(bench: Bench) -> None:
    bench.session.send("a")
    assert not bench.session.drop_oldest()
    assert not bench.session.continue_in_new()
    assert [told.kind for told in bench.told(SessionFailed)] == ["busy", "busy"]
    answer_is(bench, AnswerDelta("A"), ended(20))
    bench.session.new()
    assert not bench.session.drop_oldest()
    assert not bench.session.continue_in_new()


def test_the_tokens_in_use_are_those_of_the_branch_that_is_shown(bench: Bench) -> None:
    turn(bench, "a", 400)
    turn(bench, "b", 800)
    here, asked = bench.session.conversation.id, branch(bench)[2].id

    def used() -> int:
        return bench.told(UsageChanged)[-1].usage.context_tokens

    bench.session.new()
    turn(bench, "c", 500)
    bench.session.open(here)
    assert used() == 800
    bench.session.edit(asked, "d")
    answer_is(bench, AnswerDelta("D"), ended(420))
    bench.session.show_branch(asked)
    assert used() == 800
    bench.session.drop_oldest()
    assert used() == 0, "nobody has counted it yet"
