"""Rows of the conversations' database, and what stands in them: written as text, read as records."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from backends.contract.chat import ConversationSettings, Message, Part
from backends.storage.records import MessageRecord

_UNREADABLE = "This message could not be read from the database. It is still there, unchanged."


def encode(value: tuple[Part, ...] | ConversationSettings) -> str:
    """As it stands in a column."""
    return msgspec.json.encode(value).decode()


def message_of(row: sqlite3.Row, siblings: tuple[int, ...]) -> MessageRecord:
    """A row of `message`. One that cannot be read "failed", and does not take its conversation with it."""
    values: dict[str, Any] = {name: row[name] for name in ("id", "conversation", "parent", "created", "model", "kind")}
    try:
        parts = msgspec.json.decode(row["parts"], type=tuple[Part, ...])
        status, failure = row["status"], row["failure"]
    except msgspec.DecodeError:
        parts, status, failure = (), "failed", _UNREADABLE
    message = Message(row["role"], parts)
    return MessageRecord(message=message, status=status, failure=failure, siblings=siblings, **values)
