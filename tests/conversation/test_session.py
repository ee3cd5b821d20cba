"""Conversations as a front end drives them: what is stored when, what is told, and what becomes of a running turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backends.contract.chat import (
    AnswerPart,
    CallPart,
    GenerationOptions,
    Message,
    ReasoningPart,
    ResultPart,
    TextPart,
    user_message,
)
from backends.contract.commands import ListTools, RunTool
from backends.contract.errors import MinimError
from backends.contract.events import (
    AnswerDelta,
    GenerationProgress,
    PrefillProgress,
    ReasoningDelta,
    RequestFailed,
    ToolArgumentDelta,
    ToolCallStarted,
    ToolFinished,
    ToolsListed,
)
from backends.contract.tools import ConsentAnswer, consent_to
from backends.conversation.changes import (
    AnswerChanged,
    CallProgressed,
    ConversationShown,
    ConversationsListed,
    MessageAdded,
    MessageEnded,
    PhaseChanged,
    PromptRead,
    QuestionWaits,
    SessionFailed,
    UsageChanged,
)
from backends.conversation.permissions import Policy
from backends.storage.conversations import ConversationStore
from backends.storage.records import MessageRecord
from tests.conversation.conftest import CALCULATOR, CLOCK, Bench, finished


def on_disk(bench: Bench) -> tuple[MessageRecord, ...]:
    """The shown branch as another process would find it now. Opening the store would end what is being written."""
    return bench.store.branch(bench.session.conversation.leaf)


def test_the_prompt_is_stored_before_the_engine_is_asked(bench: Bench) -> None:
    found: list[tuple[str, ...]] = []
    send = bench.engine.send

    def looking(command: object) -> int:
        other = ConversationStore(bench.path)
        leaf = other.list_conversations()[0].leaf
        found.append(tuple(record.message.text for record in other.branch(leaf)))
        other.close()
        return send(command)  # pyright: ignore[reportArgumentType] - whatever it was given

    bench.engine.send = looking
    assert bench.session.send("Hello")
    assert found == [("Hello", "")]


def test_a_new_conversation_is_stored_with_its_first_message_and_called_by_its_words(bench: Bench) -> None:
    assert bench.store.list_conversations() == ()
    shown = bench.session.conversation
    bench.session.send("How do turtles sleep at night, in winter and in summer?")
    [stored] = bench.store.list_conversations()
    assert stored.id == shown.id == bench.session.conversation.id
    assert stored.title == "How do turtles sleep at night, in winter…"
    assert bench.told(ConversationsListed)[-1].conversations == (stored,)


def test_an_answer_is_told_and_kept(bench: Bench) -> None:
    bench.session.send("Hello")
    assert bench.session.phase == "reading"
    bench.engine.say(PrefillProgress(2, 5, 10), ReasoningDelta("Hm."))
    bench.now += 2.5
    bench.engine.say(AnswerDelta("Hi"), AnswerDelta(" there"), GenerationProgress(finished().usage, 77))
    assert bench.session.phase == "answering"
    bench.answer()

    asked, answer = on_disk(bench)
    assert asked.message == user_message("Hello")
    assert answer.message.parts == (ReasoningPart("Hm.", 2.5), AnswerPart("Hi there"))
    assert (answer.status, answer.model) == ("complete", "Pocket M2")
    assert bench.told(PromptRead) == [PromptRead(2, 5, 10)]
    assert [change.memory_bytes for change in bench.told(UsageChanged)] == [77, 1000]
    assert bench.told(MessageEnded) == [MessageEnded(answer.id, "complete")]
    assert [change.phase for change in bench.told(PhaseChanged)] == [
        "idle",
        "reading",
        "reasoning",
        "answering",
        "idle",
    ]
    assert (bench.session.phase, bench.session.busy) == ("idle", False)


def test_the_partial_answer_is_stored_once_a_second_and_at_each_part(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.engine.say(AnswerDelta("a"))
    assert on_disk(bench)[-1].message.text == "a"
    bench.now += 0.9
    bench.engine.say(AnswerDelta("b"))
    assert on_disk(bench)[-1].message.text == "a"
    bench.now += 0.2
    bench.engine.say(AnswerDelta("c"))
    assert (on_disk(bench)[-1].message.text, on_disk(bench)[-1].status) == ("abc", "writing")
    bench.engine.say(AnswerDelta("d"), ReasoningDelta("?"))
    assert on_disk(bench)[-1].message.parts == (AnswerPart("abcd"), ReasoningPart("?"))


def test_an_answer_is_told_to_begin_and_to_end_wherever_it_is_written(bench: Bench) -> None:
    bench.session.send("Hello")
    here = bench.session.conversation.id
    assert bench.told(AnswerChanged) == [AnswerChanged(here, "writing")]
    bench.session.new()
    bench.answer()
    assert bench.told(AnswerChanged)[1:] == [AnswerChanged(here, "complete")]
    assert bench.told(MessageEnded) == [], "that is told of what is shown"
    bench.session.open(here)
    bench.session.send("And?")
    bench.session.close()
    assert bench.told(AnswerChanged)[2:] == [AnswerChanged(here, "writing"), AnswerChanged(here, "stopped")]


def test_a_turn_with_a_call_that_is_allowed(bench: Bench) -> None:
    bench.session.configure(system_prompt="Be brief.", options=GenerationOptions(max_tokens=9))
    bench.session.send("What is 37 * 48?")
    bench.engine.say(ToolCallStarted(0, "calculator"), ToolArgumentDelta(0, "expression", "37 *"))
    bench.call("calculator", expression="37 * 48")
    assert bench.session.phase == "asking"
    [asking] = bench.told(CallProgressed)
    assert (asking.call_id, asking.progress, asking.tool) == ("call_1", "asking", CALCULATOR)
    assert bench.tools.asked(RunTool) == []

    bench.session.answer_consent("call_1", ConsentAnswer(True))
    arguments = {"expression": "37 * 48"}
    [run] = bench.tools.asked(RunTool)
    assert run.consent is not None
    assert run.consent.ticket
    consent = consent_to(CALCULATOR, arguments, run.consent.ticket)
    assert run == RunTool("calculator", arguments, consent)
    bench.tools.say(ToolFinished("1776", False, 0.1))
    bench.answer(AnswerDelta("It is 1776."))

    first, second = bench.prompts
    system = Message("system", (TextPart("Be brief."),))
    assert first.messages == (system, user_message("What is 37 * 48?"))
    call = CallPart("call_1", "calculator", arguments, "<calculator>", "ready")
    result = ResultPart("call_1", "1776", False, 0.1)
    assert second.messages == (*first.messages, Message("assistant", (call, result)))
    assert (second.tools, second.options) == ((CALCULATOR, CLOCK), GenerationOptions(max_tokens=9))
    assert on_disk(bench)[-1].message.parts == (call, result, AnswerPart("It is 1776."))
    assert [change.progress for change in bench.told(CallProgressed)] == ["asking", "running", "done"]


def test_a_call_that_is_not_allowed_never_runs(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.call("calculator", expression="1")
    bench.session.answer_consent("call_1", ConsentAnswer(False, note=" Not now. "))
    assert bench.tools.asked(RunTool) == []
    [*_, result] = bench.prompts[-1].messages[-1].parts
    text = "Error: The person did not allow this call. Not now."
    assert result == ResultPart("call_1", text, is_error=True)


def test_tools_that_were_allowed_run_unasked(bench: Bench) -> None:
    bench.session.configure(policy=Policy(always=frozenset({CALCULATOR.digest})))
    bench.session.send("Hello")
    bench.call("calculator", expression="1")
    assert len(bench.tools.asked(RunTool)) == 1


def test_call_ids_differ_within_a_message(bench: Bench) -> None:
    bench.session.configure(policy=Policy(allow_all=True))
    bench.session.send("Hello")
    for _ in range(3):
        bench.call("calculator", expression="1")
        bench.tools.say(ToolFinished("1", False, 0.0))
    results = [part.call_id for part in on_disk(bench)[-1].message.parts if isinstance(part, ResultPart)]
    assert results == ["call_1", "call_2", "call_3"]


def test_without_tools_none_are_offered_or_asked_for(tmp_path: Path, bench: Bench) -> None:
    bench.session.configure(tools_enabled=False)
    bench.session.send("Hello")
    assert bench.prompts[0].tools == ()


def test_answering_a_question_from_inside_its_change(bench: Bench) -> None:
    class Eager(list[object]):
        def append(self, change: object) -> None:
            super().append(change)
            if isinstance(change, CallProgressed) and change.progress == "asking":
                bench.session.answer_consent(change.call_id, ConsentAnswer(True))

    eager = Eager()
    bench.session._on_change = eager.append  # pyright: ignore[reportPrivateUsage] - takes the list's place
    bench.session.send("Hello")
    bench.call("calculator", expression="1")
    assert bench.session.phase == "running_tool"
    assert eager[-1] == PhaseChanged("running_tool")


def test_stop_keeps_what_was_written(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.engine.say(AnswerDelta("Once upon"))
    bench.session.stop()
    assert bench.engine.cancelled == [bench.engine.sent[-1][0]]
    assert bench.session.phase == "stopping"
    bench.engine.say(AnswerDelta(" a time"), finished("cancelled"))
    assert (on_disk(bench)[-1].message.text, on_disk(bench)[-1].status) == ("Once upon a time", "stopped")
    bench.engine.say(AnswerDelta(" late"), finished())
    assert on_disk(bench)[-1].message.text == "Once upon a time"
    assert len(bench.told(MessageEnded)) == 1


def test_stop_anywhere_reaches_a_turn_that_is_not_shown(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.session.new()
    bench.session.stop()
    assert bench.engine.cancelled == []
    bench.session.stop(anywhere=True)
    bench.engine.say(finished("cancelled"))
    assert not bench.session.busy


def test_late_events_of_a_former_request_are_dropped(bench: Bench) -> None:
    bench.session.send("one")
    former = bench.engine.sent[-1][0]
    bench.session.stop()
    bench.session.stop()
    bench.session.send("two")
    bench.engine.say(AnswerDelta("late"), finished("cancelled"), to=former)
    assert bench.session.busy
    bench.answer(AnswerDelta("right"))
    assert on_disk(bench)[-1].message.text == "right"


def test_an_engine_that_dies_leaves_what_it_wrote(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.engine.say(ReasoningDelta("Hm."), ToolCallStarted(0, "clock"), ToolArgumentDelta(0, "timezone", "As"))
    bench.engine.die()
    answer = on_disk(bench)[-1]
    assert answer.status == "failed"
    assert "SIGKILL" in answer.failure
    assert answer.message.parts == (
        ReasoningPart("Hm."),
        CallPart("call_1", "clock", {"timezone": "As"}, state="unfinished"),
    )
    assert bench.told(MessageEnded) == [MessageEnded(answer.id, "failed", answer.failure)]
    [failed] = bench.told(SessionFailed)
    assert failed.kind == "worker_died"
    assert "Load the model again" in failed.hint
    assert bench.session.send("Go on"), "the session goes on"


def test_an_engine_that_was_asked_to_end_stops_the_answer(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.engine.say(AnswerDelta("Once"))
    bench.engine.die(expected=True)
    assert (on_disk(bench)[-1].message.text, on_disk(bench)[-1].status) == ("Once", "stopped")
    assert bench.told(SessionFailed) == []


def test_a_failure_before_the_first_word_is_kept_with_its_words_and_asked_again_together(bench: Bench) -> None:
    bench.session.send("Hello")
    bench.engine.say(RequestFailed("no_model", "No model is loaded.", "Load one."))
    answer = on_disk(bench)[-1]
    assert (answer.message.parts, answer.status, answer.failure) == ((), "failed", "No model is loaded.")
    assert bench.told(SessionFailed) == [SessionFailed("no_model", "No model is loaded.", "Load one.")]
    bench.session.send("Still there?")
    assert bench.prompts[-1].messages == (user_message("Hello\n\nStill there?"),)


def test_busy_and_blank_and_gone(bench: Bench) -> None:
    assert not bench.session.send(" \n")
    bench.session.send("one")
    assert not bench.session.send("two")
    assert not bench.session.regenerate(1)
    assert not bench.session.edit(1, "other")
    bench.session.show_branch(1)
    assert [change.kind for change in bench.told(SessionFailed)] == ["busy"] * 4
    assert len(on_disk(bench)) == 2
    bench.answer()
    bench.session.open("nowhere")
    bench.session.regenerate(999)
    bench.session.edit(2, "an answer cannot be edited")
    assert [change.kind for change in bench.told(SessionFailed)[4:]] == ["bad_request"] * 3


def test_edit_regenerate_and_going_back(bench: Bench) -> None:
    session = bench.session
    session.send("one")
    bench.answer(AnswerDelta("first"))
    asked, first = on_disk(bench)
    assert session.regenerate(first.id)
    shown = bench.told(ConversationShown)[-1]
    assert [record.id for record in shown.messages] == [asked.id]
    bench.answer(AnswerDelta("second"))
    second = on_disk(bench)[-1]
    assert second.siblings == (first.id, second.id)
    assert bench.told(MessageAdded)[-1].message.siblings == second.siblings
    assert bench.prompts[-1].messages == (user_message("one"),)

    assert session.edit(asked.id, "uno")
    bench.answer(AnswerDelta("primo"))
    assert [record.message.text for record in on_disk(bench)] == ["uno", "primo"]
    assert bench.prompts[-1].messages == (user_message("uno"),)

    session.show_branch(asked.id)
    shown = bench.told(ConversationShown)[-1]
    assert [record.message.text for record in shown.messages] == ["one", "second"]
    session.show_branch(first.id)
    assert [record.message.text for record in bench.told(ConversationShown)[-1].messages] == ["one", "first"]
    session.send("and then?")
    texts = [message.text for message in bench.prompts[-1].messages]
    assert texts == ["one", "first", "and then?"]


def test_a_turn_goes_on_while_another_conversation_is_shown(bench: Bench) -> None:
    bench.session.send("one")
    here = bench.session.conversation.id
    bench.engine.say(AnswerDelta("a"))
    bench.session.new()
    assert bench.session.phase == "idle"
    told = len(bench.changes)
    bench.engine.say(AnswerDelta("b"))
    assert len(bench.changes) == told, "nothing of it concerns the conversation that is shown"
    bench.session.open(here)
    assert bench.told(ConversationShown)[-1].messages[-1].message.text == "ab"
    assert on_disk(bench)[-1].message.text == "a", "what is shown is newer than what is stored"

    bench.session.new()
    told = len(bench.changes)
    bench.call("calculator", expression="1")
    bench.session.answer_consent("call_1", ConsentAnswer(True))
    bench.session.stop()
    assert bench.changes[told:] == [QuestionWaits(here, "one")], "a question is told wherever it waits"
    assert not bench.session.send("two"), "one turn at a time"

    bench.session.open(here)
    shown, _, phase, asking, _ = bench.changes[-5:]
    assert isinstance(shown, ConversationShown)
    assert shown.messages[-1].message.text == "ab"
    assert shown.messages[-1].status == "writing"
    assert phase == PhaseChanged("asking")
    assert isinstance(asking, CallProgressed)
    bench.session.answer_consent(asking.call_id, ConsentAnswer(True))
    bench.session.new()
    bench.tools.say(ToolFinished("1", False, 0.0))
    bench.answer(AnswerDelta("done"))
    leaf = bench.store.list_conversations()[0].leaf
    assert bench.store.branch(leaf)[-1].message.parts[-1] == AnswerPart("done")
    assert bench.session.send("two")


def test_deleting_stops_what_runs_and_can_be_undone(bench: Bench) -> None:
    bench.session.send("one")
    gone = bench.session.conversation.id
    bench.engine.say(AnswerDelta("partial"))
    bench.session.delete(gone)
    assert bench.engine.cancelled
    assert not bench.session.busy
    assert bench.session.conversation.id != gone
    assert bench.told(ConversationsListed)[-1].conversations == ()
    bench.session.restore(gone)
    bench.session.open(gone)
    answer = bench.told(ConversationShown)[-1].messages[-1]
    assert (answer.message.text, answer.status) == ("partial", "stopped")


def test_what_is_removed_is_gone_and_only_what_was_deleted_is(bench: Bench) -> None:
    bench.session.send("one")
    gone = bench.session.conversation.id
    bench.session.remove(gone)
    assert bench.store.conversation(gone) is not None
    bench.session.delete(gone)
    bench.store.caches_dropped((gone,))
    bench.session.remove(gone)
    assert bench.store.forgotten() == (gone,)
    bench.session.restore(gone)
    assert bench.told(ConversationsListed)[-1].conversations == ()


def test_rename(bench: Bench) -> None:
    bench.session.rename(bench.session.conversation.id, "Sums")
    bench.session.send("one")
    assert bench.store.list_conversations()[0].title == "Sums"
    bench.session.rename(bench.session.conversation.id, "  More\nsums \ud83d")
    assert bench.told(ConversationsListed)[-1].conversations[0].title == "More sums \ufffd"
    bench.session.rename(bench.session.conversation.id, "  ")
    assert bench.store.list_conversations()[0].title == "More sums \ufffd"


def test_a_disk_that_is_full_loses_nothing_that_is_shown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MinimError("disk_full", "The disk is full.", "Make room.")

    bench.session.send("one")
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "update_message", full)
        bench.engine.say(AnswerDelta("a"), ReasoningDelta("b"), AnswerDelta("c"))
        bench.answer()
        assert [change.kind for change in bench.told(SessionFailed)] == ["disk_full"]
        assert bench.told(MessageEnded)[-1].status == "complete"
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "add_message", full)
        assert not bench.session.send("two")
    assert bench.session.send("three")


def test_an_answer_that_a_full_disk_did_not_take_is_stored_when_there_is_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MinimError("disk_full", "The disk is full.", "Make room.")

    bench.session.send("Q")
    conversation = bench.session.conversation.id
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "update_message", full)
        bench.answer(AnswerDelta("whole"))
        bench.session.new()
        bench.session.open(conversation)
        shown = bench.told(ConversationShown)[-1].messages[-1]
        assert (shown.message.text, shown.status) == ("whole", "complete")
    bench.session.send("Next")
    assert [message.text for message in bench.prompts[-1].messages] == ["Q", "whole", "Next"]
    assert on_disk(bench)[1].status == "complete"


def test_the_first_message_waits_for_the_tools(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "early.db", tools_listed=False)
    bench.session.send("quick")
    assert bench.session.busy
    assert bench.session.phase == "reading"
    assert bench.prompts == []
    bench.tools.say(ToolsListed((CLOCK,)))
    assert bench.prompts[0].tools == (CLOCK,)
    bench.store.close()


def test_tools_that_cannot_be_listed_do_not_hold_up_the_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "early.db", tools_listed=False)
    bench.session.send("quick")
    bench.tools.die()
    assert bench.prompts[0].tools == ()
    assert [change.kind for change in bench.told(SessionFailed)] == ["worker_died"]
    assert len(bench.tools.asked(ListTools)) == 1, "it is not started again by itself"
    bench.answer()
    bench.session.send("again")
    bench.tools.say(ToolsListed((CLOCK,)))
    assert bench.prompts[1].tools == (CLOCK,)
    bench.store.close()


def test_tools_are_listed_again_after_their_worker_was_restarted(bench: Bench) -> None:
    bench.tools.die()
    bench.session.send("one")
    assert len(bench.tools.asked(ListTools)) == 2
    bench.tools.say(ToolsListed((CLOCK,)))
    assert bench.session.tools == (CLOCK,)
    assert bench.prompts[0].tools == (CLOCK,)


def test_closing_stores_what_was_written(bench: Bench) -> None:
    bench.session.send("one")
    bench.engine.say(AnswerDelta("a"), AnswerDelta("b"))
    bench.session.close()
    again = ConversationStore(bench.path)
    answer = again.branch(again.list_conversations()[0].leaf)[-1]
    assert (answer.message.text, answer.status) == ("ab", "stopped")
    again.close()


def test_half_a_character_does_not_break_anything(bench: Bench) -> None:
    assert bench.session.send("a\ud83d")
    bench.call("calculator", expression="1")
    bench.session.answer_consent("call_1", ConsentAnswer(False, note="\udc00"))
    assert on_disk(bench)[0].message.text == "a\ufffd"


def test_a_turn_waits_for_its_model_to_wake(tmp_path: Path) -> None:
    waiting: list[Callable[[], None]] = []
    bench = Bench(tmp_path / "waking.db", wake=waiting.append)
    bench.session.send("Hello")
    assert bench.session.busy
    assert bench.prompts == []
    bench.engine.die(expected=True)
    assert bench.session.busy, "the end of the old process is not the end of a turn that has not begun"
    waiting[0]()
    assert [prompt.messages for prompt in bench.prompts] == [(user_message("Hello"),)]
    bench.session.close()
    bench.store.close()


def test_a_turn_that_is_stopped_while_its_model_wakes_never_begins(tmp_path: Path) -> None:
    waiting: list[Callable[[], None]] = []
    bench = Bench(tmp_path / "waking.db", wake=waiting.append)
    bench.session.send("Hello")
    bench.session.stop()
    assert not bench.session.busy
    waiting[0]()
    assert bench.prompts == []
    bench.session.close()
    bench.store.close()
