"""The whole app against the real engine worker, which replays what a model would write."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QPlainTextEdit
from pytestqt.qtbot import QtBot

from backends.contract.chat import AnswerPart, user_message
from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences
from backends.conversation.changes import ModelStateChanged
from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from backends.storage.settings import save_preferences
from desktop.app import App
from desktop.widgets.notice_bar import NoticeBar
from tests.desktop.conftest import REPLAYED, OpenApp

SECONDS = 60_000


def say(app: App, text: str) -> None:
    app.panes.composer.field.setPlainText(text)
    app.panes.composer.send()


def last_text(app: App) -> str:
    rows = app.conversation.rowCount()
    return app.conversation.message_text(rows - 1) if rows else ""


def test_a_turn_streams_into_the_window(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["Let me think.", "</think>", "\n\nHello ", "there."]})
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Hello there." in last_text(app) and not app.state.busy, timeout=SECONDS)
    assert app.panes.composer.field.toPlainText() == ""
    assert app.window.windowTitle() == "Hi"
    assert app.conversations.rowCount() == 1
    assert "of 4,096 tokens" in app.panes.status.words


def test_without_a_model_sending_opens_the_picker_and_keeps_the_text(open_app: OpenApp) -> None:
    app = open_app(loaded=False)
    say(app, "Hi")
    assert app.dialogs.picker is not None
    assert app.dialogs.picker.isVisible()
    assert app.panes.composer.field.toPlainText() == "Hi"
    assert app.conversation.rowCount() == 0


def test_a_message_waits_for_a_model_that_is_being_loaded(open_app: OpenApp, qtbot: QtBot, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    app = open_app({"load": [{"wait_for": str(gate)}], "pieces": ["</think>Hello."]}, loaded=False)
    app.chat.load(REPLAYED)
    say(app, "Hi")
    assert app.conversation.rowCount() == 0
    gate.touch()
    qtbot.waitUntil(lambda: "Hello." in last_text(app), timeout=SECONDS)
    assert app.panes.composer.field.toPlainText() == ""


def test_stop_ends_a_load(open_app: OpenApp, qtbot: QtBot, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    app = open_app({"load": [{"touch": str(reached)}, {"wait_for": None}]}, loaded=False)
    app.chat.load(REPLAYED)
    qtbot.waitUntil(reached.exists, timeout=SECONDS)
    assert app.menus.stop_action.isEnabled()
    app.menus.stop_action.trigger()
    qtbot.waitUntil(lambda: app.state.model_state == "none", timeout=SECONDS)
    assert app.state.notice is None


def test_stop_keeps_what_was_written(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", "Half an ", {"wait_for": None}, "answer"]})
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Half an" in last_text(app), timeout=SECONDS)
    app.menus.stop_action.trigger()
    qtbot.waitUntil(lambda: not app.state.busy, timeout=SECONDS)
    record = app.conversation.record(app.conversation.rowCount() - 1)
    assert record.status == "stopped"
    assert "Half an" in last_text(app)


def test_a_second_conversation_waits_for_the_answer_in_the_first(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", "Half an ", {"wait_for": None}]})
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Half an" in last_text(app), timeout=SECONDS)
    first = app.chat.session.conversation.id
    app.chat.new()
    say(app, "Meanwhile")
    assert app.state.notice is not None
    assert "Another conversation" in app.state.notice.message
    assert app.panes.composer.field.toPlainText() == "Meanwhile"
    app.chat.open(first)
    assert app.state.notice is None
    assert app.state.busy


def test_another_model_is_not_kept_waiting_by_an_answer_elsewhere(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", "Half an ", {"wait_for": None}]})
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Half an" in last_text(app), timeout=SECONDS)
    first = app.chat.session.conversation.id
    app.chat.new()
    other = ModelRef("Other", "mlx", "8bit", "folder", "other")
    app.chat.load(other)
    qtbot.waitUntil(lambda: app.state.model_state == "ready" and app.state.model == other, timeout=SECONDS)
    assert not app.chat.session.busy
    app.chat.open(first)
    assert app.conversation.record(1).status == "stopped"
    assert "Half an" in last_text(app)


def test_settings_that_were_typed_just_before_the_window_closes_are_kept(open_app: OpenApp) -> None:
    app = open_app(loaded=False)
    app.menus.settings_requested.emit()
    assert app.dialogs.settings is not None
    app.dialogs.settings.chat.system_prompt.setPlainText("Be kind.")
    app.window.close()
    assert open_app(loaded=False).preferences.value.system_prompt == "Be kind."


def test_a_crash_is_one_after_a_wish_to_stop_that_came_too_late(open_app: OpenApp) -> None:
    app = open_app()
    app.chat.cancel_load()  # just before it was loaded: nothing is left to stop
    app.chat.apply(app.chat.model.state)
    app.chat.apply(ModelStateChanged("none"))
    assert app.state.model_state == "crashed"


def test_a_message_is_edited_with_the_keyboard_alone(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", "Hello."]})
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Hello." in last_text(app) and not app.state.busy, timeout=SECONDS)
    app.panes.transcript.edit_requested.emit(app.conversation.record(0).id)
    question = app.window.findChild(QInputDialog)
    assert question is not None
    field = question.findChild(QPlainTextEdit)
    assert field is not None
    question.activateWindow()
    qtbot.waitUntil(question.isActiveWindow)
    QTest.keyClicks(field, " there")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert field.toPlainText() == "Hi there"
    QTest.keyClick(question, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: app.conversation.message_text(0) == "Hi there", timeout=SECONDS)
    qtbot.waitUntil(lambda: "Hello." in last_text(app) and not app.state.busy, timeout=SECONDS)
    assert len(app.conversation.record(0).siblings) == 2


def test_a_killed_engine_leaves_the_window_the_answer_and_words(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", "Half an ", {"wait_for": None}]})
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Half an" in last_text(app), timeout=SECONDS)
    pid = app.workers["engine"].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: app.state.model_state == "crashed", timeout=SECONDS)
    assert app.window.isVisible()
    assert "Half an" in last_text(app)
    record = app.conversation.record(app.conversation.rowCount() - 1)
    assert record.status == "failed"
    assert record.failure
    assert not app.workers["engine"].running
    app.panes.transcript.load_again_requested.emit()
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)


def test_an_idle_engine_that_dies_is_told_with_load_again(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app()
    pid = app.workers["engine"].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(app.window.notice.isVisible, timeout=SECONDS)
    assert app.state.notice is not None
    assert app.state.notice.offers_load
    app.window.notice.action_requested.emit()
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    assert not app.window.notice.isVisible()


def test_unloading_is_no_crash(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app()
    app.chat.unload()
    qtbot.waitUntil(lambda: app.workers["engine"].pid is None, timeout=SECONDS)
    assert app.state.model_state == "none"
    assert app.state.notice is None


def test_the_app_opens_again_on_what_was_there(open_app: OpenApp, qtbot: QtBot) -> None:
    script = {"pieces": ["Thinking.", "</think>", "First."]}
    first = open_app(script)
    say(first, "One")
    qtbot.waitUntil(lambda: "First." in last_text(first) and not first.state.busy, timeout=SECONDS)
    first.chat.new()
    say(first, "Two")
    qtbot.waitUntil(lambda: first.conversation.rowCount() == 2 and not first.state.busy, timeout=SECONDS)
    titles = [first.conversations.index(row).data() for row in range(2)]
    first.window.close()
    second = open_app(script, loaded=False)
    assert [second.conversations.index(row).data() for row in range(2)] == titles
    assert second.window.windowTitle() == "Two"
    assert second.conversation.message_text(0) == "Two"
    assert any(
        isinstance(second.conversation.part(1, part), AnswerPart) for part in range(second.conversation.part_count(1))
    )


def files_with(text: str) -> list[str]:
    """The files of the conversations' database that a text stands in."""
    files = data_folder().glob("conversations.db*")
    return [file.name for file in files if text.encode() in file.read_bytes()]


