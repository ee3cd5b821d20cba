# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from backends.contract.chat import AnswerPart, CallPart, Message, ReasoningPart, ResultPart, user_message
from backends.conversation.changes import (
    ArgumentExtended,
    CallProgressed,
    ConversationRecord,
    ConversationShown,
    MessageAdded,
    MessageEnded,
    MessageRecord,
    MessageStatus,
    PartAdded,
    PartReplaced,
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
