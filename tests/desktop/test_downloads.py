"""The downloads pane: every state has words and a way on, and the toolbar's button tells of all of them."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from backends.contract.downloads import Download
from backends.contract.events import EngineProgress
from desktop.models import download_words
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.panes.downloads import Downloads
from desktop.widgets.download_files import DownloadFiles
from desktop.widgets.downloads_button import DownloadsButton
from desktop.widgets.thin_bar import ThinBar
from tests.desktop.downloads_to_show import AWQ, M2, QWEN, running

STILL = replace(running(), bytes_per_second=0.0, seconds_left=-1.0, files=())
FAILED = replace(STILL, state="failed", kind="hub_failed", problem="The hub answered 500.", hint="Try again later.")


@pytest.fixture
def model() -> DownloadModel:
    return DownloadModel()


@pytest.fixture
def engines() -> EngineState:
    return EngineState()


@pytest.fixture
def pane(model: DownloadModel, engines: EngineState, qtbot: QtBot) -> Downloads:
    made = Downloads(model, engines)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(
    ("download", "words"),
    [
        (running(), "54.0 GB of 129 GB · 48.0 MB/s · 26 min left"),
        (replace(running(), stalled=True), "nothing has come for a while"),
        (replace(STILL, state="queued", done_bytes=0), "Waiting for its turn"),
        (replace(STILL, state="asking"), "Asking the hub"),
        (replace(STILL, state="paused"), "Paused · 54.0 GB of 129 GB"),
        (replace(STILL, state="verifying"), "Checking the files"),
        (FAILED, "The hub answered 500. Try again later."),
        (replace(STILL, state="finished"), "Here · 129 GB"),
        (replace(running(), elsewhere=True), "another Minim"),
    ],
)
def test_every_state_has_words(pane: Downloads, model: DownloadModel, download: Download, words: str) -> None:
    model.show((download,))
    said = pane.rows[0].words
    assert said.startswith("MiniMax-M2 · 4-bit · Hugging Face")
    assert words in said


@pytest.mark.parametrize(
    ("download", "offered"),
    [
        (running(), {"Pause", "Cancel the download", "16 files to come"}),
        (replace(STILL, state="paused"), {"Continue", "Cancel the download"}),
        (FAILED, {"Try again", "Use ModelScope instead", "Cancel the download"}),
        (replace(FAILED, kind="token_needed", ref=QWEN), {"Try again", "Give token…", "Cancel the download"}),
        (replace(STILL, state="finished", path="/models/m2"), {"Load", "Show folder"}),
        (replace(running(), elsewhere=True, files=()), set[str]()),
    ],
)
def test_every_state_has_a_way_on(pane: Downloads, model: DownloadModel, download: Download, offered: set[str]) -> None:
    model.show((download,))
    buttons = pane.rows[0].findChildren(QAbstractButton)
    assert {button.text() or button.toolTip() for button in buttons if not button.isHidden()} >= offered
    shown = [button for button in buttons if button.isVisibleTo(pane.rows[0])]
    assert {button.text() or button.toolTip() for button in shown} == offered
    assert all(button.accessibleName() for button in shown)


def test_buttons_ask_for_what_they_say(pane: Downloads, model: DownloadModel, qtbot: QtBot) -> None:
    asked: list[object] = []

    def note(name: str, what: object) -> None:
        asked.append((name, what))

    for name in ("pause", "resume", "cancel", "other_hub", "token", "load", "show_folder"):
        getattr(pane, f"{name}_requested").connect(partial(note, name))
    model.show((running(done=10),))
    row = pane.rows[0]
    row.pause_button.click()
    row.cancel_button.click()
    model.show((FAILED,))
    row.again_button.click()
    row.other_hub_button.click()
    row.token_button.click()
    done = replace(STILL, state="finished", path="/models/m2")
    model.show((done,))
    row.load_button.click()
    row.folder_button.click()
    assert asked == [
        ("pause", M2.id),
        ("cancel", M2.id),
        ("resume", M2),
        ("other_hub", FAILED),
        ("token", M2),
        ("load", "/models/m2"),
        ("show_folder", "/models/m2"),
    ]


def test_much_is_not_thrown_away_unasked(pane: Downloads, model: DownloadModel) -> None:
    asked: list[str] = []
    pane.cancel_requested.connect(asked.append)
    model.show((running(),))
    row = pane.rows[0]
    row.cancel_button.click()
    assert asked == []
    assert row.question is not None
    assert "54.0 GB" in row.question.words
    row.question.reject_button.click()
    assert row.question is None
    row.cancel_button.click()
    row.question.accept_button.click()
    assert asked == [M2.id]


def test_rows_follow_the_queue_and_keep_what_is_open(pane: Downloads, model: DownloadModel) -> None:
    model.show((running(), running(QWEN)))
    first, second = pane.rows
    files = second.findChild(DownloadFiles)
    assert files is not None
    files.toggle.click()
    model.show((running(QWEN), running(AWQ)))
    assert pane.rows[0] is second
    assert pane.rows[1] not in (first, second)
    assert "model-00012-of-00027.safetensors 3.1 GB of 4.9 GB" in files.words
    assert "and 8 more" in files.words
    model.show(())
    assert pane.rows == []


def test_the_pane_says_the_total_and_clears_what_is_done(pane: Downloads, model: DownloadModel) -> None:
    asked: list[None] = []
    pane.clear_requested.connect(lambda: asked.append(None))
    assert not pane.clear_button.isEnabled()
    model.show((running(M2, 20_000_000, 60_000_000), running(QWEN, 20_000_000, 60_000_000)))
    assert pane.total == "40.0 MB of 120.0 MB · 96.0 MB/s · less than a minute left"
    model.show_offline(True)
    assert "no hub can be reached" in pane.total
    model.show((replace(STILL, state="finished"),))
    pane.clear_button.click()
    assert asked == [None]


def test_an_engine_on_its_way_has_a_row_and_can_be_given_up(pane: Downloads, engines: EngineState) -> None:
    row, asked = pane.engine_row, list[None]()
    pane.cancel_engine_requested.connect(lambda: asked.append(None))
    assert not row.isVisible()
    engines.show_installing("Transformers")
    assert row.isVisible(), "also where nothing else comes"
    engines.show_progress(EngineProgress("Transformers", "fetching", 600_000_000, 2_400_000_000, "torch"))
    assert row.words.startswith("Transformers engine · Python’s package index · Downloading the Transformers engine")
    assert row.words.endswith("torch")
    bar = row.findChild(ThinBar)
    assert bar is not None
    assert bar.value() == 250
    row.cancel_button.click()
    assert asked == [None]
    engines.show_ended()
    assert not row.isVisible()
    assert row.words == ""


def test_the_toolbar_button_tells_of_an_engine(model: DownloadModel, engines: EngineState, qtbot: QtBot) -> None:
    button = DownloadsButton(model, engines)
    qtbot.addWidget(button)
    engines.show_installing("Transformers")
    engines.show_progress(EngineProgress("Transformers", "fetching", 29, 100))
    assert not button.isHidden()
    assert button.accessibleName() == "Downloads: the Transformers engine, 29 %"
    model.show((running(),))
    assert button.accessibleName() == "Downloads: MiniMax-M2 · 4-bit, 41 %"
    model.show(())
    engines.show_ended()
    assert button.isHidden()


def test_the_toolbar_button_is_there_while_there_is_something(
    model: DownloadModel, engines: EngineState, qtbot: QtBot
) -> None:
    button = DownloadsButton(model, engines)
    qtbot.addWidget(button)
    assert button.isHidden()
    model.show((running(),))
    assert not button.isHidden()
    assert button.accessibleName() == "Downloads: MiniMax-M2 · 4-bit, 41 %"
    model.show((FAILED, running(QWEN)))
    assert button.accessibleName() == "Downloads: one has stopped"
    model.show((replace(STILL, state="paused"),))
    assert button.accessibleName() == "Downloads: paused"
    model.show(())
    assert button.isHidden()


def test_nothing_ticks_while_a_download_waits(pane: Downloads, model: DownloadModel) -> None:
    model.show((replace(STILL, state="queued", total_bytes=0, done_bytes=0), FAILED))
    assert not [timer for timer in pane.findChildren(QTimer) if timer.isActive()]


def test_times_are_told_as_they_are_felt() -> None:
    said = [download_words.time_left(seconds) for seconds in (-1, 20, 100, 3_700, 200_000)]
    assert said == ["", "less than a minute left", "2 min left", "1 h 2 min left", "55 h left"]


def test_only_all_is_a_hundred_percent() -> None:
    assert download_words.percent(running(done=128_699_999_999)) == 99
    assert download_words.percent(running(done=128_700_000_000)) == 100
