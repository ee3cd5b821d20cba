"""What the whole app tells while the person looks at something else, and where a click on it leads."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.news.notifier import Notifier
from desktop.news.outside_news import OutsideNews
from tests.desktop.conftest import OpenApp
from tests.desktop.test_app_downloads import fetch, wait_for
from tests.hub.fixtures import hub, mission_forms
from tests.hub.mission import add_mission
from tests.hub.server import Hub

__all__ = ["hub", "mission_forms"]

SECONDS = 60_000
Told = list[tuple[str, Callable[[], object]]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the system was asked to show, and what a click on it does."""
    news: Told = []

    def tell(_notifier: Notifier, title: str, text: str, then: Callable[[], object]) -> None:
        assert "secret" not in title + text
        news.append((title, then))

    monkeypatch.setattr(Notifier, "tell", tell)
    return news


def half_an_answer(app: App, qtbot: QtBot) -> str:
    """Ask, and go to another conversation when the answer has begun; → where it is written."""
    app.panes.composer.field.setPlainText("A secret?")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.state.phase == "answering", timeout=SECONDS)
    asked = app.chat.session.conversation.id
    app.chat.new()
    return asked


def test_an_engine_that_dies_leads_to_the_answer_it_broke_off(open_app: OpenApp, qtbot: QtBot, told: Told) -> None:
    app = open_app({"pieces": ["</think>", "A secret ", {"wait_for": None}]})
    asked = half_an_answer(app, qtbot)
    pid = app.workers["engine"].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(told), timeout=SECONDS)
    [(title, click)] = told
    assert title == "The engine has ended"
    click()
    assert app.chat.session.conversation.id == asked


def test_an_answer_that_took_long_leads_to_it(
    open_app: OpenApp, qtbot: QtBot, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = count()
    monkeypatch.setattr("desktop.app.OutsideNews", partial(OutsideNews, clock=lambda: 60.0 * next(minutes)))
    gate = tmp_path / "gate"
    app = open_app({"pieces": ["</think>", "A secret ", {"wait_for": str(gate)}, "."]})
    asked = half_an_answer(app, qtbot)
    gate.touch()
    qtbot.waitUntil(lambda: bool(told), timeout=SECONDS)
    [(title, click)] = told
    assert title == "The answer is complete"
    click()
    assert app.chat.session.conversation.id == asked


def test_a_finished_download_leads_to_the_downloads(
    open_app: OpenApp, qtbot: QtBot, told: Told, hub: Hub, mission_forms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_mission(hub, mission_forms)
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("desktop.app.OutsideNews", partial(OutsideNews, gather_ms=0))
    app = open_app(loaded=False)
    wait_for(app, qtbot, fetch(app, qtbot), "finished")
    qtbot.waitUntil(lambda: bool(told), timeout=SECONDS)
    [(title, click)] = told
    assert title == "Download finished"
    click()
    assert app.dialogs.downloads is not None
    assert app.dialogs.downloads.isVisible()
