"""One start of a server, spoken to through the MCP SDK: connected, asked for its tools, called, ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
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
from backends.tools.server_faults import fault_of
from backends.tools.server_log import ServerLog
from backends.tools.server_pipes import ServerPipes
from backends.tools.server_process import ServerProcess
from backends.tools.server_schema import MAX_TOOLS

START_SECONDS = 60.0
CALL_SECONDS = 300.0
LIST_SECONDS = 30.0
LIST_AGAIN_SECONDS = 1.0
_MAX_PAGES = 20
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
_answer: ContextVar[list[dict[str, Any]]] = ContextVar("answer")


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
        self._list_again = asyncio.Event()
        self._exited = asyncio.Event()
        self._pipes: ServerPipes | None = None
        self._process: ServerProcess | None = None
        self._statuses: list[int] = []

    async def serve(self, listed: Callable[[list[object]], None]) -> None:
        """Start it, tell its tools to `listed` now and whenever they change; raise `MinimError` when it has ended."""
        began = False
        try:
            async with self._streams() as (read, write):
                dispatcher = _Dispatcher(read, write)
                session = ClientSession(
                    dispatcher=dispatcher,
                    message_handler=self._heard,
                    client_info=types.Implementation(name="Minim", version="1"),
                )
                async with session:
                    with anyio.fail_after(START_SECONDS):
                        await _shake_hands(session)
                        tools = await self._list(session)
                    self._session = session
                    began = True
                    listed(tools)
                    await self._list_whenever_changed(session, listed)
        except Exception as error:
            raise fault_of(error, self._server.name, began) from error
        finally:
            self._session = None

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What the server answers to a call, as it came. Raises `MinimError`."""
        if self._session is None:
            raise MinimError("tool_failed", f"“{self._server.name}” is not running.")
        answers: list[dict[str, Any]] = []
        _answer.set(answers)
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=name, arguments=arguments))
        try:
            await self._session.send_request(request, _ANYTHING, request_read_timeout_seconds=CALL_SECONDS)
        except ValidationError:
            pass  # not as the protocol has it: what can be read of it is read
        except MCPError as error:
            raise fault_of(error, self._server.name, True) from error
        return answers[-1] if answers else {}

    def end_now(self) -> None:
        """Kill its process. Any thread may call."""
        if self._process is not None:
            self._process.kill()

    @asynccontextmanager
    async def _streams(self) -> AsyncGenerator[TransportStreams, None]:
        loop = asyncio.get_running_loop()
        self._process = ServerProcess(self._server, lambda: loop.call_soon_threadsafe(self._exited.set))
        self._pipes = ServerPipes(self._server.name, self._process, self._exited, self._log)
        async with self._pipes.streams() as streams:
            yield streams

    async def _heard(self, message: IncomingMessage) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self._list_again.set()

    async def _list_whenever_changed(self, session: ClientSession, listed: Callable[[list[object]], None]) -> None:
        """However often a server says that its tools changed, it is asked at most once a second."""
        while True:
            await self._list_again.wait()
            self._list_again.clear()
            then = time.monotonic()
            listed(await self._list(session))
            await asyncio.sleep(max(0.0, LIST_AGAIN_SECONDS - (time.monotonic() - then)))

    async def _list(self, session: ClientSession) -> list[object]:
        """The tools as the server lists them, one more than are taken at the most."""
        capabilities = session.server_capabilities
        if capabilities is None or capabilities.tools is None:
            return []
        tools: list[object] = []
        cursor: str | None = None
        for _ in range(_MAX_PAGES):
            page = await self._page(session, cursor)
            held = page.get("tools")
            tools += held if isinstance(held, list) else []
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
