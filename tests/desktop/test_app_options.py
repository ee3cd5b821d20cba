"""A conversation's options and its full context, in the whole app with its real workers and Pocket M2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences
from backends.storage.conversations import ConversationStore
from backends.storage.library import POCKET_FOLDER
from backends.storage.paths import data_folder
from backends.storage.settings import save_preferences
from desktop.app import App
from desktop.panes.conversation_options import ConversationOptions
from desktop.widgets.thinking_chips import Chip
from tests.desktop.conftest import OpenApp, end

SECONDS = 60_000
CONTEXT = 160


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path) -> Iterator[App]:
    """The app without tools, and with a Pocket M2 whose context length a few turns fill."""
    preferences = Preferences(load_model_at_start=False, tools_enabled=False)
    save_preferences(preferences)  # as at a real start: the window follows the file
    app = App(preferences, ConversationStore(data_folder() / "conversations.db"))
    app.choice.cancel()
    app.start()
    app.chat.load(short_pocket(tmp_path))
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    yield app
    end(app)


def short_pocket(home: Path) -> ModelRef:
    """A folder of Pocket M2 that declares a short context length."""
    folder = home / "short-pocket"
    folder.mkdir()
    for file in POCKET_FOLDER.iterdir():
        (folder / file.name).symlink_to(file)
    config = json.loads((POCKET_FOLDER / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": CONTEXT}), encoding="utf-8")
    return ModelRef("short-pocket", "pytorch", "none", "folder", str(folder))


def say(app: App, qtbot: QtBot, text: str) -> str:
    """What is answered."""
    app.panes.composer.field.setPlainText(text)
    app.panes.composer.send()
    return rest(app, qtbot)


def again(app: App, qtbot: QtBot) -> str:
    """What is answered when the last message is answered again."""
    app.chat.regenerate(app.conversation.record(app.conversation.rowCount() - 1).id)
    return rest(app, qtbot)


def rest(app: App, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    row = app.conversation.rowCount() - 1
    return "".join(app.conversation.part_text(row, part) for part in range(app.conversation.part_count(row)))


def options(app: App) -> ConversationOptions:
    """The options, open."""
    if app.desk.options is None or not app.desk.options.isVisible():
        app.panes.composer.options_button.click()
    assert app.desk.options is not None
    return app.desk.options


def fill(app: App, **values: str) -> None:
    """Type values into the options, and close them."""
    shown = options(app)
    for name, text in values.items():
        line = shown.fields[name].findChild(QLineEdit)
        assert line is not None
        line.clear()
        QTest.keyClicks(line, text)
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def test_options_hold_from_the_next_answer_in_their_conversation(app: App, qtbot: QtBot) -> None:
    greedy = say(app, qtbot, "Hello")
    fill(app, max_tokens="3")
    cut = again(app, qtbot)
    assert app.state.usage.generated_tokens == 3
    assert app.conversation.record(app.conversation.rowCount() - 1).status == "length"
    assert greedy.startswith(cut)
    fill(app, max_tokens="60", temperature="2", top_p="1", top_k="0", seed="7")
    seeded = again(app, qtbot)
    assert again(app, qtbot) == seeded
    fill(app, seed="8")
    assert again(app, qtbot) != seeded
    first = app.chat.session.conversation.id
    app.chat.new()
    assert options(app).fields["seed"].value is None
    assert app.state.usage.context_tokens == 0
    app.chat.open(first)
    assert app.state.usage.context_tokens > 0
    assert options(app).fields["seed"].value == 8
    options(app).reset_button.click()
    assert again(app, qtbot) == greedy


def test_a_full_context_is_told_and_the_person_chooses(app: App, qtbot: QtBot) -> None:
    fill_context(app, qtbot)
    full, card = app.chat.session.conversation.id, app.desk.card
    assert card is not None
    assert card.words == f"This conversation fills the context length: {CONTEXT} tokens."
    app.chat.new()
    assert not card.isVisible()
    app.chat.open(full)
    assert card.isVisible()
    card.leave_button.click()
    assert not card.isVisible()
    say(app, qtbot, "Hello")
    assert card.isVisible()

    card.continue_button.click()
    assert not card.isVisible()
    assert app.window.windowTitle() == "Tell me a short story, continued"
    rest(app, qtbot)
    assert app.conversation.message_text(0).startswith("Summarize our conversation so far")

    app.chat.open(full)
    assert card.isVisible()
    card.drop_button.click()
    assert rest(app, qtbot)
    assert not card.isVisible()
    first = app.settings.settings.first_message
    assert first is not None
    text = app.panes.transcript.view.document().toPlainText()
    said = "The model is no longer given what is above. Give it all again"
    assert text.index(said) < text.rindex(app.conversation.message_text(app.conversation.row_of(first)))
    app.panes.transcript.view.action_clicked.emit("minim:all/")
    assert app.settings.settings.first_message is None
    assert said not in app.panes.transcript.view.document().toPlainText()


def test_a_switch_of_the_reasoning_is_remembered_with_its_conversation(open_app: OpenApp, qtbot: QtBot) -> None:
    script = {"pieces": ["</think>Hello."], "thinking": {"variable": "enable_thinking"}}
    app = open_app(script)
    switch = app.panes.composer.findChild(Chip)
    assert switch is not None
    switch.click()
    say(app, qtbot, "Hi")
    app.chat.new()
    assert switch.isChecked()
    app.chat.open(app.conversations.first_id())
    assert not switch.isChecked()
    app.chat.unload()
    qtbot.waitUntil(lambda: not switch.isVisible())
    app.window.close()
    later = open_app(script)
    assert later.settings.settings.options.thinking is False


def test_a_full_memory_is_told(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>Hello."], "prefill_tokens": 200, "memory_context": 100})
    say(app, qtbot, "Hi")
    assert app.desk.card is not None
    assert "about 100 tokens" in app.desk.card.words


def fill_context(app: App, qtbot: QtBot) -> None:
    """Talk until there is no room left."""
    for _ in range(6):
        say(app, qtbot, "Tell me a short story")
        if app.settings.full is not None:
            return
    raise AssertionError("the context never got full")


def test_what_was_typed_just_before_the_window_closes_is_kept(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>Hello."]})
    say(app, qtbot, "Hi")
    options(app).system_prompt.setPlainText("Be kind.")
    app.window.close()
    assert open_app(loaded=False).settings.settings.system_prompt == "Be kind."
    assert app.state.notice is None
