"""The card of a full context."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from backends.conversation.changes import ContextFilled
from desktop.widgets.full_context_card import FullContextCard
from tests.desktop.options_to_show import Table


@pytest.fixture
def table(qtbot: QtBot) -> Table:
    made = Table(Preferences())
    qtbot.addWidget(made.frame.window)
    return made


def card(table: Table, *, used: int = 196_608, limit: int = 196_608, in_memory: bool = False) -> FullContextCard:
    """The card that is shown where this was told."""
    table.frame.settings.apply(ContextFilled("c", used, limit, in_memory))
    assert table.desk.card is not None
    return table.desk.card


def test_it_says_what_is_full(table: Table) -> None:
    shown = card(table)
    assert shown.isVisible()
    assert shown.words == "This conversation fills the context length: 196,608 tokens."
    shown = card(table, used=95_000, limit=94_321, in_memory=True)
    assert shown.words == (
        "This conversation fills the memory that is left for it: about 94,000 tokens. Answers may become very slow."
    )
    assert shown.drop_button.accessibleDescription() == shown.words
    assert not card(table, used=0).isVisible()


def test_its_ways_are_asked_for_and_need_a_conversation_at_rest(table: Table) -> None:
    shown = card(table)
    asked: list[str] = []
    table.desk.drop_requested.connect(lambda: asked.append("drop"))
    table.desk.continue_requested.connect(lambda _title, request: asked.append(request[:9]))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] Qt's signals have no types
    table.frame.state.show_phase("answering")
    for button in (shown.drop_button, shown.continue_button):
        button.click()
    assert asked == []
    table.frame.state.show_phase("idle")
    for button in (shown.drop_button, shown.continue_button):
        button.click()
    assert asked == ["drop", "Summarize"]


def test_it_may_be_left(table: Table) -> None:
    shown = card(table)
    shown.leave_button.click()
    assert not shown.isVisible()
    assert card(table) is shown
    table.frame.menus.stop_action.setEnabled(False)  # as while nothing is written: Escape is its shortcut, too
    QTest.keyClick(shown.drop_button, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def test_all_of_it_has_room_in_a_small_window(table: Table, qtbot: QtBot) -> None:
    table.frame.window.resize(720, 430)
    shown = card(table, in_memory=True)
    qtbot.waitUntil(lambda: table.frame.window.width() == 720 and shown.height() >= shown.heightForWidth(shown.width()))


def test_the_keyboard_goes_through_it_to_the_message_and_back_there_when_it_goes(table: Table) -> None:
    shown, field = card(table), table.frame.panes.composer.field
    field.setFocus()
    for button in (shown.leave_button, shown.continue_button, shown.drop_button):
        QTest.keyClick(table.frame.window.focusWidget(), Qt.Key.Key_Backtab)
        assert table.frame.window.focusWidget() is button
    card(table, used=0)
    assert table.frame.window.focusWidget() is field
    card(table)
    assert table.frame.window.focusWidget() is field, "it takes the keyboard from nobody"
