# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QTextEdit
from pytestqt.qtbot import QtBot

from backends.contract.chat import CallPart, Message, ResultPart
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation.changes import (
    CallPreviewed,
    CallProgress,
    CallProgressed,
    ConversationRecord,
    MessageAdded,
    MessageRecord,
    PartAdded,
    PartReplaced,
)
from desktop.models.conversation_model import ConversationModel
from desktop.panes.tools import Tools
from desktop.widgets.diff_view import FOLDED
from desktop.widgets.tool_card import ToolCard

CONVERSATION = ConversationRecord("c", "", 0.0, 0.0)
MARKUP = "<b>bold</b> <img src='http://example.org/x.png'> [link](http://example.org) \x1b[31mred"
SHOWN = MARKUP.replace("\x1b", r"\x1b")
SEARCH = ToolInfo(
    "search",
    "Search.",
    {
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}, "all": {"type": "boolean"}},
        "required": ["query"],
    },
    server="github",
)
WRITE = ToolInfo("write_file", "Write.", {"properties": {"text": {"type": "string"}}}, shows_diff=True)
DIFF = "--- a/notes.md\n+++ b/notes.md\n@@ -1 +1 @@\n-<b>old</b>\n+new\n"


class Clock:
    """A clock that stands until it is set."""

    now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def model() -> ConversationModel:
    made = ConversationModel()
    made.show(CONVERSATION, ())
    made.apply(MessageAdded(MessageRecord(1, "c", None, Message("assistant", ()), "writing", 0.0)))
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tools(model: ConversationModel, clock: Clock, qtbot: QtBot) -> Tools:
    pane = Tools(model)
    pane.clock = clock
    qtbot.addWidget(pane)
    pane.resize(320, 900)
    pane.show()
    return pane


def ask(tools: Tools, clock: Clock, tool: ToolInfo = SEARCH, **arguments: Any) -> ToolCard:
    """The card of a call that asks, a while after it appeared."""
    model = tools._model
    model.apply(PartAdded(1, 0, CallPart("1", tool.name, arguments, "<raw>", "ready")))
    model.apply(CallProgressed(1, "1", "asking", tool))
    clock.now += 1
    return tools.cards[0]


def end(tools: Tools, progress: CallProgress, result: ResultPart, tool: ToolInfo = SEARCH) -> ToolCard:
    model = tools._model
    model.apply(PartAdded(1, 0, CallPart("1", tool.name, {"query": "a"}, "<raw>", "ready")))
    model.apply(CallProgressed(1, "1", "running", tool))
    model.apply(CallProgressed(1, "1", progress, tool))
    model.apply(PartAdded(1, 1, result))
    return tools.cards[0]


def test_a_click_that_was_meant_for_something_else_is_no_answer(tools: Tools, clock: Clock, qtbot: QtBot) -> None:
    card = ask(tools, clock, query="a")
    clock.now -= 1  # it has just appeared
    for press in (card.permission.allow.click, card.permission.refuse.click, card.permission.always.trigger):
        with qtbot.assertNotEmitted(tools.consent_answered):
            press()
    clock.now += 0.31
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True)]
    with qtbot.assertNotEmitted(tools.consent_answered):
        card.permission.refuse.click()


def test_what_grows_above_the_question_moves_it_and_begins_its_first_moments_anew(
    tools: Tools, clock: Clock, model: ConversationModel, qtbot: QtBot
) -> None:
    card = ask(tools, clock, WRITE, text="new")
    card.permission.move(card.permission.pos() + QPoint(0, 40))
    with qtbot.assertNotEmitted(tools.consent_answered):
        card.permission.allow.click()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_alone_lets_nothing_run(tools: Tools, clock: Clock, qtbot: QtBot, key: Qt.Key) -> None:
    card = ask(tools, clock, query="a")
    with qtbot.assertNotEmitted(tools.consent_answered):
        for widget in (card, card.editors.editor("query").field, card.permission.allow, tools):
            qtbot.keyClick(widget, key)


@pytest.mark.parametrize("scope", ["conversation", "always"])
def test_it_can_be_allowed_for_longer(tools: Tools, clock: Clock, qtbot: QtBot, scope: Any) -> None:
    card = ask(tools, clock, query="a")
    action = getattr(card.permission, scope)
    with qtbot.waitSignal(tools.consent_answered) as answered:
        action.trigger()
    assert answered.args == ["1", ConsentAnswer(True, scope)]


