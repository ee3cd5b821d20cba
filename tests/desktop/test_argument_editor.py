# pyright: standard
# What pytest-qt's signals bring has no types.
from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from backends.contract.tools import ConsentAnswer
from backends.conversation.changes import CallPreviewed
from tests.desktop.call_pane import SEARCH, WRITE, CallPane

DIFF = "--- a/notes.md\n+++ b/notes.md\n@@ -1 +1 @@\n-<b>old</b>\n+new\n"


@pytest.fixture
def tools(qtbot: QtBot) -> CallPane:
    pane = CallPane()
    qtbot.addWidget(pane)
    return pane


def test_edited_arguments_are_what_runs(tools: CallPane, qtbot: QtBot) -> None:
    odd = "no\u00a0break \x1b"
    card = tools.ask(query=odd, limit=5)
    card.editors.editor("limit").field.setPlainText("12")
    card.editors.editor("query").field.textCursor().insertText("with ")
    tools.set_clock.now += 1
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True, arguments={"query": f"with {odd}", "limit": 12})]


def test_what_was_reset_runs_as_the_model_wrote_it(tools: CallPane, qtbot: QtBot) -> None:
    card = tools.ask(query="a\r\nb", limit=5)
    editor = card.editors.editor("query")
    editor.field.setPlainText("c")
    editor.reset.click()
    tools.set_clock.now += 1
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True)]


def test_nothing_runs_with_a_value_of_another_type(tools: CallPane) -> None:
    card = tools.ask(query="a", limit=5)
    editor = card.editors.editor("limit")
    for text, allowed in (("five", False), ("1.5", False), ("6", True)):
        editor.field.setPlainText(text)
        assert card.permission.allow.isEnabled() == allowed
        assert card.permission.longer.isEnabled() == allowed
        assert ("Expected: integer" in editor.note.text()) == (not allowed)
    assert card.permission.refuse.isEnabled()


def test_an_argument_that_was_left_out_can_be_added(tools: CallPane, qtbot: QtBot) -> None:
    card = tools.ask(query="a")
    card.editors.add("all")
    assert not card.permission.allow.isEnabled()
    card.editors.editor("all").field.setPlainText("true")
    card.editors.add("limit")
    card.editors.editor("limit").reset.click()
    tools.set_clock.now += 1
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True, arguments={"query": "a", "all": True})]


def test_all_of_an_argument_is_in_view_unless_its_diff_is(tools: CallPane, qtbot: QtBot) -> None:
    card = tools.ask(WRITE, text="line\n" * 60)
    bar = card.editors.editor("text").field.verticalScrollBar()
    tools.model.apply(CallPreviewed(1, "1", DIFF))
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    tools.model.apply(CallPreviewed(1, "1", "", "It cannot be said."))
    qtbot.waitUntil(lambda: bar.maximum() == 0)


def test_the_tab_key_goes_from_the_top_down(tools: CallPane, qtbot: QtBot) -> None:
    card = tools.ask(query="a", limit=5)
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


def test_what_was_written_is_there_again_when_another_conversation_was_shown(tools: CallPane, qtbot: QtBot) -> None:
    odd = "no\u00a0break \x1b"
    card = tools.ask(query=odd, limit=5)
    card.editors.editor("query").field.textCursor().insertText("with\n")
    card.editors.editor("limit").field.setPlainText("five")
    card.editors.add("all")
    card.permission.say_why.click()
    card.permission.note.setText("Not there.")
    tools.show_other()
    assert tools.cards == []
    card = tools.ask_again()
    assert card.permission.note.text() == "Not there."
    assert card.permission.note.isVisible()
    assert not card.permission.allow.isEnabled(), "two of them cannot be read, and none was run as it was"
    card.editors.editor("limit").field.setPlainText("12")
    card.editors.editor("all").field.setPlainText("true")
    with qtbot.waitSignal(tools.consent_answered) as answered:
        card.permission.allow.click()
    assert answered.args == ["1", ConsentAnswer(True, arguments={"query": f"with\n{odd}", "limit": 12, "all": True})]


def test_what_was_written_is_of_this_call_of_this_tool_alone(tools: CallPane) -> None:
    tools.ask(query="a").editors.editor("query").field.setPlainText("b")
    tools.show_other()
    card = tools.ask_again(replace(SEARCH, description="Searches, and deletes what it finds."))
    assert card.editors.editor("query").field.toPlainText() == "a"
    tools.show_other()
    assert not tools.ask_again().is_edited, "what was dropped stays dropped"


def test_what_a_kept_change_would_do_is_asked_for_and_no_older_diff_is_taken_for_it(
    tools: CallPane, qtbot: QtBot
) -> None:
    tools.ask(WRITE, text="new").editors.editor("text").field.setPlainText("newer")
    tools.show_other()
    card = tools.ask_again(WRITE)
    tools.model.apply(CallPreviewed(1, "1", "--- a/n\n+++ b/n\n@@ -1 +1 @@\n-old\n+new\n"))
    assert card.diff.detail == "looking again…"
    with qtbot.waitSignal(tools.preview_requested) as asked:
        pass
    assert asked.args == ["1", {"text": "newer"}]
    tools.model.apply(CallPreviewed(1, "1", "--- a/n\n+++ b/n\n@@ -1 +1 @@\n-old\n+newer\n"))
    assert card.diff.detail == "+1 −1"
