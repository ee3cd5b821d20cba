"""Whose message a place in a prompt belongs to: for logs, which hold nothing of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def role_at(text: str, messages: Sequence[dict[str, Any]], place: int) -> str:
    """The role of the message that character `place` of the rendered prompt lies in, or that begins after it.

    After the last message the assistant's begins. `messages` are those that the template was given. Templates are
    programs, so their texts are looked for in order; one that the template left out or changed is passed over.
    """
    at = 0
    for message in messages:
        for key in ("reasoning_content", "content"):
            said = str(message.get(key) or "").strip()
            found = text.find(said, at) if said else -1
            if found < 0:
                continue
            at = found + len(said)
            if place < at:
                return str(message.get("role", ""))
    return "assistant"
