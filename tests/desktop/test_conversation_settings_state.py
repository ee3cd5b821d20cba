"""What holds in the shown conversation, as the window knows it."""

from __future__ import annotations

import pytest

from backends.contract.chat import ConversationSettings, GenerationOptions
from backends.conversation.changes import ContextFilled, SettingsChanged
from desktop.models.conversation_settings_state import ConversationSettingsState

FULL = ContextFilled("a", 100, 100, in_memory=False)


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        (ConversationSettings(), 0),
        (ConversationSettings(system_prompt=""), 1),
        (ConversationSettings("Rhyme.", GenerationOptions(temperature=0.0, seed=0, stop=("#",))), 4),
        (ConversationSettings(None, GenerationOptions(thinking=False, reasoning_effort="low"), first_message=3), 0),
    ],
)
def test_what_is_set_is_counted_without_what_stands_elsewhere(settings: ConversationSettings, count: int) -> None:
    state = ConversationSettingsState()
    state.apply(SettingsChanged("a", settings))
    assert state.options_set == count


def test_a_full_context_is_told_until_there_is_room_or_another_conversation() -> None:
    state = ConversationSettingsState()
    told: list[bool] = []
    state.full_changed.connect(lambda: told.append(state.full is not None))
    state.apply(SettingsChanged("a", ConversationSettings()))
    state.apply(FULL)
    state.apply(SettingsChanged("a", ConversationSettings(first_message=3)))
    assert state.full == FULL
    state.apply(ContextFilled("a", 0, 100, in_memory=False))
    state.apply(FULL)
    state.apply(SettingsChanged("b", ConversationSettings()))
    assert told == [True, False, True, False]
