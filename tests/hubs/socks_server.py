"""A SOCKS5 proxy on loopback (RFC 1928, RFC 1929): every name that it is asked for is loopback itself."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
from types import TracebackType
from typing import cast

_NAME, _ADDRESS = 3, 1
_NO_LOGIN, _LOGIN = 0, 2
_READ_BYTES = 1 << 16


class SocksServer(socketserver.ThreadingTCPServer):
    """Serves until the `with` block ends. `asked` are the names and ports that clients wanted, in order.

    `login` is the name and password without which nobody is let through, if it is given.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, login: tuple[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.login = login
        self.asked: list[tuple[str, int]] = []
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> SocksServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: clients break off as they like."""


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("SocksServer", self.server)
        _, count = self.rfile.read(2)
        ways = self.rfile.read(count)
        way = _LOGIN if server.login else _NO_LOGIN
        self.wfile.write(bytes([5, way if way in ways else 0xFF]))
        if way not in ways or (server.login and not self._is_let_in(server.login)):
            return
        _, _, _, kind = self.rfile.read(4)
        name = self.rfile.read(self.rfile.read(1)[0]).decode() if kind == _NAME else ""
        if kind == _ADDRESS:
            name = socket.inet_ntoa(self.rfile.read(4))
        port = int.from_bytes(self.rfile.read(2), "big")
        server.asked.append((name, port))
        try:
            there = socket.create_connection(("127.0.0.1", port))
        except OSError:
            self.wfile.write(bytes([5, 5, 0, 1, *bytes(6)]))  # refused
            return
        self.wfile.write(bytes([5, 0, 0, 1, *bytes(6)]))
        with there:
            self._pass_on(there)

    def _is_let_in(self, login: tuple[str, str]) -> bool:
        self.rfile.read(1)
        given = tuple(self.rfile.read(self.rfile.read(1)[0]).decode() for _ in login)
        self.wfile.write(bytes([1, given != login]))
        return given == login

    def _pass_on(self, there: socket.socket) -> None:
        """Both ways, until one side has no more to say."""
        pairs = {self.connection: there, there: self.connection}
        while True:
            for ready in select.select(list(pairs), [], [])[0]:
                piece = ready.recv(_READ_BYTES)
                if not piece:
                    return
                pairs[ready].sendall(piece)
