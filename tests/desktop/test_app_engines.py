"""An engine is installed from the picker by the real worker, the model that needs it is loaded, and it is removed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from backends.storage.conversations import ConversationStore
from backends.storage.library import POCKET_FOLDER
from backends.storage.paths import data_folder
from backends.storage.settings import save_preferences
from desktop.app import App
from desktop.panes.settings import Settings
from desktop.widgets.model_row import ModelRow
from tests.desktop.conftest import REPLAY, REPLAYED, end
from tests.workers.small_wheels import write_engine

INSTALLER = Path(__file__).resolve().parents[1] / "workers" / "install_worker.py"
SECONDS = 60_000
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 64, "version": "gemm", "zero_point": True}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that says of itself that it is AWQ: nothing here reads its weights."""
    folder = tmp_path / "Small-AWQ"
    shutil.copytree(POCKET_FOLDER, folder)
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps(config | {"quantization_config": AWQ}))
    return folder


@pytest.fixture
def app(qtbot: QtBot, home: Path, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The app, whose only package index is a folder with a small engine, and whose engine worker replays."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name, value in {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "MINIM_REPLAY": "{}",
    }.items():
        monkeypatch.setenv(name, value)
    commands = {
        "engine": [sys.executable, str(REPLAY)],
        "downloads": [sys.executable, str(INSTALLER), str(write_engine(wheels))],
    }
    preferences = Preferences(load_model_at_start=False, model_folders=(str(model),))
    save_preferences(preferences)  # as at a real start: the window follows the file
    app = App(preferences, ConversationStore(data_folder() / "conversations.db"), commands=commands)
    app.start()
    yield app
    end(app)


def row(app: App) -> ModelRow:
    picker = app.dialogs.picker
    assert picker is not None
    found = picker.row_of("awq", "Int4")
    assert found is not None
    return found


def test_an_engine_comes_from_the_picker_and_goes_from_the_settings(app: App, model: Path, qtbot: QtBot) -> None:
    app.chat.load(REPLAYED)
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    before = app.workers["engine"].pid
    app.dialogs.show_picker()
    picker = app.dialogs.picker
    assert picker is not None
    qtbot.waitUntil(lambda: picker.show_model(model.name), timeout=SECONDS)
    qtbot.waitUntil(lambda: row(app).state == "engine_missing" and row(app).button.isEnabled(), timeout=SECONDS)
    row(app).button.click()
    question = row(app).question
    assert question is not None
    assert app.workers["engine"].pid == before, "nothing is done before it is consented to"

    app.dialogs.show_downloads()
    downloads, told = app.dialogs.downloads, list[str]()
    assert downloads is not None
    downloads.engine_row.shown_changed.connect(lambda: told.append(downloads.engine_row.words))
    question.accept_button.click()
    qtbot.waitUntil(lambda: row(app).state == "engine_coming", timeout=SECONDS)
    assert "Installing an engine" in app.panes.status.words
    qtbot.waitUntil(lambda: row(app).state == "loaded", timeout=SECONDS)
    assert app.state.model is not None
    assert app.state.model.path == str(model)
    assert app.workers["engine"].pid != before, "only a new process finds the engine"
    assert [words.partition(" · ")[0] for words in told] == ["Transformers engine", ""]
    with qtbot.waitSignal(app.dialogs.requests.cancel_engine_requested):
        downloads.engine_row.cancel_requested.emit()
    qtbot.waitUntil(lambda: row(app).form.verdict.why != "engine_missing", timeout=SECONDS)

    app.dialogs.show_settings()
    settings = app.dialogs.settings
    assert isinstance(settings, Settings)
    lines = settings.models.engines
    assert lines is not None
    qtbot.waitUntil(lambda: bool(lines.buttons), timeout=SECONDS)
    lines.buttons[0].click()
    assert lines.question is not None
    lines.question.accept_button.click()
    qtbot.waitUntil(lambda: row(app).state == "engine_missing", timeout=SECONDS)
    assert app.state.model_state == "none"
    assert lines.buttons == []
    settings.close()


def test_a_folder_that_is_opened_gets_the_offer_of_its_engine(app: App, model: Path, qtbot: QtBot) -> None:
    app.outside.open_paths([str(model)])
    qtbot.waitUntil(lambda: app.dialogs.picker is not None and app.dialogs.picker.isVisible(), timeout=SECONDS)
    question = row(app).question
    assert question is not None
    assert "Transformers" in question.words
    assert question.accept_button.text() == "Install and load"
    assert app.state.model_state == "none", "nothing is loaded that could only fail"
