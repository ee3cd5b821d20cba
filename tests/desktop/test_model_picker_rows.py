"""A row of the picker: each state offers what can be done in it, and warns before what a person would regret."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressBar
from pytestqt.qtbot import QtBot

from backends.contract.catalog import JudgedForm, Source
from backends.contract.downloads import Download, DownloadRef, DownloadState
from backends.contract.events import EngineProgress
from backends.contract.models import InstalledModel, ModelRef
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.session_state import SessionState
from desktop.widgets.model_requests import NAMES, ModelRequests
from desktop.widgets.model_row import ModelRow
from tests.desktop.judged import AWQ_HERE, GB, MAC_192, TRANSFORMERS, Asked, copy, form, model

NAME = "MiniMax-M2"
HERE = copy(NAME, "4bit")


class OneRow:
    """A row, and what was asked for in it."""

    def __init__(self, qtbot: QtBot, one: JudgedForm) -> None:
        self.catalog, self.state, self.downloads = CatalogModel(), SessionState(), DownloadModel()
        family = model(NAME, one)
        self.catalog.show_judged(MAC_192, (family,))
        requests = ModelRequests()
        self.requests = requests
        self.asked = Asked()
        self.asked.listen(requests, NAMES)
        self.row = ModelRow(family, one, self.catalog, self.state, self.downloads, requests)
        qtbot.addWidget(self.row)
        nowhere = DownloadRef("", "", "", Source("huggingface", ""))
        self.ref = self.catalog.ref_of(family, one) or nowhere

    def download(self, state: DownloadState, **more: Any) -> None:
        """The form's download is in this state."""
        values: dict[str, Any] = {"done_bytes": 52_300_000_000, "total_bytes": 128_700_000_000} | more
        self.downloads.show((Download(self.ref, state, **values),))
        self.row.refresh()

    @property
    def buttons(self) -> list[str]:
        """The words of the buttons that are there."""
        first, second = self.row.button, self.row.second_button
        words = (("", first.text())[not first.isHidden()], ("", second.toolTip())[not second.isHidden()])
        return [word for word in words if word]


def test_a_form_that_is_not_here_is_downloaded(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    assert shown.buttons == ["Download"]
    shown.row.button.click()
    assert shown.asked == [("download_requested", shown.ref)]


@pytest.mark.parametrize("zone", ["will_not_load", "no_engine"])
def test_what_this_machine_will_not_run_is_fetched_after_a_warning(qtbot: QtBot, zone: Any) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "8bit", zone, 243 * GB))
    shown.row.button.click()
    assert shown.asked == []
    question = shown.row.question
    assert question is not None
    assert question.words.startswith("This machine will not run it.")
    QTest.keyClick(question, Qt.Key.Key_Escape)
    assert shown.row.question is None
    shown.row.button.click()
    assert shown.row.question is not None
    shown.row.question.accept_button.click()
    assert shown.asked == [("download_requested", shown.ref)]


