"""The switches of a model's reasoning in the composer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backends.contract.chat import ConversationSettings, GenerationOptions, ThinkingSwitch
from backends.contract.preferences import Preferences
from desktop.widgets.thinking_chips import Chip, ThinkingChips
from tests.desktop.options_to_show import Table

SWITCH = ThinkingSwitch("enable_thinking")
EFFORTS = ThinkingSwitch(efforts=("low", "medium", "high"), default_effort="medium")


@pytest.fixture
def table(qtbot: QtBot) -> Table:
    made = Table(Preferences())
    qtbot.addWidget(made.frame.window)
    return made


def chips(table: Table) -> list[str]:
    """The names of the chips that are shown."""
    shown = table.frame.panes.composer.findChildren(Chip)
    return [chip.accessibleName() for chip in shown if chip.isVisible()]


def bar(table: Table) -> ThinkingChips:
    found = table.frame.panes.composer.findChild(ThinkingChips)
    assert found is not None
    return found


def test_only_what_the_template_has_is_offered(table: Table) -> None:
    offered: list[list[str]] = []
    for switch in (ThinkingSwitch(), SWITCH, EFFORTS, ThinkingSwitch("thinking", efforts=("low", "high"))):
        table.frame.settings.show_thinking(switch)
        offered.append(chips(table))
    assert offered == [[], ["Reasoning"], ["Reasoning effort: medium"], ["Reasoning", "Reasoning effort"]]
    table.frame.settings.show_thinking(ThinkingSwitch())
    assert chips(table) == []


@pytest.mark.parametrize("words", ["Reasoning effort", "calculator", "思考强度", "i" * 31])
def test_a_chip_has_room_for_its_words(qtbot: QtBot, words: str) -> None:
    chip = Chip("chevron", words)
    qtbot.addWidget(chip)
    chip.adjustSize()
    assert chip.shown == words


def test_the_chip_is_switched_with_the_keyboard_and_shows_what_holds(table: Table) -> None:
    table.frame.settings.show_thinking(SWITCH)
    chip = bar(table).switch
    assert chip.isChecked()
    table.frame.panes.composer.options_button.setFocus()
    QTest.keyClick(table.frame.panes.composer.options_button, Qt.Key.Key_Tab)
    assert table.frame.window.focusWidget() is chip
    QTest.keyClick(chip, Qt.Key.Key_Space)
    assert table.asked == [ConversationSettings(options=GenerationOptions(thinking=False))]
    assert not chip.isChecked()
    table.hold(ConversationSettings(), "other")
    assert chip.isChecked()
    table.frame.settings.show_thinking(ThinkingSwitch("enable_thinking", on_by_default=False))
    assert not chip.isChecked()


def test_an_effort_is_chosen_in_a_menu(table: Table) -> None:
    table.hold(ConversationSettings(options=GenerationOptions(seed=3)))
    table.frame.settings.show_thinking(EFFORTS)
    levels = bar(table).effort.menu().actions()
    assert [(level.text(), level.isChecked()) for level in levels] == [
        ("low", False),
        ("medium", True),
        ("high", False),
    ]
    levels[2].trigger()
    assert table.asked == [ConversationSettings(options=GenerationOptions(seed=3, reasoning_effort="high"))]
    assert chips(table) == ["Reasoning effort: high"]
    assert levels[2].isChecked()


def test_there_is_no_effort_where_reasoning_is_off(table: Table) -> None:
    table.frame.settings.show_thinking(ThinkingSwitch("thinking", efforts=("low", "high")))
    bar(table).switch.click()
    assert chips(table) == ["Reasoning"]


def test_the_hint_gives_way_to_the_chips(table: Table, qtbot: QtBot) -> None:
    hint = "Enter sends · Shift+Enter starts a new line"
    composer = table.frame.panes.composer
    qtbot.waitUntil(lambda: composer.hint.text() == hint)
    composer.setFixedWidth(480)
    table.frame.settings.show_thinking(EFFORTS)
    qtbot.waitUntil(lambda: composer.hint.text() == "")
