"""What a server sends, on its way to the SDK: at a pace, and without what nobody here asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

import anyio
from mcp.client._transport import ReadStream, WriteStream  # the protocols that `Client` documents for transports
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from backends.tools.server_pace import Pace

_MESSAGES_PER_SECOND = 500
_MAX_UNANSWERED = 32
_LISTENED_TO = frozenset({"notifications/tools/list_changed"})


class Flow:
    """Counts a server's own requests, so that they cannot pile up where it does not read the answers."""

    def __init__(self) -> None:
        self._unanswered = 0
        self._answered = asyncio.Event()

    def came(self) -> None:
        """A request of the server came."""
        self._unanswered += 1

    def answered(self) -> None:
        """One was answered."""
        self._unanswered -= 1
        self._answered.set()

    async def room(self) -> None:
        """Wait until few enough are unanswered."""
        while self._unanswered >= _MAX_UNANSWERED:
            self._answered.clear()
            await self._answered.wait()


class Inflow:
    """A read stream that drops notifications which nobody here hears, and slows a flood down.

    `closed` is called when the server has nothing more to send.
    """

    def __init__(self, stream: ReadStream[SessionMessage | Exception], flow: Flow, closed: Callable[[], None]) -> None:
        self._stream = stream
        self._flow = flow
        self._closed = closed
        self._pace = Pace(_MESSAGES_PER_SECOND)

    async def receive(self) -> SessionMessage | Exception:
        """The next message that matters. Raises `anyio.EndOfStream`."""
        while True:
            try:
                item = await self._stream.receive()
            except (anyio.EndOfStream, anyio.ClosedResourceError):
                self._closed()
                raise
            await self._pace.spend(1)
            if isinstance(item, Exception):
                continue
            match item.message:
                case JSONRPCNotification(method=method) if method not in _LISTENED_TO:
                    continue
                case JSONRPCRequest():
                    await self._flow.room()
                    self._flow.came()
                case _:
                    pass
            return item

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    def __aiter__(self) -> Inflow:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


class Outflow:
    """A write stream that tells `flow` of each answer once it was taken."""

    def __init__(self, stream: WriteStream[SessionMessage], flow: Flow) -> None:
        self._stream = stream
        self._flow = flow

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        try:
            await self._stream.send(item)
        finally:
            if isinstance(item.message, JSONRPCResponse | JSONRPCError):
                self._flow.answered()

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()
