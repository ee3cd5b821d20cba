"""What SQLite says of a database, in words for a person."""

from __future__ import annotations

import sqlite3

from backends.contract.errors import MinimError


def explained(error: sqlite3.DatabaseError, path: str) -> MinimError:
    """The same error in words for a person; https://www.sqlite.org/rescode.html."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        hint = "Make room on the disk. What is stored already is safe."
        return MinimError("disk_full", f"The disk is full: {path} could not be written.", hint)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        hint = "Close the other window of Minim, or wait for it to finish."
        return MinimError("busy", f"Another program is writing to {path}.", hint)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        hint = "Move the file elsewhere and start again, or put a backup in its place. It was not overwritten."
        return MinimError("damaged_data", f"The conversations in {path} cannot be read: {error}.", hint)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        hint = "Give yourself the right to write the file and its folder, or set MINIM_HOME to a folder of your own."
        return MinimError("internal", f"The conversations in {path} cannot be written: {error}.", hint)
    hint = "Check that the file and its folder exist and can be written."
    return MinimError("internal", f"The conversations in {path} cannot be used: {error}.", hint)
