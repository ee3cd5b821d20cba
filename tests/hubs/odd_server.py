"""A server that answers as a test wishes, byte for byte: for what no hub would do."""

from __future__ import annotations

import gzip
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

CERTIFICATE = Path(__file__).with_name("loopback.pem")


class Said(NamedTuple):
    """An answer; its length is told unless `headers` do."""

    status: int = 200
    headers: dict[str, str] = {}
    body: bytes = b""


class OddServer(ThreadingHTTPServer):
    """Answers each request by what `answer(path, headers)` gives, until the `with` block ends.

    An answer None is silence until then. `asked` are the requests' lines and headers, in lower case.
    """

    daemon_threads = True

    def __init__(self, answer: Callable[[str, dict[str, str]], Said | None], *, tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        self.came = threading.Event()
        self.ended = threading.Event()
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> OddServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.ended.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count it."""
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: clients break off on purpose here."""


class _Handler(BaseHTTPRequestHandler):
    server: OddServer  # pyright: ignore[reportIncompatibleVariableOverride] it is always the one above
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.path, headers))
        self.server.came.set()
        said = self.server.answer(self.path, headers)
        if said is None:
            self.server.ended.wait(60)
            self.close_connection = True
            return
        self.send_response(said.status)
        for name, value in ({"Content-Length": str(len(said.body))} | said.headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `asked` has it all."""


def zipped(content: bytes) -> Said:
    """The content, compressed whether that was wanted or not."""
    return Said(headers={"Content-Encoding": "gzip"}, body=gzip.compress(content, 1))
