"""The self-test of the window: the app on a home of its own loads Pocket M2, does a turn, and opens each window."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QLocale,
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
    qVersion,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.report.bench import Bench
from desktop import languages, theme
from desktop.app import App, open_store
from desktop.self_test.turn import Turn
from desktop.self_test.windows import WINDOWS, PaintWatch, Shown

_START_SECONDS = 30.0
_LOAD_SECONDS = 60.0
_TURN_SECONDS = 60.0
_PAINT_SECONDS = 15.0
_LOOK_MS = 10


class WindowTest:
    """`command` starts the engine worker where it is not this program; `unseen` says why nobody sees the windows."""

    def __init__(self, bench: Bench, preferences: Preferences, command: Sequence[str] | None, unseen: str) -> None:
        self._bench = bench
        language, appearance = preferences.language, preferences.appearance
        self._preferences = Preferences(language=language, appearance=appearance, first_run="done")
        self._commands = {"engine": list(command)} if command is not None else {}
        self._unseen = unseen
        self._app: App | None = None
        self.facts: list[str] = []
        """What is known of Qt and the display, in lines."""

    def run(self) -> None:
        """Add the rows of the window. Leaves no window, no worker and no data open."""
        qInstallMessageHandler(self._take_message)
        gc.disable()  # as the app does: widgets are not collected on another thread
        application = QApplication(["minim"])
        application.setApplicationName("Minim")
        application.setQuitOnLastWindowClosed(False)
        theme.set_up(application, self._preferences.appearance)
        languages.use(application, self._preferences.language)
        self.facts += _display_facts(application)
        try:
            if self._bench.run_here("Main window", self._open, _START_SECONDS):
                self._use(self._opened)
        finally:
            self._close()

    def _take_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        """What Qt says goes on as it does; of the platform that draws unseen it is known what that cannot do."""
        if message.startswith("This plugin does not support"):
            return
        told = f"{context.category or 'qt.default'}: {message}"
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
            self._bench.traces.append(told)
        if sys.stderr is not None:
            sys.stderr.write(f"{told}\n")

    @property
    def _opened(self) -> App:
        assert self._app is not None
        return self._app

    def _use(self, app: App) -> None:
        turn = Turn(app)
        loaded = self._bench.run_here("Pocket M2, 4-bit", lambda: turn.load(self._wait, _LOAD_SECONDS), _LOAD_SECONDS)
        if loaded:
            self._bench.run_here("A turn with a tool", lambda: turn.ask(self._wait, _TURN_SECONDS), _TURN_SECONDS)
        else:
            self._bench.leave_out("A turn with a tool", "Pocket M2 was not loaded")
        for shown in WINDOWS:
            self._bench.run_here(shown.name, lambda shown=shown: self._show(app, shown), _PAINT_SECONDS)

    def _open(self) -> str:
        began = time.monotonic()
        self._app = App(self._preferences, open_store(), commands=self._commands)
        watch = PaintWatch(self._app.window)
        self._app.start()
        self._wait(lambda: watch.painted, _START_SECONDS, "It was not painted.")
        words = f"painted after {time.monotonic() - began:.2f} s: {watch.words()}"
        return f"{words}; {self._unseen}" if self._unseen else f"{words}, {QGuiApplication.platformName()}"

    def _show(self, app: App, shown: Shown) -> str:
        """Open one window, see it painted, and close it again."""
        widget = shown.open(app)
        if widget is None:
            raise MinimError("internal", "It was not opened.")
        try:
            watch = PaintWatch(widget)
            self._wait(lambda: watch.painted, _PAINT_SECONDS, "It was not painted.")
            return watch.words()
        finally:
            if isValid(widget):
                shown.close(widget)
            QCoreApplication.processEvents()

    def _wait(self, until: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Let the app work until `until` says so. Raises MinimError with the words `otherwise` if it never does."""
        loop, end = QEventLoop(), time.monotonic() + seconds

        def is_over() -> bool:
            return self._bench.stopped or until() or time.monotonic() > end

        if not is_over():
            look = QTimer(interval=_LOOK_MS)
            look.timeout.connect(lambda: loop.quit() if is_over() else None)
            look.start()
            loop.exec()
            look.stop()
        if self._bench.stopped:
            raise KeyboardInterrupt
        if not until():
            raise MinimError("internal", otherwise)

    def _close(self) -> None:
        if self._app is not None:
            self._app.close()
            self._app.window.hide()
            self._app.window.deleteLater()
            self._app.deleteLater()
            self._app = None
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _display_facts(application: QApplication) -> list[str]:
    screens = [
        f"{screen.size().width()} × {screen.size().height()} at {screen.devicePixelRatio():g}"
        for screen in application.screens()
    ]
    style: QObject = application.style()
    return [
        f"Qt {qVersion()}, platform {QGuiApplication.platformName()}, style {style.objectName()}",
        f"screens: {', '.join(screens) or 'none'}",
        f"locale {QLocale().name()}, {'dark' if theme.is_dark() else 'light'}",
    ]
