"""A server over HTTP that answers as the first part of the path says: wrong, too much, or with words of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MEGABYTE = b"x" * 1_000_000
BROKEN: dict[str, tuple[int, str, bytes, dict[str, str]]] = {
    "unauthorized": (401, "application/json", b'{"detail": "no"}', {}),
    "forbidden": (403, "text/plain", b"", {}),
    "nowhere": (404, "text/html", b"", {}),
    "error": (500, "text/html", b"", {}),
    "page": (200, "text/html", b"<html>", {}),
    "not-json": (200, "application/json", b"<html>", {}),
    "elsewhere": (307, "text/plain", b"", {"location": "http://127.0.0.1:1/other"}),
    "packed": (200, "application/json", b"\x1f\x8b", {"content-encoding": "gzip"}),
}
INITIALIZED: dict[str, Any] = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "odd", "version": "1"},
}


class OddHttp(ThreadingHTTPServer):
    """Keeps what it was asked: method, path and headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.let_go = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    @property
    def _odd(self) -> OddHttp:
        assert isinstance(self.server, OddHttp)
        return self.server

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._answer(405, "text/plain", [])

    def do_DELETE(self) -> None:
        self._odd.asked.append(("DELETE", self.path, dict(self.headers)))
        self._answer(204, "text/plain", [])

    def do_POST(self) -> None:
        message: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._odd.asked.append((str(message.get("method")), self.path, dict(self.headers)))
        how = self.path.split("/")[1]
        if how in BROKEN:
            status, kind, body, headers = BROKEN[how]
            self._answer(status, kind, [body], headers)
        elif "id" not in message:
            self._answer(202, "text/plain", [])
        elif message["method"] == "initialize":
            self._result(message, INITIALIZED, {"mcp-session-id": "one"})
        elif message["method"] == "tools/list":
            self._result(message, {"tools": [{"name": "run", "inputSchema": {"type": "object"}}]})
        else:
            self._call(how, message)

    def _call(self, how: str, message: dict[str, Any]) -> None:
        match how:
            case "big-json":
                self._answer(200, "application/json", [MEGABYTE] * 100)
            case "big-event":
                self._answer(200, "text/event-stream", [b"data: ", *[MEGABYTE] * 100])
            case "dense-json":
                self._result(message, {"content": [[]] * 300_000})
            case "dense-event":
                line = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"content": [[]] * 300_000}})
                self._answer(200, "text/event-stream", [b"data: ", line.encode(), b"\n\n"])
            case "flood":
                self._answer(200, "text/event-stream", self._flood())
            case "drop":
                self._answer(200, "text/event-stream", [])
            case "forgets":
                self._answer(404, "application/json", [b"{}"])
            case "hangs":
                self._odd.let_go.wait(30)
            case _:
                self._result(message, {"content": [{"type": "text", "text": "ran"}]})

    def _flood(self) -> Iterator[bytes]:
        changed = b'data: {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}\n\n'
        until = time.monotonic() + 20
        while time.monotonic() < until and not self._odd.let_go.is_set():
            yield changed * 20

    def _result(self, message: dict[str, Any], result: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        line = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result})
        self._answer(200, "application/json", [line.encode()], headers)

    def _answer(self, status: int, kind: str, body: Iterable[bytes], headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        for chunk in body:
            self.wfile.write(chunk)


@contextmanager
def odd_http() -> Generator[OddHttp]:
    """The server, on a thread."""
    server = OddHttp()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()
