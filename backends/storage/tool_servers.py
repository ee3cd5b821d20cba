"""The tool servers of this machine: an `mcpServers` file of Minim's own, and the reading of those of other apps."""

from __future__ import annotations

import json
import logging
import threading
from itertools import islice
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from backends.contract.errors import MinimError
from backends.contract.tools import ToolServer
from backends.storage.loose_json import read_loosely
from backends.storage.paths import data_folder
from backends.storage.server_entries import entry_of, server_of
from backends.storage.server_secrets import as_in_file, held_in_memory, keep_secrets, plain_secrets
from backends.storage.whole_file import alone_in, set_aside, write_whole

_log = logging.getLogger(__name__)

_KEY = "mcpServers"
_MAX_FILE_BYTES = 8 * 2**20
MAX_SERVERS = 64
_MAX_ENTRIES = 500
_MAX_LEFT_OUT = 20
"""What is told of a file travels in one line between processes, whoever wrote the file."""


class ServersRead(Struct, frozen=True):
    """What a file has: the servers that can be used, and words about each that cannot."""

    servers: tuple[ToolServer, ...] = ()
    left_out: tuple[str, ...] = ()
    in_file: dict[str, frozenset[str]] = {}
    """By server: the names of its secrets that stand in our file in plain words, because no keyring took them."""


class ServerStore:
    """Our own file. It is read anew each time, since a person may write in it, and another Minim does.

    Any thread may call. What other programs put into it is kept; a damaged file is set aside and never overwritten.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "mcp_servers.json"
        self._lock = threading.Lock()
        self.damage = ""
        """Says in words that the file was damaged, "" if it was not, or was written since."""

    def read(self) -> ServersRead:
        """The servers, in the file's order. Secrets in plain words go to the keyring first. Raises MinimError."""
        with self._lock:
            _, entries = self._load()
            read = _servers_in(entries)
            whole = {server.name: server for server in read.servers if plain_secrets(server)}
            without = {name: keep_secrets(server)[0] for name, server in whole.items()}
            # What only memory keeps stays in the file: no other place has it tomorrow.
            taken = {name: server for name, server in whole.items() if not held_in_memory(without[name])}
            if taken:
                self._take_out(taken, without)
            in_file = {
                name: frozenset(plain_secrets(server)).intersection(held_in_memory(without[name]))
                for name, server in whole.items()
            }
            servers = tuple(without.get(server.name, server) for server in read.servers)
            return ServersRead(servers, read.left_out, in_file)

    def put(self, server: ToolServer, replaces: str = "") -> None:
        """Add a server, or put it in the place of another. Raises MinimError when the file cannot be written."""
        with self._lock, alone_in(self._path.parent):
            document, entries = self._load()
            changed: dict[str, Any] = {}
            for name, entry in entries.items():
                if name.strip() in (replaces or server.name, server.name):
                    changed[server.name] = entry_of(as_in_file(server, _usable(name, entry)), _object(entry))
                else:
                    changed[name] = entry
            changed.setdefault(server.name, entry_of(server, {}))
            self._write(document, changed)

    def remove(self, name: str) -> bool:
        """Take a server out; → whether it was there. Raises MinimError when the file cannot be written."""
        with self._lock, alone_in(self._path.parent):
            document, entries = self._load()
            kept = {other: entry for other, entry in entries.items() if other.strip() != name}
            if len(kept) == len(entries):
                return False
            self._write(document, kept)
            return True

    def _load(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The whole document, and the servers in it."""
        try:
            document = read_loosely(self._path.read_text("utf-8"))
            entries = cast("dict[str, Any]", document).get(_KEY, {}) if isinstance(document, dict) else None
            if not isinstance(entries, dict):
                raise ValueError(f"{_KEY} is no object in it")
            return cast("dict[str, Any]", document), cast("dict[str, Any]", entries)
        except FileNotFoundError:
            return {}, {}
        except OSError as error:
            message = f"{self._path} cannot be read: {error.strerror}."
            raise MinimError("internal", message, "Check its permissions.") from error
        except (ValueError, RecursionError) as error:
            aside = set_aside(self._path)
            self.damage = (
                f"The tool servers in {self._path} could not be read ({error}), so there are none now."
                f" The old file was kept as {aside}."
            )
            return {}, {}

    def _take_out(self, whole: dict[str, ToolServer], without: dict[str, ToolServer]) -> None:
        """Write the servers that stand there `whole` without their secrets.

        The file is read again: a keyring may have asked a person first, and somebody have written in it meanwhile.
        """
        try:
            with alone_in(self._path.parent):
                document, entries = self._load()
                for name, entry in entries.items():
                    found = _usable(name, entry)
                    if found is not None and found == whole.get(found.name):
                        entries[name] = entry_of(without[found.name], _object(entry))
                self._write(document, entries)
        except MinimError as error:
            _log.info("Secrets stay in the file: %s", error.message)

    def _write(self, document: dict[str, Any], entries: dict[str, Any]) -> None:
        text = json.dumps({**document, _KEY: entries}, indent=2, ensure_ascii=False)
        write_whole(self._path, text + "\n", "The tool servers")
        self.damage = ""


def read_server_file(path: Path) -> ServersRead:
    """The servers in a file of Claude Desktop, Jan, LM Studio, Cursor or VS Code, as they stand there.

    Secrets are in plain words. Raises MinimError for what is no such file.
    """
    try:
        if not path.is_file():  # a pipe would be waited for
            raise MinimError("bad_request", f"{path} cannot be read: there is no such file.")
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise MinimError("bad_request", f"{path} cannot be read: {error.strerror}.") from error
    hint = "Choose a file with mcpServers in it, such as claude_desktop_config.json."
    if len(raw) > _MAX_FILE_BYTES:
        raise MinimError("bad_request", f"{path} is too large to be a list of tool servers.", hint)
    try:
        document = read_loosely(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise MinimError("bad_request", f"{path} is no JSON that can be read.", hint) from error
    entries = _entries_of(document)
    if entries is None:
        raise MinimError("bad_request", f"{path} lists no tool servers.", hint)
    return _servers_in(entries)


def _entries_of(document: object) -> dict[str, Any] | None:
    """The servers under the key that is usual, VS Code's own, or in the part of its settings about MCP."""
    if not isinstance(document, dict):
        return None
    values = cast("dict[str, Any]", document)
    for place in (values, _object(values.get("mcp"))):
        for key in (_KEY, "servers"):
            if isinstance(place.get(key), dict):
                return place[key]
    return None


def _servers_in(entries: dict[str, Any]) -> ServersRead:
    servers: dict[str, ToolServer] = {}
    left_out: list[str] = []
    for name, entry in islice(entries.items(), _MAX_ENTRIES):
        try:
            server = server_of(name, entry)
        except MinimError as error:
            left_out.append(f"{error.message} {error.hint}".strip())
            continue
        if server.name in servers:
            left_out.append(f"{server.name}: another server has the same name.")
        elif len(servers) >= MAX_SERVERS:
            left_out.append(f"{server.name}: there are {MAX_SERVERS} servers before it, and no more are taken.")
        else:
            servers[server.name] = server
    more = len(entries) - len(servers) - _MAX_LEFT_OUT
    if more > 0:
        left_out[_MAX_LEFT_OUT:] = [f"{more:,} more entries were left out."]
    return ServersRead(tuple(servers.values()), tuple(left_out))


def _usable(name: str, entry: object) -> ToolServer | None:
    try:
        return server_of(name, entry)
    except MinimError:
        return None


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
