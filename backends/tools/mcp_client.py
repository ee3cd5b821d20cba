"""A person's MCP servers, each as one object: started, listed, called and ended on a thread that all of them share."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from backends.contract.errors import MinimError, RequestStopped
from backends.contract.tools import OfferedTool, ServerProgress, ToolInfo, ToolServer
from backends.tools.base import Cancelled, ToolResult, failed
from backends.tools.schema_check import misfit
from backends.tools.server_answers import Refused, ServerEnded
from backends.tools.server_log import ServerLog
from backends.tools.server_results import MAX_RESULT, result_of
from backends.tools.server_schema import MAX_TOOLS, offered_tools, output_schemas
from backends.tools.server_text import cut, plain_text

if TYPE_CHECKING:
    from backends.tools.server_session import ServerSession

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.05
END_SECONDS = 3.0
"""How long ending a server may take; then its processes are killed from outside."""

_T = TypeVar("_T")


class _Life:
    """One start of a server. All but `over` and `session` belongs to the servers' thread."""

    def __init__(self, work: Callable[[_Life], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self.session: ServerSession | None = None
        self.stopped = False
        self.over = threading.Event()

    def begin(self) -> None:
        """Work, and say when it is over."""
        self._task = asyncio.get_running_loop().create_task(self._work(self))
        self._task.add_done_callback(lambda _: self.over.set())

    def stop(self) -> None:
        """Have it end."""
        self.stopped = True
        if self.session is not None:
            self.session.stop()


class ServerConnection:
    """One MCP server: started or reached, asked for its tools, called, ended – on the one thread of all servers.

    Any thread may call.
    """

    def __init__(
        self,
        server: ToolServer,
        digest: str,
        log_file: Path,
        changed: Callable[[], None],
        hidden: tuple[str, ...] = (),
    ) -> None:
        """`server` comes with its secrets filled in; `digest` is that of ToolInfo.server_digest.

        `changed` is called, on any thread, whenever progress, tools or message change. `hidden` are the secrets among
        its values: its log has them nowhere.
        """
        self._server = server
        self._digest = digest
        self._log = ServerLog(log_file, hidden)
        self._changed = changed
        self._turn = threading.Condition()
        self._progress: ServerProgress = "off"
        self._fault: MinimError | None = None
        self._tools: tuple[OfferedTool, ...] = ()
        self._promised: dict[str, object] = {}
        self._life: _Life | None = None

    @property
    def progress(self) -> ServerProgress:
        """How it stands: "off" before it is started and after it was ended."""
        return self._progress

    @property
    def message(self) -> str:
        """Why it failed, or what a person should know of one that runs; "" if there is nothing to say."""
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
            self._life = life = _Life(self._live)
            _loop().call_soon_threadsafe(life.begin)
        self._changed()

    def end(self) -> None:
        """End it with all that it started. Blocks for three seconds at the most. In any state, and twice, as well."""
        with self._turn:
            life, self._life = self._life, None
            self._progress, self._fault = "off", None
            self._turn.notify_all()
        if life is None:
            return
        _loop().call_soon_threadsafe(life.stop)
        if not life.over.wait(END_SECONDS) and life.session is not None:
            life.session.end_now()
        self._changed()

    def call(
        self, own_name: str, arguments: dict[str, Any], cancelled: Cancelled, seen: ToolInfo | None = None
    ) -> ToolResult:
        """Run a tool. A server that has ended is started once more; a tool that is not as it was `seen` is not run.

        Blocks. Raises `MinimError` with words for the model, `RequestStopped` once `cancelled()`.
        """
        life, session = self._bring_up(cancelled)
        tool = next((tool for tool in self._tools if tool.info.own_name == own_name), None)
        if tool is None or tool.problem:
            raise failed(f"“{self._server.name}” has no tool {own_name} that could be called.")
        if seen is not None and replace(tool.info, name=seen.name).digest != seen.digest:
            hint = "Write the call again if it is still needed: the person is asked about the tool as it is now."
            raise failed(f"“{self._server.name}” has changed its tool {own_name} meanwhile, so it was not run.", hint)
        problem = misfit(tool.info.parameters, arguments, "") or _unsendable(arguments)
        if problem:
            raise failed(problem)
        try:
            answer = _wait(session.call(own_name, arguments), cancelled)
        except ServerEnded:
            raise self._ended(life, own_name, cancelled) from None
        except Refused as refused:
            return ToolResult(cut(plain_text(str(refused)), MAX_RESULT), is_error=True)
        finally:
            session.note_descendants()
        return result_of(answer, self._promised.get(own_name))

    async def _live(self, life: _Life) -> None:
        """One start of it, until it has ended."""
        try:
            # The SDK takes a second to import: on this thread, and only once a server is wanted.
            from backends.tools.server_session import ServerSession

            life.session = ServerSession(self._server, self._log)
            if not life.stopped:
                await life.session.serve(lambda tools: self._listed(life, tools))
        except MinimError as error:
            self._log.note(error.message)
            self._become(life, "failed", error)
        except Exception:  # noqa: BLE001 — a fault of ours must not leave it starting for ever
            _log.exception("A server's work ended in an error that has no words")
            self._become(life, "failed", failed(f"“{self._server.name}” could not be started.", "The log says why."))

    def _listed(self, life: _Life, tools: list[object]) -> None:
        name, note = self._server.name, None
        if len(tools) > MAX_TOOLS:
            note = failed(f"“{name}” has more than {MAX_TOOLS} tools: the first {MAX_TOOLS} are taken.")
        offered = offered_tools(self._server, self._digest, tools)
        with self._turn:
            if self._life is life:
                self._tools, self._promised = offered, output_schemas(tools)
        self._become(life, "running", note)

    def _become(self, life: _Life, progress: ServerProgress, fault: MinimError | None) -> None:
        with self._turn:
            if self._life is not life:
                return  # it was ended, or started anew
            self._progress, self._fault = progress, fault
            self._turn.notify_all()
        self._changed()

    def _bring_up(self, cancelled: Cancelled) -> tuple[_Life, ServerSession]:
        """A server that runs: started once more if it has ended, waited for while it starts."""
        if self._progress == "failed":
            self.start()
        with self._turn:
            while self._progress == "starting":
                if cancelled():
                    raise RequestStopped
                self._turn.wait(_POLL_SECONDS)
            if self._progress == "running" and self._life is not None and self._life.session is not None:
                return self._life, self._life.session
            raise self._fault or failed(f"“{self._server.name}” is not running.")

    def _ended(self, life: _Life, own_name: str, cancelled: Cancelled) -> MinimError:
        """The words for a server that ended under a call: why it did is known once all of it has ended."""
        until = time.monotonic() + END_SECONDS
        while not life.over.wait(_POLL_SECONDS) and time.monotonic() < until:
            if cancelled():
                raise RequestStopped
        fault = self._fault if self._life is life else None
        why = f"“{self._server.name}” ended." if fault is None else fault.message
        hint = "" if fault is None else fault.hint
        hint = f"{hint} It is started again with the next call.".strip()
        return failed(f"{why} The call of {own_name} was not answered.", hint)


def _unsendable(arguments: dict[str, Any]) -> str:
    """Found here: it would end the connection where it is written."""
    try:
        json.dumps(arguments, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        return "The arguments hold what cannot be sent: a number without end, or text that is not Unicode."
    return ""


def _wait(work: Coroutine[Any, Any, _T], cancelled: Cancelled) -> _T:
    """What `work` returns on the servers' thread. Raises what it raises, `RequestStopped` once `cancelled()`."""
    future = asyncio.run_coroutine_threadsafe(work, _loop())
    while True:
        try:
            return future.result(_POLL_SECONDS)
        except concurrent.futures.TimeoutError:
            if future.done():
                raise
            if cancelled():
                future.cancel()  # which tells the server
                raise RequestStopped from None


_starting = threading.Lock()
_running: asyncio.AbstractEventLoop | None = None


def _loop() -> asyncio.AbstractEventLoop:
    """The loop of the servers' thread, which begins with the first."""
    global _running
    with _starting:
        if _running is None:
            _running = asyncio.new_event_loop()
            threading.Thread(target=_running.run_forever, name="servers", daemon=True).start()
    return _running
