"""The first run for real: from an empty home to an answer of a fetched model, and what interrupts it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from backends.catalog import specs
from backends.contract.chat import user_message
from backends.contract.models import POCKET
from backends.contract.preferences import Preferences
from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from backends.storage.settings import load_preferences
from desktop.app import App
from desktop.models.preference_state import is_first_run
from desktop.widgets.first_run_row import FirstRunRow
from desktop.widgets.glyph import RoundButton
from desktop.window.frame import Frame
from tests.desktop.conftest import REPLAY, end
from tests.hub.fixtures import hub, mission_forms
from tests.hub.server import Hub

__all__ = ["hub", "mission_forms"]

SECONDS = 60_000
FOLDERS = {"mlx": "mlx-4bit", "pytorch": "pytorch-none", "awq": "awq-Int4"}
OpenIt = Callable[..., App]


@pytest.fixture
def open_it(
    hub: Hub, mission_forms: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenIt]:
    """Opens the app as a person's start does; both hubs have every model of the catalogue, each as small as Pocket."""
    for spec in specs.built_in():
        for form in spec.forms:
            for source in form.sources if form.format in FOLDERS else ():
                hub.add(source.repo, mission_forms / FOLDERS[form.format], (source.hub,))
    for name, value in {
        **hub.environment,
        "MINIM_HOME": str(tmp_path),
        "HF_HUB_CACHE": str(tmp_path / "hf"),
        "MODELSCOPE_CACHE": str(tmp_path / "ms"),
    }.items():
        monkeypatch.setenv(name, value)
    opened: list[App] = []

    def open_it(*, replays: bool = False) -> App:
        preferences, _ = load_preferences()
        frame = Frame(preferences, first_run=is_first_run(preferences))
        store = ConversationStore(data_folder() / "conversations.db")
        commands: dict[str, Any] = {"engine": [sys.executable, str(REPLAY)]} if replays else {}
        app = App(preferences, store, frame=frame, commands=commands)
        opened.append(app)
        app.start()
        return app

    yield open_it
    end(*opened)


@pytest.fixture
def clicks(monkeypatch: pytest.MonkeyPatch) -> list[QWidget]:
    """What was clicked, click by click."""
    done: list[QWidget] = []
    click = QTest.mouseClick

    def counted(widget: QWidget, button: Qt.MouseButton) -> None:
        assert widget.isVisible()
        assert widget.isEnabled()
        done.append(widget)
        click(widget, button)

    monkeypatch.setattr(QTest, "mouseClick", counted)
    return done


def press(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def first_row(app: App, qtbot: QtBot) -> FirstRunRow:
    """The recommended offer, as soon as the machine was looked at."""
    qtbot.waitUntil(lambda: bool(app.first_run.rows), timeout=SECONDS)
    row = app.first_run.rows[0]
    assert row.offer.role == "recommended"
    return row


def panes_are_shown(app: App) -> bool:
    return app.panes.composer.isVisible() and app.panes.toolbar.isVisible()


def test_three_clicks_lead_to_an_answer_of_a_fetched_model(
    open_it: OpenIt, hub: Hub, clicks: list[QWidget], qtbot: QtBot
) -> None:
    app = open_it()
    row = first_row(app, qtbot)
    assert not panes_are_shown(app)
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    assert app.state.model is not None
    assert app.state.model.name == POCKET  # the built-in model is ready behind the page
    assert hub.requests() == []  # and nobody was asked for anything

    press(row.button)
    qtbot.waitUntil(lambda: panes_are_shown(app), timeout=SECONDS)
    assert app.panes.composer.field.hasFocus()
    examples = app.panes.transcript.findChildren(QPushButton)
    press(next(button for button in examples if "37" in button.text()))
    send = app.panes.composer.findChild(RoundButton)
    assert send is not None
    press(send)
    qtbot.waitUntil(lambda: app.conversation.rowCount() >= 2 and not app.state.busy, timeout=SECONDS)
    assert "1776" in app.conversation.message_text(app.conversation.rowCount() - 1)
    assert app.state.model is not None
    assert app.state.model.source == "huggingface"
    assert app.state.model.name == row.offer.form.offers[0].source.repo
    assert len(clicks) == 3
    assert app.preferences.value.first_run == "done"


def test_escape_skips_it_for_good(open_it: OpenIt, hub: Hub, qtbot: QtBot) -> None:
    app = open_it()
    first_row(app, qtbot)
    QTest.keyClick(app.window.windowHandle(), Qt.Key.Key_Escape)
    assert panes_are_shown(app)
    assert app.panes.composer.field.hasFocus()
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)  # Escape has not stopped that
    app.window.close()
    again = open_it()
    assert panes_are_shown(again)
    assert again.first_run.rows == []
    assert hub.requests() == []


