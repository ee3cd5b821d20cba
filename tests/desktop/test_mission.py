"""The mission: all seven forms of MiniMax-M2 are picked in the real picker, fetched from either hub, and used."""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.models import EngineName, ModelRef
from backends.contract.preferences import Preferences
from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from backends.storage.settings import load_preferences, save_preferences
from backends.terminal.forms import Wish
from backends.terminal.launch import LaunchRequest, check
from desktop import languages
from desktop.app import App
from desktop.panes.model_picker import ModelPicker
from desktop.widgets.model_row import ModelRow
from tests.desktop.conftest import end
from tests.hub.fixtures import mission_forms
from tests.hub.mission import add_mission
from tests.hub.server import Hub

__all__ = ["mission_forms"]

SECONDS = 60_000
FORMS = [("mlx", f"{bits}bit") for bits in (3, 4, 5, 6, 8)] + [("pytorch", "none"), ("awq", "Int4")]
HAS_TRANSFORMERS = importlib.util.find_spec("torch") is not None


@pytest.fixture(scope="module", params=["huggingface", "modelscope"])
def home(
    request: pytest.FixtureRequest, mission_forms: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """In place of a home for every test: one for all forms of a hub, as long as their app lives, and that hub."""
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
        save_preferences(Preferences(load_model_at_start=False, hub=request.param, allow_harmless=False))
        yield home


@pytest.fixture
def nothing_goes_on() -> None:
    """In place of the check for every test: that app goes on."""


@pytest.fixture(scope="module")
def app(qapp: QApplication, home: Path) -> Iterator[App]:
    """One app for all forms of one hub, with its real workers."""
    languages.use(qapp, "en")
    preferences, _ = load_preferences()
    app = App(preferences, ConversationStore(data_folder() / "conversations.db"))
    app.start()
    yield app
    end(app)


@pytest.fixture
def picker(app: App, qtbot: QtBot) -> ModelPicker:
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
def test_a_form_is_picked_fetched_and_used(app: App, picker: ModelPicker, qtbot: QtBot, form: tuple[str, str]) -> None:
    """Where its engine is not installed, picking ends in the offer of it."""
    assert row_of(picker, form).state == "absent"
    press(picker, form)
    expected = "here" if form[0] != "awq" or HAS_TRANSFORMERS else "engine_missing"
    qtbot.waitUntil(lambda: row_of(picker, form).state == expected, timeout=SECONDS)
    here = row_of(picker, form).form.here[0]
    assert (here.ref.format, here.ref.quantization, here.ref.source) == (*form, app.catalog.source_hub)
    assert here.problem == ""
    if expected == "here":
        press(picker, form)
        assert_it_answers(app, qtbot, here.ref)
    else:
        qtbot.waitUntil(row_of(picker, form).button.isEnabled, timeout=SECONDS)
        row_of(picker, form).button.click()
        assert_it_is_offered(row_of(picker, form))


def test_the_original_runs_in_the_engine_that_was_named(app: App, picker: ModelPicker, qtbot: QtBot) -> None:
    """As `minim launch --model-engine Transformers` asks for it; it was fetched above."""
    wish = Wish("MiniMax-M2", "pytorch", "none", 0.0, app.catalog.source_hub)
    choice = check([family for family in app.catalog.families() if family.forms], LaunchRequest(wish, "Transformers"))
    assert choice.engine == "Transformers"
    original = row_of(picker, ("pytorch", "none"))
    app.launch(choice)
    if HAS_TRANSFORMERS:
        assert_it_answers(app, qtbot, original.form.here[0].ref, "Transformers")
    else:
        qtbot.waitUntil(lambda: row_of(picker, ("pytorch", "none")).question is not None, timeout=SECONDS)
        assert_it_is_offered(row_of(picker, ("pytorch", "none")))


def test_the_engine_is_here_where_all_is_to_be_tested() -> None:
    assert HAS_TRANSFORMERS or os.environ.get("MINIM_TEST_ALL") != "1"


def assert_it_is_offered(row: ModelRow) -> None:
    assert row.question is not None
    assert "Install the Transformers engine?" in row.question.words
    assert "Python’s package index" in row.question.words
    row.question.reject_button.click()
    assert row.question is None


def assert_it_answers(app: App, qtbot: QtBot, model: ModelRef, engine: EngineName | None = None) -> None:
    """It is loaded, reasons, calls the calculator once that was allowed, and answers."""

    def is_loaded() -> bool:
        loaded = app.chat.model.state.loaded
        return loaded is not None and loaded.model == model and engine in (None, loaded.engine)

    qtbot.waitUntil(is_loaded, timeout=SECONDS)
    app.panes.tools.clock = itertools.count().__next__  # a question is a second old when it is answered
    app.chat.new()
    app.panes.composer.field.setPlainText("What is 37 * 48?")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)
    card = app.panes.tools.cards[-1]
    assert card.call.name == "calculator"
    assert card.argument("expression").shown_text.replace(" ", "") == "37*48"
    card.permission.allow.click()
    qtbot.waitUntil(lambda: app.state.phase == "idle", timeout=SECONDS)
    assert "1776" in app.conversation.message_text(app.conversation.rowCount() - 1)
    app.panes.reasoning.flush()
    assert app.panes.reasoning.view.toPlainText().strip()
