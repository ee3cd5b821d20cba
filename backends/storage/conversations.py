"""Conversations in a SQLite database: a tree of messages each, written by one process."""

from __future__ import annotations

import logging
import sqlite3
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from backends.contract.chat import ConversationSettings, Message, Part
from backends.contract.errors import ErrorKind, MinimError
from backends.storage.clearing import AT_END_BYTES, AT_ONCE_BYTES, Clearing
from backends.storage.database_errors import explained
from backends.storage.migrations import migrate
from backends.storage.records import ConversationRecord, MessageRecord, MessageStatus
from backends.storage.rows import BRANCH, NEWEST_BELOW, ORPHAN, encode, message_of

_log = logging.getLogger(__name__)

_DEFAULTS = ConversationSettings()
_FORGET = "INSERT OR IGNORE INTO forgotten SELECT id FROM conversation"


class ConversationStore:
    """The database at `path` (":memory:" for one that is not kept). Use it from one thread.

    Every method raises MinimError: "disk_full", "damaged_data" or "busy" (another process writes), with the file's
    name and the way out. The constructor also raises "newer_data". A damaged database is never overwritten.
    """

    def __init__(self, path: Path | str, *, now: Callable[[], float] = time.time) -> None:
        self._path = str(path)
        self._now = now
        self._told_damaged: set[str] = set()
        self._closed = False
        with self._in_words():
            self._connection = sqlite3.connect(self._path, timeout=2.0, isolation_level=None)
        self._clearing = Clearing(self._connection, self._path)
        try:
            self._open()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Empty the trash, and close the file. The store cannot be used afterwards."""
        if self._closed:
            return
        self._closed = True
        try:
            self._empty_trash()
        finally:
            self._clearing.clear(AT_END_BYTES)
            self._connection.close()

    @contextmanager
    def together(self) -> Generator[None, None, None]:
        """What is changed inside is stored whole or not at all; may be nested."""
        if self._connection.in_transaction:
            yield
            return
        with self._in_words():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def list_conversations(self) -> tuple[ConversationRecord, ...]:
        """All conversations that are not in the trash, newest first."""
        rows = self._rows("SELECT * FROM conversation WHERE deleted IS NULL ORDER BY updated DESC, rowid DESC")
        return tuple(self._conversation(row) for row in rows)

    def conversation(self, conversation_id: str) -> ConversationRecord | None:
        """One conversation; None if there is none of that id or it is in the trash."""
        rows = self._rows("SELECT * FROM conversation WHERE id = ? AND deleted IS NULL", conversation_id)
        return self._conversation(rows[0]) if rows else None

    def create(
        self,
        title: str = "",
        conversation_id: str = "",
        settings: ConversationSettings = _DEFAULTS,
        continues: int | None = None,
    ) -> ConversationRecord:
        """A new, empty conversation."""
        now = self._now()
        record = ConversationRecord(conversation_id or uuid.uuid4().hex, title, now, now, None, settings, continues)
        self._change(
            "INSERT INTO conversation (id, title, created, updated, settings, continues) VALUES (?, ?, ?, ?, ?, ?)",
            *(record.id, title, now, now, encode(settings), continues),
        )
        return record

    def rename(self, conversation_id: str, title: str) -> None:
        """Set the title. The place in the list stays."""
        self._change("UPDATE conversation SET title = ? WHERE id = ?", title, conversation_id)

    def set_settings(self, conversation_id: str, settings: ConversationSettings) -> None:
        """Keep what holds in this conversation. The place in the list stays."""
        self._change("UPDATE conversation SET settings = ? WHERE id = ?", encode(settings), conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Put it into the trash, from which `restore` brings it back until the store is closed or `remove` is called;
        forget its KV caches."""
        with self.together():
            self._change(_FORGET + " WHERE id = ?", conversation_id)
            self._change("UPDATE conversation SET deleted = ? WHERE id = ?", self._now(), conversation_id)

    def restore(self, conversation_id: str) -> None:
        """Take it out of the trash again."""
        with self.together():
            self._change("DELETE FROM forgotten WHERE conversation = ?", conversation_id)
            self._change("UPDATE conversation SET deleted = NULL WHERE id = ?", conversation_id)

    def remove(self, conversation_id: str) -> None:
        """Take it away for good, from the trash or from the list, and forget its KV caches.

        None of its text stays in the database's files, unless they are large: then in parts until `close`. Its caches
        are dropped once more than after `delete`, since another Minim may have written them again meanwhile.
        """
        self._remove("id = ?", conversation_id)
        self._clearing.clear(AT_ONCE_BYTES)

    def forgotten(self) -> tuple[str, ...]:
        """Ids of deleted conversations whose KV caches the engine has not dropped yet."""
        return tuple(row["conversation"] for row in self._rows("SELECT conversation FROM forgotten"))

    def caches_dropped(self, conversations: tuple[str, ...]) -> None:
        """The engine has dropped the KV caches of these."""
        with self.together():
            for conversation in conversations:
                self._change("DELETE FROM forgotten WHERE conversation = ?", conversation)

    def set_leaf(self, conversation_id: str, leaf: int | None) -> None:
        """Show the branch that ends in the message `leaf`."""
        self._change("UPDATE conversation SET leaf = ? WHERE id = ?", leaf, conversation_id)

    def add_message(
        self,
        conversation_id: str,
        parent: int | None,
        message: Message,
        status: MessageStatus = "complete",
        model: str = "",
    ) -> MessageRecord:
        """Add a message below `parent` (None: a first one) and show the branch that ends in it."""
        now = self._now()
        with self.together():
            cursor = self._connection.execute(
                "INSERT INTO message (conversation, parent, role, parts, status, created, model)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (conversation_id, parent, message.role, encode(message.parts), status, now, model),
            )
            added = cursor.lastrowid
            self._connection.execute(
                "UPDATE conversation SET leaf = ?, updated = ? WHERE id = ?", (added, now, conversation_id)
            )
        rows = self._rows("SELECT * FROM message WHERE id = ?", added)
        return self._with_siblings(rows)[0]

    def update_message(
        self,
        message_id: int,
        parts: tuple[Part, ...],
        status: MessageStatus,
        failure: str = "",
        kind: ErrorKind | Literal[""] = "",
    ) -> None:
        """Replace the content of a message, as it is being written or has ended."""
        self._change(
            "UPDATE message SET parts = ?, status = ?, failure = ?, kind = ? WHERE id = ?",
            *(encode(parts), status, failure, kind, message_id),
        )

    def forget_kind(self, message_id: int) -> None:
        """Why a message ended is of no concern any more; all else of it stays."""
        self._change("UPDATE message SET kind = '' WHERE id = ?", message_id)

    def message(self, message_id: int) -> MessageRecord | None:
        """One message, None if there is none of that id."""
        found = self._with_siblings(self._rows("SELECT * FROM message WHERE id = ?", message_id))
        return found[0] if found else None

    def branch(self, leaf: int | None) -> tuple[MessageRecord, ...]:
        """The messages from the first one down to `leaf`."""
        return self._with_siblings(self._rows(BRANCH, leaf))

    def newest_leaf(self, message_id: int) -> int:
        """The newest message below `message_id`, itself if there is none: ids grow, so it has no children."""
        return self._rows(NEWEST_BELOW, message_id)[0][0]

    def draft(self, conversation_id: str) -> str:
        """What was typed in a conversation and not sent; for "", what is to begin a new one."""
        rows = self._rows("SELECT text FROM draft WHERE conversation IS ?", conversation_id or None)
        return rows[0]["text"] if rows else ""

    def keep_draft(self, conversation_id: str, text: str) -> None:
        """Keep it in place of what was typed there before; not for a conversation that is gone."""
        with self.together():
            self._change("DELETE FROM draft WHERE conversation IS ?", conversation_id or None)
            if text and not conversation_id:
                self._change("INSERT INTO draft (conversation, text) VALUES (NULL, ?)", text)
            elif text:
                self._change("INSERT INTO draft SELECT id, ? FROM conversation WHERE id = ?", text, conversation_id)

    def _open(self) -> None:
        with self._in_words():
            self._connection.row_factory = sqlite3.Row
            # First of all a look inside: a file that is no database must be refused before anything is set.
            self._connection.execute("PRAGMA schema_version").fetchone()
            self._clearing.begin()
            backup = migrate(self._connection, self._path)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
        # The app ended in mid-answer: what was written stays, and nobody is writing it any more.
        cut = "UPDATE message SET status = 'stopped', failure = ? WHERE status = 'writing'"
        self._change(cut, "Minim ended before this was complete.")
        self._empty_trash(kept=backup)  # the app ended before it could
        self._clearing.clear(AT_ONCE_BYTES)

    def _empty_trash(self, kept: Path | None = None) -> None:
        """Where that cannot be done, as on a full disk, nobody is kept from what else there is: it is done later."""
        try:
            if self._rows("SELECT 1 FROM conversation WHERE deleted IS NOT NULL LIMIT 1"):
                self._remove("deleted IS NOT NULL", kept=kept)
        except MinimError as error:
            _log.info("The trash is emptied at another time: %s", error.message)

    def _remove(self, which: str, *values: object, kept: Path | None = None) -> None:
        with self.together():
            self._clearing.note()
            self._change(f"{_FORGET} WHERE {which}", *values)
            self._change(ORPHAN.format(which=which), *values)
            self._change(f"DELETE FROM conversation WHERE {which}", *values)
        self._clearing.remove_backups(kept)

    def _conversation(self, row: sqlite3.Row) -> ConversationRecord:
        try:
            settings = msgspec.json.decode(row["settings"], type=ConversationSettings)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            settings = ConversationSettings()
            if row["id"] not in self._told_damaged:
                self._told_damaged.add(row["id"])
                _log.warning("The settings of conversation %s cannot be read, so it has none: %s", row["id"], error)
        places = (row["created"], row["updated"], row["leaf"])
        return ConversationRecord(row["id"], row["title"], *places, settings, row["continues"])

    def _with_siblings(self, rows: list[sqlite3.Row]) -> tuple[MessageRecord, ...]:
        places = {(row["conversation"], row["parent"]) for row in rows}
        siblings = {
            place: tuple(
                row["id"]
                for row in self._rows(
                    "SELECT id FROM message WHERE conversation = ? AND parent IS ? ORDER BY id", *place
                )
            )
            for place in places
        }
        return tuple(message_of(row, siblings[row["conversation"], row["parent"]]) for row in rows)

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._in_words():
            return self._connection.execute(query, values).fetchall()

    def _change(self, statement: str, *values: object) -> None:
        with self.together():
            self._connection.execute(statement, values)

    @contextmanager
    def _in_words(self) -> Generator[None, None, None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise explained(error, self._path) from error
