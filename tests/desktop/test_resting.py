"""A model that is unloaded while nobody uses it: the next message loads it again, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from backends.contract.chat import GenerationOptions
from backends.contract.commands import Command, Generate, LoadModel, ReadAhead
from backends.contract.events import Envelope, UnloadSuggested
from backends.contract.memory import KeepLimits
from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences
from backends.storage.conversations import ConversationStore
from backends.storage.library import POCKET_FOLDER
from backends.storage.paths import data_folder
from backends.storage.settings import save_preferences
from desktop.app import App
from desktop.models.session_state import ModelState
from tests.desktop.conftest import REPLAYED, OpenApp, end

SECONDS = 60_000
POCKET = ModelRef("Pocket M2", "mlx", "4bit", "builtin", str(POCKET_FOLDER))
IDLE = Envelope(0, UnloadSuggested("idle"))
CALL = '<minimax:tool_call>\n<invoke name="clock">\n</invoke>\n</minimax:tool_call>'
HELLO = {"pieces": ["</think>", "Hello."]}


def say(app: App, text: str) -> None:
    app.panes.composer.field.setPlainText(text)
    app.panes.composer.send()


def last_text(app: App) -> str:
    return app.conversation.message_text(app.conversation.rowCount() - 1)


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    """The app with its real workers, whose model is idle as soon as nothing is asked of it."""
    preferences = Preferences(
        load_model_at_start=False,
        tools_enabled=False,
        system_prompt="Be kind, and say little. " * 20,
        generation=GenerationOptions(temperature=0.0, max_tokens=60),
        unload_after_minutes=1e-6,  # type: ignore[arg-type]  # whole minutes would be long for a test
    )
    save_preferences(preferences)  # as at a real start: the window follows the file
    app = App(preferences, ConversationStore(data_folder() / "conversations.db"))
    app.start()
    yield app
    end(app)


def test_a_conversation_goes_on_when_its_model_has_rested(app: App, qtbot: QtBot) -> None:
    told: list[ModelState] = []
    reused: list[int] = []
    app.state.model_changed.connect(lambda: told.append(app.state.model_state))
    app.state.usage_changed.connect(lambda: reused.append(app.state.usage.reused_tokens))
    app.chat.choose(POCKET)
    said: set[str] = set()
    app.conversation.load_changed.connect(lambda: said.add(app.panes.transcript.page.view.toPlainText()))
    for question in ("Hello", "Thank you"):
        told.clear()
        say(app, question)
        assert app.panes.composer.field.toPlainText() == ""
        assert app.panes.status.words.startswith("Loading the model")
        qtbot.waitUntil(lambda: app.state.resting == "idle" and not app.state.busy, timeout=SECONDS)
        assert app.panes.toolbar.model_button.text() == "Pocket M2 · 4-bit · resting"
        assert "The KV cache was kept" in app.panes.toolbar.model_button.toolTip()
        assert app.conversation.record(app.conversation.rowCount() - 1).status in ("complete", "length")
        assert told[0] == "loading"
        assert "ready" in told
    assert "crashed" not in told
    assert any("Loading the model…" in text for text in said)
    assert max(reused) > 100, "the system prompt and the first turn came from the KV cache on the disk"
    assert "reused" in app.panes.status.words
    assert app.state.notice is None


def test_a_question_that_waits_for_its_answer_is_no_idleness(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", CALL]})
    app.preferences.replace(allow_harmless=False)
    say(app, "What time is it?")
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)
    app.chat.handle_engine(IDLE)
    assert app.state.model_state == "ready"


def test_whoever_turns_unloading_off_is_heard_at_once(open_app: OpenApp) -> None:
    app = open_app()
    app.preferences.replace(unload_after_minutes=0)
    app.chat.handle_engine(IDLE)
    assert app.state.model_state == "ready"
    app.chat.handle_engine(Envelope(0, UnloadSuggested("memory")))
    assert app.state.resting == "memory"


def test_a_resting_model_answers_again_and_can_be_unloaded(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(HELLO)
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Hello." in last_text(app) and not app.state.busy, timeout=SECONDS)
    app.chat.handle_engine(IDLE)
    assert not app.state.stoppable
    app.chat.regenerate(app.conversation.record(1).id)
    qtbot.waitUntil(lambda: app.state.model_state == "ready" and not app.state.busy, timeout=SECONDS)
    assert len(app.conversation.record(1).siblings) == 2
    app.chat.handle_engine(IDLE)
    app.chat.unload()
    assert (app.state.model_state, app.state.resting) == ("none", "")
    say(app, "And now?")
    assert app.panes.composer.field.toPlainText() == "And now?"


def test_when_it_cannot_be_loaded_again_the_message_stays_and_words_say_why(
    open_app: OpenApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(HELLO)
    app.chat.handle_engine(IDLE)
    failure = {"kind": "out_of_memory", "message": "There is no room.", "hint": "Close other apps."}
    monkeypatch.setenv("MINIM_REPLAY", json.dumps({"load": [{"fail": failure}]}))
    say(app, "Hi")
    qtbot.waitUntil(lambda: app.state.model_state == "crashed" and not app.state.busy, timeout=SECONDS)
    assert app.state.notice is not None
    assert (app.state.notice.message, app.state.notice.offers_load) == ("There is no room.", True)
    assert app.conversation.message_text(0) == "Hi"
    assert app.conversation.record(1).status == "failed"
    monkeypatch.setenv("MINIM_REPLAY", json.dumps(HELLO))
    app.chat.unload()  # another script is read by another process only
    app.chat.load_again()
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)


def test_another_model_is_loaded_while_one_rests(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(HELLO)
    app.chat.handle_engine(IDLE)
    other = ModelRef("Other", "mlx", "8bit", "folder", "other")
    app.chat.load(other)
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    assert app.state.model == other


def test_a_model_that_was_only_chosen_is_loaded_by_the_first_message(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(HELLO, loaded=False)
    app.chat.choose(REPLAYED)
    assert app.panes.toolbar.model_button.text() == "Replayed · 4-bit · not loaded"
    assert app.state.notice is None
    assert not app.workers["engine"].running
    say(app, "Hi")
    qtbot.waitUntil(lambda: not app.state.busy and "Hello." in last_text(app), timeout=SECONDS)
    assert app.conversation.record(1).model == "Replayed"


def test_the_engine_that_was_chosen_is_the_next_starts(
    open_app: OpenApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(HELLO, loaded=False)
    app.chat.load(REPLAYED, "Transformers")
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    app.close()
    again = open_app(HELLO, loaded=False)
    engine, sent = again.workers["engine"], list[Command]()
    send = engine.send

    def note(command: Command) -> int:
        sent.append(command)
        return send(command)

    monkeypatch.setattr(engine, "send", note)
    kept = again.preferences.value
    again.choice.choose_requested.emit(kept.model, kept.engine)
    say(again, "Hi")
    qtbot.waitUntil(lambda: not again.state.busy and "Hello." in last_text(again), timeout=SECONDS)
    again.chat.load(REPLAYED)
    assert again.preferences.value.engine is None
    again.choice.load_requested.emit(kept.model, kept.engine)
    assert again.preferences.value.engine == "Transformers"
    loads = [command.engine for command in sent if isinstance(command, LoadModel)]
    assert loads == ["Transformers", None, "Transformers"]


def test_the_preferences_hold_with_the_next_load_and_the_next_turn(
    open_app: OpenApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(HELLO, loaded=False)
    engine = app.workers["engine"]
    sent: list[Command] = []
    send = engine.send

    def note(command: Command) -> int:
        sent.append(command)
        return send(command)

    monkeypatch.setattr(engine, "send", note)
    app.preferences.replace(unload_after_minutes=5, cache_disk_bytes=0, cache_memory_bytes=7)
    app.chat.load(REPLAYED)
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    assert sent.pop() == LoadModel(REPLAYED, KeepLimits(7, 0, 5))
    for read_ahead in (True, False):
        app.preferences.replace(read_ahead=read_ahead)
        sent.clear()
        say(app, "Hi")
        qtbot.waitUntil(lambda: not app.state.busy, timeout=SECONDS)
        assert [type(command) for command in sent] == ([Generate, ReadAhead] if read_ahead else [Generate])


def test_stopping_and_quitting_while_it_is_loaded_again_lose_nothing(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"load": [{"wait_for": None}]}, loaded=False)
    for question in ("One", "Two"):
        app.chat.choose(REPLAYED)
        say(app, question)
        qtbot.waitUntil(lambda: app.state.model_state == "loading" and app.state.busy, timeout=SECONDS)
        if question == "One":
            app.chat.stop()
            assert not app.state.busy
            assert app.state.stoppable, "the load goes on, and can be stopped as well"
            app.chat.stop()
            qtbot.waitUntil(lambda: app.state.model_state == "none", timeout=SECONDS)
    assert app.state.notice is None
    app.close()
    again = open_app(loaded=False)
    assert [again.conversation.message_text(row) for row in (0, 2)] == ["One", "Two"]
    assert [again.conversation.record(row).status for row in (1, 3)] == ["stopped", "stopped"]
