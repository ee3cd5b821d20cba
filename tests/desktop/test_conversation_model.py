# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from backends.contract.chat import AnswerPart, CallPart, Message, ReasoningPart, ResultPart, user_message
from backends.contract.tools import ToolInfo
from backends.conversation.changes import (
    ArgumentExtended,
    CallPreviewed,
    CallProgressed,
    ConversationRecord,
    ConversationShown,
    MessageAdded,
    MessageEnded,
    MessageRecord,
    MessageStatus,
    PartAdded,
    PartReplaced,
    RoundsReached,
    TextExtended,
)
from backends.conversation.turn import NOT_ALLOWED
from desktop.models.conversation_model import ConversationModel

CONVERSATION = ConversationRecord("c", "", 0.0, 0.0)


def answer(number: int, status: MessageStatus = "writing") -> MessageRecord:
    return MessageRecord(number, "c", None, Message("assistant", ()), status, 0.0, "Model")


@pytest.fixture
def model() -> ConversationModel:
    made = ConversationModel()
    made.apply(ConversationShown(CONVERSATION, ()))
    made.apply(MessageAdded(answer(7)))
    return made


def test_text_that_streams_in_is_joined_and_told(model: ConversationModel, qtbot: QtBot) -> None:
    model.apply(PartAdded(7, 0, AnswerPart("One ")))
    with qtbot.waitSignal(model.text_extended) as told:
        model.apply(TextExtended(7, 0, "two "))
    model.apply(TextExtended(7, 0, "three"))
    assert told.args == [0, 0, "two "]
    assert model.part_text(0, 0) == "One two three"
    assert model.message_text(0) == "One two three"


def test_a_replaced_part_has_only_its_final_text(model: ConversationModel) -> None:
    model.apply(PartAdded(7, 0, ReasoningPart("")))
    model.apply(TextExtended(7, 0, "Hm"))
    model.apply(PartReplaced(7, 0, ReasoningPart("Hm", 1.5)))
    assert model.part_text(0, 0) == "Hm"
    assert model.reasoning_seconds(0) == 1.5


def test_a_call_goes_through_its_states(model: ConversationModel) -> None:
    model.apply(PartAdded(7, 0, CallPart("1", "calculator")))
    model.apply(ArgumentExtended(7, 0, "expression", "37 "))
    model.apply(ArgumentExtended(7, 0, "expression", "* 48"))
    assert model.call(0, 0).state == "writing"
    assert model.call(0, 0).arguments == (("expression", "37 * 48"),)
    model.apply(PartReplaced(7, 0, CallPart("1", "calculator", {"expression": "37 * 48"}, "raw", "ready")))
    assert model.call(0, 0).state == "waiting"
    for progress in ("asking", "running", "done"):
        model.apply(CallProgressed(7, "1", progress))
        assert model.call(0, 0).state == progress
    model.apply(PartAdded(7, 1, ResultPart("1", "1776", seconds=0.2)))
    assert model.call(0, 0).result == "1776"
    assert model.calls() == [(0, 0)]


@pytest.mark.parametrize(
    ("call", "result", "state"),
    [
        (CallPart("1", "a", {}, "", "ready"), None, "not_run"),
        (CallPart("1", "a", {}, "", "writing"), None, "cut_off"),
        (CallPart("1", None, {}, "", "unfinished"), None, "cut_off"),
        (CallPart("1", "a", {}, "", "ready"), ResultPart("1", "ok"), "done"),
        (CallPart("1", "a", {}, "", "ready"), ResultPart("1", "Error", is_error=True), "failed"),
        (CallPart("1", "a", {}, "", "ready"), ResultPart("1", f"{NOT_ALLOWED} Why.", is_error=True), "refused"),
    ],
)
def test_the_state_of_a_stored_call(call: CallPart, result: ResultPart | None, state: str) -> None:
    model = ConversationModel()
    parts = (call,) if result is None else (call, result)
    model.show(CONVERSATION, [MessageRecord(1, "c", None, Message("assistant", parts), "complete", 0.0)])
    assert model.call(0, 0).state == state


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ('<invoke name="a">\n<parameter name="b">1', "cut_off"),
        ('<invoke name="a">\nrubbish</invoke>\n</minimax:tool_call>', "unreadable"),
        ('<invoke name="a">\n</minimax:tool_call> and more', "unreadable"),
        ('<tool_call>{"name": </tool_call>', "unreadable"),
        ("", "cut_off"),
    ],
)
def test_a_call_that_cannot_be_read_was_not_cut_off(model: ConversationModel, raw: str, state: str) -> None:
    model.apply(PartAdded(7, 0, CallPart("1", None, {}, raw, "unfinished")))
    model.apply(CallProgressed(7, "1", "cut_off"))
    assert model.call(0, 0).state == state
    model.apply(PartAdded(7, 1, ResultPart("1", "Error: told", is_error=True)))
    model.apply(MessageEnded(7, "complete"))
    assert model.call(0, 0).state == state