def test_too_little_disk_is_said_before_the_download(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    assert shown.row.note == ""
    shown.catalog.show_judged(replace(MAC_192, disk_free_bytes=50 * GB), ())
    shown.row.refresh()
    assert shown.row.note == "The disk has 50 GB free: too little"


def test_a_running_download_shows_progress_and_is_paused_or_cancelled(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    shown.download("running", bytes_per_second=84e6, seconds_left=910)
    assert shown.buttons == ["Pause", "Cancel"]
    for words in ("52.3 GB of 129 GB", "84.0 MB/s", "16 min left"):
        assert words in shown.row.note
    bar = shown.row.findChild(QProgressBar)
    assert bar is not None
    assert bar.value() == 406
    assert "MiniMax-M2 4-bit" in bar.accessibleName()
    shown.row.button.click()
    shown.row.second_button.click()
    assert shown.asked == [("pause_requested", shown.ref.id)]
    assert shown.row.question is not None
    assert shown.row.question.words == "52 GB that have come so far are deleted."
    shown.row.question.accept_button.click()
    assert shown.asked[1:] == [("cancel_requested", shown.ref.id)]


def test_little_is_thrown_away_without_a_question(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    shown.download("queued", done_bytes=0)
    shown.row.second_button.click()
    assert shown.asked == [("cancel_requested", shown.ref.id)]


@pytest.mark.parametrize("state", ["paused", "failed"])
def test_a_download_that_stands_still_is_resumed(qtbot: QtBot, state: DownloadState) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    shown.download(state, problem="The disk is full." if state == "failed" else "", hint="")
    assert shown.buttons == ["Resume", "Cancel"]
    assert ("The disk is full." in shown.row.note) == (state == "failed")
    shown.row.button.click()
    assert shown.asked == [("resume_requested", shown.ref)]


def test_files_that_are_checked_are_never_thrown_away(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit", presence="here", here=(HERE,)))
    shown.download("verifying")
    assert shown.buttons == ["Pause"]
    assert "Checking the files" in shown.row.note


def test_a_download_of_another_minim_is_only_watched(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    shown.download("running", elsewhere=True)
    assert shown.buttons == []
    assert "another Minim" in shown.row.note


def test_a_download_that_ended_leaves_no_bar(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    shown.download("running")
    shown.downloads.show(())
    shown.row.refresh()
    bar = shown.row.findChild(QProgressBar)
    assert bar is not None
    assert bar.isHidden()
    assert shown.buttons == ["Download"]


def test_a_form_that_is_here_loads_then_cancels_then_unloads(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit", presence="here", here=(HERE,)))
    assert shown.row.note == "On this machine"
    assert shown.row.headline == "4-bit · 129 GB · fits, 94k context"
    shown.row.button.click()
    shown.state.show_model("loading", HERE.ref, load_phase="reading", done_bytes=1, total_bytes=2)
    shown.row.refresh()
    assert shown.buttons == ["Cancel"]
    shown.row.button.click()
    shown.state.show_model("ready", HERE.ref)
    shown.row.refresh()
    assert shown.buttons == ["Unload"]
    assert shown.row.note == "Loaded"
    shown.row.button.click()
    assert shown.asked == [("load_requested", HERE.ref), ("cancel_load_requested",), ("unload_requested",)]


@pytest.mark.parametrize(
    ("zone", "said"), [("will_crawl", "about a token every ten seconds"), ("will_not_load", "end in an error")]
)
def test_what_does_not_fit_is_loaded_after_a_warning(qtbot: QtBot, zone: Any, said: str) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit", zone, here=(HERE,)))
    shown.row.button.click()
    assert shown.asked == []
    question = shown.row.question
    assert question is not None
    assert said in question.words
    question.reject_button.click()
    assert shown.asked == []
    shown.row.button.click()
    assert shown.row.question is not None
    shown.row.question.accept_button.click()
    assert shown.asked == [("load_requested", HERE.ref)]


def test_a_damaged_form_is_verified_at_the_hub_it_came_from(qtbot: QtBot) -> None:
    one = form(NAME, "mlx", "4bit")
    damaged = replace(one.offers[1], presence="damaged", path="/m", problem="model-00002.safetensors is cut short.")
    shown = OneRow(qtbot, replace(one, offers=(one.offers[0], damaged)))
    assert shown.buttons == ["Verify and repair"]
    assert shown.row.note == "model-00002.safetensors is cut short."
    shown.row.button.click()
    name, ref = shown.asked[0]
    assert name == "verify_requested"
    assert isinstance(ref, DownloadRef)
    assert ref.source.hub == "modelscope"


def test_a_form_on_a_disk_that_is_gone_says_so(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit", presence="disconnected"))
    assert shown.row.note == "On a disk that is not connected"
    assert shown.buttons == []


def test_a_folder_that_is_broken_says_what_is_wrong_and_cannot_be_loaded(qtbot: QtBot) -> None:
    ref = ModelRef("Broken", "mlx", "4bit", "folder", "/models/Broken")
    broken = InstalledModel(ref, None, "", 0, 0, "model.safetensors is cut short.", "Get it again.")
    one = replace(form("Broken", "mlx", "4bit", here=(broken,)), offers=())
    shown = OneRow(qtbot, one)
    assert shown.row.note == "model.safetensors is cut short. Get it again."
    assert shown.buttons == ["Load"]
    assert not shown.row.button.isEnabled()


def test_details_open_by_keyboard_and_tell_everything(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    assert shown.row.details is None
    QTest.keyClick(shown.row.disclosure, Qt.Key.Key_Space)
    assert shown.row.details is not None
    facts: dict[str, str] = dict(shown.row.details.facts)
    assert facts["Format"] == "MLX"
    assert facts["Engine"] == "MLX"
    assert facts["Download"] == "about 129 GB (an estimate until the hub has answered)"
    assert facts["Memory needed"] == "139 GB with 32,768 tokens of context"
    assert facts["Fit"] == "It fits, with up to 94,000 tokens of context."
    assert facts["Speed"] == "at most 31 tokens/s: memory bandwidth sets this bound"
    assert facts["Quality"].startswith("Good")
    assert facts["Free disk"] == "900 GB"
    assert facts["Repository"] == "mlx-community/MiniMax-M2-4bit"
    assert facts[""].startswith("129 GB weights + 8.1 GB KV cache for 32,768 tokens + 2.0 GB overhead = 139 GB")
    assert not shown.row.details.isHidden()
    shown.row.open(False)
    assert shown.row.details.isHidden()


def test_the_launch_command_is_copied(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit"))
    shown.row.open()
    assert shown.row.details is not None
    shown.row.details.copy_button.click()
    assert QGuiApplication.clipboard().text().startswith("minim launch --model-engine MLX --model-name MiniMax-M2")
    assert "--quantization 4bit" in QGuiApplication.clipboard().text()


def test_a_copy_is_verified_and_deleted_from_its_details(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit", presence="here", here=(HERE,)))
    shown.row.open()
    details = shown.row.details
    assert details is not None
    details.verify_button.click()
    assert shown.asked == [("verify_requested", shown.ref)]
    details.delete_button.click()
    assert shown.row.question is not None
    assert shown.row.question.words == "Delete MiniMax-M2 4-bit from this disk? 129 GB come free."
    shown.row.question.accept_button.click()
    assert shown.asked[1:] == [("delete_requested", HERE.ref.path)]


def test_what_is_loaded_or_built_in_is_not_deleted(qtbot: QtBot) -> None:
    loaded = OneRow(qtbot, form(NAME, "mlx", "4bit", presence="here", here=(HERE,)))
    loaded.state.show_model("ready", HERE.ref)
    pocket = InstalledModel(ModelRef("Pocket M2", "mlx", "4bit", "builtin", "/pocket"), "MLX", "minimax_m2", GB)
    for shown in (loaded, OneRow(qtbot, replace(form(NAME, "mlx", "4bit", here=(pocket,)), offers=()))):
        shown.row.open()
        assert shown.row.details is not None
        assert shown.row.details.delete_button.isHidden()


def test_a_format_that_nothing_here_reads_names_what_does(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "ggufv2", "Q4_K_M", "no_engine", why="unknown_format"))
    assert shown.buttons == []
    assert shown.row.note == "No engine of Minim reads GGUF. llama.cpp does."


def test_a_costly_quantization_says_so_where_it_is_picked(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "3bit", quality="reduced"))
    assert shown.row.note == "Reduced: more mistakes than the original, in code above all"


def test_a_form_that_only_the_other_hub_has_says_so(qtbot: QtBot) -> None:
    one = form(NAME, "mlx", "4bit")
    shown = OneRow(qtbot, replace(one, offers=one.offers[1:]))
    assert shown.row.note == "Only at ModelScope"


def test_everything_in_a_row_can_be_named(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit", recommended=True))
    assert shown.row.accessibleName().startswith("4-bit · about 129 GB · fits, 94k context. Recommended for this Mac")
    assert shown.row.button.accessibleName() == "Download: MiniMax-M2 4-bit"
    assert shown.row.disclosure.accessibleName() == "Details of MiniMax-M2 4-bit"


def awq(zone: Any = "fits", *here: InstalledModel, **more: Any) -> JudgedForm:
    """A form that Transformers reads, which is not installed."""
    values: dict[str, Any] = {"why": "engine_missing", "engine": "Transformers"} | more
    return form(NAME, "awq", "Int4", zone, 2 * GB, presence="here" if here else "absent", here=here, **values)


def test_what_needs_an_engine_is_fetched_all_the_same_and_says_so(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, awq())
    assert shown.row.note == "Needs the Transformers engine, which is not installed"
    shown.catalog.engines.show_plan(TRANSFORMERS)
    shown.row.refresh()
    assert shown.row.note == "Needs the Transformers engine, which is not installed (214 MB to download)"
    assert shown.buttons == ["Download"]
    shown.row.button.click()
    assert shown.asked == [("download_requested", shown.ref)]


def test_an_engine_is_installed_on_consent(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, awq("fits", AWQ_HERE))
    assert shown.buttons == ["Install engine…"]
    assert not shown.row.button.isEnabled(), "what it takes is not known yet"
    shown.catalog.engines.show_plan(TRANSFORMERS)
    shown.row.refresh()
    shown.row.button.click()
    assert shown.asked == []
    question = shown.row.question
    assert question is not None
    for words in ("Transformers", "214 MB", "1.2 GB", TRANSFORMERS.folder, "Python’s package index", "nothing else"):
        assert words in question.words
    question.accept_button.click()
    assert shown.asked == [("engine_requested", "Transformers", AWQ_HERE.ref)]
    assert shown.row.question is None


def test_an_installation_shows_its_progress_and_is_cancelled(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, awq("fits", AWQ_HERE))
    engines = shown.catalog.engines
    engines.show_plan(TRANSFORMERS)
    said: list[str] = []
    for progress in (
        None,
        EngineProgress("Transformers", "fetching", 107_000_000, 214_000_000, "torch"),
        EngineProgress("Transformers", "installing", 214_000_000, 214_000_000, "torch"),
        EngineProgress("Transformers", "checking", 214_000_000, 214_000_000),
    ):
        if progress is None:
            engines.show_installing("Transformers", AWQ_HERE.ref)
        else:
            engines.show_progress(progress)
        shown.row.refresh()
        assert shown.buttons == ["Cancel"]
        said.append(shown.row.note)
    assert said == [
        "Preparing to install the Transformers engine",
        "Downloading the Transformers engine · 107 MB of 214 MB · torch",
        "Installing the Transformers engine · torch",
        "Checking that the Transformers engine runs",
    ]
    shown.row.button.click()
    assert shown.asked == [("cancel_engine_requested",)]


def test_an_installation_that_failed_says_why_and_is_tried_again(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, awq("fits", AWQ_HERE))
    shown.catalog.engines.show_plan(TRANSFORMERS)
    shown.catalog.engines.show_installing("Transformers", AWQ_HERE.ref)
    shown.catalog.engines.show_ended("The package index cannot be reached.")
    shown.row.refresh()
    assert shown.row.note == ("The Transformers engine could not be installed. The package index cannot be reached.")
    assert shown.buttons == ["Try again"]
    shown.row.button.click()
    assert shown.asked == [("engine_requested", "Transformers", AWQ_HERE.ref)]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"problem": "This Python is too new.", "hint": "Use 3.13."}, "cannot be installed here. This Python is too"),
        ({"disk_free_bytes": GB}, "installing it takes 1.4 GB, and the disk has 1.0 GB free"),
    ],
)
def test_an_engine_that_cannot_be_installed_is_not_offered(qtbot: QtBot, more: dict[str, Any], said: str) -> None:
    here, absent = OneRow(qtbot, awq("fits", AWQ_HERE)), OneRow(qtbot, awq())
    for shown in (here, absent):
        shown.catalog.engines.show_plan(replace(TRANSFORMERS, **more))
        shown.row.refresh()
        assert said in shown.row.note
    assert here.buttons == []
    here.row.offer_engine("Transformers")
    assert here.row.question is None
    absent.row.button.click()
    assert absent.asked == []
    assert absent.row.question is not None
    assert said in absent.row.question.words


def test_a_form_that_will_crawl_warns_before_its_engine_is_installed(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, awq("will_crawl", AWQ_HERE, why="slow_on_cpu"))
    shown.catalog.engines.show_plan(TRANSFORMERS)
    shown.row.refresh()
    assert shown.buttons == ["Install engine…"]
    shown.row.button.click()
    assert shown.row.question is not None
    assert "writes very slowly" in shown.row.question.words
    assert "214 MB" in shown.row.question.words


def test_once_the_engine_is_installed_the_form_is_loaded(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, awq("fits", AWQ_HERE))
    shown.catalog.engines.show_plan(replace(TRANSFORMERS, installed=True))
    shown.row.refresh()
    assert shown.buttons == ["Load"]
    shown.row.button.click()
    assert shown.asked == [("load_requested", AWQ_HERE.ref)]


def test_another_engine_is_offered_only_where_it_was_named(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, form(NAME, "mlx", "4bit", presence="here", here=(HERE,)))
    shown.catalog.engines.show_plan(TRANSFORMERS)
    shown.row.refresh()
    assert (shown.buttons, shown.row.note) == (["Load"], "On this machine")
    shown.row.offer_engine("Transformers")
    assert shown.row.question is not None
    shown.row.question.accept_button.click()
    assert shown.asked == [("engine_requested", "Transformers", HERE.ref)]
    shown.catalog.engines.show_installing("Transformers", HERE.ref)
    shown.row.refresh()
    assert shown.buttons == ["Cancel"]


def test_the_details_name_the_engine_that_is_missing(qtbot: QtBot) -> None:
    shown = OneRow(qtbot, awq())
    shown.row.open()
    assert shown.row.details is not None
    facts: dict[str, str] = dict(shown.row.details.facts)
    assert facts["Engine"] == "Transformers, not installed"
    assert facts["Fit"].endswith("once the Transformers engine, which runs it, is installed.")
