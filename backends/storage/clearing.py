"""What was deleted is gone from the database's files too: from its pages, its write-ahead log, and its backups."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_log = logging.getLogger(__name__)

AT_ONCE_BYTES = 8 * 2**20
"""A database of a few thousand messages. It is written anew while somebody looks at the window: some 50 ms."""

AT_END_BYTES = 256 * 2**20
"""Some seconds, for which nobody waits any more; what is larger is never written anew."""

_CLEAR = 0x4D6E6D43
"""The `application_id` of a database whose pages hold nothing that was deleted. It says so over a crash as well, and
one of an earlier version, which has none, is written anew once."""

_IN_MEMORY = ":memory:"


class Clearing:
    """Clears the database at `path`; `connection` is in autocommit.

    SQLite zeroes what is freed, but moves rows from page to page before, and leaves copies behind: only pages that are
    written anew are sure to hold none.
    """

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def begin(self) -> None:
        """What is freed from now on is zeroed. To be called before anything is changed."""
        self._connection.execute("PRAGMA secure_delete = ON")
        if not self._value("page_count"):  # a new one, in which nothing was deleted yet
            self._mark(_CLEAR)

    def note(self) -> None:
        """Something is deleted in this transaction."""
        self._mark(0)

    def clear(self, most_bytes: int) -> None:
        """Write the pages anew if that is due and they have no more than `most_bytes`; empty the log in any case.

        What fails is tried again after the next deletion, and at the end.
        """
        if self._path == _IN_MEMORY:
            return
        try:
            size = self._value("page_count") * self._value("page_size")
            if self._value("application_id") != _CLEAR and size <= most_bytes:
                self._write_anew()
            with self._impatient():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            self._tell(error)

    def remove_backups(self, kept: Path | None = None) -> None:
        """Delete the backups that were made before migrations: they hold what is deleted now. `kept` stays."""
        if self._path == _IN_MEMORY:
            return
        place = Path(self._path)
        for backup in place.parent.glob(f"{place.name}.version*.backup"):
            try:
                if backup != kept:
                    backup.unlink()
            except OSError as error:
                _log.info("The backup %s could not be deleted: %s", backup.name, error)

    def _write_anew(self) -> None:
        try:
            self._connection.execute("VACUUM")
            self._mark(_CLEAR)
        except sqlite3.Error as error:  # on a full disk; what it has written into the log is given back with the log
            self._tell(error)

    def _tell(self, error: sqlite3.Error) -> None:
        _log.info("What was deleted could not be cleared from %s: %s", self._path, error)

    @contextmanager
    def _impatient(self) -> Generator[None, None, None]:
        """Whoever reads the file meanwhile is not waited for: the window would stand still."""
        patience = self._value("busy_timeout")
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {patience}")

    def _mark(self, application_id: int) -> None:
        self._connection.execute(f"PRAGMA application_id = {application_id}")

    def _value(self, pragma: str) -> int:
        return self._connection.execute(f"PRAGMA {pragma}").fetchone()[0]
