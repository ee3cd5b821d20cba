"""Answers as bytes on a connection: ranges, and everything that can go wrong with them."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub.answers import Answer, Question, say, wanted_range
from tests.hub.misbehaviour import Misbehaviour, Rule, Rules
from tests.hub.traffic import Request, Traffic

_PATIENCE_SECONDS = 60
"""How long a stall lasts at most: a test that forgot it must end all the same."""
_LOOK_SECONDS = 0.05
"""How long a stall, or the wait for a connection, does not look whether the hub is to close."""
_STEP = 64 * 2**20
_HONEST = Misbehaviour()

Route = Callable[[Question], Answer]


class Listener(ThreadingHTTPServer):
    """One host of the hub, on a port of loopback, serving in threads of its own until `close()`."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, name: str, port: int, route: Route, rules: Rules, traffic: Traffic) -> None:
        self.name = name
        self.route = route
        self.rules = rules
        self.traffic = traffic
        self.closing = False
        self.failures: list[BaseException] = []
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Wire)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_LOOK_SECONDS,), name=f"hub {name}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening, cut every connection, and wait for their threads."""
        self.closing = True
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._lock:
            left = dict(self._open)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in left.values():
            thread.join(_PATIENCE_SECONDS)

    def server_bind(self) -> None:
        """Bind without asking for the machine's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, known to `close()` meanwhile."""
        with self._lock:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong in the hub itself; `Hub.close` raises it."""
        if (failure := sys.exception()) is not None and not isinstance(failure, ConnectionError):
            self.failures.append(failure)


class Wire(BaseHTTPRequestHandler):
    """One connection."""

    server: Listener  # pyright: ignore[reportIncompatibleVariableOverride] it is always the one above
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self) -> None:
        """Answer one request."""
        question = self._question()
        answer = self.server.route(question)
        rule = self.server.rules.find(question.host, question.method, answer.key, answer.redirects)
        request = Request(question.host, question.method, answer.key, question.target, question.headers)
        self.server.traffic.add(request)
        behaviour = rule.behaviour if rule else _HONEST
        try:
            self._send(_spoilt(answer, behaviour), question, behaviour, rule, request)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        finally:
            if rule:
                rule.reached.set()

    do_GET = do_HEAD = do_POST = do_PUT = serve  # noqa: N815 the names that http.server looks for

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: `Traffic` has it all."""

    def _question(self) -> Question:
        parts = urlsplit(self.path)
        lists = parse_qs(parts.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        query = {name: values[-1] for name, values in lists.items()}
        return Question(self.server.name, self.command, unquote(parts.path), self.path, query, lists, headers, body)

    def _send(
        self, answer: Answer, question: Question, behaviour: Misbehaviour, rule: Rule | None, request: Request
    ) -> None:
        start, stop = 0, answer.size
        wanted = None
        if answer.file and answer.takes_ranges and not behaviour.ignore_range and self._still_valid(answer, question):
            wanted = wanted_range(question.headers.get("range", ""), answer.size)
        if wanted:
            start, stop = wanted
            answer.status = 206 if start < stop else 416
            off = behaviour.range_off_by
            span = f"{start + off}-{stop - 1 + off}" if start < stop else "*"
            answer.headers["Content-Range"] = f"bytes {span}/{answer.size}"
        request.status = answer.status
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not behaviour.no_length:
            self.send_header("Content-Length", str(stop - start + behaviour.longer_by + behaviour.length_off_by))
        if behaviour.no_length or behaviour.length_off_by:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if question.method != "HEAD":
            with answer.file.open("rb") if answer.file else contextlib.nullcontext() as file:
                _Body(self.connection, answer.body, file, behaviour, request).send(start, stop, self._steps(rule))

    def _still_valid(self, answer: Answer, question: Question) -> bool:
        """Whether the range may be given: If-Range names the file as it is now."""
        return question.headers.get("if-range", answer.headers.get("ETag")) == answer.headers.get("ETag")

    def _steps(self, rule: Rule | None) -> list[tuple[int, Callable[[], None]]]:
        """What happens after how many bytes of the body."""
        if rule is None:
            return []
        happenings = (
            (rule.behaviour.stall_after, lambda: self._stall(rule)),
            (rule.behaviour.drop_after, self._drop),
            (rule.behaviour.end_after, self._end),
        )
        return sorted(((at, what) for at, what in happenings if at is not None), key=lambda step: step[0])

    def _stall(self, rule: Rule) -> None:
        rule.reached.set()
        end = time.monotonic() + _PATIENCE_SECONDS
        while not rule.wait_released(_LOOK_SECONDS) and not self.server.closing and time.monotonic() < end:
            pass

    def _drop(self) -> None:
        # With no time to linger, closing resets the connection instead of ending it.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()
        raise ConnectionAbortedError

    def _end(self) -> None:
        self.connection.shutdown(socket.SHUT_WR)
        raise ConnectionAbortedError


class _Body:
    """The bytes of one answer, from memory or from a file, as fast as the system copies them."""

    def __init__(
        self,
        connection: socket.socket,
        body: bytes,
        file: IO[bytes] | None,
        behaviour: Misbehaviour,
        request: Request,
    ) -> None:
        self._connection = connection
        self._body = memoryview(body)
        self._file = file
        self._behaviour = behaviour
        self._request = request

    def send(self, start: int, stop: int, steps: list[tuple[int, Callable[[], None]]]) -> None:
        """Send the bytes [start, stop), with what happens on the way."""
        at = start
        for after, happen in steps:
            if start + after > stop:
                break
            self._send(at, start + after)
            at = start + after
            happen()
        self._send(at, stop)
        if self._behaviour.longer_by:
            self._connection.sendall(bytes(self._behaviour.longer_by))
            self._request.sent += self._behaviour.longer_by

    def _send(self, start: int, stop: int) -> None:
        spoilt = self._behaviour.corrupt_at
        if spoilt is not None and start <= spoilt < stop:
            self._send_true(start, spoilt)
            self._connection.sendall(bytes([self._byte(spoilt) ^ 0xFF]))
            self._request.sent += 1
            start = spoilt + 1
        self._send_true(start, stop)

    def _send_true(self, start: int, stop: int) -> None:
        speed = self._behaviour.bytes_per_second
        step = max(1, speed // 20) if speed else _STEP
        for at in range(start, stop, step):
            end = min(at + step, stop)
            if self._file:
                self._copy(at, end)
            else:
                self._connection.sendall(self._body[at:end])
                self._request.sent += end - at
            if speed:
                time.sleep((end - at) / speed)

    def _copy(self, start: int, stop: int) -> None:
        assert self._file
        self._file.seek(start)
        try:
            self._connection.sendfile(self._file, start, stop - start)
        finally:
            self._request.sent += self._file.tell() - start

    def _byte(self, at: int) -> int:
        if self._file is None:
            return self._body[at]
        self._file.seek(at)
        return self._file.read(1)[0]


def _spoilt(answer: Answer, behaviour: Misbehaviour) -> Answer:
    """The answer with another status, link or ETag."""
    if behaviour.status:
        extra = {"Retry-After": behaviour.retry_after, "X-Error-Code": behaviour.error_code}
        answer = say(answer.key, {"error": "as the test wishes"}, behaviour.status)
        answer.headers |= {name: value for name, value in extra.items() if value}
    headers = dict(answer.headers)
    if behaviour.expired_link and "Location" in headers:
        headers["Location"] = headers["Location"].replace("Signature=", "Signature=expired")
    for name in ("ETag", "X-Linked-ETag"):
        if behaviour.etag and name in headers:
            headers[name] = f'"{behaviour.etag}"'
    return replace(answer, headers=headers)
