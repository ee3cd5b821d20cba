"""One approved tool server, from its start to its end, with what happens around its connection."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.contract.tools import OfferedTool, ServerProgress, ToolInfo, ToolServer
from backends.storage.masked_command import MASK, command_secrets
from backends.storage.server_secrets import secrets_in, with_secrets
from backends.tools.base import Cancelled, ToolResult

if TYPE_CHECKING:
    from backends.tools.mcp_client import ServerConnection

_log = logging.getLogger(__name__)

_TOKEN_FROM = 16
"""Characters of a secret that stands in no text by chance."""


class ToolServerRun:
    """Runs `server`, whose secrets are filled in for its connection alone. Any thread may call; nothing blocks.

    It begins once the run that it follows has ended. `changed` is called on any thread.
    """

    def __init__(
        self, server: ToolServer, log_file: Path, changed: Callable[[], None], after: ToolServerRun | None
    ) -> None:
        self.server = server
        self.digest = server.digest
        self.log_file = log_file
        self._changed = changed
        self._after = after
        self._lock = threading.Lock()
        self._connection: ServerConnection | None = None
        self._failure: MinimError | None = None
        self._secrets: tuple[str, ...] = ()
        self._is_ending = False
        self._ended = threading.Event()
        self.known_names: tuple[str, ...] = after.known_names if after is not None and after.server == server else ()
        """What its tools were called when they were last seen, so that no other tool's name changes with its state."""

    def start(self) -> None:
        """Start it on a thread of its own: a keyring may ask a person, and the SDK takes its time to be read."""
        threading.Thread(target=self._start, name=f"start-{self.server.name}", daemon=True).start()

    def revive(self) -> None:
        """Start it once more if it ran and has ended since. Returns at once; nothing happens if it runs."""
        with self._lock:
            if self._connection is not None and not self._is_ending:
                self._connection.start()

    def end(self) -> None:
        """End it on a thread of its own; `wait_ended` tells when that is done. Twice is fine."""
        with self._lock:
            if self._is_ending:
                return
            self._is_ending = True
            parts = (self._connection, self._after)
        threading.Thread(target=self._end, args=parts, name=f"end-{self.server.name}", daemon=True).start()

    def wait_ended(self, timeout: float | None = None) -> None:
        """Wait until nothing of it is left, `timeout` seconds at most."""
        self._ended.wait(timeout)

    @property
    def progress(self) -> ServerProgress:
        """How far it has come."""
        if self._failure is not None:
            return "failed"
        connection = self._connection
        return "starting" if connection is None else connection.progress

    @property
    def may_run_again(self) -> bool:
        """Whether it ran and has ended since: what it offers is still known, and the next call starts it again."""
        return self.progress == "failed" and bool(self.tools)

    @property
    def message(self) -> str:
        """Why it failed, in words."""
        if self._failure is not None:
            return self._failure.message
        return "" if self._connection is None else self._masked(self._connection.message)

    @property
    def hint(self) -> str:
        """What to do about that."""
        if self._failure is not None:
            return self._failure.hint
        return "" if self._connection is None else self._connection.hint

    @property
    def tools(self) -> tuple[OfferedTool, ...]:
        """Its tools as it describes them now."""
        return () if self._connection is None else self._connection.tools

    @property
    def log_tail(self) -> str:
        """The end of what it printed."""
        return "" if self._connection is None else self._masked(self._connection.log_tail())

    def call(self, own_name: str, arguments: dict[str, Any], cancelled: Cancelled, seen: ToolInfo) -> ToolResult:
        """Call one of its tools, which is still as it was `seen`. Raises `MinimError`, `RequestStopped`."""
        connection = self._connection
        if connection is None:
            raise MinimError("tool_failed", f"The server {self.server.name} does not run.")
        try:
            result = connection.call(own_name, arguments, cancelled, seen)
        except MinimError as error:
            raise MinimError(error.kind, self._masked(error.message), self._masked(error.hint)) from None
        # What it answers is kept with the conversation; a short secret may be a word of it.
        return replace(result, text=self._masked(result.text, _TOKEN_FROM))

    def _start(self) -> None:
        if (after := self._after) is not None:
            after.wait_ended()
            self._after = None  # and with it all that came before
        try:
            self._connect()
        except MinimError as error:
            self._failure = error
        except Exception as error:  # noqa: BLE001 - whatever it is, this server has failed, and the others go on
            # Where, and not what: the words of an error may quote a secret.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("The server %s could not be started: %s\n%s", self.server.name, type(error).__name__, where)
            message = f"{self.server.name} could not be started ({type(error).__name__})."
            self._failure = MinimError("tool_failed", message, "The log of the tools worker tells where.")
        self._changed()

    def _connect(self) -> None:
        whole = with_secrets(self.server)
        self._secrets = (*secrets_in(self.server, whole), *command_secrets(self.server))
        from backends.tools.mcp_client import ServerConnection  # with the first server: the SDK takes a second

        connection = ServerConnection(whole, self.server.command_digest, self.log_file, self._changed, self._secrets)
        with self._lock:
            if not self._is_ending:
                self._connection = connection
                connection.start()

    def _end(self, connection: ServerConnection | None, after: ToolServerRun | None) -> None:
        try:
            if connection is not None:
                connection.end()
            if after is not None:
                after.wait_ended()
        finally:
            self._ended.set()

    def _masked(self, text: str, shortest: int = 0) -> str:
        """Servers say what they were given: not even then is a secret shown that is no shorter than `shortest`."""
        for secret in self._secrets:
            if len(secret) >= shortest:
                text = text.replace(secret, MASK)
        return text


def log_name(server: str) -> str:
    """The name of a server's log file; different for different servers."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", server)
    if plain == server:
        return f"{plain}.log"
    return f"{plain}-{hashlib.sha256(server.encode('utf-8', 'replace')).hexdigest()[:8]}.log"
