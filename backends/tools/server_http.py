"""A server that is reached over streamable HTTP: the SDK's transport, on connections that are limited in all ways."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

import certifi
import httpx2
from mcp.client._transport import TransportStreams  # the protocol that `Client` documents for transports
from mcp.client.streamable_http import streamable_http_client

from backends.contract.errors import MinimError
from backends.contract.tools import ToolServer
from backends.tools.server_pace import MAX_PARTS, Pace, effort_in, parts_in
from backends.tools.server_text import one_line

MAX_BODY_BYTES = 8 * 1024 * 1024
_BYTES_PER_SECOND = 32 * 1024 * 1024
_PARTS_PER_SECOND = 300_000
_CONNECT_SECONDS = 15.0
_SILENCE_SECONDS = 310.0
"""Longer than a call may take: the call's own limit is the one that is told of."""

_END_SECONDS = 1.0


@asynccontextmanager
async def http_streams(server: ToolServer) -> AsyncGenerator[TransportStreams, None]:
    """The streams of a server at an address. Raises `MinimError` for one that cannot be reached as it stands."""
    host = _host_of(server)
    _check_headers(server)
    client = _Client(
        server.name,
        headers=server.headers,
        timeout=httpx2.Timeout(30.0, connect=_CONNECT_SECONDS, read=_SILENCE_SECONDS),
        trust_env=not _is_loopback(host),  # no proxy stands between this machine and itself
        verify=_certificates(),
    )
    async with (
        client,
        streamable_http_client(server.url, http_client=client, max_sse_event_size=MAX_BODY_BYTES) as both,
    ):
        yield both


class _Client(httpx2.AsyncClient):
    """Says in words what the SDK swallows, and hands on no body that is larger than is taken."""

    def __init__(self, name: str, **options: object) -> None:
        super().__init__(**options)  # pyright: ignore[reportArgumentType] — httpx2's own, as http_streams gives them
        self._name = name

    async def send(self, request: httpx2.Request, **options: object) -> httpx2.Response:
        """Send a request. Raises `MinimError` for answers that no MCP server gives to a message."""
        # A body that is unpacked here may be a thousand times as large as what was sent.
        request.headers["accept-encoding"] = "identity"
        if request.method == "DELETE":
            request.extensions["timeout"] = httpx2.Timeout(_END_SECONDS).as_dict()
        response = await super().send(request, **options)  # pyright: ignore[reportArgumentType] — as they came
        if request.method == "POST":
            problem = _problem_of(self._name, response)
            if problem is not None:
                await response.aclose()
                raise problem
        response.stream = _Limited(self._name, cast("httpx2.AsyncByteStream", response.stream), response)
        return response


class _Limited(httpx2.AsyncByteStream):
    """A body, as long as it is not too long; a stream of events is read at a pace instead."""

    def __init__(self, name: str, stream: httpx2.AsyncByteStream, response: httpx2.Response) -> None:
        self._name = name
        self._stream = stream
        self._endless = _kind_of(response) == "text/event-stream"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pace, work = Pace(_BYTES_PER_SECOND), Pace(_PARTS_PER_SECOND)
        size = parts = 0
        async for chunk in self._stream:
            size += len(chunk)
            # A blank line ends an event of a stream, which is a message of its own.
            is_next = self._endless and (b"\n\n" in chunk or b"\r\n\r\n" in chunk)
            parts = parts_in(chunk) if is_next else parts + parts_in(chunk)
            if parts > MAX_PARTS:
                message = (
                    f"“{self._name}” sent a message of more than {MAX_PARTS:,} parts, so the connection was ended."
                )
                raise MinimError("tool_failed", message, "Ask it for less at once.")
            if size > MAX_BODY_BYTES and not self._endless:
                message = f"“{self._name}” sent a message of more than 8 MB, so the connection was ended."
                raise MinimError("tool_failed", message, "Ask it for less at once.")
            await pace.spend(len(chunk))
            await work.spend(effort_in(chunk))
            yield chunk

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    def _too_much(self, limit: str) -> MinimError:
        message = f"“{self._name}” sent a message of more than {limit}, so the connection was ended."
        return MinimError("tool_failed", message, "Ask it for less at once.")


def _problem_of(name: str, response: httpx2.Response) -> MinimError | None:
    """What is wrong with the answer to a message; None where the SDK makes sense of it."""
    status, kind = response.status_code, _kind_of(response)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return MinimError("tool_failed", f"“{name}” packed its answer, which it was asked not to do.")
    if status in (401, 403):
        hint = "Check the headers in the server's settings: a token may be missing, wrong or out of date."
        return MinimError("tool_failed", f"“{name}” lets nobody in without permission (HTTP {status}).", hint)
    if status == 404 and "mcp-session-id" in response.request.headers:
        return MinimError("tool_failed", f"“{name}” knows the connection no more: it was probably restarted.")
    if status in (404, 405) and kind != "application/json":
        hint = "Check the address. It often ends in /mcp."
        return MinimError("tool_failed", f"There is no MCP server at the address of “{name}” (HTTP {status}).", hint)
    if status >= 400 and kind != "application/json":
        said = f"HTTP {status} {one_line(response.reason_phrase, 60)}".strip()
        return MinimError("tool_failed", f"“{name}” answered with an error: {said}.")
    if status == 200 and kind not in ("application/json", "text/event-stream"):
        message = f"What is at the address of “{name}” is no MCP server: it answered with {kind or 'nothing'}."
        return MinimError("tool_failed", message, "Check the address. It often ends in /mcp.")
    return None


def _kind_of(response: httpx2.Response) -> str:
    return one_line(response.headers.get("content-type", "").partition(";")[0].strip().lower(), 100)


def _host_of(server: ToolServer) -> str:
    try:
        parts = urlsplit(server.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, None
    if parts is None or host is None or parts.scheme not in ("http", "https"):
        raise MinimError("tool_failed", f"The address of “{server.name}” is not one of http:// or https://.")
    return host


def _check_headers(server: ToolServer) -> None:
    """What cannot be sent is found here: an error of the library would tell the value, which is a secret."""
    for name, value in server.headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or not re.fullmatch(r"[\t\x20-\x7e]*", value):
            message = f"The header {one_line(name, 60)} of “{server.name}” holds characters that cannot be sent."
            raise MinimError("tool_failed", message, "Check the headers in the server's settings.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _certificates() -> ssl.SSLContext:
    context = ssl.create_default_context()  # the system's store, for a company's own authority
    context.load_verify_locations(certifi.where())  # and one that is there where the system has none
    return context
