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
from desktop.panes.settings import Settings, mirror_address, sampling_number


def test_what_is_chosen_holds_at_once(qtbot: QtBot) -> None:
    preferences = PreferenceState(Preferences())
    settings = Settings(preferences)
    qtbot.addWidget(settings)
    settings.appearance.setCurrentIndex(settings.appearance.findData("dark"))
    settings.tools.setChecked(False)
    assert preferences.value.appearance == "dark"
    assert not preferences.value.tools_enabled


def test_typed_values_are_kept_when_the_settings_close(qtbot: QtBot) -> None:
    preferences = PreferenceState(Preferences(generation=GenerationOptions(top_k=40)))
    settings = Settings(preferences)
    qtbot.addWidget(settings)
    settings.system_prompt.setPlainText("Be brief.")
    settings.sampling["temperature"].setText("0.5")
    settings.sampling["top_k"].setText("")
    settings.sampling["top_p"].setText("7")
    settings.close()
    assert preferences.value.system_prompt == "Be brief."
    assert preferences.value.generation == GenerationOptions(temperature=0.5)


def test_sampling_numbers() -> None:
    assert sampling_number("temperature", "0,7") == 0.7
    assert sampling_number("top_k", "") is None
    assert [sampling_number("top_k", text) for text in ("1.5", "many", "-1")] == ["wrong"] * 3


def test_hub_mirror_and_folder_are_chosen(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences, catalog = PreferenceState(Preferences()), CatalogModel()
    settings = Settings(preferences, catalog)
    qtbot.addWidget(settings)
    assert settings.mirror.isHidden()
    settings.hub.setCurrentIndex(settings.hub.findData("mirror"))
    assert not settings.mirror.isHidden()
    settings.mirror.setText("mirror.test/ ")

    def choose(*_: object) -> str:
        return str(tmp_path)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    settings.choose_folder_button.click()
    assert preferences.value.download_folder == str(tmp_path)
    catalog.show_judged(Hardware(disk_free_bytes=412_000_000_000), ())
    assert "412 GB are free there." in [label.text() for label in settings.findChildren(QLabel)]
    settings.usual_folder_button.click()
    settings.close()
    assert (preferences.value.hub, preferences.value.mirror) == ("mirror", "https://mirror.test")
    assert preferences.value.download_folder == ""


def test_addresses_of_mirrors() -> None:
    texts = ("https://a.test/", "a.test", "http://127.0.0.1:80", "", "two words", "ftp://a.test")
    said = ["https://a.test", "https://a.test", "http://127.0.0.1:80", "", "", ""]
    assert [mirror_address(text) for text in texts] == said
