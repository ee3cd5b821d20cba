# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QTextEdit
from pytestqt.qtbot import QtBot

from backends.contract.chat import CallPart, Message, ResultPart
from backends.contract.tools import ToolInfo
from backends.conversation.changes import (
    CallPreviewed,
    CallProgressed,
    ConversationRecord,
    MessageRecord,
    PartAdded,
    PartReplaced,
)
from desktop.widgets.diff_view import FOLDED
from desktop.widgets.tool_card import ToolCard
from tests.desktop.call_pane import SEARCH, WRITE, CallPane

MARKUP = "<b>bold</b> <img src='http://example.org/x.png'> [link](http://example.org) \x1b[31mred"
SHOWN = MARKUP.replace("\x1b", r"\x1b")
DIFF = "--- a/notes.md\n+++ b/notes.md\n@@ -1 +1 @@\n-<b>old</b>\n+new\n"


@pytest.fixture
def tools(qtbot: QtBot) -> CallPane:
    pane = CallPane()
    qtbot.addWidget(pane)
    return pane


def test_an_edit_asks_what_it_would_change_and_stays_when_that_comes(tools: CallPane, qtbot: QtBot) -> None:
    card = tools.ask(WRITE, text="new")
    assert card.note == "Looking at what this would change…"
    tools.model.apply(CallPreviewed(1, "1", DIFF))
    assert card.note == ""
    assert (card.diff.title, card.diff.detail) == ("notes.md", "+1 −1")
    with qtbot.waitSignal(tools.preview_requested) as asked:
        card.editors.editor("text").field.setPlainText("newer")
    assert asked.args == ["1", {"text": "newer"}]
    assert card.diff.detail == "looking again…"
    tools.model.apply(CallPreviewed(1, "1", DIFF.replace("new", "newer")))
    assert card.diff.detail == "+1 −1"
    assert card.editors.editor("text").field.toPlainText() == "newer"
    with qtbot.waitSignal(tools.preview_requested):
        card.editors.editor("text").reset.click()
        tools.model.apply(CallPreviewed(1, "1", DIFF.replace("new", "newest")))
        assert card.diff.detail == "looking again…", "what comes before it was asked for is of an older text"
    tools.model.apply(CallPreviewed(1, "1", DIFF.replace("new", "newer")))
    assert card.diff.detail == "+1 −1"
    tools.model.apply(CallPreviewed(1, "1", ""))
    assert card.note == "This would change nothing."
    tools.model.apply(CallPreviewed(1, "1", "", "The folder is not granted."))
    assert card.note == "The folder is not granted."


def test_all_of_a_diff_is_in_view_while_it_asks_and_can_be_folded_later(tools: CallPane) -> None:
    long = "--- /dev/null\n+++ b/x.md\n@@ -0,0 +1,100 @@\n" + "+line\n" * 100
    card = tools.ask(WRITE, text="new")
    tools.model.apply(CallPreviewed(1, "1", long))
    assert card.diff.text.document().blockCount() == 100
    tools.model.apply(CallProgressed(1, "1", "running"))
    tools.model.apply(CallProgressed(1, "1", "done"))
    tools.model.apply(PartAdded(1, 1, ResultPart("1", "Wrote it.", diff=long)))
    card.diff.fold_button.click()
    assert card.diff.text.document().blockCount() == FOLDED


def test_a_diff_is_text_and_says_without_colour_what_comes_and_goes(tools: CallPane) -> None:
    card = tools.end("done", ResultPart("1", "Wrote it.", diff=DIFF), WRITE)
    assert card.diff.text.toPlainText() == "− <b>old</b>\n+ new"
    card.diff.text.selectAll()
    assert card.diff.text.textCursor().selectedText() == "− <b>old</b>\u2029+ new"


