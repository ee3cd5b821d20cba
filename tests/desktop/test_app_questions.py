"""A question to the person never waits unseen, and what they allow for good is kept at once: in the whole app."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backends.contract.tools import AllowedTool, ConsentAnswer
from backends.conversation.changes import QuestionWaits, RoundsReached, ToolAllowed
from backends.storage.settings import load_preferences
from desktop.app import App
from desktop.models.conversation_list_model import ConversationListModel
from desktop.news.notifier import Notifier
from desktop.panes.actions import Action
from tests.desktop.conftest import OpenApp

SECONDS = 60_000
CALL = (
    '<minimax:tool_call>\n<invoke name="calculator">\n<parameter name="expression">6 * 7</parameter>\n</invoke>\n'
    "</minimax:tool_call>"
)
ROUNDS = {"rounds": [["</think>", CALL], ["</think>It is 42."]]}


def ask(app: App, qtbot: QtBot) -> None:
    app.panes.composer.field.setPlainText("What is 6 * 7?")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)


def last_text(app: App) -> str:
    return app.conversation.message_text(app.conversation.rowCount() - 1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the system was asked to show."""
    texts: list[str] = []

    def tell(_notifier: Notifier, _title: str, text: str, _then: object) -> None:
        texts.append(text)

    monkeypatch.setattr(Notifier, "tell", tell)
    return texts


def test_a_harmless_tool_runs_without_asking(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.panes.composer.field.setPlainText("What is 6 * 7?")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.conversation.rowCount() > 1 and "42" in last_text(app), timeout=SECONDS)
    assert [card.call.state for card in app.panes.tools.cards] == ["done"]


def test_a_call_that_asks_shows_its_card(open_app: OpenApp, qtbot: QtBot, told: list[str]) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    app.window.toggle_tools()
    assert not app.panes.tools.isVisible()
    ask(app, qtbot)
    assert app.panes.tools.isVisible()
    assert app.panes.tools.cards[-1].call.state == "asking"
    assert told == ["The model wants to run calculator."], "the tool's name, and never its arguments"
    app.chat.answer_consent(app.panes.tools.cards[-1].call.call_id, ConsentAnswer(True))
    qtbot.waitUntil(lambda: "42" in last_text(app), timeout=SECONDS)


def test_a_question_in_another_conversation_is_told_with_the_way_to_it(
    open_app: OpenApp, qtbot: QtBot, told: list[str]
) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    ask(app, qtbot)
    asked = app.chat.session.conversation.id
    assert app.state.notice is None, "its card is in view"
    app.chat.new()
    index = app.conversations.index(app.conversations.row_of(asked))
    assert index.data(ConversationListModel.WaitingRole)
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "What is 6 * 7?: waits for your answer"
    assert app.window.notice.words.startswith("“What is 6 * 7?” waits for your answer.")
    app.window.notice.action_requested.emit()
    assert app.chat.session.conversation.id == asked
    assert app.state.notice is None
    app.chat.new()
    assert app.state.notice is not None
    app.tell("Something else went wrong.")
    app.window.notice.dismissed.emit()
    assert app.window.notice.words.startswith("“What is 6 * 7?” waits for your answer."), "it does not wait unseen"
    app.window.notice.dismissed.emit()
    assert app.state.notice is None
    app.questions.refresh()
    app.chat.session.stop(anywhere=True)
    qtbot.waitUntil(lambda: app.state.notice is None, timeout=SECONDS)
    assert not index.data(ConversationListModel.WaitingRole)
    assert set(told) == {"The model wants to run calculator."}


def test_a_question_that_comes_up_elsewhere_is_told_outside(open_app: OpenApp, told: list[str]) -> None:
    app = open_app(loaded=False)
    app.chat.apply(QuestionWaits("another", "Secret plans"))
    app.chat.apply(QuestionWaits("another", "Secret plans"))
    assert told == ["Another conversation waits for your answer."]
    app.chat.apply(RoundsReached(1, 25))
    app.chat.apply(RoundsReached(1, 0))
    assert told[1:] == ["The model has written 25 times. May it go on?"]


def test_what_is_allowed_for_good_is_kept_at_once_and_revoked_at_once(open_app: OpenApp) -> None:
    app = open_app(loaded=False)
    before, now = AllowedTool("files/read", "old"), AllowedTool("files/read", "new")
    app.preferences.replace(allowed_tools=(before,))
    app.chat.apply(ToolAllowed(AllowedTool("clock", "c"), "conversation"))
    app.chat.apply(ToolAllowed(now, "always"))
    assert load_preferences()[0].allowed_tools == (now,), "in place of the same tool as it was"
    app.chat.revoke((now,))
    assert load_preferences()[0].allowed_tools == ()


def test_what_is_switched_off_is_kept_at_once(open_app: OpenApp) -> None:
    app = open_app(loaded=False)
    app.tools.switch("weather", False)
    assert load_preferences()[0].tool_settings.servers_off == ("weather",)


