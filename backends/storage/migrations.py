"""The shape of the conversations' database, as numbered steps: `PRAGMA user_version` counts those that were taken."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from backends.contract.errors import MinimError

MIGRATIONS: tuple[str, ...] = (
    # `parent` has no cascade of its own: one a message would recurse as deep as a conversation is long, and SQLite
    # allows 1,000. The cascade over `conversation` removes all messages in one statement.
    """
    CREATE TABLE conversation (
        id TEXT PRIMARY KEY NOT NULL,
        title TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        leaf INTEGER REFERENCES message (id) ON DELETE SET NULL,
        deleted REAL
    ) STRICT;
    CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        parent INTEGER REFERENCES message (id),
        role TEXT NOT NULL,
        parts TEXT NOT NULL,
        status TEXT NOT NULL,
        created REAL NOT NULL,
        model TEXT NOT NULL,
        failure TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX conversation_by_time ON conversation (updated);
    CREATE INDEX message_by_place ON message (conversation, parent);
    CREATE INDEX message_by_parent ON message (parent);
    CREATE INDEX message_in_writing ON message (status) WHERE status = 'writing';
    """,
    # `settings` is JSON. `continues` is the last message of the conversation that this one goes on from. `kind` is an
    # ErrorKind. `forgotten` holds conversations that were deleted while their KV caches still are to be dropped; those
    # that were deleted before there was this table are among them.
    """
    ALTER TABLE conversation ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE conversation ADD COLUMN continues INTEGER REFERENCES message (id) ON DELETE SET NULL;
    ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT '';
    CREATE INDEX conversation_by_source ON conversation (continues) WHERE continues IS NOT NULL;
    CREATE TABLE forgotten (conversation TEXT PRIMARY KEY NOT NULL) STRICT;
    INSERT INTO forgotten SELECT id FROM conversation WHERE deleted IS NOT NULL;
    """,
    # What was typed and not sent yet; without a conversation: what is to begin a new one.
    """
    CREATE TABLE draft (
        conversation TEXT UNIQUE REFERENCES conversation (id) ON DELETE CASCADE,
        text TEXT NOT NULL
    ) STRICT;
    """,
)


def migrate(connection: sqlite3.Connection, path: str, migrations: Sequence[str] = MIGRATIONS) -> Path | None:
    """Take the steps that are missing, each whole or not at all; → the backup that was made before, if any.

    Raises MinimError "newer_data" for a database of a later version, "damaged_data" for one that is not ours.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise MinimError(
            "newer_data",
            f"The conversations in {path} were written by a later version of Minim.",
            "Update Minim to open them, or move the file elsewhere to begin anew. It was not changed.",
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise MinimError(
            "damaged_data",
            f"{path} is a database, but it does not hold Minim's conversations.",
            "Move the file elsewhere and start again. It was not changed.",
        )
    backup = _back_up(connection, path, version) if 0 < version < len(migrations) else None
    for number, steps in enumerate(migrations[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {steps}; PRAGMA user_version = {number}; COMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return backup


def _back_up(connection: sqlite3.Connection, path: str, version: int) -> Path | None:
    if path == ":memory:":
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = Path(f"{path}.version{version}-{stamp}.backup")
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    return target
