"""Whose message a place in a prompt belongs to: for logs, which hold nothing of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def role_at(text: str, messages: Sequence[dict[str, Any]], place: int) -> str:
    """The role of the message in which character `place` of the rendered prompt lies; "system" before the first.

    `messages` are those that the template was given. Templates are programs, so the texts are looked for in order;
    one that the template left out or changed is passed over.
    """
    role, at = "system", 0
    for message in messages:
        for key in ("reasoning_content", "content"):
            said = str(message.get(key) or "").strip()[:80]
            found = text.find(said, at) if said else -1
            if found < 0:
                continue
            if found > place:
                return role
            role, at = str(message.get("role", "")), found + len(said)
    return role
