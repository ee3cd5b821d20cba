"""Of a tool server that should run and does not, the window says so once, with the way to it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from backends.contract.tools import ServerProgress, ToolServer, ToolServerState, ToolSettings
from backends.storage.paths import data_folder
from backends.storage.settings import save_preferences
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_server_state import ToolServersState
from desktop.server_news import ServerNews
from tests.desktop.conftest import OpenApp

SECONDS = 60_000
A = ToolServer("a", "run-a")


def stands(progress: ServerProgress, server: ToolServer = A) -> ToolServerState:
    return ToolServerState(server, server.digest, progress, message="It ended." if progress == "failed" else "")


def news_of(*steps: tuple[ToolServerState, ...], approved: tuple[ToolServer, ...] = (A,)) -> list[tuple[str, str]]:
    """What is told while the servers stand like this, one step after the other."""
    settings = ToolSettings(approved_servers=tuple(server.digest for server in approved))
    servers, preferences = ToolServersState(), PreferenceState(Preferences(tool_settings=settings))
    news, told = ServerNews(servers, preferences), list[tuple[str, str]]()

    def hear(message: str, hint: str) -> None:
        told.append((message, hint))

    news.told.connect(hear)
    for states in steps:
        servers.show_servers(states)
    return told


def test_a_server_that_fails_at_start_is_told_of_once(qtbot: QtBot) -> None:
    starting, failed = (stands("starting"),), (stands("failed"),)
    said = ("The tool server “a” is not running.", "It ended.")
    assert news_of((stands("unapproved"),), starting, failed, starting, failed) == [said]


def test_one_that_ran_is_its_calls_affair(qtbot: QtBot) -> None:
    assert news_of((stands("running"),), (stands("failed"),), (stands("off"),)) == []


def test_one_that_was_never_approved_is_not_told_of(qtbot: QtBot) -> None:
    assert news_of((stands("unapproved"),), approved=()) == []


def test_one_that_is_not_what_was_approved_is_told_of(qtbot: QtBot) -> None:
    now = (stands("unapproved", ToolServer("a", "run-a", ("--more",))),)
    [(message, hint)] = news_of((stands("running"),), now, now)
    assert message == "The tool server “a” is not running."
    assert hint.startswith("Its command or its address is not one that you approved.")


@pytest.mark.parametrize("approved", [(), ("--before",)])
def test_the_window_tells_with_the_way_to_the_servers(
    open_app: OpenApp, qtbot: QtBot, approved: tuple[str, ...]
) -> None:
    server = ToolServer("lost", sys.executable, ("-c", "raise SystemExit(3)"))
    entry: dict[str, Any] = {"command": server.command, "args": list(server.args)}
    (data_folder() / "mcp_servers.json").write_text(json.dumps({"mcpServers": {"lost": entry}}), "utf-8")
    before = ToolServer("lost", sys.executable, approved or server.args)
    save_preferences(Preferences(tool_settings=ToolSettings(approved_servers=(before.digest,))))
    app = open_app(loaded=False)
    qtbot.waitUntil(lambda: "“lost” is not running." in app.window.notice.words, timeout=SECONDS)
    assert ("not one that you approved" in app.window.notice.words) == bool(approved)
    app.window.notice.action_requested.emit()
    assert app.dialogs.settings is not None
    assert app.dialogs.settings.servers.isVisible()
    assert app.state.notice is None
