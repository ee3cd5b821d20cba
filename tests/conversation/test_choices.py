"""What a conversation sets holds over what the preferences say, each option by itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backends.contract.chat import ConversationSettings, GenerationOptions
from backends.conversation.choices import Choices, sound_settings, turn_choices


@pytest.mark.parametrize(
    ("preferred", "own", "expected"),
    [
        ({}, {}, {}),
        ({"temperature": 0.5, "top_k": 4}, {}, {"temperature": 0.5, "top_k": 4}),
        ({"temperature": 0.5, "top_k": 4}, {"top_k": 0}, {"temperature": 0.5, "top_k": 0}),
        ({"temperature": 0.5}, {"temperature": 0.0, "min_p": 0.1}, {"temperature": 0.0, "min_p": 0.1}),
        ({"stop": ("a",)}, {}, {"stop": ("a",)}),
        ({"stop": ("a",)}, {"stop": ("b", "c")}, {"stop": ("b", "c")}),
        ({"thinking": True}, {"thinking": False}, {"thinking": False}),
        ({"thinking": False}, {}, {"thinking": False}),
        ({"reasoning_effort": "low"}, {"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        ({"seed": 1, "max_tokens": 9}, {"seed": 0}, {"seed": 0, "max_tokens": 9}),
        ({"repetition_penalty": 1.1, "top_p": 0.9}, {"top_p": 1.0}, {"repetition_penalty": 1.1, "top_p": 1.0}),
    ],
)
def test_options(preferred: dict[str, Any], own: dict[str, Any], expected: dict[str, Any]) -> None:
    choices = Choices(options=GenerationOptions(**preferred))
    settings = ConversationSettings(options=GenerationOptions(**own))
    assert turn_choices(choices, settings).options == GenerationOptions(**expected)


@pytest.mark.parametrize(
    ("preferred", "own", "expected"),
    [("", None, ""), ("kind", None, "kind"), ("kind", "", ""), ("kind", "brief", "brief"), ("", "brief", "brief")],
)
def test_system_prompt(preferred: str, own: str | None, expected: str) -> None:
    chosen = turn_choices(Choices(preferred), ConversationSettings(own))
    assert chosen.system_prompt == expected


def test_nothing_else_changes() -> None:
    choices = Choices("kind", GenerationOptions(seed=1), tools_enabled=False, model_name="M", read_ahead=False)
    assert turn_choices(choices, ConversationSettings()) == choices


def test_settings_can_be_stored() -> None:
    settings = sound_settings(ConversationSettings("a\ud800", GenerationOptions(stop=("", "b\udfff"), seed=3), 7))
    assert msgspec.json.decode(msgspec.json.encode(settings), type=ConversationSettings) == settings
    assert (settings.options.stop, settings.options.seed, settings.first_message) == (("b\ufffd",), 3, 7)
    assert sound_settings(ConversationSettings()) == ConversationSettings()
