"""Rows of the conversations' database: how they are found, and what stands in them as text and as records."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from backends.contract.chat import ConversationSettings, Message, Part
from backends.storage.records import MessageRecord

BRANCH = """
    WITH RECURSIVE branch (id, parent, depth) AS (
        SELECT id, parent, 0 FROM message WHERE id = ?
        UNION ALL
        SELECT message.id, message.parent, depth + 1 FROM message JOIN branch ON message.id = branch.parent
    )
    SELECT message.* FROM branch JOIN message USING (id) ORDER BY depth DESC
"""
NEWEST_BELOW = """
    WITH RECURSIVE below (id) AS (
        SELECT id FROM message WHERE id = ?
        UNION ALL
        SELECT message.id FROM message JOIN below ON message.parent = below.id
    )
    SELECT max(id) FROM below
"""
ORPHAN = """
    UPDATE conversation
    SET continues = (SELECT min(id) FROM message WHERE message.conversation = conversation.id)
    WHERE continues IN (
        SELECT id FROM message WHERE message.conversation IN (SELECT id FROM conversation WHERE {which})
    )
"""
"""What goes on from a conversation that is about to be removed goes on from itself: from what is gone."""

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