def test_what_is_allowed_in_a_conversation_is_revoked_there(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    ask(app, qtbot)
    app.chat.answer_consent(app.panes.tools.cards[-1].call.call_id, ConsentAnswer(True, "conversation"))
    qtbot.waitUntil(lambda: "42" in last_text(app), timeout=SECONDS)
    allowed = app.settings.settings.allowed_tools
    assert [tool.key for tool in allowed] == ["calculator"]
    app.menus.settings_requested.emit()
    assert app.dialogs.settings is not None
    app.dialogs.settings.tools.allowed.buttons[0].click()
    assert app.settings.settings.allowed_tools == ()
    assert app.chat.session.conversation.settings.allowed_tools == ()


def test_the_session_has_what_was_chosen(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(loaded=False)
    chosen: list[dict[str, object]] = []

    def configure(**choices: object) -> None:
        chosen.append(choices)

    monkeypatch.setattr(app.chat.session, "configure", configure)
    app.preferences.replace(
        allowed_tools=(AllowedTool("clock", "c"),), allow_harmless=False, may_allow_always=False, round_limit=7
    )
    policy = chosen[-1]["policy"]
    assert (chosen[-1]["round_limit"], chosen[-1]["tool_settings"]) == (7, app.preferences.value.tool_settings)
    assert repr(policy).startswith("Policy(always=frozenset({'c'})")


def test_tools_are_listed_where_their_settings_are_shown(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(loaded=False)
    app.menus.servers_requested.emit()
    qtbot.waitUntil(lambda: bool(app.servers.tools), timeout=SECONDS)
    assert "calculator" in [tool.name for tool in app.servers.tools]
    assert app.dialogs.settings is not None
    assert app.dialogs.settings.windowTitle() == "Settings: Servers"


def test_a_long_turn_goes_on_once_the_person_says_so(open_app: OpenApp, qtbot: QtBot, told: list[str]) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(round_limit=1)
    app.panes.composer.field.setPlainText("What is 6 * 7?")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: bool(told), timeout=SECONDS)
    assert told == ["The model has written once. May it go on?"]
    assert "42" not in last_text(app)
    app.panes.transcript.rounds_answered.emit(True)
    qtbot.waitUntil(lambda: "42" in last_text(app), timeout=SECONDS)


def test_a_question_can_be_stopped_and_offers_what_the_preferences_allow(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False, may_allow_always=False)
    assert not app.panes.tools.may_allow_always
    app.preferences.replace(may_allow_always=True)
    assert app.panes.tools.may_allow_always
    ask(app, qtbot)
    app.panes.tools.stop_requested.emit()
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)


def test_tools_that_are_switched_off_in_a_turn_run_no_more_unasked(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"rounds": [["</think>", CALL], ["</think>", CALL], ["</think>It is 42."]]})
    app.preferences.replace(round_limit=1)  # the turn waits after the first call
    app.panes.composer.field.setPlainText("What is 6 * 7?")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: bool(app.conversation.rounds(app.conversation.rowCount() - 1)), timeout=SECONDS)
    app.preferences.replace(tools_enabled=False)
    app.chat.answer_rounds(True)
    qtbot.waitUntil(lambda: len(app.panes.tools.cards) == 2, timeout=SECONDS)
    qtbot.waitUntil(lambda: app.panes.tools.cards[-1].call.state not in ("writing", "waiting"), timeout=SECONDS)
    assert [card.call.state for card in app.panes.tools.cards] == ["done", "asking"]


def test_the_transcript_allows_nothing_that_is_edited_in_the_card(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    ask(app, qtbot)
    [card] = app.panes.tools.cards
    card.editors.editor("expression").field.setPlainText("6 * 8")
    app.window.toggle_tools()
    app.panes.transcript.clock = lambda: float("inf")
    row, part = app.conversation.calls()[-1]
    app.panes.transcript.page.acted.emit(Action("allow", (row, part)))
    assert app.state.phase == "asking", "the model's own arguments are not what the person wants to run"
    assert card.isVisible(), "the answer is given there"
    card.editors.editor("expression").reset.click()
    app.panes.transcript.page.acted.emit(Action("allow", (row, part)))
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    assert app.panes.tools.cards[-1].call.result == "42"


def test_what_was_edited_runs_after_another_conversation_was_shown(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    ask(app, qtbot)
    asked = app.chat.session.conversation.id
    app.panes.tools.cards[-1].editors.editor("expression").field.setPlainText("6 * 8")
    app.chat.new()
    app.chat.open(asked)
    [card] = app.panes.tools.cards
    assert card.is_edited
    card.permission.answered.emit(True, "once", "")
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    call = app.panes.tools.cards[-1].call
    assert (call.result, call.ran_with) == ("48", (("expression", "6 * 8"),))


def test_a_question_has_room_for_its_answers_until_the_turn_ends(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    app.window.resize(1280, 620)
    qtbot.waitUntil(lambda: app.panes.tools.isVisible() and app.window.width() == 1280)
    before = app.panes.tools.height()
    ask(app, qtbot)
    choices = app.panes.tools.cards[-1].permission
    qtbot.waitUntil(lambda: choices.visibleRegion().boundingRect() == choices.rect(), timeout=SECONDS)
    assert app.panes.tools.height() > before
    assert app.panes.reasoning.isVisible()
    app.chat.answer_consent(app.panes.tools.cards[-1].call.call_id, ConsentAnswer(True))
    qtbot.waitUntil(lambda: app.panes.tools.height() == before, timeout=SECONDS)


def test_a_word_on_the_card_goes_with_a_refusal_in_the_transcript(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    ask(app, qtbot)
    app.panes.tools.cards[-1].permission.say_why.click()
    app.panes.tools.cards[-1].permission.note.setText("Count on your fingers.")
    app.panes.transcript.clock = lambda: float("inf")
    app.panes.transcript.page.acted.emit(Action("refuse", app.conversation.calls()[-1]))
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    assert (app.panes.tools.cards[-1].call.result or "").endswith("Count on your fingers.")


def test_escape_leaves_a_field_before_it_stops_the_turn(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(ROUNDS)
    app.preferences.replace(allow_harmless=False)
    app.window.activateWindow()
    qtbot.waitUntil(app.window.isActiveWindow)
    ask(app, qtbot)
    [card] = app.panes.tools.cards
    card.permission.say_why.click()
    for field in (card.editors.editor("expression").field, card.permission.note):
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_Escape)
        assert not field.hasFocus()
        assert app.state.phase == "asking"
    QTest.keyClick(app.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