def test_what_a_call_would_change_and_what_it_changed(model: ConversationModel, qtbot: QtBot) -> None:
    model.apply(PartAdded(7, 0, CallPart("1", "write_file", {"a": 1, "b": 1.0, "c": "x"}, "", "ready")))
    with qtbot.waitSignal(model.call_previewed) as told:
        model.apply(CallPreviewed(7, "1", "would", "but"))
    assert told.args == [0, "1"]
    assert (model.call(0, 0).diff, model.call(0, 0).problem) == ("would", "but")
    ran = {"a": True, "b": 1.0, "d": 2}
    model.apply(PartAdded(7, 1, ResultPart("1", "ok", ran_with=ran, diff="did", undo="u")))
    call = model.call(0, 0)
    assert (call.diff, call.problem, call.undo, call.undone) == ("did", "", "u", False)
    assert call.ran_with == (("a", "true"), ("b", "1.0"), ("d", "2"))
    assert call.changed == {"a", "d"}
    assert call.values == {"a": 1, "b": 1.0, "c": "x"}
    model.apply(PartReplaced(7, 1, ResultPart("1", "ok", undo="u", undone=True)))
    assert model.call(0, 0).undone


def test_a_question_about_rounds_is_kept_until_it_was_answered(model: ConversationModel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(model.rounds_changed) as told:
        model.apply(RoundsReached(7, 25))
    assert told.args == [0]
    assert model.rounds(0) == 25
    model.apply(RoundsReached(7, 0))
    assert model.rounds(0) == 0
    model.apply(RoundsReached(7, 50))
    model.apply(MessageEnded(7, "stopped"))
    assert model.rounds(0) == 0


def test_the_built_in_tool_of_a_stored_call_is_known(model: ConversationModel) -> None:
    calls = tuple(CallPart(name, name, {}, "", "ready") for name in ("clock", "search"))
    model.show(CONVERSATION, [MessageRecord(1, "c", None, Message("assistant", calls), "writing", 0.0)])
    clock = ToolInfo("clock", "", {})
    model.know_tools((clock, ToolInfo("search", "", {}, server="github")))
    assert model.call(0, 0).tool == clock
    assert model.call(0, 1).tool is None  # another server may have had a tool of this name


def test_a_question_is_over_once_the_message_ended(model: ConversationModel) -> None:
    model.apply(PartAdded(7, 0, CallPart("1", "a", {}, "", "ready")))
    model.apply(CallProgressed(7, "1", "asking"))
    model.apply(MessageEnded(7, "stopped"))
    assert model.call(0, 0).state == "not_run"
    assert model.record(0).status == "stopped"


def test_a_complete_call_that_was_stopped_was_not_cut_off(model: ConversationModel) -> None:
    model.apply(PartAdded(7, 0, CallPart("1", "a", {}, "", "ready")))
    model.apply(CallProgressed(7, "1", "asking"))
    model.apply(CallProgressed(7, "1", "cut_off"))
    assert model.call(0, 0).state == "not_run"


def test_a_change_to_a_message_that_is_not_shown_is_dropped(model: ConversationModel) -> None:
    model.apply(PartAdded(7, 0, AnswerPart("mine")))
    model.apply(TextExtended(6, 0, "late"))
    assert model.message_text(0) == "mine"


def test_showing_another_conversation_resets(model: ConversationModel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(model.modelReset):
        model.apply(
            ConversationShown(CONVERSATION, (MessageRecord(1, "c", None, user_message("Hi"), "complete", 0.0),))
        )
    assert model.rowCount() == 1
    assert model.row_of(7) == -1
    assert model.row_of(1) == 0
