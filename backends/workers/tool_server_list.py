"""What a person does with tool servers: adds one, changes it, removes it, takes over those of another app."""

from __future__ import annotations

from pathlib import Path

from backends.contract.errors import MinimError
from backends.contract.events import ToolServersImported
from backends.contract.tools import ToolServer
from backends.storage.server_entries import about_references, checked
from backends.storage.server_secrets import forget_secrets, keep_secrets, move_secrets, plain_secrets
from backends.storage.tool_servers import MAX_SERVERS, ServerStore, read_server_file
from backends.workers.tool_servers import ToolServers

_ENOUGH = f"there are {MAX_SERVERS} tool servers already, as many as there may be."


class ToolServerList:
    """Changes the file and the keyring, and has the servers follow. One call at a time. All raise MinimError."""

    def __init__(self, store: ServerStore, servers: ToolServers) -> None:
        self._store = store
        self._servers = servers

    def save(self, server: ToolServer, replaces: str) -> None:
        """Add a server, or put it in the place of the one named `replaces`."""
        server = checked(server)
        self._servers.look_again()
        before = self._servers.server(replaces) if replaces else None
        if server.name != replaces and server.name in self._servers.names():
            message = f"There is a tool server named {server.name} already."
            raise MinimError("bad_request", message, "Give this one another name.")
        if before is None and len(self._servers.names()) >= MAX_SERVERS:
            raise MinimError("bad_request", f"{server.name} was not added: {_ENOUGH}", "Remove one first.")
        without, _ = keep_secrets(server)
        if before is not None:
            move_secrets(before, without)
        self._store.put(without, replaces)
        if before is not None:
            forget_secrets(before, still=without)
            self._servers.stop(replaces)  # also where only a secret is another: it is started again with that
        self._servers.look_again()

    def remove(self, name: str) -> None:
        """End a server and forget it."""
        self._servers.look_again()
        known = self._servers.server(name) if name in self._servers.names() else None
        if not self._store.remove(name) and known is None:
            raise MinimError("bad_request", f"There is no tool server named {name}.")
        if known is not None:
            forget_secrets(known)  # not before it is out of the file, which may be one that cannot be written
        self._servers.look_again()

    def take_in(self, file: Path) -> ToolServersImported:
        """Take over the servers of an `mcpServers` file; one whose name is taken stays out."""
        read = read_server_file(file.expanduser())
        self._servers.look_again()
        names, left_out, notes = list[str](), list(read.left_out), list[str]()
        secrets, where = 0, ""
        try:
            for server in read.servers:
                if server.name in self._servers.names():
                    left_out.append(f"{server.name}: there is a tool server of that name already.")
                    continue
                if len(self._servers.names()) + len(names) >= MAX_SERVERS:
                    left_out.append(f"{server.name}: {_ENOUGH}")
                    continue
                forget_secrets(server)  # what another server of that name left is not for this one
                without, kept = keep_secrets(server)
                self._store.put(without)
                names.append(server.name)
                secrets += len(plain_secrets(server))
                where = kept if not where or "memory" in kept else where
                if note := about_references(server):
                    notes.append(note)
        finally:
            self._servers.look_again()
        return ToolServersImported(tuple(names), tuple(left_out), secrets, where, tuple(notes))
