"""Listens for other starts of Minim while the window is open: what they ask for is done here, and they end."""

from __future__ import annotations

import contextlib
import logging
import socket
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from desktop.start_request import StartRequest
from desktop.window_lock import WindowLock
from desktop.window_socket import MOST_BYTES, TAKEN, is_same_user, open_socket

_log = logging.getLogger(__name__)

_PATIENCE_MS = 2000
_MOST_CALLERS = 8


class Doorkeeper(QObject):
    """Nothing here waits: a caller that is slow, sends something else or too much is sent away, and nothing changes."""

    requested = Signal(object)
    """`StartRequest`"""

    def __init__(self, lock: WindowLock, data_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = lock
        self._callers: set[_Caller] = set()
        self._listening: socket.socket | None = None
        self._address = ""
        if not lock.holds:
            return
        try:
            self._listening, self._address = open_socket(data_folder)
        except OSError:
            _log.info("Other starts of Minim cannot be heard", exc_info=True)
            lock.tell("open")
            return
        self._bell = QSocketNotifier(self._listening.fileno(), QSocketNotifier.Type.Read, self)
        self._bell.activated.connect(self._let_in)
        lock.tell("open", self._address)

    def close(self) -> None:
        """Hear nobody any more: who starts now waits until this process has ended. May be called twice."""
        self._lock.tell("ending")
        for caller in tuple(self._callers):
            caller.leave()
        if self._listening is not None:
            self._bell.setEnabled(False)
            self._listening.close()
            self._listening = None
            with contextlib.suppress(OSError):
                Path(self._address).unlink()

    def _let_in(self) -> None:
        if self._listening is None:
            return
        try:
            connection, _ = self._listening.accept()
        except OSError:
            return  # it has left already
        with contextlib.suppress(OSError):
            if len(self._callers) < _MOST_CALLERS and is_same_user(connection):
                caller = _Caller(connection, self)
                self._callers.add(caller)
                caller.asked.connect(self.requested)
                caller.left.connect(self._let_go)
                return
        connection.close()

    def _let_go(self, caller: _Caller) -> None:
        self._callers.discard(caller)
        caller.deleteLater()


class _Caller(QObject):
    """One other start, from its connection to its end: it may say one line."""

    asked = Signal(object)
    left = Signal(object)

    def __init__(self, connection: socket.socket, parent: QObject) -> None:
        super().__init__(parent)
        connection.setblocking(False)
        self._connection = connection
        self._said = bytearray()
        self._notifier = QSocketNotifier(connection.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._listen)
        self._timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._timer.timeout.connect(self.leave)
        self._timer.start()

    def leave(self) -> None:
        """Hang up."""
        self._timer.stop()
        self._notifier.setEnabled(False)
        self._connection.close()
        self.left.emit(self)

    def _listen(self) -> None:
        try:
            piece = self._connection.recv(MOST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self._said += piece
        if b"\n" in self._said[:MOST_BYTES]:
            self._take(bytes(self._said.partition(b"\n")[0]))
        elif not piece or len(self._said) >= MOST_BYTES:
            self.leave()

    def _take(self, line: bytes) -> None:
        try:
            request = msgspec.json.decode(line, type=StartRequest)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self.leave()
            return
        with contextlib.suppress(OSError):  # it has left, and asked all the same
            self._connection.send(TAKEN)
        self.leave()
        self.asked.emit(request)
