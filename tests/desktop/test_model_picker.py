"""The picker: what is found is grouped, and each row offers what can be done now."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backends.contract.models import InstalledModel, ModelRef, ModelSource
from desktop.models.catalog_model import CatalogModel, quantization_words
from desktop.models.session_state import SessionState
from desktop.panes.model_picker import ModelPicker


def form(name: str, quantization: str, source: ModelSource = "builtin", problem: str = "") -> InstalledModel:
    ref = ModelRef(name, "mlx", quantization, source, f"/models/{name}")
    return InstalledModel(ref, "MLX", "minimax_m2", 1_900_000, 196_608, problem, "Get it again." if problem else "")


POCKET = tuple(form("Pocket M2", f"{bits}bit") for bits in (8, 3, 4))


@pytest.fixture
def catalog() -> CatalogModel:
    model = CatalogModel()
    model.show_found((form("Another", "none", "huggingface"), *POCKET))
    return model


def test_the_built_in_model_comes_first_and_its_forms_by_size(catalog: CatalogModel) -> None:
    first, second = catalog.families()
    assert (first.name, second.name) == ("Pocket M2", "Another")
    assert [model.ref.quantization for model in first.forms] == ["3bit", "4bit", "8bit"]
    default = catalog.default()
    assert default is not None
    assert default.quantization == "4bit"


def test_quantizations_are_named_in_one_way() -> None:
    assert [quantization_words(name) for name in ("4bit", "Int4", "8-bit", "MXFP4")] == [
        "4-bit",
        "4-bit",
        "8-bit",
        "MXFP4",
    ]


def test_a_row_loads_then_cancels_then_unloads(qtbot: QtBot, catalog: CatalogModel) -> None:
    state = SessionState()
    picker = ModelPicker(catalog, state)
    qtbot.addWidget(picker)
    row = picker.rows[1]
    assert "1.9 MB" in row.facts
    asked: list[object] = []
    picker.load_requested.connect(asked.append)
    picker.cancel_load_requested.connect(lambda: asked.append("cancel"))
    picker.unload_requested.connect(lambda: asked.append("unload"))
    row.button.click()
    state.show_model("loading", POCKET[2].ref, load_phase="reading", done_bytes=1, total_bytes=2)
    assert row.button.text() == "Cancel"
    row.button.click()
    state.show_model("ready", POCKET[2].ref)
    assert row.button.text() == "Unload"
    assert picker.rows[0].button.text() == "Load"
    row.button.click()
    assert asked == [POCKET[2].ref, "cancel", "unload"]


def test_a_damaged_model_says_what_is_wrong_and_cannot_be_loaded(qtbot: QtBot) -> None:
    catalog = CatalogModel()
    catalog.show_found((form("Broken", "4bit", "folder", "model.safetensors is cut short."),))
    picker = ModelPicker(catalog, SessionState())
    qtbot.addWidget(picker)
    assert picker.rows[0].facts == "model.safetensors is cut short. Get it again."
    assert not picker.rows[0].button.isEnabled()


def test_an_opened_folder_joins_what_was_found(catalog: CatalogModel) -> None:
    catalog.show_opened(form("Mine", "none", "folder"))
    catalog.show_opened(form("Mine", "none", "folder"))
    assert [family.name for family in catalog.families()] == ["Pocket M2", "Another", "Mine"]


def test_the_picker_shows_the_model_that_is_loaded_next(qtbot: QtBot, catalog: CatalogModel) -> None:
    state = SessionState()
    picker = ModelPicker(catalog, state)
    qtbot.addWidget(picker)
    mine = form("Mine", "none", "folder")
    catalog.show_opened(mine)
    assert picker.rows[0].facts.endswith("ready")
    state.show_model("loading", mine.ref)
    assert [row.button.text() for row in picker.rows] == ["Cancel"]


def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot, catalog: CatalogModel) -> None:
    picker = ModelPicker(catalog, SessionState())
    qtbot.addWidget(picker)
    picker.show()
    asked: list[object] = []
    picker.load_requested.connect(asked.append)
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert asked == []
    picker.rows[1].button.setFocus()
    QTest.keyClick(picker.rows[1].button, Qt.Key.Key_Return)
    assert asked == [POCKET[2].ref]
