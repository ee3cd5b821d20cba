"""The machine does not fall asleep over a download or an answer; its display may, and so may whoever waits."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from desktop.shutdown.activity import Activity

if TYPE_CHECKING:
    from wakepy import DBusAdapter

_log = logging.getLogger(__name__)

_PATIENCE_MS = 20_000
"""What is over sooner is not worth a word to the system: none falls asleep so soon after a person wrote."""
_END_SECONDS = 1.0

Hold = Callable[[str], AbstractContextManager[object]]
"""Keeps the machine awake as long as it is entered; given what for, in words. May block, and may raise."""


def keep_awake(why: str) -> AbstractContextManager[object]:
    """The system’s own means against idle sleep, whichever it has; if it has none, nothing. Never the display’s.

    All of them are let go when this process ends, however it ends: a D-Bus name is gone with its connection, and
    `caffeinate` with the pipe that it reads.
    """
    from wakepy import keep

    return keep.running(on_fail="pass", dbus_adapter=_adapter(why) if sys.platform == "linux" else None)


class Wakefulness(QObject):
    """Holds the machine awake from the first reason to the last, on a thread of its own: the system may be slow."""

    def __init__(
        self, activity: Activity, parent: QObject, *, hold: Hold = keep_awake, patience_ms: int = _PATIENCE_MS
    ) -> None:
        super().__init__(parent)
        self._activity = activity
        self._closed = False
        self._hold = hold
        self._over: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._patience = QTimer(self, singleShot=True, interval=patience_ms)
        self._patience.timeout.connect(self._begin)
        activity.changed.connect(self._look)

    @property
    def holds(self) -> bool:
        """Whether the system is asked to stay awake."""
        return self._over is not None

    def close(self) -> None:
        """Let go for good, and wait a moment for it."""
        self._closed = True
        self._release()
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def _look(self) -> None:
        if self._closed or not self._activity.doing.needs_wakefulness:
            self._release()
        elif self._over is None and not self._patience.isActive():
            self._patience.start()

    def _begin(self) -> None:
        self._over = threading.Event()
        why = QCoreApplication.translate("Wakefulness", "Downloading or answering")
        arguments = (self._hold, why, self._over)
        self._thread = threading.Thread(target=_stay_awake, args=arguments, name="wakefulness", daemon=True)
        self._thread.start()

    def _release(self) -> None:
        self._patience.stop()
        if self._over is not None:
            self._over.set()
            self._over = None


def _stay_awake(hold: Hold, why: str, over: threading.Event) -> None:
    """One hold, from its begin to its end. The thread's whole life."""
    try:
        with hold(why):
            over.wait()
    except Exception:  # noqa: BLE001 - a machine that falls asleep is no reason to disturb anybody
        _log.info("The system was not kept awake.", exc_info=True)


def _adapter(why: str) -> type[DBusAdapter]:
    """Speaks to the desktop in Minim’s name: it shows people who keeps their machine awake, and what for."""
    from wakepy.core import DBusMethodCall
    from wakepy.dbus_adapters.jeepney import JeepneyDBusAdapter

    said = {"application_name": "Minim", "app_id": "minim", "reason_for_inhibit": why, "reason": why}

    class Adapter(JeepneyDBusAdapter):
        def process(self, call: DBusMethodCall) -> object:
            given = call.get_kwargs()
            if given is None:
                return super().process(call)
            return super().process(DBusMethodCall(call.method, {name: said.get(name, given[name]) for name in given}))

    return Adapter
