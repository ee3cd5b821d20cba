"""A server's stdin and stdout as the streams that the MCP SDK reads and writes: one JSON message a line."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams  # the protocol that `Client` documents for transports
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from backends.contract.errors import MinimError
from backends.tools.server_log import ServerLog
from backends.tools.server_pace import MAX_PARTS, Pace, parts_in
from backends.tools.server_process import ServerProcess, end_in_turn

MAX_LINE_BYTES = 8 * 1024 * 1024
MAX_UNREADABLE_LINES = 1000
_CHUNK = 256 * 1024
_STDOUT_BYTES_PER_SECOND = 32 * 1024 * 1024
_STDERR_BYTES_PER_SECOND = 2 * 1024 * 1024
_UNREADABLE_LINES_PER_SECOND = 500
_READING_SHARE = 0.25
"""Of each second, for reading one server's messages: meanwhile nothing else in this process goes on."""

_AFTER_EXIT_SECONDS = 0.3
_FLUSH_SECONDS = 0.2


class ServerPipes:
    """The pipes of one process, read and written on the event loop's thread.

    `fault` says why the server had to be ended, None if it need not. `ended_by_itself`: nobody had asked it to, and
    `exit_code` is what it ended with, None if it only closed its stdout.
    """

    def __init__(self, name: str, process: ServerProcess, exited: asyncio.Event, log: ServerLog) -> None:
        self._name = name
        self._process = process
        self._exited = exited
        self._log = log
        self._unreadable = 0
        self._at_end = False
        self.fault: MinimError | None = None
        self.ended_by_itself = False
        self.exit_code: int | None = None

    @asynccontextmanager
    async def streams(self) -> AsyncGenerator[TransportStreams, None]:
        """The streams, for as long as they are wanted; then the server is ended, with all that it started."""
        arrived, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        write, to_send = anyio.create_memory_object_stream[SessionMessage](0)
        sent, logged = anyio.Event(), anyio.Event()
        sending = anyio.CancelScope()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen, arrived)
                tasks.start_soon(self._send, to_send, arrived, sending, sent)
                tasks.start_soon(self._keep_log, logged)
                try:
                    yield read, write
                finally:
                    # The server ends under whatever stops us: a process must not stay.
                    with anyio.CancelScope(shield=True):
                        write.close()
                        read.close()
                        with anyio.move_on_after(_FLUSH_SECONDS):
                            await sent.wait()
                        sending.cancel()
                        await sent.wait()
                        await self._end()
                        with anyio.move_on_after(_FLUSH_SECONDS):
                            await logged.wait()
                    tasks.cancel_scope.cancel()
        finally:
            for stream in (arrived, read, write, to_send):
                stream.close()
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                with suppress(OSError):
                    pipe.close()

    async def _end(self) -> None:
        """Close stdin and let the process end, in a thread: the loop serves other servers meanwhile."""
        await anyio.to_thread.run_sync(self._process.note_descendants)  # while they still are its own
        self.ended_by_itself = self._at_end or self._exited.is_set()
        if self.ended_by_itself:
            await anyio.to_thread.run_sync(self._process.wait, _FLUSH_SECONDS)
            self.exit_code = self._process.exit_code
        with suppress(OSError):
            self._process.stdin.close()
        await anyio.to_thread.run_sync(end_in_turn, self._process)

    async def _listen(self, arrived: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        """Read lines until stdout closes, the process has ended, or it has sent what cannot be taken."""
        with arrived:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._stop_after_exit, tasks.cancel_scope)
                try:
                    await self._read_lines(arrived)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    pass  # nobody listens any more: the server is being ended
                except MinimError as error:
                    self.fault = error
                    self._log.note(error.message)
                    self._process.ask_to_end()
                tasks.cancel_scope.cancel()

    async def _stop_after_exit(self, scope: anyio.CancelScope) -> None:
        """What left the group may hold the pipe open for ever."""
        await self._exited.wait()
        self._at_end = True
        await anyio.sleep(_AFTER_EXIT_SECONDS)
        scope.cancel()

    async def _read_lines(self, arrived: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        pace = Pace(_STDOUT_BYTES_PER_SECOND)
        slowly, work = Pace(_UNREADABLE_LINES_PER_SECOND), Pace(_READING_SHARE)
        line = bytearray()
        while chunk := await _read(self._process.stdout.fileno()):
            await pace.spend(len(chunk))
            *ended, rest = chunk.split(b"\n")
            for part in ended:
                line += part
                self._check_length(line)
                began = time.thread_time()
                message = self._message(line)
                await work.spend(time.thread_time() - began)
                line = bytearray()
                if message is not None:
                    await arrived.send(message)
                else:
                    await slowly.spend(1)
            line += rest
            self._check_length(line)
        self._at_end = True

    def _check_length(self, line: bytearray) -> None:
        if len(line) > MAX_LINE_BYTES:
            message = f"“{self._name}” sent a message of more than 8 MB, so it was ended."
            raise MinimError("tool_failed", message, "Ask it for less at once.")

    def _message(self, line: bytearray) -> SessionMessage | None:
        """The message of a line, None if it is none: servers print banners where they must not."""
        if not line.strip():
            return None
        if parts_in(line) > MAX_PARTS:
            words = f"“{self._name}” sent a message of more than {MAX_PARTS:,} parts, so it was ended."
            raise MinimError("tool_failed", words, "Ask it for less at once.")
        try:
            message = jsonrpc_message_adapter.validate_json(bytes(line), by_name=False)
        except ValueError:
            self._unreadable += 1
            self._log.write(b"[stdout] " + bytes(line[:500]) + b"\n")
            if self._unreadable >= MAX_UNREADABLE_LINES:
                words = f"“{self._name}” sent {MAX_UNREADABLE_LINES:,} lines that are no MCP messages, so it was ended."
                raise MinimError("tool_failed", words, "Its log shows them.") from None
            return None
        self._unreadable = 0
        return SessionMessage(message)

    async def _send(
        self,
        to_send: MemoryObjectReceiveStream[SessionMessage],
        arrived: MemoryObjectSendStream[SessionMessage | Exception],
        sending: anyio.CancelScope,
        sent: anyio.Event,
    ) -> None:
        """Write messages one after the other; a cancelled request never leaves half a line."""
        try:
            with to_send, sending:
                async for item in to_send:
                    line = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                    await _write(self._process.stdin.fileno(), line.encode("utf-8", "replace") + b"\n")
        except (OSError, ValueError):  # it reads no more: whoever waits for an answer learns it
            arrived.close()
        finally:
            sent.set()

    async def _keep_log(self, logged: anyio.Event) -> None:
        pace = Pace(_STDERR_BYTES_PER_SECOND)
        try:
            while printed := await _read(self._process.stderr.fileno()):
                self._log.write(printed)
                await pace.spend(len(printed))
        finally:
            logged.set()


async def _read(pipe: int) -> bytes:
    """What there is in a pipe, at least one byte; b"" at its end."""
    while True:
        await anyio.wait_readable(pipe)
        try:
            return os.read(pipe, _CHUNK)
        except BlockingIOError:
            continue
        except OSError:
            return b""


async def _write(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        await anyio.wait_writable(pipe)
        with suppress(BlockingIOError):
            view = view[os.write(pipe, view) :]
