"""Signals that end the process: the app hears of the first and ends in order, and a second ends it at once."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time

from PySide6.QtCore import QObject, Qt, Signal

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_TOGETHER_SECONDS = 0.5
"""What comes so soon after the first is the same wish: systemd sends SIGHUP right after SIGTERM, a shell whose window
is closed passes SIGHUP on and ends, and whoever started Minim may pass on a Ctrl+C that came here as well."""
_PATIENCE_SECONDS = 20.0
"""How long the app may take to end: its workers are killed after five. Then its own thread hangs."""


class EndSignals(QObject):
    """Hears SIGTERM, SIGINT and SIGHUP, those excepted that whoever started Minim had it ignore, as `nohup` does.

    A handler in Python runs between two steps of the main thread, which spends its time in Qt, and may hang there.
    So the system's own handler writes into a pipe, and a thread reads it. Once a process.
    """

    came = Signal()
    """The app is to end. Emitted on the thread that this object lives on, also while a dialog waits there."""
    _handed_over = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.exit_code = 0
        """What the process ends with, as a shell reports it; 0 as long as no signal came."""
        self._handed_over.connect(self.came, Qt.ConnectionType.QueuedConnection)
        self._pipe, writes = os.pipe()
        os.set_blocking(writes, False)
        signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
        for number in _SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda _signal, _frame: None)
        threading.Thread(target=self._listen, name="end-signals", daemon=True).start()

    def _listen(self) -> None:
        """The thread's whole life."""
        self.exit_code = 128 + self._next(None)
        since = time.monotonic()
        self._handed_over.emit()
        while (left := since + _PATIENCE_SECONDS - time.monotonic()) > 0:
            if self._next(left) and time.monotonic() - since >= _TOGETHER_SECONDS:
                break
        try:
            _kill_workers()
        finally:
            os._exit(self.exit_code)

    def _next(self, timeout: float | None) -> int:
        """The next signal that comes, 0 if none does in `timeout` seconds."""
        ready, _, _ = select.select([self._pipe], [], [], timeout)
        return os.read(self._pipe, 1)[0] if ready else 0


def _kill_workers() -> None:
    """They notice by themselves that nobody listens any more, but for one that hangs, with a model in memory."""
    import psutil

    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            child.kill()