def test_delete_and_undo_bring_the_conversation_back(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", "Hello."]})
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Hello." in last_text(app) and not app.state.busy, timeout=SECONDS)
    shown = app.chat.session.conversation.id
    app.panes.conversations.delete_open()
    assert app.conversations.rowCount() == 0
    assert app.conversation.rowCount() == 0
    bar = app.panes.conversations.findChild(NoticeBar)
    assert bar is not None
    bar.action_requested.emit()
    assert app.conversations.rowCount() == 1
    assert "Hello." in last_text(app)

    app.panes.composer.field.setPlainText("Hello. And what is more, ")
    app.panes.conversations.delete_open()
    app.drafts.keep()
    assert files_with("Hello.")
    bar.dismissed.emit()
    assert files_with("Hello.") == []
    app.panes.conversations.restore_requested.emit(shown)
    assert app.conversations.rowCount() == 0


def test_a_summary_that_fails_is_told_beside_the_old_conversation(open_app: OpenApp, qtbot: QtBot) -> None:
    full = {"fail": {"kind": "context_full", "message": "It has 5,000 tokens.", "hint": ""}}
    app = open_app({"rounds": [["</think>One."], [full]]})
    say(app, "first")
    qtbot.waitUntil(lambda: "One." in last_text(app) and not app.state.busy, timeout=SECONDS)
    app.chat.session.continue_in_new()
    assert app.conversation.message_text(0) != "first"
    qtbot.waitUntil(lambda: app.state.notice is not None, timeout=SECONDS)
    assert app.state.notice is not None
    assert app.state.notice.message == "The summary could not be written. It has 5,000 tokens."
    assert app.conversation.message_text(0) == "first"
    assert app.conversations.rowCount() == 1


def test_the_window_never_loads_a_heavy_library(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "import desktop.app as a\n"
        "from desktop.startup.start import run\n"
        "a.App.start_ = a.App.start\n"
        "def start(self):\n"
        "    self.start_()\n"
        "    self.dialogs.show_picker(); self.dialogs.show_settings()\n"
        "    QTimer.singleShot(0, self.window.close)\n"
        "    QTimer.singleShot(0, QApplication.quit)\n"
        "a.App.start = start\n"
        "assert run([]) == 0\n"
        "heavy = {'mlx', 'torch', 'transformers', 'numpy', 'mcp', 'huggingface_hub', 'modelscope'}\n"
        "import json; print(json.dumps(sorted(heavy & {name.split('.')[0] for name in sys.modules})))\n"
    )
    environment = {**os.environ, "MINIM_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == []


def test_yesterdays_conversation_says_what_it_takes_once_a_model_is_loaded(open_app: OpenApp, qtbot: QtBot) -> None:
    store = ConversationStore(data_folder() / "conversations.db")
    ids = [store.create(title).id for title in ("one", "two")]
    for conversation in ids:
        store.add_message(conversation, None, user_message("Hi"))
    store.close()
    save_preferences(Preferences(conversation=ids[0]))
    app = open_app({"prefill_tokens": 34}, loaded=False)
    assert app.state.usage.context_tokens == 0
    app.chat.load(REPLAYED)
    qtbot.waitUntil(lambda: app.state.usage.context_tokens == 34, timeout=SECONDS)
    app.chat.new()
    assert app.state.usage.context_tokens == 0
    app.chat.open(ids[1])
    qtbot.waitUntil(lambda: app.state.usage.context_tokens == 34, timeout=SECONDS)
    assert app.state.phase == "idle"