def test_a_write_can_be_taken_back_once(tools: CallPane, qtbot: QtBot) -> None:
    result = ResultPart("1", "Wrote it.", diff=DIFF, undo="u1")
    card = tools.end("done", result, WRITE)
    with qtbot.waitSignal(tools.undo_requested) as asked:
        card.undo_button.click()
    assert asked.args == [1, "1"]
    assert not card.undo_button.isEnabled()
    tools.offer_undo_again()
    assert card.undo_button.isEnabled()
    tools.model.apply(PartReplaced(1, 1, ResultPart("1", "Wrote it.", diff=DIFF, undo="u1", undone=True)))
    assert card.state_text == "taken back"
    assert not card.undo_button.isVisible()


def test_what_runs_can_be_stopped(tools: CallPane, qtbot: QtBot) -> None:
    tools.model.apply(PartAdded(1, 0, CallPart("1", "search", {}, "", "ready")))
    tools.model.apply(CallProgressed(1, "1", "running", SEARCH))
    with qtbot.waitSignal(tools.stop_requested):
        tools.cards[0].head.stop_button.click()
    tools.model.apply(CallProgressed(1, "1", "done"))
    assert not tools.cards[0].head.stop_button.isVisible()


def test_a_card_shows_what_really_ran(tools: CallPane) -> None:
    card = tools.end("done", ResultPart("1", "ok", ran_with={"query": "b", "limit": 3}))
    assert card.argument("query").shown_text == "b"
    assert card.argument("limit").shown_text == "3"
    assert card.note == "Changed by you: query, limit. The model was told."


@pytest.mark.parametrize(
    ("raw", "result", "note"),
    [
        ("<invoke name=", None, "This call was cut off before it was complete, so it never ran."),
        (
            "<invoke>\n</invoke>",
            ResultPart("1", "Error: unreadable", True),
            "This call could not be read, so it never ran. The model was told.",
        ),
    ],
)
def test_an_unfinished_call_says_that_it_never_ran(
    tools: CallPane, raw: str, result: ResultPart | None, note: str
) -> None:
    tools.model.apply(PartAdded(1, 0, CallPart("1", None, {}, raw, "unfinished")))
    tools.model.apply(CallProgressed(1, "1", "cut_off"))
    if result:
        tools.model.apply(PartAdded(1, 1, result))
    assert tools.cards[0].note == note


def test_markup_is_text_everywhere_on_a_card(tools: CallPane) -> None:
    odd = ToolInfo(MARKUP, MARKUP, {"properties": {MARKUP: {"type": "string", "description": MARKUP}}}, server=MARKUP)
    card = tools.ask(odd, **{MARKUP: MARKUP})
    assert_plain(card)
    assert card.editors.editor(MARKUP).field.toPlainText() == SHOWN
    tools.model.apply(CallProgressed(1, "1", "failed"))
    tools.model.apply(PartAdded(1, 1, ResultPart("1", MARKUP, True)))
    assert_plain(card)
    assert card.result.shown_text == SHOWN
    assert card.argument(MARKUP).shown_text == SHOWN


def assert_plain(card: ToolCard) -> None:
    for label in card.findChildren(QLabel):
        rich = label.textFormat() != Qt.TextFormat.PlainText and "<" in label.text()
        assert not rich, label.text()
    for text in card.findChildren(QTextEdit):
        assert "\ufffc" not in text.toPlainText()
        assert text.document().toHtml().count("<img") == 0
        assert "<a href" not in text.document().toHtml()
    for button in card.findChildren(QAbstractButton):
        assert not button.isVisible() or button.accessibleName() or button.text()


def test_a_stored_call_of_a_built_in_tool_says_so_once_that_is_known(tools: CallPane) -> None:
    calls = (CallPart("1", "clock", {}, "", "ready"), ResultPart("1", "noon", seconds=0.1))
    record = MessageRecord(1, "c", None, Message("assistant", calls), "complete", 0.0)
    tools.model.show(ConversationRecord("c", "", 0.0, 0.0), [record])
    assert tools.cards[0].head.server_text == ""
    tools.model.know_tools((ToolInfo("clock", "", {}),))
    assert tools.cards[0].head.server_text == "Built in"
