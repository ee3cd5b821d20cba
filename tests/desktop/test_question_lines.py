# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

import itertools
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from backends.contract.chat import AnswerPart, CallPart, Message, ResultPart, user_message
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation.changes import (
    CallProgressed,
    ConversationRecord,
    MessageAdded,
    MessageEnded,
    MessageRecord,
    PartAdded,
    PartReplaced,
    RoundsReached,
)
from desktop.models.conversation_model import ConversationModel
from desktop.panes.transcript import Transcript

CONVERSATION = ConversationRecord("c", "", 0.0, 0.0)
SEARCH = ToolInfo("search", "Search.", {}, server="github")


@pytest.fixture
def model() -> ConversationModel:
    made = ConversationModel()
    made.show(CONVERSATION, ())
    return made


@pytest.fixture
def pane(model: ConversationModel, qtbot: QtBot) -> Transcript:
    made = Transcript(model)
    made.clock = itertools.count().__next__  # each question is a second old when it is answered
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def begin_answer(model: ConversationModel) -> None:
    question = MessageRecord(1, "c", None, user_message("Hello"), "complete", 0.0)
    model.apply(MessageAdded(question))
    model.apply(MessageAdded(MessageRecord(2, "c", 1, Message("assistant", ()), "writing", 0.0, "Model")))


def ask(model: ConversationModel, arguments: dict[str, Any], tool: ToolInfo = SEARCH) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, CallPart("call-1", tool.name, arguments, "", "ready")))
    model.apply(CallProgressed(2, "call-1", "asking", tool))


def test_a_question_can_be_answered_where_all_of_it_is_in_view(
    model: ConversationModel, pane: Transcript, qtbot: QtBot
) -> None:
    ask(model, {"query": "crash", "limit": 5})
    html = pane.view.document().toHtml()
    assert [address in html for address in ("minim:allow/1/0", "minim:refuse/1/0", "minim:call/1/0")] == [True] * 3
    assert "search of github" in pane.view.toPlainText()
    with qtbot.waitSignal(pane.consent_answered) as answered:
        pane.view.anchorClicked.emit(QUrl("minim:allow/1/0"))
    assert answered.args == ["call-1", ConsentAnswer(True)]
    model.apply(CallProgressed(2, "call-1", "running"))
    with qtbot.assertNotEmitted(pane.consent_answered):
        pane.view.anchorClicked.emit(QUrl("minim:allow/1/0"))


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (SEARCH, {"query": "x" * 700}),
        (SEARCH, {"query": "line\n" * 20}),
        (ToolInfo("write_file", "", {}, shows_diff=True), {"path": "a.md"}),
    ],
)
def test_what_is_not_all_in_view_is_reviewed_on_its_card(
    model: ConversationModel, pane: Transcript, qtbot: QtBot, tool: ToolInfo, arguments: dict[str, Any]
) -> None:
    ask(model, arguments, tool)
    assert "minim:allow" not in pane.view.document().toHtml()
    assert "Review…" in pane.view.toPlainText()
    assert "x" * 100 not in pane.view.toPlainText()
    with qtbot.waitSignal(pane.call_requested) as said:
        pane.view.anchorClicked.emit(QUrl("minim:call/1/0"))
    assert said.args == [1, 0]


def test_a_click_in_the_first_moments_of_a_question_is_no_answer(
    model: ConversationModel, pane: Transcript, qtbot: QtBot
) -> None:
    pane.clock = lambda: 10.0
    ask(model, {"query": "crash"})
    pane.clock = lambda: 10.2
    with qtbot.assertNotEmitted(pane.consent_answered):
        pane.view.anchorClicked.emit(QUrl("minim:allow/1/0"))
    pane.clock = lambda: 10.4
    with qtbot.waitSignal(pane.consent_answered):
        pane.view.anchorClicked.emit(QUrl("minim:allow/1/0"))


@pytest.mark.parametrize(("address", "go_on"), [("minim:go_on/", True), ("minim:stop_rounds/", False)])
def test_a_turn_of_many_rounds_asks(
    model: ConversationModel, pane: Transcript, qtbot: QtBot, address: str, go_on: bool
) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, AnswerPart("Once more.")))
    model.apply(RoundsReached(2, 25))
    assert "The model has called tools in 25 rounds and wants to go on." in pane.view.toPlainText()
    assert address in pane.view.document().toHtml()
    with qtbot.waitSignal(pane.rounds_answered) as said:
        pane.view.anchorClicked.emit(QUrl(address))
    assert said.args == [go_on]
    model.apply(RoundsReached(2, 0))
    assert "rounds" not in pane.view.toPlainText()


def test_markup_in_a_call_is_text(model: ConversationModel, pane: Transcript) -> None:
    markup = "<b>bold</b>\n<img src='http://example.org/x.png'>\u2029[link](http://example.org) \x1b[31m"
    ask(model, {markup: markup, "path": "rm \u202efdp"}, ToolInfo(markup, markup, {}, server=markup))
    text = pane.view.toPlainText()
    assert text.count("<b>bold</b>") == 5
    assert text.count(r"\x1b[31m") == 5
    assert r"rm \u202efdp" in text
    assert "\ufffc" not in text
    assert "http://example.org" not in [piece.split('"')[0] for piece in pane.view.document().toHtml().split('href="')]
    model.apply(MessageEnded(2, "stopped"))
    assert pane.view.toPlainText().count("Allow this tool") == 0  # its lines were found again, and only those
    assert pane.view.toPlainText().startswith("Hello")


def test_what_was_taken_back_is_said_on_the_chip(model: ConversationModel, pane: Transcript) -> None:
    begin_answer(model)
    model.apply(PartAdded(2, 0, CallPart("1", "write_file", {}, "", "ready")))
    model.apply(CallProgressed(2, "1", "done"))
    model.apply(PartAdded(2, 1, ResultPart("1", "Wrote it.", undo="u")))
    assert "done in" in pane.view.toPlainText()
    model.apply(PartReplaced(2, 1, ResultPart("1", "Wrote it.", undo="u", undone=True)))
    assert "taken back" in pane.view.toPlainText()
