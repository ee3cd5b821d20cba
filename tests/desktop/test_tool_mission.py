"""Tools from end to end in the window: Pocket M2, real workers, a server written with the official SDK, real files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from backends.contract.tools import ConsentAnswer, ToolSettings
from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from desktop import languages
from desktop.app import App

from .conftest import OpenApp, end

SECONDS = 60_000
WRITING = (
    'I write it.</think><minimax:tool_call>\n<invoke name="write_file">\n<parameter name="path">notes.txt</parameter>\n'
    '<parameter name="content">Buy milk\nand bread\n</parameter>\n</invoke>\n</minimax:tool_call>'
)
WEATHER = Path(__file__).with_name("weather_server.py")


@pytest.fixture
def open_with(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[], App]]:
    """Opens the app on an empty home, with a server in its file that nobody has approved."""
    entry = {"command": sys.executable, "args": [str(WEATHER), str(tmp_path / "pid")]}
    (data_folder() / "mcp_servers.json").write_text(json.dumps({"mcpServers": {"weather": entry}}), "utf-8")
    languages.use(qapp, "en")
    opened: list[App] = []

    def open_it() -> App:
        app = App(Preferences(), ConversationStore(data_folder() / "conversations.db"))
        app.start()
        opened.append(app)
        return app

    yield open_it
    end(*opened)


def wait_for_answer(app: App, qtbot: QtBot) -> str:
    """What the model answers once nothing is asked any more."""
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    return app.conversation.message_text(app.conversation.rowCount() - 1)


def ask(app: App, qtbot: QtBot, question: str) -> None:
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    app.panes.composer.field.setPlainText(question)
    app.panes.composer.send()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_pocket_calls_a_servers_tool_that_was_approved_and_allowed(
    open_with: Callable[[], App], qtbot: QtBot, tmp_path: Path
) -> None:
    app = open_with()
    pid = tmp_path / "pid"
    app.tools.look()  # as the page of the settings does when it is opened
    qtbot.waitUntil(lambda: bool(app.servers.servers), timeout=SECONDS)
    [state] = app.servers.servers
    assert state.progress == "unapproved"
    assert not pid.exists(), "nothing is started before its command is approved"
    app.tools.approve("weather", state.digest)
    qtbot.waitUntil(lambda: any(tool.name == "get_weather" for tool in app.chat.session.tools), timeout=SECONDS)

    ask(app, qtbot, "What is the weather in Paris?")
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)
    [card] = app.panes.tools.cards
    assert (card.call.name, card.call.arguments) == ("get_weather", (("city", "Paris"),))
    assert card.permission.isVisible()
    app.panes.tools.consent_answered.emit(card.call.call_id, ConsentAnswer(True))
    answer = wait_for_answer(app, qtbot)
    assert "21 °C" in answer
    assert card.call.state == "done"
    assert card.call.result == "sunny, 21 °C"

    number = int(pid.read_text("utf-8"))
    assert is_alive(number)
    app.close()
    assert not is_alive(number), "the server has ended with the app"


def test_a_file_is_written_that_was_shown_as_a_diff_and_is_taken_back(
    open_app: OpenApp, qtbot: QtBot, tmp_path: Path
) -> None:
    """The model's words are played: which file the tiny one would name is its own affair."""
    granted = tmp_path / "granted"
    granted.mkdir()
    (granted / "notes.txt").write_text("Buy milk\n", "utf-8")
    app = open_app({"rounds": [[WRITING], ["Written.</think>It is written."]]})
    app.preferences.replace(tool_settings=ToolSettings(folders=(str(granted),)))
    ask(app, qtbot, "Add bread to my notes")
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)
    [card] = app.panes.tools.cards
    qtbot.waitUntil(lambda: "+and bread" in card.call.diff, timeout=SECONDS)
    assert (granted / "notes.txt").read_text("utf-8") == "Buy milk\n"
    app.panes.tools.consent_answered.emit(card.call.call_id, ConsentAnswer(True))
    wait_for_answer(app, qtbot)
    assert (granted / "notes.txt").read_text("utf-8") == "Buy milk\nand bread\n"
    app.panes.tools.undo_requested.emit(card.call.message, card.call.call_id)
    qtbot.waitUntil(lambda: card.call.undone, timeout=SECONDS)
    assert (granted / "notes.txt").read_text("utf-8") == "Buy milk\n"
