"""Preferences are saved a moment after they were changed, and at the end."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.contract.tools import ToolSettings
from backends.storage.settings import load_preferences, save_changes, save_preferences
from desktop import theme
from desktop.models.preference_state import PreferenceState
from desktop.preference_keeper import PreferenceKeeper


def test_changes_are_saved_together_once_it_is_quiet(qtbot: QtBot) -> None:
    state, saved = PreferenceState(Preferences()), list[Preferences]()

    def save(_: Preferences, after: Preferences) -> Preferences:
        saved.append(after)
        return after

    keeper = PreferenceKeeper(state, save)
    state.replace(hub="modelscope")
    state.replace(system_prompt="Be kind.")
    assert saved == []
    qtbot.waitUntil(lambda: saved == [Preferences(hub="modelscope", system_prompt="Be kind.")])
    keeper.keep()
    assert len(saved) == 1, "nothing was changed since"
    state.replace(hub="huggingface")
    keeper.keep()
    assert [value.hub for value in saved] == ["modelscope", "huggingface"]


def test_what_could_not_be_saved_is_told_and_tried_again() -> None:
    state, told, saved = PreferenceState(Preferences()), list[tuple[str, str]](), list[Preferences]()

    def save(_: Preferences, after: Preferences) -> Preferences:
        if not told:
            raise MinimError("disk_full", "The disk is full.", "Make room.")
        saved.append(after)
        return after

    keeper = PreferenceKeeper(state, save)
    keeper.failed.connect(lambda message, hint: told.append((message, hint)))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] Qt's signals have no types
    state.replace(hub="modelscope")
    keeper.keep()
    assert told == [("The disk is full.", "Make room.")]
    keeper.keep()
    assert saved == [state.value]


def test_the_appearance_changes_at_once(qapp: QApplication) -> None:
    state = PreferenceState(Preferences(appearance="light"))
    keeper = PreferenceKeeper(state, lambda _, after: after)
    state.replace(appearance="dark")
    assert theme.is_dark()
    state.replace(appearance="light")
    assert not theme.is_dark()
    keeper.keep()


def test_what_others_save_is_taken_and_not_brought_back(qtbot: QtBot, tmp_path: Path) -> None:
    """`minim tools --ungrant` while a window is open: the folder is taken back in the window, and stays so."""
    path = tmp_path / "preferences.toml"
    granted = Preferences(tool_settings=ToolSettings(folders=("/a", "/b"), approved_servers=("1",)))
    save_preferences(granted, path)
    state = PreferenceState(granted)
    keeper = PreferenceKeeper(state, lambda before, after: save_changes(before, after, path), watched=tmp_path)
    save_changes(granted, replace(granted, tool_settings=replace(granted.tool_settings, folders=("/a",))), path)
    qtbot.waitUntil(lambda: state.value.tool_settings.folders == ("/a",))
    state.replace(tool_settings=replace(state.value.tool_settings, approved_servers=("1", "2")))
    keeper.keep()
    assert load_preferences(path)[0].tool_settings == ToolSettings(folders=("/a",), approved_servers=("1", "2"))


def test_an_app_that_has_ended_writes_no_more(qtbot: QtBot, tmp_path: Path) -> None:
    """Its database goes last, in the folder that is watched: a look after that would write over what others save."""
    state, saved = PreferenceState(Preferences()), list[Preferences]()

    def save(_: Preferences, after: Preferences) -> Preferences:
        saved.append(after)
        return after

    ended = PreferenceKeeper(state, save, watched=tmp_path)
    (tmp_path / "before").touch()  # Qt may have been told of it, and the look be due
    state.replace(hub="modelscope")
    ended.close()
    assert saved == [Preferences(hub="modelscope")]
    other_state = PreferenceState(Preferences())
    other = PreferenceKeeper(other_state, save, watched=tmp_path)
    (tmp_path / "after").touch()
    qtbot.waitUntil(lambda: len(saved) > 1)
    state.replace(hub="huggingface")
    other_state.replace(system_prompt="Be kind.")
    qtbot.waitUntil(lambda: len(saved) > 2)
    assert saved[1:] == [Preferences(), Preferences(system_prompt="Be kind.")], "the other one alone has looked"
    other.close()
