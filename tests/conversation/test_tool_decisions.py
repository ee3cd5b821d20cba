"""What a person decides about tools: with what a call runs, for how long that counts, where it is kept, and revoked."""

from __future__ import annotations

import pytest

from backends.contract.chat import ConversationSettings, ResultPart
from backends.contract.commands import RunTool
from backends.contract.errors import MinimError
from backends.contract.events import AnswerDelta, ToolFinished, ToolsListed
from backends.contract.tools import AllowedTool, ConsentAnswer, consent_to
from backends.conversation.changes import CallProgressed, QuestionWaits, SessionFailed, SettingsChanged, ToolAllowed
from backends.conversation.permissions import Policy
from backends.conversation.refusals import there
from tests.conversation.conftest import CALCULATOR, CLOCK, Bench

ALLOWED = AllowedTool(CALCULATOR.key, CALCULATOR.digest)
FOR_THE_CONVERSATION = ConsentAnswer(True, "conversation")


def asked_for(bench: Bench, *, expression: str = "1") -> list[RunTool]:
    """Lets the model call the calculator; → every call that ran so far."""
    bench.call("calculator", expression=expression)
    return bench.tools.asked(RunTool)


def ran(bench: Bench) -> None:
    """The tool answers, and the model too."""
    bench.tools.say(ToolFinished("1", False, 0.0))
    bench.answer(AnswerDelta("1"))


def stored(bench: Bench, conversation: str) -> ConversationSettings:
    return there(bench.store.conversation(conversation)).settings


def test_edited_arguments_run_with_a_consent_to_them_and_the_model_is_told(bench: Bench) -> None:
    bench.session.send("Hello")
    asked_for(bench, expression="1 + 1")
    values: list[object] = [1, 2.0, True, None, {"a\ud83d": "b\ud83d"}]
    edited: dict[str, object] = {"expression": "2\ud83d", "list": values, "big": 2**70}
    bench.session.answer_consent("call_1", ConsentAnswer(True, arguments=edited))
    values.append("after the answer")  # the view goes on with its own
    sent = {"expression": "2\ufffd", "list": [1, 2.0, True, None, {"a\ufffd": "b\ufffd"}], "big": 2**70}
    [run] = bench.tools.asked(RunTool)
    assert run.consent is not None
    assert run == RunTool("calculator", sent, consent_to(CALCULATOR, sent, run.consent.ticket))
    bench.tools.say(ToolFinished("2", False, 0.1))
    call, result = bench.prompts[-1].messages[-1].parts
    assert getattr(call, "arguments", None) == {"expression": "1 + 1"}
    assert result == ResultPart("call_1", "2", False, 0.1, ran_with=sent)
    [kept] = [part for part in bench.store.branch(bench.session.conversation.leaf)[-1].message.parts if part == result]
    assert isinstance(kept, ResultPart)
    assert kept.ran_with is not None
    assert [type(value) for value in kept.ran_with["list"][:3]] == [int, float, bool], "JSON types are kept"


def test_an_answer_that_comes_twice_or_late_changes_nothing(bench: Bench) -> None:
    bench.session.send("Hello")
    asked_for(bench)
    bench.session.answer_consent("call_2", ConsentAnswer(True, "always", arguments={"expression": "9"}))
    assert bench.tools.asked(RunTool) == []
    bench.session.answer_consent("call_1", ConsentAnswer(True))
    bench.session.answer_consent("call_1", ConsentAnswer(True, "conversation", arguments={"expression": "9"}))
    ran(bench)
    bench.session.answer_consent("call_1", ConsentAnswer(True, "always", arguments={"expression": "9"}))
    assert [run.arguments for run in bench.tools.asked(RunTool)] == [{"expression": "1"}]
    assert bench.told(ToolAllowed) == []
    assert bench.session.conversation.settings.allowed_tools == ()


def test_each_run_has_a_ticket_of_its_own(bench: Bench) -> None:
    bench.session.send("Hello")
    asked_for(bench)
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    bench.tools.say(ToolFinished("1", False, 0.0))
    asked_for(bench)
    first, second = (run.consent.ticket for run in bench.tools.asked(RunTool) if run.consent is not None)
    assert first != second


def test_a_tool_allowed_for_the_conversation_is_kept_with_it_and_only_there(bench: Bench) -> None:
    bench.session.send("one")
    here = bench.session.conversation.id
    asked_for(bench)
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    assert bench.told(ToolAllowed) == [ToolAllowed(ALLOWED, "conversation")]
    assert bench.told(SettingsChanged)[-1] == SettingsChanged(here, ConversationSettings(allowed_tools=(ALLOWED,)))
    assert stored(bench, here).allowed_tools == (ALLOWED,)
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert len(asked_for(bench)) == 2, "in the same turn"
    ran(bench)

    bench.session.send("two")
    assert len(asked_for(bench)) == 3, "in a later turn"
    ran(bench)
    bench.session.new()
    bench.session.send("elsewhere")
    assert len(asked_for(bench)) == 3, "another conversation asks"
    bench.session.answer_consent("call_1", ConsentAnswer(True))
    ran(bench)

    again = Bench(bench.path)
    again.session.open(here)
    again.session.send("three")
    assert len(asked_for(again)) == 1, "in another run of the app"
    again.session.close()
    again.store.close()


