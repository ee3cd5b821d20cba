"""Preferences are saved a moment after they were changed, and at the end."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from desktop import theme
from desktop.models.preference_state import PreferenceState
from desktop.preference_keeper import PreferenceKeeper


def test_changes_are_saved_together_once_it_is_quiet(qtbot: QtBot) -> None:
    state, saved = PreferenceState(Preferences()), list[Preferences]()
    keeper = PreferenceKeeper(state, saved.append)
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

    def save(value: Preferences) -> None:
        if not told:
            raise MinimError("disk_full", "The disk is full.", "Make room.")
        saved.append(value)

    keeper = PreferenceKeeper(state, save)
    keeper.failed.connect(lambda message, hint: told.append((message, hint)))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] Qt's signals have no types
    state.replace(hub="modelscope")
    keeper.keep()
    assert told == [("The disk is full.", "Make room.")]
    keeper.keep()
    assert saved == [state.value]


def test_the_appearance_changes_at_once(qapp: QApplication) -> None:
    state = PreferenceState(Preferences(appearance="light"))
    keeper = PreferenceKeeper(state, lambda _: None)
    state.replace(appearance="dark")
    assert theme.is_dark()
    state.replace(appearance="light")
    assert not theme.is_dark()
    keeper.keep()
