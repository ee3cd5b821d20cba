"""Listens for other starts of Minim while the window is open: what they ask for is done here, and they end."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from desktop.single_instance.window_lock import WindowLock
from desktop.single_instance.window_socket import MOST_BYTES, TAKEN, is_same_user, open_socket
from desktop.start_request import StartRequest

_log = logging.getLogger(__name__)

_PATIENCE_MS = 2000
_MOST_CALLERS = 8
_KEEP_MS = 3_600_000
"""How often the socket is touched: a Mac clears away what nobody touched for days among its temporary files."""


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
        self._data_folder = data_folder
        self._keeping = QTimer(self, interval=_KEEP_MS)
        self._keeping.timeout.connect(self.keep_address)
        if lock.holds:
            self._open()

    def keep_address(self) -> None:
        """See to it that others still find the socket where it was, or find another."""
        try:
            os.utime(self._address)
        except OSError:
            self._stop_listening()
            self._open()

    def close(self) -> None:
        """Hear nobody any more: who starts now waits until this process has ended. May be called twice."""
        self._lock.tell("ending")
        for caller in tuple(self._callers):
            caller.leave()
        self._keeping.stop()
        if self._listening is not None:
            self._stop_listening()
            with contextlib.suppress(OSError):
                Path(self._address).unlink()

    def _open(self) -> None:
        try:
            self._listening, self._address = open_socket(self._data_folder)
        except OSError:
            _log.info("Other starts of Minim cannot be heard", exc_info=True)
            self._lock.tell("open")
            return
        self._bell = QSocketNotifier(self._listening.fileno(), QSocketNotifier.Type.Read, self)
        self._bell.activated.connect(self._let_in)
        self._keeping.start()
        self._lock.tell("open", self._address)

    def _stop_listening(self) -> None:
        if self._listening is not None:
            self._bell.setEnabled(False)
            self._bell.deleteLater()
            self._listening.close()
            self._listening = None

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
