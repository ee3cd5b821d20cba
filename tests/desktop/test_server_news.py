"""Of a tool server that should run and does not, the window says so once, with the way to it."""

# pyright: standard
# What a signal brings to a lambda has no types.
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
from desktop.news.server_news import ServerNews
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


def test_several_that_fail_are_told_of_together_until_that_is_read(qtbot: QtBot) -> None:
    b, c, d = (ToolServer(name, f"run-{name}") for name in "bcd")
    servers, preferences = ToolServersState(), PreferenceState(Preferences())
    news, told = ServerNews(servers, preferences), list[str]()
    news.told.connect(lambda message, _hint: told.append(message))

    def show(*states: ToolServerState) -> None:
        servers.show_servers(states)

    show(stands("failed"), stands("failed", b), stands("starting", c), stands("starting", d))
    assert told.pop() == "These tool servers are not running: “a”, “b”."
    show(stands("off"), stands("failed", b), stands("failed", c), stands("starting", d))
    assert told.pop() == "These tool servers are not running: “b”, “c”.", "what is no longer so is told no more"
    news.forget()
    show(stands("off"), stands("failed", b), stands("failed", c), stands("failed", d))
    assert told == ["The tool server “d” is not running."]


def test_one_that_ran_is_its_calls_affair(qtbot: QtBot) -> None:
    assert news_of((stands("running"),), (stands("failed"),), (stands("off"),)) == []


def test_one_that_was_never_approved_is_not_told_of(qtbot: QtBot) -> None:
    assert news_of((stands("unapproved"),), approved=()) == []


def test_one_that_is_not_what_was_approved_is_told_of(qtbot: QtBot) -> None:
    now = (stands("unapproved", ToolServer("a", "run-a", ("--more",))),)
    [(message, hint)] = news_of((stands("running"),), now, now)
    assert message == "The tool server “a” is not running."
    assert hint.startswith("You have not approved it as it is now:")


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
    assert ("not approved it as it is now" in app.window.notice.words) == bool(approved)
    app.window.notice.action_requested.emit()
    assert app.dialogs.settings is not None
    assert app.dialogs.settings.servers.isVisible()
    assert app.state.notice is None


def test_the_window_names_all_that_fail_one_after_the_other(open_app: OpenApp) -> None:
    app = open_app(loaded=False)
    b = ToolServer("b", "run-b")
    app.servers.show_servers((stands("failed"), stands("starting", b)))
    app.tell("Something else went wrong.")
    app.servers.show_servers((stands("failed"), stands("failed", b)))
    assert app.window.notice.words.startswith("These tool servers are not running: “a”, “b”.")
    app.window.notice.dismissed.emit()
    app.servers.show_servers((stands("failed"), stands("failed", b), stands("failed", ToolServer("c", "run-c"))))
    assert app.window.notice.words.startswith("The tool server “c” is not running.")
    app.window.notice.action_requested.emit()
    assert app.dialogs.settings is not None
    assert app.dialogs.settings.servers.isVisible()
