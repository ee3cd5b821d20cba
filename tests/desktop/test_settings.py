"""The settings change the preferences at once, and numbers that make no sense are not used."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from backends.contract.catalog import Hardware
from backends.contract.chat import GenerationOptions
from backends.contract.preferences import Preferences
from desktop.models.catalog_model import CatalogModel
from desktop.models.preference_state import PreferenceState
from desktop.panes.settings import Settings
from desktop.panes.settings_models import mirror_address


def test_what_is_chosen_holds_at_once(qtbot: QtBot) -> None:
    preferences = PreferenceState(Preferences())
    settings = Settings(preferences)
    qtbot.addWidget(settings)
    settings.general.appearance.setCurrentIndex(settings.general.appearance.findData("dark"))
    settings.tools.enabled.setChecked(False)
    settings.memory.read_ahead.setChecked(False)
    assert preferences.value.appearance == "dark"
    assert not preferences.value.tools_enabled
    assert not preferences.value.read_ahead


def test_typed_values_are_kept_when_the_settings_close(qtbot: QtBot) -> None:
    preferences = PreferenceState(Preferences(generation=GenerationOptions(top_k=40)))
    settings = Settings(preferences)
    qtbot.addWidget(settings)
    settings.chat.system_prompt.setPlainText("Be brief.")
    for field, text in {"temperature": "0,5", "top_k": "", "top_p": "7", "min_p": "0.05", "seed": "7"}.items():
        settings.sampling.sampling[field].setText(text)
    settings.sampling.sampling["repetition_penalty"].setText("1.1")
    settings.sampling.stop.setPlainText("END\n\\n\\n")
    settings.close()
    assert preferences.value.system_prompt == "Be brief."
    assert preferences.value.generation == GenerationOptions(
        temperature=0.5, min_p=0.05, repetition_penalty=1.1, seed=7, stop=("END", "\n\n")
    )
    told = [label.text() for label in settings.sampling.findChildren(QLabel)]
    assert "Not a number in range, so not used: Top p" in told


def test_memory_is_chosen_and_what_is_kept_is_told(qtbot: QtBot) -> None:
    preferences = PreferenceState(Preferences(unload_after_minutes=45))
    settings = Settings(preferences, used_bytes=lambda: 6_100_000_000)
    qtbot.addWidget(settings)
    memory = settings.memory
    assert (memory.unload.currentText(), memory.budget.currentText()) == ("After 45 minutes", "Up to 8 GB")
    assert preferences.value == Preferences(unload_after_minutes=45), "showing it changes nothing"
    settings.show()
    settings.tabs.choose(6)
    assert settings.windowTitle() == "Settings: Memory"
    assert "6.1 GB are used now." in memory.used.text()
    memory.unload.setCurrentIndex(memory.unload.findText("Never"))
    memory.budget.setCurrentIndex(memory.budget.findText("Off"))
    assert (preferences.value.unload_after_minutes, preferences.value.cache_disk_bytes) == (0, 0)


def test_every_page_fits_a_small_laptop(qtbot: QtBot) -> None:
    settings = Settings(PreferenceState(Preferences(hub="mirror", download_folder="/models")))
    qtbot.addWidget(settings)
    assert settings.sizeHint().height() < 600


def test_hub_mirror_and_folder_are_chosen(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences, catalog = PreferenceState(Preferences()), CatalogModel()
    settings = Settings(preferences, catalog)
    qtbot.addWidget(settings)
    assert settings.models.mirror.isHidden()
    settings.models.hub.setCurrentIndex(settings.models.hub.findData("mirror"))
    assert not settings.models.mirror.isHidden()
    settings.models.mirror.setText("mirror.test/ ")

    def choose(*_: object) -> str:
        return str(tmp_path)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    settings.models.choose_folder_button.click()
    assert preferences.value.download_folder == str(tmp_path)
    catalog.show_judged(Hardware(disk_free_bytes=412_000_000_000), ())
    assert "412 GB are free there." in [label.text() for label in settings.findChildren(QLabel)]
    settings.models.usual_folder_button.click()
    settings.close()
    assert (preferences.value.hub, preferences.value.mirror) == ("mirror", "https://mirror.test")
    assert preferences.value.download_folder == ""


def test_addresses_of_mirrors() -> None:
    texts = ("https://a.test/", "a.test", "http://127.0.0.1:80", "", "two words", "ftp://a.test")
    said = ["https://a.test", "https://a.test", "http://127.0.0.1:80", "", "", ""]
    assert [mirror_address(text) for text in texts] == said