def test_a_download_that_was_closed_over_goes_on_and_is_loaded(open_it: OpenIt, hub: Hub, qtbot: QtBot) -> None:
    stall = hub.misbehave("*.safetensors", stall_after=100_000)
    app = open_it(replays=True)
    press(first_row(app, qtbot).button)
    qtbot.waitUntil(stall.reached.is_set, timeout=SECONDS)
    app.window.close()
    app.close()
    stall.release()
    again = open_it(replays=True)
    assert not panes_are_shown(again)
    qtbot.waitUntil(lambda: panes_are_shown(again), timeout=SECONDS)
    qtbot.waitUntil(lambda: again.state.model_state == "ready", timeout=SECONDS)
    assert again.state.model is not None
    assert again.state.model.source == "huggingface"


def test_who_leaves_gets_the_model_when_it_has_come(open_it: OpenIt, hub: Hub, qtbot: QtBot) -> None:
    stall = hub.misbehave("*.safetensors", stall_after=100_000)
    app = open_it(replays=True)
    row = first_row(app, qtbot)
    press(row.button)
    qtbot.waitUntil(stall.reached.is_set, timeout=SECONDS)
    page = app.first_run.page
    assert page is not None
    assert "meanwhile" in page.start_button.text()
    press(page.start_button)
    assert panes_are_shown(app)
    stall.release()
    qtbot.waitUntil(lambda: getattr(app.state.model, "source", "") == "huggingface", timeout=SECONDS)


def test_a_folder_that_was_opened_meanwhile_keeps_its_model(
    open_it: OpenIt, hub: Hub, mission_forms: Path, qtbot: QtBot
) -> None:
    stall = hub.misbehave("*.safetensors", stall_after=100_000)
    app = open_it(replays=True)
    press(first_row(app, qtbot).button)
    qtbot.waitUntil(stall.reached.is_set, timeout=SECONDS)
    app.outside.folder_requested.emit(str(mission_forms / "mlx-8bit"))
    qtbot.waitUntil(lambda: getattr(app.state.model, "source", "") == "folder", timeout=SECONDS)
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    stall.release()
    qtbot.waitUntil(lambda: app.state.notice is not None and app.state.notice.offers is not None, timeout=SECONDS)
    assert app.state.model is not None
    assert app.state.model.source == "folder"


def test_where_a_hub_cannot_be_reached_the_other_one_is_a_click_away(open_it: OpenIt, hub: Hub, qtbot: QtBot) -> None:
    app = open_it(replays=True)
    row = first_row(app, qtbot)
    hub.go_offline("huggingface")
    press(row.button)
    qtbot.waitUntil(lambda: row.state == "failed", timeout=SECONDS)
    assert "cannot be reached" in row.words
    assert row.button.text() == "Try again"
    assert row.other_button.text() == "Use ModelScope instead"
    press(row.other_button)
    qtbot.waitUntil(lambda: getattr(app.state.model, "source", "") == "modelscope", timeout=SECONDS)
    qtbot.waitUntil(lambda: panes_are_shown(app), timeout=SECONDS)


def test_who_has_used_minim_before_does_not_see_it() -> None:
    assert is_first_run(Preferences())
    assert not is_first_run(Preferences(conversation="1"))
    assert is_first_run(Preferences(conversation="1", first_run="begun"))
    assert not is_first_run(Preferences(first_run="done"))


def test_who_lost_the_preferences_but_no_conversation_does_not_see_it(open_it: OpenIt, qtbot: QtBot) -> None:
    store = ConversationStore(data_folder() / "conversations.db")
    store.add_message(store.create("Kept").id, None, user_message("Hi"))
    store.close()
    app = open_it(replays=True)
    qtbot.waitUntil(lambda: panes_are_shown(app), timeout=SECONDS)
    assert app.preferences.value.first_run == "done"


def test_a_new_conversation_leaves_the_page(open_it: OpenIt, qtbot: QtBot) -> None:
    app = open_it(replays=True)
    first_row(app, qtbot)
    QTest.keyClick(app.window.windowHandle(), Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert panes_are_shown(app)
    assert app.panes.composer.field.hasFocus()