def test_always_names_the_tool_and_its_server_and_may_be_forbidden(tools: Tools, clock: Clock) -> None:
    card = ask(tools, clock, query="a")
    assert card.permission.always.text() == "Always allow search of github"
    assert card.permission.always.isVisible()
    tools.may_allow_always = False
    assert not card.permission.always.isVisible()
    assert card.permission.conversation.isVisible()
    assert not [label for label in card.findChildren(QLabel) if label.isVisible() and "Always" in label.text()]


def test_a_word_to_the_model_goes_with_a_refusal(tools: Tools, clock: Clock, qtbot: QtBot) -> None:
    card = ask(tools, clock, query="a")
    card.permission.say_why.click()
    clock.now += 1
    qtbot.keyClicks(card.permission.note, "Not today. ")
    with qtbot.waitSignal(tools.consent_answered) as answered:
        qtbot.keyClick(card.permission.note, Qt.Key.Key_Return)
    assert answered.args == ["1", ConsentAnswer(False, note="Not today.")]


def test_edited_arguments_are_what_runs(tools: Tools, clock: Clock, qtbot: QtBot) -> None:
    odd = "no\u00a0break \x1b"
    card = ask(tools, clock, query=odd, limit=5)
    card.editors.editor("limit").field.setPlainText("12")
    clock.now += 1
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True, arguments={"query": odd, "limit": 12})]


def test_what_was_reset_runs_as_the_model_wrote_it(tools: Tools, clock: Clock, qtbot: QtBot) -> None:
    card = ask(tools, clock, query="a\r\nb", limit=5)
    editor = card.editors.editor("query")
    editor.field.setPlainText("c")
    editor.reset.click()
    clock.now += 1
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True)]


def test_nothing_runs_with_a_value_of_another_type(tools: Tools, clock: Clock) -> None:
    card = ask(tools, clock, query="a", limit=5)
    editor = card.editors.editor("limit")
    for text, allowed in (("five", False), ("1.5", False), ("6", True)):
        editor.field.setPlainText(text)
        assert card.permission.allow.isEnabled() == allowed
        assert card.permission.longer.isEnabled() == allowed
        assert ("Expected: integer" in editor.note.text()) == (not allowed)
    assert card.permission.refuse.isEnabled()


def test_an_argument_that_was_left_out_can_be_added(tools: Tools, clock: Clock, qtbot: QtBot) -> None:
    card = ask(tools, clock, query="a")
    card.editors.add("all")
    assert not card.permission.allow.isEnabled()
    card.editors.editor("all").field.setPlainText("true")
    card.editors.add("limit")
    card.editors.editor("limit").reset.click()
    clock.now += 1
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True, arguments={"query": "a", "all": True})]


def test_an_edit_asks_what_it_would_change_and_stays_when_that_comes(
    tools: Tools, clock: Clock, model: ConversationModel, qtbot: QtBot
) -> None:
    card = ask(tools, clock, WRITE, text="new")
    assert card.note == "Looking at what this would change…"
    model.apply(CallPreviewed(1, "1", DIFF))
    assert card.note == ""
    assert (card.diff.title, card.diff.detail) == ("notes.md", "+1 −1")
    with qtbot.waitSignal(tools.preview_requested) as asked:
        card.editors.editor("text").field.setPlainText("newer")
    assert asked.args == ["1", {"text": "newer"}]
    assert card.diff.detail == "looking again…"
    model.apply(CallPreviewed(1, "1", DIFF.replace("new", "newer")))
    assert card.diff.detail == "+1 −1"
    assert card.editors.editor("text").field.toPlainText() == "newer"
    card.editors.editor("text").reset.click()
    assert card.diff.detail == "looking again…"
    model.apply(CallPreviewed(1, "1", DIFF.replace("new", "newer")))
    assert card.diff.detail == "+1 −1"
    model.apply(CallPreviewed(1, "1", ""))
    assert card.note == "This would change nothing."
    model.apply(CallPreviewed(1, "1", "", "The folder is not granted."))
    assert card.note == "The folder is not granted."


def test_all_of_a_diff_is_in_view_while_it_asks_and_can_be_folded_later(
    tools: Tools, clock: Clock, model: ConversationModel
) -> None:
    long = "--- /dev/null\n+++ b/x.md\n@@ -0,0 +1,100 @@\n" + "+line\n" * 100
    card = ask(tools, clock, WRITE, text="new")
    model.apply(CallPreviewed(1, "1", long))
    assert card.diff.text.document().blockCount() == 100
    model.apply(CallProgressed(1, "1", "running"))
    model.apply(CallProgressed(1, "1", "done"))
    model.apply(PartAdded(1, 1, ResultPart("1", "Wrote it.", diff=long)))
    card.diff.fold_button.click()
    assert card.diff.text.document().blockCount() == FOLDED


