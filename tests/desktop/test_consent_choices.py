# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from backends.contract.tools import ConsentAnswer
from tests.desktop.call_pane import WRITE, CallPane


@pytest.fixture
def tools(qtbot: QtBot) -> CallPane:
    pane = CallPane()
    qtbot.addWidget(pane)
    return pane


def test_a_click_that_was_meant_for_something_else_is_no_answer(tools: CallPane, qtbot: QtBot) -> None:
    card = tools.ask(query="a")
    tools.set_clock.now -= 1  # it has just appeared
    for press in (card.permission.allow.click, card.permission.refuse.click, card.permission.always.trigger):
        with qtbot.assertNotEmitted(tools.consent_answered):
            press()
    tools.set_clock.now += 0.31
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True)]
    with qtbot.assertNotEmitted(tools.consent_answered):
        card.permission.refuse.click()


def test_what_grows_above_the_question_moves_it_and_begins_its_first_moments_anew(
    tools: CallPane, qtbot: QtBot
) -> None:
    card = tools.ask(WRITE, text="new")
    card.permission.move(card.permission.pos() + QPoint(0, 40))
    with qtbot.assertNotEmitted(tools.consent_answered):
        card.permission.allow.click()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_alone_lets_nothing_run(tools: CallPane, qtbot: QtBot, key: Qt.Key) -> None:
    card = tools.ask(query="a")
    with qtbot.assertNotEmitted(tools.consent_answered):
        for widget in (card, card.editors.editor("query").field, card.permission.allow, tools):
            qtbot.keyClick(widget, key)


@pytest.mark.parametrize("scope", ["conversation", "always"])
def test_it_can_be_allowed_for_longer(tools: CallPane, qtbot: QtBot, scope: Any) -> None:
    card = tools.ask(query="a")
    action = getattr(card.permission, scope)
    with qtbot.waitSignal(tools.consent_answered) as answered:
        action.trigger()
    assert answered.args == ["1", ConsentAnswer(True, scope)]


def test_always_names_the_tool_and_its_server_and_may_be_forbidden(tools: CallPane) -> None:
    card = tools.ask(query="a")
    assert card.permission.always.text() == "Always allow search of github"
    assert card.permission.always.isVisible()
    tools.may_allow_always = False
    assert not card.permission.always.isVisible()
    assert card.permission.conversation.isVisible()
    assert not [label for label in card.findChildren(QLabel) if label.isVisible() and "Always" in label.text()]


def test_a_word_to_the_model_goes_with_a_refusal(tools: CallPane, qtbot: QtBot) -> None:
    card = tools.ask(query="a")
    card.permission.say_why.click()
    tools.set_clock.now += 1
    qtbot.keyClicks(card.permission.note, "Not today. ")
    with qtbot.waitSignal(tools.consent_answered) as answered:
        qtbot.keyClick(card.permission.note, Qt.Key.Key_Return)
    assert answered.args == ["1", ConsentAnswer(False, note="Not today.")]
