# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from backends.contract.chat import AnswerPart, CallPart, Message, ReasoningPart, ResultPart
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation.changes import (
    ArgumentExtended,
    CallProgress,
    CallProgressed,
    ConversationRecord,
    MessageAdded,
    MessageEnded,
    MessageRecord,
    PartAdded,
    PartReplaced,
    TextExtended,
)
from desktop.models.conversation_model import ConversationModel
from desktop.panes.reasoning import Reasoning
from desktop.panes.tools import Tools
from desktop.widgets.value_field import FOLDED, ValueField

CONVERSATION = ConversationRecord("c", "", 0.0, 0.0)
CALCULATOR = ToolInfo("calculator", "Evaluate an arithmetic expression exactly.", {})


@pytest.fixture
def model() -> ConversationModel:
    made = ConversationModel()
    made.show(CONVERSATION, ())
    made.apply(MessageAdded(MessageRecord(1, "c", None, Message("assistant", ()), "writing", 0.0)))
    return made


@pytest.fixture
def tools(model: ConversationModel, qtbot: QtBot) -> Tools:
    pane = Tools(model)
    pane.clock = itertools.count().__next__  # each question is a second old when it is answered
    qtbot.addWidget(pane)
    pane.resize(300, 500)
    pane.show()
    return pane


@pytest.fixture
def reasoning(model: ConversationModel, qtbot: QtBot) -> Reasoning:
    pane = Reasoning(model)
    qtbot.addWidget(pane)
    pane.resize(300, 400)
    pane.show()
    return pane


def ready(model: ConversationModel, progress: CallProgress | None = None) -> None:
    model.apply(PartAdded(1, 0, CallPart("1", "calculator", {"expression": "37 * 48"}, "<raw>", "ready")))
    if progress:
        model.apply(CallProgressed(1, "1", progress, CALCULATOR))


def test_arguments_grow_while_they_are_written(model: ConversationModel, tools: Tools, qtbot: QtBot) -> None:
    model.apply(PartAdded(1, 0, CallPart("1", "calculator")))
    card = tools.cards[0]
    assert card.state_text == "writing…"
    for piece in ("37 ", "* ", "48"):
        model.apply(ArgumentExtended(1, 0, "expression", piece))
    assert card.argument("expression").shown_text == "37 * 48"
    qtbot.waitUntil(card.argument("expression").isVisible)


def test_a_long_argument_is_folded_but_never_in_a_question(
    model: ConversationModel, tools: Tools, qtbot: QtBot
) -> None:
    words = "x" * (FOLDED + 200)
    model.apply(PartAdded(1, 0, CallPart("1", "run", {"command": words}, "", "ready")))
    field = tools.cards[0].argument("command")
    assert len(field.shown_text) == FOLDED
    field.fold_button.click()
    assert field.shown_text == words
    field.fold_button.click()
    assert len(field.shown_text) == FOLDED
    model.apply(CallProgressed(1, "1", "asking", CALCULATOR))
    editor = tools.cards[0].editors.editor("command")
    assert editor.field.toPlainText() == words
    bar = editor.field.verticalScrollBar()
    qtbot.waitUntil(lambda: editor.isVisible() and bar.maximum() == 0)


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        ("asking", "waiting for your answer"),
        ("running", "running…"),
        ("done", "done in 0.2 s"),
        ("failed", "failed"),
        ("refused", "not allowed"),
        ("unknown_tool", "unknown tool"),
        ("cut_off", "cut off"),
    ],
)
def test_each_state_has_words(model: ConversationModel, tools: Tools, progress: CallProgress, words: str) -> None:
    ready(model, progress)
    model.apply(PartAdded(1, 1, ResultPart("1", "1776", seconds=0.2)))
    assert tools.cards[0].state_text == words
    assert words in tools.cards[0].accessibleName()
    assert tools.cards[0].permission.isVisible() == (progress == "asking")


@pytest.mark.parametrize("allow", [True, False])
def test_the_question_is_answered_by_its_buttons(
    model: ConversationModel, tools: Tools, qtbot: QtBot, allow: bool
) -> None:
    ready(model, "asking")
    permission = tools.cards[0].permission
    button = permission.allow if allow else permission.refuse
    assert not permission.allow.isDefault()
    assert not permission.allow.hasFocus()
    assert "calculator" in button.accessibleName()
    with qtbot.waitSignal(tools.consent_answered) as answered:
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert answered.args == ["1", ConsentAnswer(allow)]
    assert not permission.allow.isEnabled()  # one answer only


def test_a_result_and_the_raw_text_are_shown(model: ConversationModel, tools: Tools) -> None:
    ready(model, "done")
    model.apply(PartAdded(1, 1, ResultPart("1", "1776")))
    card = tools.cards[0]
    texts = {field.accessibleName(): field for field in card.findChildren(type(card.argument("expression").view))}
    assert texts["Result"].toPlainText() == "1776"
    assert not texts["As the model wrote it"].isVisible()
    next(button for button in card.findChildren(QAbstractButton) if button.text() == "Raw text").click()
    assert texts["As the model wrote it"].isVisible()
    assert texts["As the model wrote it"].toPlainText() == "<raw>"


def test_every_control_has_a_name(model: ConversationModel, tools: Tools, reasoning: Reasoning) -> None:
    ready(model, "asking")
    for pane in (tools, reasoning):
        for button in pane.findChildren(QAbstractButton):
            assert not button.isVisible() or button.accessibleName() or button.text()


def test_reasoning_streams_and_counts(model: ConversationModel, reasoning: Reasoning) -> None:
    model.apply(PartAdded(1, 0, ReasoningPart("")))
    model.apply(TextExtended(1, 0, "First "))
    assert reasoning.header.detail == "Thinking…"
    model.apply(TextExtended(1, 0, "thought."))
    reasoning.flush()
    assert reasoning.view.toPlainText().strip() == "First thought."
    model.apply(PartReplaced(1, 0, ReasoningPart("First thought.", 12.0)))
    assert reasoning.header.detail == "Thought for 12 s"
    model.apply(PartAdded(1, 1, CallPart("1", "calculator")))
    model.apply(PartAdded(1, 2, ReasoningPart("Second thought")))
    model.apply(PartAdded(1, 3, AnswerPart("Answer")))
    model.apply(MessageEnded(1, "complete"))
    assert [line for line in reasoning.view.toPlainText().split("\n") if line] == ["First thought.", "Second thought"]


def test_the_reasoning_of_a_chosen_message(model: ConversationModel, reasoning: Reasoning) -> None:
    records = [
        MessageRecord(n, "c", None, Message("assistant", (ReasoningPart(f"thought {n}", n),)), "complete", 0.0)
        for n in (1, 2)
    ]
    model.show(CONVERSATION, records)
    assert "thought 2" in reasoning.view.toPlainText()
    reasoning.show_part(0, 0)
    assert "thought 1" in reasoning.view.toPlainText()
    assert reasoning.header.detail == "Thought for 1 s"


def test_empty_panes_say_what_they_are_for(tools: Tools, reasoning: Reasoning) -> None:
    assert not tools.cards
    assert reasoning.header.detail == ""
    assert not reasoning.view.isVisible()


def test_a_description_that_is_cut_says_so(qtbot: QtBot) -> None:
    field = ValueField("What it does", "It reads files.", folded=8, cut_mark="…")
    qtbot.addWidget(field)
    assert field.shown_text == "It reads…"
    field.fold_button.click()
    assert field.shown_text == "It reads files."
    field.fold_button.click()
    assert field.shown_text == "It reads…"