def test_a_tool_that_changed_asks_again_and_takes_the_former_ones_place(bench: Bench) -> None:
    bench.session.send("one")
    asked_for(bench)
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    ran(bench)
    changed = type(CALCULATOR)(CALCULATOR.name, "Something else.", CALCULATOR.parameters)
    bench.tools.say_unasked(ToolsListed((changed, CLOCK)))
    bench.session.send("two")
    assert len(asked_for(bench)) == 1
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    assert bench.session.conversation.settings.allowed_tools == (AllowedTool(changed.key, changed.digest),)


def test_always_is_told_and_kept_by_whoever_keeps_the_preferences(bench: Bench) -> None:
    bench.session.send("one")
    asked_for(bench)
    bench.session.answer_consent("call_1", ConsentAnswer(True, "always"))
    assert bench.told(ToolAllowed) == [ToolAllowed(ALLOWED, "always")]
    assert bench.session.conversation.settings == ConversationSettings()
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert len(asked_for(bench)) == 2, "the running turn takes it at once"
    ran(bench)
    bench.session.send("two")
    assert len(asked_for(bench)) == 2, "nobody kept it"


def test_where_always_is_forbidden_it_is_once(bench: Bench) -> None:
    bench.session.configure(policy=Policy(may_allow_always=False))
    bench.session.send("one")
    asked_for(bench)
    bench.session.answer_consent("call_1", ConsentAnswer(True, "always"))
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert len(asked_for(bench)) == 1
    assert bench.told(ToolAllowed) == []


def test_settings_that_are_older_neither_allow_nor_revoke(bench: Bench) -> None:
    bench.session.set_settings(ConversationSettings("Be brief.", allowed_tools=(ALLOWED,)))
    bench.session.send("one")
    assert asked_for(bench) == [], "an options panel allows nothing"
    older = bench.session.conversation.settings
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    bench.session.set_settings(older)
    assert bench.session.conversation.settings == ConversationSettings("Be brief.", allowed_tools=(ALLOWED,))
    assert stored(bench, bench.session.conversation.id).allowed_tools == (ALLOWED,)


def test_revoking_asks_again_also_in_the_turn_that_runs(bench: Bench) -> None:
    bench.session.send("one")
    here = bench.session.conversation.id
    asked_for(bench)
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    bench.session.revoke("of another tool")
    assert stored(bench, here).allowed_tools == (ALLOWED,)
    bench.session.revoke(CALCULATOR.digest)
    assert bench.told(SettingsChanged)[-1] == SettingsChanged(here, ConversationSettings())
    assert stored(bench, here) == ConversationSettings()
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert len(asked_for(bench)) == 1
    assert bench.session.phase == "asking"


def test_what_the_preferences_take_back_counts_at_once(bench: Bench) -> None:
    bench.session.configure(policy=Policy(always=frozenset({CALCULATOR.digest})))
    bench.session.send("one")
    asked_for(bench)
    bench.session.configure(policy=Policy())
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert len(asked_for(bench)) == 1


def test_a_turn_elsewhere_keeps_what_holds_in_its_own_conversation(bench: Bench) -> None:
    bench.session.send("one")
    asked_for(bench)
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    bench.session.new()
    bench.session.configure(policy=Policy(allow_harmless=False, names=frozenset({"clock"})))
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert len(asked_for(bench)) == 2


def test_a_conversation_that_goes_on_in_a_new_one_takes_no_permission_along(bench: Bench) -> None:
    bench.session.send("one")
    asked_for(bench)
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    ran(bench)
    bench.session.continue_in_new()
    bench.answer(AnswerDelta("This is it."))
    assert bench.session.conversation.settings.allowed_tools == ()
    bench.session.send("two")
    assert len(asked_for(bench)) == 1


def test_a_disk_that_is_full_does_not_undo_an_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MinimError("disk_full", "The disk is full.", "Make room.")

    bench.session.send("one")
    asked_for(bench)
    monkeypatch.setattr(bench.store, "set_settings", full)
    bench.session.answer_consent("call_1", FOR_THE_CONVERSATION)
    assert [change.kind for change in bench.told(SessionFailed)] == ["disk_full"]
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert len(asked_for(bench)) == 2, "the turn goes by it"


def test_a_question_that_waits_is_told_wherever_it_is(bench: Bench) -> None:
    bench.session.send("one")
    here = bench.session.conversation.id
    bench.session.rename(here, "Sums")
    asked_for(bench)
    bench.session.answer_consent("call_1", ConsentAnswer(False))
    bench.session.new()
    asked_for(bench)
    waits = QuestionWaits(here, "Sums")
    assert bench.told(QuestionWaits) == [waits, QuestionWaits(""), waits]
    bench.session.stop(anywhere=True)
    assert bench.told(QuestionWaits)[-1] == QuestionWaits("")
    assert len(bench.told(QuestionWaits)) == 4


def test_a_view_that_turns_away_as_it_answers_allows_nothing_elsewhere(bench: Bench) -> None:
    def turning_away(change: object) -> None:
        if isinstance(change, CallProgressed) and change.progress == "asking":
            bench.session.answer_consent(change.call_id, FOR_THE_CONVERSATION)
            bench.session.new()

    bench.session.send("one")
    here = bench.session.conversation.id
    bench.session._on_change = turning_away  # pyright: ignore[reportPrivateUsage] - a view that answers at once
    asked_for(bench)
    assert stored(bench, here).allowed_tools == (ALLOWED,)
    assert bench.session.conversation.id != here
    assert bench.session.conversation.settings.allowed_tools == ()
