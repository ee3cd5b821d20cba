"""One start of a server, spoken to through the MCP SDK: connected, asked for its tools, called, ended."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

import anyio
import mcp_types as types
from mcp import ClientSession
from mcp.client._transport import TransportStreams  # the protocol that `Client` documents for transports
from mcp.client.session import IncomingMessage
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from pydantic import TypeAdapter, ValidationError

from backends.contract.errors import MinimError
from backends.contract.tools import ToolServer
from backends.tools.server_answers import ServerEnded
from backends.tools.server_faults import call_fault, fault_of, process_fault
from backends.tools.server_http import http_streams
from backends.tools.server_inflow import Flow, Inflow, Outflow
from backends.tools.server_log import ServerLog
from backends.tools.server_pipes import ServerPipes
from backends.tools.server_process import ServerProcess
from backends.tools.server_schema import MAX_TOOLS, lean
from backends.tools.server_text import one_line

START_SECONDS = 60.0
CALL_SECONDS = 300.0
LIST_SECONDS = 30.0
LIST_AGAIN_SECONDS = 1.0
_MAX_PAGES = 20
_POLITE_SECONDS = 0.7
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
_answer: ContextVar[list[dict[str, Any]]] = ContextVar("answer")

# What a server sends that cannot be read is in its own log; it must not be able to fill the worker's.
for _name in ("mcp", "client"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
logging.getLogger("httpx2").setLevel(logging.WARNING)  # it tells addresses, in which a token may be


class _Dispatcher(JSONRPCDispatcher[Any]):
    """Keeps each answer as it came: the SDK refuses a whole one for one part that it cannot read."""

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None, **rest: Any
    ) -> dict[str, Any]:
        raw = await super().send_raw_request(method, params, opts, **rest)
        _answer.get([]).append(raw)
        return raw


class ServerSession:
    """One start of a server. All but `end_now` belongs to the event loop's thread."""

    def __init__(self, server: ToolServer, log: ServerLog) -> None:
        self._server = server
        self._log = log
        self._session: ClientSession | None = None
        self._scope = anyio.CancelScope()
        self._woken = asyncio.Event()
        self._changed = self._closed = self._stopped = False
        self._exited = asyncio.Event()
        self._pipes: ServerPipes | None = None
        self._process: ServerProcess | None = None

    async def serve(self, listed: Callable[[list[object]], None]) -> None:
        """Start it, tell its tools to `listed` now and whenever they change; return once it was stopped.

        Raises `MinimError` if it could not be started or ended by itself.
        """
        began = False
        try:
            with self._scope:
                async with self._streams() as streams, self._session_on(streams) as session:
                    with anyio.fail_after(START_SECONDS):
                        await _shake_hands(session)
                        tools = await self._list(session)
                    self._session = session
                    began = True
                    listed(tools)
                    await self._list_whenever_changed(session, listed)
        except Exception as error:
            raise self._fault(error, began) from error
        finally:
            self._session = None
        if not self._stopped:
            raise self._fault(None, began)

    def stop(self) -> None:
        """Have it ended: politely, and soon."""
        if self._stopped:
            return
        self._stopped = True
        self._woken.set()
        if self._session is None:
            self._scope.cancel()
        else:
            asyncio.get_running_loop().call_later(_POLITE_SECONDS, self._scope.cancel)

    def end_now(self) -> None:
        """Kill its process. Any thread may call."""
        if self._process is not None:
            self._process.kill()

    def note_descendants(self) -> None:
        """Look at what its process has started. Any thread may call."""
        if self._process is not None:
            self._process.note_descendants()

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What the server answers to a call, as it came. Raises `MinimError`, `ServerEnded`, `Refused`."""
        if self._session is None:
            raise ServerEnded
        answers: list[dict[str, Any]] = []
        _answer.set(answers)
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=name, arguments=arguments))
        try:
            # The SDK counts from when the request was written, which a server that reads nothing can put off.
            with anyio.fail_after(CALL_SECONDS):
                await self._session.send_request(request, _ANYTHING)
        except ValidationError:
            pass  # not as the protocol has it: what can be read of it is read
        except (MCPError, TimeoutError) as error:
            raise call_fault(error, self._server.name, CALL_SECONDS) from error
        except RuntimeError as error:  # the SDK's word for a session that is just ending
            raise ServerEnded from error
        return answers[-1] if answers else {}

    def _fault(self, error: BaseException | None, began: bool) -> MinimError:
        """Why it has ended: what the process says of it comes before what the SDK says."""
        if self._pipes is not None and self._process is not None:
            if self._pipes.fault is not None:
                return self._pipes.fault
            if self._pipes.ended_by_itself:
                return process_fault(self._server.name, self._pipes.exit_code, began, self._log.last_line())
        return fault_of(error, self._server.name, began, START_SECONDS)

    @asynccontextmanager
    async def _streams(self) -> AsyncGenerator[TransportStreams, None]:
        if self._server.url:
            async with http_streams(self._server) as streams:
                yield streams
            return
        loop = asyncio.get_running_loop()
        self._log.note(f"Started on {time.strftime('%Y-%m-%d at %H:%M:%S')}.")

        def exited() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(self._exited.set)

        self._process = ServerProcess(self._server, exited)
        self._pipes = ServerPipes(self._server.name, self._process, self._exited, self._log)
        async with self._pipes.streams() as streams:
            yield streams

    @asynccontextmanager
    async def _session_on(self, streams: TransportStreams) -> AsyncGenerator[ClientSession, None]:
        """A session that says it can do nothing for the server: no sampling, no questions, no roots."""
        flow = Flow()
        dispatcher = _Dispatcher(Inflow(streams[0], flow, self._closes), Outflow(streams[1], flow))
        named = types.Implementation(name="Minim", version="1")
        async with ClientSession(dispatcher=dispatcher, message_handler=self._heard, client_info=named) as session:
            yield session

    def _closes(self) -> None:
        self._closed = True
        self._woken.set()

    async def _heard(self, message: IncomingMessage) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self._changed = True
            self._woken.set()

    async def _list_whenever_changed(self, session: ClientSession, listed: Callable[[list[object]], None]) -> None:
        """Until it ends. However often a server says that its tools changed, it is asked at most once a second."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._closed or self._stopped:
                return
            if self._changed:
                self._changed = False
                try:
                    listed(await self._list(session))
                except (MCPError, TimeoutError) as error:  # what it listed before still holds
                    self._log.note(f"The tools could not be listed again: {one_line(str(error), 300)}")
                with anyio.move_on_after(LIST_AGAIN_SECONDS):
                    await self._ending()
                if self._changed:
                    self._woken.set()

    async def _ending(self) -> None:
        """Wait until the server has ended or is to end; changed tools may wait."""
        while not (self._closed or self._stopped):
            await self._woken.wait()
            self._woken.clear()
        self._woken.set()

    async def _list(self, session: ClientSession) -> list[object]:
        """The tools as the server lists them, one more than are taken at the most."""
        capabilities = session.server_capabilities
        if capabilities is None or capabilities.tools is None:
            return []
        tools: list[object] = []
        cursor: str | None = None
        for _ in range(_MAX_PAGES):
            page = await self._page(session, cursor)
            held: list[object] = page["tools"] if isinstance(page.get("tools"), list) else []
            tools += map(lean, held[: MAX_TOOLS + 1])
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str) or len(tools) > MAX_TOOLS:
                break
        return tools

    async def _page(self, session: ClientSession, cursor: str | None) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        _answer.set(answers)
        try:
            with anyio.fail_after(LIST_SECONDS):
                await session.list_tools(params=types.PaginatedRequestParams(cursor=cursor) if cursor else None)
        except ValidationError:
            pass
        return answers[-1] if answers else {}


async def _shake_hands(session: ClientSession) -> None:
    """Agree on a version: as all servers know it first, and as the newest do where one knows no other.

    Some servers end when they are sent anything before `initialize`.
    """
    try:
        await session.initialize()
    except MCPError as error:
        if error.code not in (types.UNSUPPORTED_PROTOCOL_VERSION, types.METHOD_NOT_FOUND):
            raise
        await session.discover()
