"""The mission: all seven forms of MiniMax-M2 are picked in the real picker, fetched from either hub, and used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from desktop import languages
from desktop.app import App
from desktop.panes.model_picker import ModelPicker
from desktop.widgets.model_row import ModelRow
from tests.hub.fixtures import mission_forms
from tests.hub.mission import add_mission
from tests.hub.server import Hub

__all__ = ["mission_forms"]

SECONDS = 30_000
FORMS = [("mlx", f"{bits}bit") for bits in (3, 4, 5, 6, 8)] + [("pytorch", "none"), ("awq", "Int4")]


@pytest.fixture(scope="module", params=["huggingface", "modelscope"])
def app(
    request: pytest.FixtureRequest,
    qapp: QApplication,
    mission_forms: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    """One app for all forms of one hub, with its real workers, on a home and a hub of its own."""
    home = tmp_path_factory.mktemp("mission")
    with Hub() as hub, pytest.MonkeyPatch.context() as patch:
        add_mission(hub, mission_forms)
        for name, value in {
            **hub.environment,
            "MINIM_HOME": str(home),
            "HF_HUB_CACHE": str(home / "hf"),
            "MODELSCOPE_CACHE": str(home / "ms"),
        }.items():
            patch.setenv(name, value)
        languages.use(qapp, "en")
        preferences = Preferences(load_model_at_start=False, hub=request.param)
        app = App(preferences, ConversationStore(data_folder() / "conversations.db"))
        app.start()
        yield app
        app.window.close()
        app.close()


@pytest.fixture
def picker(app: App, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> ModelPicker:
    """The picker, open on MiniMax-M2."""
    app.dialogs.show_picker()
    picker = app.dialogs.picker
    assert picker is not None
    qtbot.waitUntil(lambda: picker.show_model("MiniMax-M2"), timeout=SECONDS)
    return picker


def row_of(picker: ModelPicker, form: tuple[str, str]) -> ModelRow:
    row = picker.row_of(*form)
    assert row is not None, form
    return row


def press(picker: ModelPicker, form: tuple[str, str]) -> None:
    """Press the row's button, and go on where it warns: this machine is small, and the sizes of M2 are large."""
    row_of(picker, form).button.click()
    question = row_of(picker, form).question
    if question is not None:
        question.accept_button.click()


@pytest.mark.parametrize("form", FORMS, ids="-".join)
def test_a_form_is_picked_fetched_and_here(app: App, picker: ModelPicker, qtbot: QtBot, form: tuple[str, str]) -> None:
    assert row_of(picker, form).state == "absent"
    press(picker, form)
    qtbot.waitUntil(lambda: row_of(picker, form).state in ("here", "unusable"), timeout=SECONDS)
    here = row_of(picker, form).form.here[0]
    assert (here.ref.format, here.ref.quantization, here.ref.source) == (*form, app.catalog.source_hub)
    assert here.problem == ""
    if here.engine == "MLX":  # the other one is not installed in every environment that runs this
        press(picker, form)
        qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
        assert app.state.model == here.ref
        assert "1776" in answer(app, qtbot, "What is 37 * 48?")


def answer(app: App, qtbot: QtBot, question: str) -> str:
    """What the loaded model answers in a new conversation, once its tool was allowed."""
    app.chat.new()
    app.panes.composer.field.setPlainText(question)
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)
    app.panes.tools.cards[-1].permission.allow.click()
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    return app.conversation.message_text(app.conversation.rowCount() - 1)