def test_a_diff_is_text_and_says_without_colour_what_comes_and_goes(tools: Tools) -> None:
    card = end(tools, "done", ResultPart("1", "Wrote it.", diff=DIFF), WRITE)
    assert card.diff.text.toPlainText() == "− <b>old</b>\n+ new"
    card.diff.text.selectAll()
    assert card.diff.text.textCursor().selectedText() == "− <b>old</b>\u2029+ new"


def test_a_write_can_be_taken_back_once(tools: Tools, model: ConversationModel, qtbot: QtBot) -> None:
    result = ResultPart("1", "Wrote it.", diff=DIFF, undo="u1")
    card = end(tools, "done", result, WRITE)
    with qtbot.waitSignal(tools.undo_requested) as asked:
        card.undo_button.click()
    assert asked.args == [1, "1"]
    assert not card.undo_button.isEnabled()
    tools.offer_undo_again()
    assert card.undo_button.isEnabled()
    model.apply(PartReplaced(1, 1, ResultPart("1", "Wrote it.", diff=DIFF, undo="u1", undone=True)))
    assert card.state_text == "taken back"
    assert not card.undo_button.isVisible()


def test_all_of_an_argument_is_in_view_unless_its_diff_is(
    tools: Tools, clock: Clock, model: ConversationModel, qtbot: QtBot
) -> None:
    card = ask(tools, clock, WRITE, text="line\n" * 60)
    bar = card.editors.editor("text").field.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    model.apply(CallPreviewed(1, "1", DIFF))
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    model.apply(CallPreviewed(1, "1", "", "It cannot be said."))
    qtbot.waitUntil(lambda: bar.maximum() == 0)


def test_the_tab_key_goes_from_the_top_down(tools: Tools, clock: Clock, qtbot: QtBot) -> None:
    card = ask(tools, clock, query="a", limit=5)
    tools.activateWindow()
    card.editors.add("all")
    card.editors.editor("query").field.setFocus()
    met = []
    for _ in range(8):
        met.append(tools.focusWidget())
        qtbot.keyClick(tools.focusWidget(), Qt.Key.Key_Tab)
    fields = [card.editors.editor(name).field for name in ("query", "limit", "all")]
    assert met[:3] == [*fields[:2], fields[2]]
    assert met[3:6] == [card.editors.editor("all").reset, card.permission.refuse, card.permission.say_why]


def test_what_runs_can_be_stopped(tools: Tools, model: ConversationModel, qtbot: QtBot) -> None:
    model.apply(PartAdded(1, 0, CallPart("1", "search", {}, "", "ready")))
    model.apply(CallProgressed(1, "1", "running", SEARCH))
    with qtbot.waitSignal(tools.stop_requested):
        tools.cards[0].head.stop_button.click()
    model.apply(CallProgressed(1, "1", "done"))
    assert not tools.cards[0].head.stop_button.isVisible()


def test_a_card_shows_what_really_ran(tools: Tools) -> None:
    card = end(tools, "done", ResultPart("1", "ok", ran_with={"query": "b", "limit": 3}))
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
    tools: Tools, model: ConversationModel, raw: str, result: ResultPart | None, note: str
) -> None:
    model.apply(PartAdded(1, 0, CallPart("1", None, {}, raw, "unfinished")))
    model.apply(CallProgressed(1, "1", "cut_off"))
    if result:
        model.apply(PartAdded(1, 1, result))
    assert tools.cards[0].note == note


def test_markup_is_text_everywhere_on_a_card(tools: Tools, clock: Clock, model: ConversationModel) -> None:
    odd = ToolInfo(MARKUP, MARKUP, {"properties": {MARKUP: {"type": "string", "description": MARKUP}}}, server=MARKUP)
    card = ask(tools, clock, odd, **{MARKUP: MARKUP})
    assert_plain(card)
    assert card.editors.editor(MARKUP).field.toPlainText() == SHOWN
    model.apply(CallProgressed(1, "1", "failed"))
    model.apply(PartAdded(1, 1, ResultPart("1", MARKUP, True)))
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
