"""What the next turn begins with, as a person chose it for all conversations and for this one."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from backends.contract.chat import ConversationSettings, GenerationOptions
from backends.contract.tools import ToolSettings
from backends.conversation.permissions import Policy
from backends.conversation.typed_text import sound


class Choices(Struct, frozen=True):
    """`policy` says which tools run unasked; `model_name` is noted with each answer.

    `read_ahead`: the conversation is read for the next message while the person writes it.
    """

    system_prompt: str = ""
    options: GenerationOptions = GenerationOptions()
    tools_enabled: bool = True
    model_name: str = ""
    policy: Policy = Policy()
    read_ahead: bool = True
    tool_settings: ToolSettings = ToolSettings()
    round_limit: int = 25


def sound_settings(settings: ConversationSettings) -> ConversationSettings:
    """`settings` without what nothing can store, and without stop texts that are empty."""
    prompt = None if settings.system_prompt is None else sound(settings.system_prompt)
    stop = tuple(text for text in map(sound, settings.options.stop) if text)
    options = msgspec.structs.replace(settings.options, stop=stop)
    return msgspec.structs.replace(settings, system_prompt=prompt, options=options)


def turn_choices(choices: Choices, settings: ConversationSettings) -> Choices:
    """`choices` with what the conversation's `settings` set over them.

    A system prompt of "" in the settings means none, whatever the preferences say; None means theirs. An option counts
    as set where it differs from its default.
    """
    prompt = choices.system_prompt if settings.system_prompt is None else settings.system_prompt
    unset, own = GenerationOptions(), msgspec.structs.asdict(settings.options)
    chosen = {name: value for name, value in own.items() if value != getattr(unset, name)}
    options = msgspec.structs.replace(choices.options, **chosen)
    return msgspec.structs.replace(choices, system_prompt=prompt, options=options)
