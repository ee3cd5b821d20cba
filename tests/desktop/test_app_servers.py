"""A person's own server in the whole app: added, seen, approved, called, switched off, changed, removed."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from backends.contract.tools import ConsentAnswer
from backends.storage.paths import data_folder
from backends.storage.settings import load_preferences
from desktop.app import App
from desktop.panes.settings_servers import ServersPage
from desktop.widgets import server_question
from tests.desktop.conftest import OpenApp

SECONDS = 60_000
GOOD = Path(__file__).resolve().parents[1] / "tools" / "servers" / "good.py"
CALL = (
    '<minimax:tool_call>\n<invoke name="echo">\n<parameter name="text">hello</parameter>\n</invoke>\n'
    "</minimax:tool_call>"
)


@pytest.fixture
def app(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    app = open_app({"rounds": [["</think>", CALL], ["</think>It said hello."]]})
    app.panes.tools.clock = itertools.count().__next__
    monkeypatch.setattr(server_question, "GRACE", 0)
    return app


def add(app: App, qtbot: QtBot) -> ServersPage:
    """Add the server in the settings."""
    app.menus.servers_requested.emit()
    assert app.dialogs.settings is not None
    page = app.dialogs.settings.servers
    qtbot.waitUntil(lambda: app.servers.known, timeout=SECONDS)
    page.add_button.click()
    assert page.editor is not None
    page.editor.name.setText("good")
    page.editor.command.setText(sys.executable)
    page.editor.arguments.setPlainText(str(GOOD))
    page.editor.save_button.click()
    qtbot.waitUntil(lambda: page.editor is None and len(page.rows) == 1, timeout=SECONDS)
    return page


def approve(page: ServersPage, qtbot: QtBot) -> None:
    question = page.rows[0].question
    assert question is not None
    question.accept_button.click()
    qtbot.waitUntil(lambda: page.rows[0].words.startswith("Running"), timeout=SECONDS)


def test_a_server_starts_once_it_is_approved_and_its_tool_is_called(app: App, qtbot: QtBot) -> None:
    page = add(app, qtbot)
    assert page.rows[0].words == "Not approved"
    assert json.loads((data_folder() / "mcp_servers.json").read_text("utf-8"))["mcpServers"]["good"]["args"]
    approve(page, qtbot)
    approved = load_preferences()[0].tool_settings.approved_servers
    assert approved == (app.servers.servers[0].digest,), "kept at once"
    app.panes.composer.field.setPlainText("Say hello")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)
    card = app.panes.tools.cards[-1]
    assert card.call.tool is not None
    assert card.call.tool.server == "good"
    app.chat.answer_consent(card.call.call_id, ConsentAnswer(True, "always"))
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    assert "hello" in (app.panes.tools.cards[-1].call.result or "")
    assert [tool.key for tool in load_preferences()[0].allowed_tools] == ["good/echo"]
    assert app.dialogs.settings is not None
    assert app.dialogs.settings.tools.allowed.lines == [("echo", "good", "in every conversation", "")]


def test_no_server_runs_while_tools_are_off(app: App, qtbot: QtBot) -> None:
    page = add(app, qtbot)
    approve(page, qtbot)
    app.preferences.replace(tools_enabled=False)
    qtbot.waitUntil(lambda: page.rows[0].words == "Not started yet", timeout=SECONDS)
    assert app.window.notice.isHidden(), "the person wanted it so"
    app.preferences.replace(tools_enabled=True)
    qtbot.waitUntil(lambda: page.rows[0].words.startswith("Running"), timeout=SECONDS)


def test_what_is_switched_off_changed_or_removed_ends(app: App, qtbot: QtBot) -> None:
    page = add(app, qtbot)
    approve(page, qtbot)
    row = page.rows[0]
    row.disclosure.click()
    assert row.details is not None
    row.details.offered.click()
    qtbot.waitUntil(lambda: page.rows[0].words == "Off", timeout=SECONDS)
    row.details.offered.click()
    qtbot.waitUntil(lambda: page.rows[0].words.startswith("Running"), timeout=SECONDS)
    row.details.edit_button.click()
    assert page.editor is not None
    page.editor.environment.add("MORE", "1")
    page.editor.save_button.click()
    qtbot.waitUntil(lambda: page.rows[0].question is not None, timeout=SECONDS)
    assert app.preferences.value.tool_settings.approved_servers == ()
    page.rows[0].ask_to_remove()
    removal = page.rows[0].removal
    assert removal is not None
    removal.accept_button.click()
    qtbot.waitUntil(lambda: page.rows == [], timeout=SECONDS)
