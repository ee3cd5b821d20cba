"""The whole app, its real downloads worker and a hub: fetch, be interrupted, go on, tell, and `minim launch`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from backends.contract.downloads import Download
from backends.contract.models import LaunchChoice
from desktop.app import App
from tests.desktop.conftest import REPLAYED, OpenApp
from tests.hub.fixtures import hub, mission_forms
from tests.hub.mission import add_mission
from tests.hub.server import Hub

__all__ = ["hub", "mission_forms"]

SECONDS = 60_000
REPO = "mlx-community/MiniMax-M2-4bit"
FORM = ("MiniMax-M2", "mlx", "4bit")


@pytest.fixture
def app(open_app: OpenApp, hub: Hub, mission_forms: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """The app with a hub of its own, and no model loaded."""
    add_mission(hub, mission_forms)
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    return open_app(loaded=False)


def fetch(app: App, qtbot: QtBot) -> str:
    """Ask for the form as its row in the picker does; returns the download's id."""
    app.models.judge()
    qtbot.waitUntil(lambda: bool(app.catalog.hardware.memory_bytes), timeout=SECONDS)
    family = next(family for family in app.catalog.families() if family.spec.name == FORM[0])
    form = next(form for form in family.forms if (form.form.format, form.form.quantization) == FORM[1:])
    ref = app.catalog.ref_of(family, form)
    assert ref is not None
    app.dialogs.requests.download_requested.emit(ref)
    return ref.id


def wait_for(app: App, qtbot: QtBot, download: str, *states: str) -> Download:
    qtbot.waitUntil(lambda: getattr(app.fetched.download_of(download), "state", "") in states, timeout=SECONDS)
    found = app.fetched.download_of(download)
    assert found is not None
    return found


def test_what_has_come_is_offered_and_not_loaded_unasked(app: App, qtbot: QtBot) -> None:
    download = wait_for(app, qtbot, fetch(app, qtbot), "finished")
    qtbot.waitUntil(app.window.notice.isVisible, timeout=SECONDS)
    assert app.window.notice.words == "MiniMax-M2 · 4-bit is here."
    assert app.state.model_state == "none"
    assert app.panes.toolbar.downloads_button is not None
    assert app.panes.toolbar.downloads_button.isVisible()
    app.window.notice.action_requested.emit()
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    assert app.state.model is not None
    assert app.state.model.path == download.path


def test_what_has_come_takes_no_answer_from_another_conversation(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app({"pieces": ["</think>", "Half an ", {"wait_for": None}]})
    app.panes.composer.field.setPlainText("Hi")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.state.phase == "answering", timeout=SECONDS)
    app.chat.new()
    app.arrival.take_engine("MLX", REPLAYED)
    assert app.chat.session.busy
    assert app.state.notice is not None
    assert app.state.notice.offers == REPLAYED


