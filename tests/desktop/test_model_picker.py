"""The picker as a whole: what it opens on, what is folded, what it asks for."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from backends.contract.catalog import CudaDevice, Hardware, JudgedModel, Source
from backends.contract.downloads import Download, DownloadRef
from backends.contract.events import DownloadPlanned, TokenNeeded
from backends.contract.models import InstalledModel, ModelRef
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.session_state import Notice, SessionState
from desktop.panes.model_picker import ModelPicker
from desktop.widgets.model_requests import NAMES
from tests.desktop.judged import AWQ_HERE, GB, MAC_16, MAC_192, TRANSFORMERS, Asked, copy, form, minimax, model

SMALL = model("Small", form("Small", "mlx", "8bit", weights=5 * GB, recommended=True), best=True)
POCKET = tuple(
    InstalledModel(ModelRef("Pocket M2", "mlx", f"{bits}bit", "builtin", "/pocket"), "MLX", "minimax_m2", 1_900_000)
    for bits in (8, 3, 4)
)


class Shown:
    """A picker with its models, and what was asked for in it."""

    def __init__(self, qtbot: QtBot, *families: JudgedModel, hardware: Hardware = MAC_192) -> None:
        self.catalog, self.state, self.downloads = CatalogModel(), SessionState(), DownloadModel()
        self.catalog.show_choices("huggingface", "https://mirror.example", "")
        self.catalog.show_found(POCKET)
        if families:
            self.catalog.show_judged(hardware, families)
        self.picker = ModelPicker(self.catalog, self.state, downloads=self.downloads)
        qtbot.addWidget(self.picker)
        self.asked = Asked()
        self.asked.listen(self.picker, NAMES)

    def headlines(self) -> list[str]:
        return [row.headline for row in self.picker.rows]


def test_it_opens_on_the_best_model_with_minimax_and_its_mac_below(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SMALL, minimax("will_not_load"), hardware=MAC_16)
    assert shown.picker.page.title == "Small"
    assert shown.headlines() == ["8-bit · about 5.0 GB · fits, 94k context"]
    other = shown.picker.page.other
    assert other is not None
    assert other.text() == "MiniMax-M2 needs a Mac with 128 GB or more"
    other.click()
    assert shown.picker.page.title == "MiniMax-M2"


def test_a_mac_that_takes_minimax_opens_on_it(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True), SMALL)
    assert shown.picker.page.title == "MiniMax-M2"
    assert shown.picker.page.other is None
    assert shown.headlines()[0] == "4-bit · about 129 GB · fits, 94k context"
    assert shown.picker.rows[0].note.startswith("Recommended for this Mac: the best quality")
    assert "228.7" not in shown.picker.page.about
    assert "229B parameters, 10B active · 196,608 tokens of context · English, 中文" in shown.picker.page.about


def test_a_model_in_use_is_opened_on_the_built_in_one_only_if_nothing_is_better(qtbot: QtBot) -> None:
    here = copy("MiniMax-M2", "4bit")
    family = model("MiniMax-M2", form("MiniMax-M2", "mlx", "4bit", here=(here,)))
    catalog, state = CatalogModel(), SessionState()
    catalog.show_judged(MAC_192, (SMALL, family))
    catalog.show_found(POCKET)
    for ref, title in ((here.ref, "MiniMax-M2"), (POCKET[0].ref, "Small")):
        state.show_model("ready", ref)
        picker = ModelPicker(catalog, state)
        qtbot.addWidget(picker)
        assert picker.page.title == title


def test_before_anything_is_judged_what_is_here_is_shown_and_then_the_best(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    assert shown.picker.page.title == "Pocket M2"
    assert shown.headlines() == ["3-bit · 1.9 MB", "4-bit · 1.9 MB", "8-bit · 1.9 MB"]
    shown.catalog.show_judged(MAC_192, (minimax(best=True),))
    assert shown.picker.page.title == "MiniMax-M2"


def test_the_model_that_was_chosen_stays_when_it_is_judged_again(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True), SMALL)
    assert shown.picker.show_model("Small")
    shown.picker.rows[0].open()
    again = model("Small", *SMALL.forms, best=True, license="Other")
    shown.catalog.show_judged(MAC_16, (minimax("will_not_load"), again))
    assert shown.picker.page.title == "Small"
    assert "licence\N{NO-BREAK SPACE}Other" in shown.picker.page.about
    assert shown.picker.rows[0].is_open


def test_the_focus_stays_in_its_row_when_the_model_is_judged_again(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True))
    shown.picker.show()
    shown.picker.activateWindow()
    shown.picker.rows[1].button.setFocus()
    shown.catalog.show_judged(MAC_192, (minimax(best=True, license="Other"),))
    qtbot.waitUntil(shown.picker.rows[1].button.hasFocus)


def test_forms_for_other_machines_fold_under_one_line(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True))
    fold = shown.picker.page.fold
    assert fold is not None
    assert fold.text() == "5 forms need another machine"
    assert len(shown.picker.rows) == 2
    QTest.keyClick(fold, Qt.Key.Key_Space)
    assert len(shown.picker.rows) == 7
    assert "Original (FP8) · about 230 GB · needs an NVIDIA GPU" in shown.headlines()
    fold.click()
    assert [row.isHidden() for row in shown.picker.rows] == [False, False] + [True] * 5


def test_what_a_processor_runs_slowly_folds_beside_gpus_only(qtbot: QtBot) -> None:
    gpu = CudaDevice("H100", 80 * GB, 9.0)
    slow = model("M", form("M", "awq", "Int4"), form("M", "mlx", "4bit", "will_crawl", why="slow_on_cpu"), best=True)
    for cuda, rows in (((), 2), ((gpu,), 1)):
        shown = Shown(qtbot, slow, hardware=Hardware("x86", 64 * GB, cuda=cuda))
        assert len(shown.picker.rows) == rows


def test_a_folded_form_is_found_by_its_name_and_comes_out_when_it_is_fetched(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True))
    row = shown.picker.row_of("awq", "Int4")
    assert row is not None
    assert not row.isHidden()
    other = Shown(qtbot, minimax(best=True))
    ref = DownloadRef("MiniMax-M2", "mlx", "8bit", Source("huggingface", "mlx-community/MiniMax-M2-8bit"))
    other.downloads.show((Download(ref, "running", GB, 243 * GB),))
    assert [row.state for row in other.picker.rows].count("fetching") == 1


def test_sizes_are_asked_for_once_a_model_is_seen(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True))
    assert shown.asked == []
    with qtbot.waitSignal(shown.picker.plan_requested):
        shown.picker.show()
    refs = cast("tuple[DownloadRef, ...]", shown.asked[0][1])
    assert {ref.source.repo for ref in refs} >= {"mlx-community/MiniMax-M2-4bit", "MiniMaxAI/MiniMax-M2"}
    shown.catalog.show_plan(DownloadPlanned(refs[0], 128_694_000_000, 0, 300 * GB, 27))
    assert shown.headlines()[0] == "4-bit · 129 GB · fits, 94k context"
    with qtbot.waitSignal(shown.picker.plan_requested):
        shown.catalog.show_choices("modelscope", "", "")
    refs = cast("tuple[DownloadRef, ...]", shown.asked[1][1])
    assert {ref.source.hub for ref in refs} == {"modelscope"}


def test_a_size_that_the_hub_has_told_is_not_asked_for_again(qtbot: QtBot) -> None:
    told = model("Told", form("Told", "mlx", "4bit", is_estimate=False), form("Told", "mlx", "8bit"), best=True)
    shown = Shown(qtbot, told)
    with qtbot.waitSignal(shown.picker.plan_requested):
        shown.picker.show()
    refs = cast("tuple[DownloadRef, ...]", shown.asked[0][1])
    assert [ref.quantization for ref in refs] == ["8bit"]


def test_the_search_narrows_the_list_and_enter_asks_the_hub(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True), SMALL)
    shown.picker.show()
    search = shown.picker.list.search
    QTest.keyClicks(search, "granite ")
    assert shown.picker.list.model.rowCount() == 1
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert shown.asked[-1] == ("search_hub_requested", "granite")
    hit = model("org/granite-4-4bit", form("granite", "mlx", "4bit"), origin="hub", downloads=48_213)
    shown.catalog.show_hits((hit,))
    QTest.keyClick(search, Qt.Key.Key_Down)
    assert shown.picker.page.title == "org/granite-4-4bit"
    assert "downloaded 48,213 times" in shown.picker.page.about
    QTest.keyClicks(search, "x")
    assert shown.catalog.search_state == "idle"


def test_the_first_match_is_shown_when_typing_pauses(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True), SMALL)
    shown.picker.list.search.setText("small")
    assert shown.picker.page.title == "MiniMax-M2"
    qtbot.waitUntil(lambda: shown.picker.page.title == "Small")


def test_filters_by_ability_and_language(qtbot: QtBot) -> None:
    seeing = model("Seeing", form("Seeing", "mlx", "4bit"), abilities=("chat", "vision"), languages=("fr",))
    shown = Shown(qtbot, minimax(best=True), seeing)
    ability, language = shown.picker.list.ability, shown.picker.list.language
    assert [ability.itemText(place) for place in range(ability.count())] == [
        "All abilities",
        "Chat",
        "Tools",
        "Reasoning",
        "Vision",
    ]
    ability.setCurrentIndex(ability.findText("Vision"))
    assert shown.picker.list.model.rowCount() == 1
    ability.setCurrentIndex(0)
    language.setCurrentIndex(language.findText("中文"))
    first = shown.picker.list.model.row(0)
    assert first is not None
    assert first.title == "MiniMax-M2"


def test_the_hub_is_switched_and_shown(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True))
    hub = shown.picker.list.hub
    assert [hub.itemText(place) for place in range(3)] == ["Hugging Face", "ModelScope", "Mirror: mirror.example"]
    hub.activated.emit(2)
    assert shown.asked == [("hub_changed", "mirror")]
    shown.catalog.show_choices("modelscope", "https://mirror.example", "")
    assert hub.currentText() == "ModelScope"


def test_a_gated_repository_asks_for_a_token_in_place(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True), SMALL)
    card = shown.picker.page.token
    address = "https://hub.example/mlx-community/Small-8bit"
    shown.catalog.show_token_needed(TokenNeeded("huggingface", "mlx-community/Small-8bit", "Agree first.", address))
    assert card.isHidden()
    shown.picker.show_model("Small")
    assert not card.isHidden()
    assert card.words == "Agree first."
    assert address in card.page_link.text()
    assert not card.page_link.openExternalLinks()
    assert card.field.echoMode() == QLineEdit.EchoMode.Password
    QTest.keyClicks(card.field, " hf_secret ")
    card.use_button.click()
    assert shown.asked == [("token_given", "huggingface", "hf_secret")]
    assert card.isHidden()
    assert card.field.text() == ""


def test_the_address_of_a_hub_is_no_markup(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SMALL)
    address = 'https://hub.example/"><img src="file:///x">'
    shown.catalog.show_token_needed(TokenNeeded("huggingface", "mlx-community/Small-8bit", "<b>Agree</b>", address))
    card = shown.picker.page.token
    assert "<img" not in card.page_link.text()
    assert card.words == "<b>Agree</b>"


def test_more_models_come_from_a_file_or_a_folder(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown(qtbot)

    def file(*_: object) -> tuple[str, str]:
        return "/specs.json", ""

    def folder(*_: object) -> str:
        return "/models/mine"

    monkeypatch.setattr(QFileDialog, "getOpenFileName", file)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", folder)
    for action in shown.picker.list.add_button.menu().actions():
        action.trigger()
    assert shown.asked == [("open_folder_requested", "/models/mine"), ("import_requested", "/specs.json")]


def test_it_says_what_a_deletion_brought_what_went_wrong_and_that_it_is_offline(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True))
    shown.catalog.show_deleted(128_700_000_000)
    assert shown.picker.freed.words == "Deleted. 129 GB came free."
    shown.state.show_notice(Notice("It broke.", "Mend it."))
    assert shown.picker.problem.words == "It broke. Mend it."
    assert shown.picker.machine_words == "Apple M2 Ultra · 192 GB · 900 GB of disk free"
    shown.downloads.show_offline(True)
    assert shown.picker.machine_words.startswith("Offline: what is on this machine can be loaded")


def test_it_leaves_what_is_told_of_servers_to_the_window_which_leads_to_them(qtbot: QtBot) -> None:
    shown = Shown(qtbot, minimax(best=True))
    shown.state.show_notice(Notice("It broke.", "Mend it."))
    shown.state.show_notice(Notice("It is not running.", shows_servers=True))
    assert shown.picker.problem.isHidden()


def test_the_picker_shows_the_model_that_is_loaded_next(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    mine = InstalledModel(ModelRef("Mine", "mlx", "none", "folder", "/models/mine"), "MLX", "llama", GB)
    shown.catalog.show_opened(mine)
    assert shown.picker.page.title == "Pocket M2"
    shown.state.show_model("loading", mine.ref)
    assert shown.picker.page.title == "Mine"
    assert [row.button.text() for row in shown.picker.rows] == ["Cancel"]


def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.picker.show()
    QTest.keyClick(shown.picker, Qt.Key.Key_Return)
    assert shown.asked == []
    button = shown.picker.rows[1].button
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert shown.asked == [("load_requested", POCKET[2].ref)]


def test_without_any_model_it_says_how_to_get_one(qtbot: QtBot) -> None:
    catalog = CatalogModel()
    picker = ModelPicker(catalog, SessionState())
    qtbot.addWidget(picker)
    assert picker.page.title == "Looking for models…"
    catalog.show_found(())
    assert picker.page.title == "No model found"


def test_the_offer_of_an_engine_stays_when_the_model_is_judged_anew(qtbot: QtBot) -> None:
    """`minim launch` opens it, and the hub's sizes come right after that."""

    def judged(size: int) -> JudgedModel:
        return model("Small", form("Small", "awq", "Int4", weights=size, here=(AWQ_HERE,), presence="here"))

    shown = Shown(qtbot, judged(5 * GB))
    shown.catalog.engines.show_plan(TRANSFORMERS)
    row = shown.picker.row_of("awq", "Int4")
    assert row is not None
    row.offer_engine("Transformers")
    shown.catalog.show_judged(MAC_192, (judged(6 * GB),))
    again = shown.picker.row_of("awq", "Int4")
    assert again is not None
    assert again is not row
    assert again.question is not None
    again.question.accept_button.click()
    assert shown.asked == [("engine_requested", "Transformers", AWQ_HERE.ref)]
