"""The settings change the preferences at once, and numbers that make no sense are not used."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from backends.contract.chat import GenerationOptions
from backends.contract.preferences import Preferences
from desktop.models.preference_state import PreferenceState
from desktop.panes.settings import Settings, sampling_number


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