def test_what_the_first_run_waits_for_takes_no_answer_either(
    open_app: OpenApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app({"pieces": ["</think>", "Half an ", {"wait_for": None}]})
    app.panes.composer.field.setPlainText("Hi")
    app.panes.composer.send()
    qtbot.waitUntil(lambda: app.state.phase == "answering", timeout=SECONDS)
    monkeypatch.setattr(app.first_run, "model_for", {"Transformers": REPLAYED}.get)
    app.engines.engine_installed.emit("Transformers", None)
    assert app.chat.session.busy
    assert app.state.notice is not None
    assert (app.state.notice.offers, app.state.notice.offers_engine) == (REPLAYED, "Transformers")


def test_a_killed_worker_is_told_started_again_and_ends_its_download(app: App, hub: Hub, qtbot: QtBot) -> None:
    stall = hub.misbehave("*.safetensors", stall_after=100_000)
    identity = fetch(app, qtbot)
    qtbot.waitUntil(stall.reached.is_set, timeout=SECONDS)
    wait_for(app, qtbot, identity, "running")
    told: list[str] = []
    app.fetched.downloads_changed.connect(lambda: told.extend(d.problem for d in app.fetched.downloads if d.problem))
    pid = app.workers["downloads"].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    stall.release()
    wait_for(app, qtbot, identity, "finished")
    assert "interrupted" in told[0]
    assert app.workers["downloads"].pid != pid


def test_a_download_goes_on_when_the_app_is_opened_again(app: App, hub: Hub, qtbot: QtBot, open_app: OpenApp) -> None:
    stall = hub.misbehave("*.safetensors", stall_after=100_000)
    identity = fetch(app, qtbot)
    qtbot.waitUntil(stall.reached.is_set, timeout=SECONDS)
    app.close()
    stall.release()
    wait_for(open_app(loaded=False), qtbot, identity, "finished")


def test_no_network_is_a_state(app: App, hub: Hub, qtbot: QtBot) -> None:
    hub.go_offline()
    identity = fetch(app, qtbot)
    wait_for(app, qtbot, identity, "failed")
    qtbot.waitUntil(lambda: "Offline" in app.panes.status.words, timeout=SECONDS)
    assert app.state.notice is None


def test_launch_fetches_what_is_not_here_and_loads_it(app: App, qtbot: QtBot) -> None:
    app.launch(LaunchChoice(*FORM, "MLX"))
    qtbot.waitUntil(lambda: app.state.model_state == "ready", timeout=SECONDS)
    assert app.dialogs.picker is not None
    assert app.dialogs.picker.isVisible()
    row = app.dialogs.picker.row_of(*FORM[1:])
    assert row is not None
    assert row.state == "loaded"


def test_launch_tells_what_the_hub_refuses(app: App, hub: Hub, qtbot: QtBot) -> None:
    hub.remove(REPO)
    app.launch(LaunchChoice(*FORM, "MLX"))
    qtbot.waitUntil(lambda: app.state.notice is not None, timeout=SECONDS)
    assert app.state.notice is not None
    assert REPO in app.state.notice.message


def test_a_chosen_folder_is_filled_from_a_mirror_checked_and_emptied(
    app: App, hub: Hub, qtbot: QtBot, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    app.preferences.replace(hub="mirror", mirror=hub.huggingface_endpoint, download_folder=str(disk))
    download = wait_for(app, qtbot, fetch(app, qtbot), "finished")
    assert download.ref.endpoint == hub.huggingface_endpoint
    assert Path(download.path).is_relative_to(disk)
    qtbot.waitUntil(lambda: app.state.notice is not None, timeout=SECONDS)
    weights = (Path(download.path) / "model.safetensors").resolve()
    right = weights.read_bytes()
    weights.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    app.state.show_notice(None)
    app.dialogs.requests.verify_requested.emit(download.ref)
    qtbot.waitUntil(lambda: app.state.notice is not None, timeout=SECONDS)
    assert app.window.notice.words == "MiniMax-M2 · 4-bit was checked: all of its files are right."
    assert (Path(download.path) / "model.safetensors").read_bytes() == right
    freed: list[int] = []
    app.catalog.deleted.connect(freed.append)
    app.dialogs.requests.delete_requested.emit(download.path)
    qtbot.waitUntil(lambda: bool(freed), timeout=SECONDS)
    assert freed[0] > len(right)
    assert app.fetched.downloads == ()


def test_a_gated_model_goes_on_when_its_token_is_given(app: App, hub: Hub, qtbot: QtBot) -> None:
    app.dialogs.show_picker()
    app.dialogs.requests.search_hub_requested.emit("Gated")
    qtbot.waitUntil(lambda: bool(app.catalog.hits), timeout=SECONDS)
    (hit,) = app.catalog.hits
    ref = app.catalog.ref_of(hit, hit.forms[0])
    assert ref is not None
    app.dialogs.requests.download_requested.emit(ref)
    assert wait_for(app, qtbot, ref.id, "failed").kind == "token_needed"
    app.dialogs.show_downloads()
    assert app.dialogs.downloads is not None
    app.dialogs.downloads.rows[0].token_button.click()
    qtbot.waitUntil(lambda: app.catalog.token_needed is not None, timeout=SECONDS)
    app.dialogs.requests.token_given.emit("huggingface", hub.token)
    wait_for(app, qtbot, ref.id, "finished")
    assert app.catalog.token_needed is None
