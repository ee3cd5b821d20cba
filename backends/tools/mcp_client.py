"""A person's MCP servers, each as one object: started, listed, called and ended on a thread that all of them share."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backends.contract.errors import MinimError, RequestStopped
from backends.contract.tools import OfferedTool, ServerProgress, ToolServer
from backends.tools.base import Cancelled, ToolResult, failed
from backends.tools.server_log import ServerLog
from backends.tools.server_results import result_of
from backends.tools.server_schema import offered_tools

if TYPE_CHECKING:
    from backends.tools.server_session import ServerSession

_POLL_SECONDS = 0.05
END_SECONDS = 3.0
"""How long ending a server may take; then its processes are killed from outside."""

_T = TypeVar("_T")


class _Life:
    """One start of a server, and what is left of it."""

    def __init__(self) -> None:
        self.session: ServerSession | None = None
        self.work: concurrent.futures.Future[None] | None = None
        self.over = threading.Event()
        self.calls = 0


class ServerConnection:
    """One MCP server: started or reached, asked for its tools, called, ended – on the event loop's thread of all servers.

    Any thread may call.
    """

    def __init__(self, server: ToolServer, digest: str, log_file: Path, changed: Callable[[], None]) -> None:
        """`server` comes with its secrets filled in; `digest` is that of ToolInfo.server_digest.

        `changed` is called, on any thread, whenever progress, tools or message change.
        """
        self._server = server
        self._digest = digest
        self._log = ServerLog(log_file)
        self._changed = changed
        self._turn = threading.Condition()
        self._progress: ServerProgress = "off"
        self._fault: MinimError | None = None
        self._tools: tuple[OfferedTool, ...] = ()
        self._life: _Life | None = None

    @property
    def progress(self) -> ServerProgress:
        """How it stands: "off" before it is started and after it was ended."""
        return self._progress

    @property
    def message(self) -> str:
        """Why it failed, "" if it did not."""
        return "" if self._fault is None else self._fault.message

    @property
    def hint(self) -> str:
        """What to do about it."""
        return "" if self._fault is None else self._fault.hint

    @property
    def tools(self) -> tuple[OfferedTool, ...]:
        """What it listed last. The names are not yet unique among all servers."""
        return self._tools

    def log_tail(self) -> str:
        """The end of what it printed, as text that can be shown."""
        return self._log.tail()

    def start(self) -> None:
        """Have it started, or reached; returns at once. Nothing happens if it is starting or running."""
        with self._turn:
            if self._progress in ("starting", "running"):
                return
            self._progress, self._fault = "starting", None
            self._life = life = _Life()
            life.work = _submit(self._live(life))
        self._changed()

    def end(self) -> None:
        """End it with all that it started. Blocks for three seconds at the most. In any state, and twice, as well."""
        with self._turn:
            life, self._life = self._life, None
            self._progress, self._fault = "off", None
            self._turn.notify_all()
        if life is None:
            return
        if life.work is not None:
            life.work.cancel()
        if not life.over.wait(END_SECONDS) and life.session is not None:
            life.session.end_now()
        self._changed()

    def call(self, own_name: str, arguments: dict[str, Any], cancelled: Cancelled) -> ToolResult:
        """Run a tool. A server that has ended is started once more. Blocks.

        Raises `MinimError` with words for the model, `RequestStopped` once `cancelled()`.
        """
        session = self._bring_up(cancelled)
        answer = self._wait(_submit(session.call(own_name, arguments)), cancelled)
        return result_of(answer)

    async def _live(self, life: _Life) -> None:
        """One start of it, until it has ended."""
        try:
            # The SDK takes a second to import: on this thread, and only once a server is wanted.
            from backends.tools.server_session import ServerSession

            life.session = ServerSession(self._server, self._log)
            await life.session.serve(lambda tools: self._listed(life, tools))
        except MinimError as error:
            self._become(life, "failed", error)
        finally:
            life.over.set()

    def _listed(self, life: _Life, tools: list[object]) -> None:
        offered = offered_tools(self._server, self._digest, tools)
        with self._turn:
            if self._life is life:
                self._tools = offered
        self._become(life, "running", None)

    def _become(self, life: _Life, progress: ServerProgress, fault: MinimError | None) -> None:
        with self._turn:
            if self._life is not life:
                return  # it was ended, or started anew
            self._progress, self._fault = progress, fault
            self._turn.notify_all()
        self._changed()

    def _bring_up(self, cancelled: Cancelled) -> ServerSession:
        """The session of a server that runs: started once more if it has ended, waited for while it starts."""
        if self._progress == "failed":
            self.start()
        with self._turn:
            while self._progress == "starting":
                if cancelled():
                    raise RequestStopped
                self._turn.wait(_POLL_SECONDS)
            if self._progress == "running" and self._life is not None and self._life.session is not None:
                return self._life.session
            raise self._fault or failed(
                f"“{self._server.name}” is not running.", "It can be started in the tools list."
            )

    def _wait(self, future: concurrent.futures.Future[_T], cancelled: Cancelled) -> _T:
        while True:
            try:
                return future.result(_POLL_SECONDS)
            except concurrent.futures.TimeoutError:
                if cancelled():
                    future.cancel()
                    raise RequestStopped from None


_starting = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def _submit(work: Coroutine[Any, Any, _T]) -> concurrent.futures.Future[_T]:
    """Run `work` on the servers' thread, which begins with the first."""
    global _loop
    with _starting:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="servers", daemon=True).start()
    return asyncio.run_coroutine_threadsafe(work, _loop)
