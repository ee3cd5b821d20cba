"""The page about tools: choices hold at once, folders are refused with words, what runs unasked can be revoked."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from desktop.models.tool_settings_view import ToolSettingsView
from desktop.panes.settings import Settings
from desktop.panes.settings_tools import ToolsPage
from tests.desktop.tools_to_show import heard, view


@pytest.fixture
def shown() -> ToolSettingsView:
    return view()


@pytest.fixture
def settings(qtbot: QtBot, shown: ToolSettingsView) -> Settings:
    settings = Settings(shown.preferences, tools=shown)
    qtbot.addWidget(settings)
    settings.show()
    settings.tabs.choose(3)
    return settings


@pytest.fixture
def page(settings: Settings) -> ToolsPage:
    return settings.tools


def test_choices_hold_at_once(page: ToolsPage) -> None:
    page.harmless.setChecked(False)
    page.always.setChecked(False)
    page.rounds.setValue(500)
    value = page.preferences.value
    assert (value.allow_harmless, value.may_allow_always, value.round_limit) == (False, False, 200)


def test_a_folder_is_granted_and_taken_back(page: ToolsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(*_: object) -> str:
        return str(tmp_path)

    kept = heard(page.folders.changed)
    before = page.preferences.value.tool_settings.folders
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    page.folders.add_button.click()
    assert page.preferences.value.tool_settings.folders == (*before, str(tmp_path.resolve()))
    assert len(page.folders.buttons) == 3
    page.folders.buttons[2].click()
    assert page.preferences.value.tool_settings.folders == before
    assert len(kept) == 2


@pytest.mark.parametrize("folder", ["", "data", ".."])
def test_the_own_data_is_granted_to_nobody(qtbot: QtBot, tmp_path: Path, folder: str) -> None:
    own = tmp_path / "Minim"
    (own / "data").mkdir(parents=True)
    shown = view(empty=True)
    shown = ToolSettingsView(shown.preferences, shown.conversation, shown.servers, own)
    settings = Settings(shown.preferences, tools=shown)
    qtbot.addWidget(settings)
    folders = settings.tools.folders
    folders.add(str(own / folder))
    assert shown.preferences.value.tool_settings.folders == ()
    assert "Minim’s own data is there" in folders.problem.text()
    folders.add(str(tmp_path / "notes"))
    assert folders.problem.text() == ""


def test_all_that_runs_unasked_is_listed(page: ToolsPage, shown: ToolSettingsView) -> None:
    assert page.allowed.lines == [
        ("search_issues", "github", "in every conversation", ""),
        ("read_file", "Built in", "in every conversation", "has changed: asks again"),
        (
            "write_everything_down_in_a_place_that_has_a_long_name",
            "gone",
            "in every conversation",
            "not there now",
        ),
        ("calculator", "Built in", "in the shown conversation", ""),
    ]
    page.always.setChecked(False)
    assert page.allowed.lines[0][2] == "asks all the same, while this is off above"
    shown.servers.show_tools(())
    assert page.allowed.lines[1][3] == "", "while it is not known which tools there are, nothing is said of them"


def test_each_is_revoked_or_all(settings: Settings, shown: ToolSettingsView) -> None:
    revoked = heard(settings.requests.revoke_requested)
    settings.tools.allowed.buttons[3].click()
    settings.tools.allowed.all_button.click()
    always, here = shown.preferences.value.allowed_tools, shown.conversation.settings.allowed_tools
    assert revoked == [(here,), ((*always, *here),)]


def test_the_list_follows_and_may_be_empty(page: ToolsPage, shown: ToolSettingsView) -> None:
    shown.preferences.replace(allowed_tools=())
    shown.conversation.settings = replace(shown.conversation.settings, allowed_tools=())
    shown.conversation.settings_changed.emit()
    assert page.allowed.lines == []
    assert page.allowed.all_button.isHidden()
    assert shown.preferences.value == replace(shown.preferences.value, allowed_tools=())


def test_showing_the_page_changes_nothing(qtbot: QtBot) -> None:
    shown = view(empty=True)
    settings = Settings(shown.preferences, tools=shown)
    qtbot.addWidget(settings)
    settings.show()
    for place in range(7):
        settings.tabs.choose(place)
    settings.close()
    assert shown.preferences.value == Preferences()
