"""What the next turn begins with, as a person chose it."""

from __future__ import annotations

from msgspec import Struct

from backends.contract.chat import GenerationOptions
from backends.conversation.permissions import Policy


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
