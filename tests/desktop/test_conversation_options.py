"""The options of a conversation: what stands in them, what is asked for, and how they open and close."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from backends.contract.chat import ConversationSettings, GenerationOptions
from backends.contract.preferences import Preferences
from tests.desktop.options_to_show import Table

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def table(qtbot: QtBot) -> Iterator[Table]:
    """A window with the options open."""
    made = Table(Preferences())
    qtbot.addWidget(made.frame.window)
    made.frame.window.activateWindow()
    qtbot.waitUntil(made.frame.window.isActiveWindow)
    made.frame.panes.composer.options_button.click()
    yield made
    made.frame.window.close()


def line(table: Table, name: str) -> QLineEdit:
    return table.options.fields[name].line


def test_an_empty_field_says_what_holds_otherwise(table: Table) -> None:
    assert line(table, "temperature").placeholderText() == "As the model recommends"
    assert line(table, "seed").placeholderText() == "Another one each time"
    assert table.options.system_prompt.placeholderText() == "None: the model’s own is used"
    table.frame.preferences.replace(system_prompt="Be terse.", generation=GenerationOptions(temperature=0.3))
    assert line(table, "temperature").placeholderText() == "0.3, as in the settings"
    assert table.options.system_prompt.placeholderText() == "Be terse."
    assert line(table, "temperature").text() == ""


def test_a_prompt_that_is_not_wanted_is_put_aside(table: Table, qtbot: QtBot) -> None:
    table.frame.preferences.replace(system_prompt="Be terse.")
    prompt = table.options.system_prompt
    prompt.setPlainText("Be kind.")
    table.options.no_prompt.setChecked(True)
    qtbot.waitUntil(lambda: table.asked == [ConversationSettings("")])
    assert not prompt.isEnabled()
    table.options.no_prompt.setChecked(False)
    qtbot.waitUntil(lambda: table.asked[1:] == [ConversationSettings("Be kind.")])
    table.options.no_prompt.setChecked(True)
    qtbot.waitUntil(lambda: len(table.asked) == 3)
    table.hold(ConversationSettings(""), "d")
    assert prompt.toPlainText() == "", "what is put aside is of its conversation"


def test_what_is_typed_is_asked_for_once(table: Table, qtbot: QtBot) -> None:
    QTest.keyClicks(line(table, "temperature"), "0,25")
    QTest.keyClicks(line(table, "max_tokens"), "12")
    table.options.stop.setPlainText("###\n\\nUser:")
    qtbot.waitUntil(lambda: bool(table.asked))
    options = GenerationOptions(temperature=0.25, max_tokens=12, stop=("###", "\nUser:"))
    assert table.asked == [ConversationSettings(options=options)]
    assert table.frame.settings.options_set == 3
    assert table.frame.panes.composer.options_button.accessibleName() == "Options of this conversation: 3 set"
    assert line(table, "temperature").text() == "0,25"


def test_what_cannot_be_used_is_said_and_not_used(table: Table) -> None:
    table.hold(ConversationSettings(options=GenerationOptions(temperature=0.5)))
    field = table.options.fields["temperature"]
    field.line.setFocus()
    field.line.selectAll()
    QTest.keyClicks(field.line, "2.5")  # a 2 on the way there
    assert field.note.isVisible()
    assert field.note.text() == "Not used: a number from 0 to 2"
    assert field.line.accessibleDescription() == field.note.text()
    QTest.keyClicks(line(table, "top_k"), "1.5")
    assert table.options.fields["top_k"].note.text() == "Not used: a whole number from 0 to 1,000"
    QTest.keyClick(table.options, Qt.Key.Key_Escape)
    assert table.asked == []
    table.frame.panes.composer.options_button.click()
    assert (field.line.text(), field.note.isVisible()) == ("0.5", False)


def test_the_system_prompt_of_the_preferences_is_replaced_or_left_out(table: Table) -> None:
    assert not table.options.no_prompt.isVisible()
    table.frame.preferences.replace(system_prompt="Be terse.")
    assert table.options.no_prompt.isVisible()
    table.options.system_prompt.setPlainText("Rhyme.")
    table.options.keep()
    table.options.no_prompt.click()
    assert not table.options.system_prompt.isEnabled()
    table.options.keep()
    table.options.reset_button.click()
    assert [asked.system_prompt for asked in table.asked] == ["Rhyme.", "", None]
    assert not table.options.no_prompt.isChecked()


def test_reset_leaves_the_switches_of_the_reasoning(table: Table) -> None:
    table.hold(ConversationSettings("x", GenerationOptions(seed=3, stop=("a",), thinking=False), first_message=4))
    assert line(table, "seed").text() == "3"
    table.options.reset_button.click()
    assert table.asked == [ConversationSettings(None, GenerationOptions(thinking=False), first_message=4)]
    assert not table.options.reset_button.isEnabled()


def test_it_says_when_changes_hold_while_an_answer_is_written(table: Table) -> None:
    assert not table.options.when.isVisible()
    table.frame.state.show_phase("answering")
    assert table.options.when.isVisible()


@pytest.mark.parametrize("way", ["escape", "elsewhere", "button"])
def test_it_closes_and_keeps_what_was_typed(table: Table, way: str) -> None:
    window, button = table.frame.window, table.frame.panes.composer.options_button
    QTest.keyClicks(line(table, "seed"), "7")
    if way == "escape":
        QTest.keyClick(line(table, "seed"), Qt.Key.Key_Escape)
        assert window.focusWidget() is table.frame.panes.composer.field
    elif way == "elsewhere":
        QTest.mouseClick(window.windowHandle(), LEFT, NONE, QPoint(window.width() - 40, 120))
    else:
        inside = button.mapTo(window, button.rect().center())
        QTest.mouseClick(window.windowHandle(), LEFT, NONE, inside)
    assert not table.options.isVisible()
    assert [asked.options.seed for asked in table.asked] == [7]


def test_a_click_on_it_leaves_it_open(table: Table) -> None:
    window, options = table.frame.window, table.options
    place = options.mapTo(window, QPoint(options.width() // 2, options.height() - 24))
    QTest.mouseClick(window.windowHandle(), LEFT, NONE, place)
    assert options.isVisible()
    assert table.frame.window.focusWidget() is options.system_prompt


def test_the_keyboard_goes_round_inside(table: Table) -> None:
    options = table.options
    assert table.frame.window.focusWidget() is options.system_prompt
    seen: list[object] = []
    while (focus := table.frame.window.focusWidget()) not in seen:
        seen.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert len(seen) == 1 + 7 + 1  # the prompt, the numbers, the stop strings; there is nothing to reset
    assert all(options.isAncestorOf(widget) for widget in seen)  # type: ignore[arg-type]
    QTest.keyClick(seen[0], Qt.Key.Key_Backtab)  # type: ignore[arg-type]
    assert table.frame.window.focusWidget() is options.stop
    QTest.keyClicks(options.reset_button, "x")
    assert table.frame.panes.composer.field.toPlainText() == ""


def test_a_shortcut_keeps_what_was_typed_first(table: Table) -> None:
    QTest.keyClicks(line(table, "seed"), "7")
    QTest.keyClick(line(table, "seed"), Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert [asked.options.seed for asked in table.asked] == [7]


def test_what_is_told_meanwhile_leaves_what_is_being_typed(table: Table) -> None:
    QTest.keyClicks(line(table, "seed"), "7")
    table.hold(ConversationSettings(options=GenerationOptions(thinking=False)))
    table.options.keep()
    assert table.asked == [ConversationSettings(options=GenerationOptions(thinking=False, seed=7))]


def test_nothing_typed_for_one_conversation_gets_into_another(table: Table, qtbot: QtBot) -> None:
    QTest.keyClicks(line(table, "seed"), "7")
    table.desk.show_conversation("other")
    table.hold(ConversationSettings(options=GenerationOptions(top_k=5)), "other")
    assert not table.options.isVisible()
    assert table.asked == []
    table.frame.panes.composer.options_button.click()
    assert (line(table, "seed").text(), line(table, "top_k").text()) == ("", "5")


def test_it_fits_into_a_small_window_and_grows_where_there_is_room(table: Table, qtbot: QtBot) -> None:
    window, options = table.frame.window, table.options
    for size in ((720, 480), (1100, 760)):
        window.resize(*size)
        qtbot.waitUntil(lambda: window.rect().contains(options.geometry()))
        button = table.frame.panes.composer.options_button
        qtbot.waitUntil(
            lambda: abs(options.geometry().bottom() - button.mapTo(window, QPoint(0, 0)).y()) < 20  # noqa: B023
        )
    qtbot.waitUntil(lambda: not options.body.verticalScrollBar().isVisible())
    before = options.height()
    QTest.keyClicks(line(table, "top_p"), "2")
    qtbot.waitUntil(lambda: options.height() > before and not options.body.verticalScrollBar().isVisible())
