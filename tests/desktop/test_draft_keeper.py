"""What is typed and not sent comes back: in its conversation, and after the window was closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backends.contract.chat import ConversationSettings
from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from desktop import draft_keeper
from desktop.app import App
from desktop.draft_keeper import DraftKeeper
from desktop.models.conversation_settings_state import ConversationSettingsState
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.panes.composer import Composer
from tests.desktop.conftest import OpenApp


@pytest.fixture
def store() -> Iterator[ConversationStore]:
    store = ConversationStore(":memory:")
    yield store
    store.close()


@pytest.fixture
def composer(qtbot: QtBot) -> Composer:
    composer = Composer(SessionState(), PreferenceState(Preferences()), ConversationSettingsState())
    qtbot.addWidget(composer)
    return composer


def written(composer: Composer) -> str:
    return composer.field.toPlainText()


def test_each_conversation_has_its_own(store: ConversationStore, composer: Composer) -> None:
    first, second = store.create("first").id, store.create("second").id
    keeper = DraftKeeper(store, composer)
    for place, text in ((first, "for the first 草稿"), (second, "for the second"), ("unsaved", "for a new one")):
        keeper.show_conversation(place)
        assert written(composer) == ""
        composer.show_text(text)
    keeper.show_conversation(first)
    assert written(composer) == "for the first 草稿"
    keeper.show_conversation("unsaved too")
    assert written(composer) == "for a new one"
    composer.clear_sent()
    keeper.keep()
    again = DraftKeeper(store, composer)
    again.show_conversation(second)
    assert written(composer) == "for the second"
    again.show_conversation("unsaved")
    assert written(composer) == ""


def test_what_is_typed_is_kept_while_typing_goes_on(store: ConversationStore, composer: Composer, qtbot: QtBot) -> None:
    keeper = DraftKeeper(store, composer)
    keeper.show_conversation("unsaved")
    composer.show_text("half a tho")
    qtbot.waitUntil(lambda: store.draft("") == "half a tho")
    composer.show_text("broken \ud83d half")
    qtbot.waitUntil(lambda: store.draft("").startswith("broken"))


def test_the_first_message_takes_the_draft_of_a_new_conversation_with_it(
    store: ConversationStore, composer: Composer
) -> None:
    keeper = DraftKeeper(store, composer)
    keeper.show_conversation("new")
    composer.show_text("Hi")
    keeper.keep()
    store.create("Hi", "new", ConversationSettings())
    composer.show_text("And then")
    keeper.keep()
    assert (store.draft(""), store.draft("new")) == ("", "And then")


def test_what_was_typed_before_the_start_was_over_stays(store: ConversationStore, composer: Composer) -> None:
    store.keep_draft("", "kept ")
    QTest.keyClicks(composer.field, "early")
    DraftKeeper(store, composer).show_conversation("new")
    assert written(composer) == "kept early"


def test_a_disk_that_is_full_is_told_once(composer: Composer) -> None:
    told: list[str] = []

    def tell(message: str, hint: str) -> None:
        told.append(f"{message} {hint}")

    class Full(ConversationStore):
        def keep_draft(self, conversation_id: str, text: str) -> None:
            raise MinimError("disk_full", "The disk is full.", "Make room.")

    full = Full(":memory:")
    keeper = DraftKeeper(full, composer)
    keeper.failed.connect(tell)
    keeper.show_conversation("new")
    for text in ("a", "ab"):
        composer.show_text(text)
        keeper.keep()
    assert told == ["The disk is full. Make room."]
    full.close()


def test_a_store_that_failed_is_not_asked_again_with_every_key(
    store: ConversationStore, composer: Composer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program that writes to it is waited for, and the window stands still meanwhile."""
    monkeypatch.setattr(draft_keeper, "_KEPT_AFTER_MS", 0)
    keeper = DraftKeeper(store, composer)
    keeper.show_conversation("new")
    tried: list[str] = []

    def refuse(_conversation: str, text: str) -> None:
        tried.append(text)
        raise MinimError("busy", "Another program is writing.", "Wait.")

    monkeypatch.setattr(store, "keep_draft", refuse)
    composer.show_text("a")
    qtbot.waitUntil(lambda: tried == ["a"])
    composer.show_text("ab")
    qtbot.wait(10)
    assert tried == ["a"]
    keeper.keep()
    assert tried == ["a", "ab"]


def test_it_is_there_again_in_the_next_window(open_app: OpenApp) -> None:
    app = open_app(loaded=False)
    app.panes.composer.field.setPlainText("not sent yet")
    app.close()
    assert written_in(open_app(loaded=False)) == "not sent yet"


def test_what_was_sent_is_no_draft(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>Hello."]})
    app.panes.composer.field.setPlainText("Hi")
    app.drafts.keep()
    app.panes.composer.send()
    assert written_in(app) == ""
    database = sqlite3.connect(data_folder() / "conversations.db")
    assert database.execute("SELECT * FROM draft").fetchall() == []  # a kill would bring it back beside the message
    database.close()
    qtbot.waitUntil(lambda: not app.state.busy, timeout=20_000)
    app.chat.new()
    assert written_in(app) == ""


def written_in(app: App) -> str:
    return app.panes.composer.field.toPlainText()
