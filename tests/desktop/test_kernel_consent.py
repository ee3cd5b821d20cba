"""The kernel for FP8 is code: the picker asks before it comes with a model, and nothing but the answer fetches it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backends.contract.catalog import FP8_KERNEL, JudgedForm, Offer
from backends.contract.downloads import Download, DownloadRef, kernel_ref
from backends.contract.events import DownloadPlanned
from backends.contract.models import InstalledModel, LaunchChoice, ModelRef
from backends.contract.preferences import Preferences
from desktop.controllers.model_arrival import ModelArrival
from desktop.models import download_words
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from desktop.panes.model_picker import ModelPicker
from desktop.widgets.download_row import DownloadRow
from desktop.widgets.inline_question import InlineQuestion
from desktop.widgets.model_requests import NAMES
from tests.desktop.judged import GB, MAC_192, TRANSFORMERS, Asked, fp8_form, model

NAME = "MiniMax-M2"
KERNEL = kernel_ref(FP8_KERNEL)
HERE = replace(fp8_form(), kernel=Offer(FP8_KERNEL, 1, False, "here", "/kernel"))


class Shown:
    """The picker with MiniMax-M2 in FP8, and what was asked for in it."""

    def __init__(self, qtbot: QtBot, one: JudgedForm) -> None:
        self.catalog = CatalogModel()
        self.catalog.engines.show_plan(replace(TRANSFORMERS, installed=True))
        self.family = model(NAME, one, best=True)
        self.catalog.show_judged(MAC_192, (self.family,))
        self.picker = ModelPicker(self.catalog, SessionState(), downloads=DownloadModel())
        qtbot.addWidget(self.picker)
        self.asked = Asked()
        self.asked.listen(self.picker, NAMES)
        self.ref = cast("DownloadRef", self.catalog.ref_of(self.family, one))

    def press(self) -> InlineQuestion | None:
        """Ask for the download; → what is asked then."""
        self.picker.rows[0].button.click()
        return self.picker.rows[0].question


def test_with_it_without_it_or_not_at_all(qtbot: QtBot) -> None:
    shown = Shown(qtbot, fp8_form(kernel_bytes=1_200_000))
    question = shown.press()
    assert question is not None
    assert shown.asked == []
    for words in ("finegrained-fp8 (1.2 MB)", "code", "kernels-community on Hugging Face", "pinned", "16 bits"):
        assert words in question.words
    QTest.keyClick(question, Qt.Key.Key_Escape)
    assert (shown.asked, shown.picker.rows[0].question) == ([], None)
    question = shown.press()
    assert question is not None
    assert question.other_button is not None
    question.other_button.click()
    assert shown.asked == [("download_requested", shown.ref)]
    shown.asked.clear()
    question = shown.press()
    assert question is not None
    question.accept_button.click()
    assert shown.asked == [("download_requested", KERNEL), ("download_requested", shown.ref)]


@pytest.mark.parametrize("one", [HERE, replace(fp8_form(), kernel=None)])
def test_where_it_is_here_or_of_no_use_nothing_is_asked(qtbot: QtBot, one: JudgedForm) -> None:
    shown = Shown(qtbot, one)
    assert shown.press() is None
    assert shown.asked == [("download_requested", shown.ref)]


def test_a_model_that_came_without_it_gets_it_later(qtbot: QtBot) -> None:
    copied = InstalledModel(ModelRef(NAME, "pytorch", "none", "huggingface", "/m2"), "Transformers", "minimax_m2", GB)
    shown = Shown(qtbot, fp8_form(here=(copied,)))
    row = shown.picker.rows[0]
    row.open()
    assert row.details is not None
    assert ("FP8 kernel", "not here: without it the weights are turned into 16 bits") in row.details.facts
    assert not row.details.kernel_button.isHidden()
    row.details.kernel_button.click()
    assert shown.asked == []
    assert row.question is not None
    assert row.question.other_button is None
    row.question.accept_button.click()
    assert shown.asked == [("download_requested", KERNEL)]
    with_it = Shown(qtbot, replace(HERE, here=(copied,))).picker.rows[0]
    with_it.open()
    assert with_it.details is not None
    assert ("FP8 kernel", "/kernel") in with_it.details.facts
    assert with_it.details.kernel_button.isHidden()


def test_it_can_be_deleted_where_it_is_used(qtbot: QtBot) -> None:
    shown = Shown(qtbot, replace(HERE, kernel=Offer(FP8_KERNEL, 1_200_000, False, "here", "/kernel")))
    row = shown.picker.rows[0]
    row.open()
    assert row.details is not None
    assert not row.details.delete_kernel_button.isHidden()
    row.details.delete_kernel_button.click()
    assert row.question is not None
    assert "finegrained-fp8 (1.2 MB)" in row.question.words
    row.question.reject_button.click()
    assert shown.asked == []
    row.details.delete_kernel_button.click()
    assert row.question is not None
    row.question.accept_button.click()
    assert shown.asked == [("delete_requested", "/kernel")]
    without = Shown(qtbot, fp8_form()).picker.rows[0]
    without.open()
    assert without.details is not None
    assert without.details.delete_kernel_button.isHidden()


def test_its_size_is_asked_for_with_the_others_and_stays_known(qtbot: QtBot) -> None:
    shown = Shown(qtbot, fp8_form())
    with qtbot.waitSignal(shown.picker.plan_requested):
        shown.picker.show()
    assert KERNEL in cast("tuple[DownloadRef, ...]", shown.asked[0][1])
    shown.catalog.show_plan(DownloadPlanned(KERNEL, 1_200_000, 0, 300 * GB, 9))
    shown.catalog.show_judged(MAC_192, (shown.family,))
    question = shown.press()
    assert question is not None
    assert "finegrained-fp8 (1.2 MB)" in question.words


def test_it_comes_from_the_mirror_that_was_chosen_and_never_from_modelscope(qtbot: QtBot) -> None:
    shown = Shown(qtbot, fp8_form())
    shown.catalog.show_choices("mirror", "https://mirror.example", "/disk")
    kernel = shown.catalog.kernel_of(shown.family.forms[0])
    assert kernel == kernel_ref(FP8_KERNEL, "https://mirror.example")
    question = shown.press()
    assert question is not None
    assert "kernels-community on mirror.example," in question.words
    shown.catalog.show_choices("modelscope", "https://mirror.example", "")
    assert shown.catalog.kernel_of(shown.family.forms[0]) == KERNEL
    question = shown.press()
    assert question is not None
    assert "kernels-community on Hugging Face (ModelScope has none)" in question.words


def test_minim_launch_asks_before_it_comes_too(qtbot: QtBot) -> None:
    shown = Shown(qtbot, fp8_form())
    arrival = ModelArrival(shown.catalog, SessionState(), PreferenceState(Preferences()), lambda: False)
    started: list[object] = []
    arrival.start_requested.connect(started.append)
    arrival.launch(LaunchChoice(NAME, "pytorch", "none", "Transformers"))
    arrival.take_engine_plan()
    with qtbot.waitSignal(arrival.kernel_question_requested) as asked:
        arrival.take_plan(DownloadPlanned(shown.ref, 100, 0, 1000, 3))
    assert cast("list[Any]", asked.args) == [NAME, "pytorch", "none", 228.7]
    assert started == []


def test_one_that_has_come_is_nothing_to_load(qtbot: QtBot) -> None:
    here = Download(KERNEL, "finished", 1_200_000, 1_200_000, path="/kernel")
    row = DownloadRow(here)
    qtbot.addWidget(row)
    assert row.load_button.isHidden()
    assert not row.folder_button.isHidden()
    assert download_words.title(KERNEL) == "finegrained-fp8 · kernel for the GPU"
