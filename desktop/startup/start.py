"""The start: the window is painted as early as it can be, and what stands behind it is built right after."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.storage.logs import begin_log
from backends.storage.paths import data_folder
from backends.storage.settings import load_preferences
from desktop import languages, theme
from desktop.models.preference_state import is_first_run
from desktop.shutdown.end_signals import EndSignals
from desktop.single_instance.window_lock import WindowLock
from desktop.start_request import StartRequest
from desktop.startup.application import Application
from desktop.window.frame import Frame

if TYPE_CHECKING:
    from desktop.app import App


_UNSEEN_MS = 3_000
"""So long a window that has not been painted is taken for one that nobody looks at yet."""


def run(arguments: Sequence[str], request: StartRequest | None = None, lock: WindowLock | None = None) -> int:
    """Open the window, do in it what is asked, and stay until it is closed; returns the exit code.

    Other starts find the window through `lock`.
    """
    request, lock = request or StartRequest(), lock or WindowLock()
    application = Application(["minim", *arguments])
    preferences, damage = _preferences()
    damage = f"{damage} {begin_log()}".strip()
    theme.set_up(application, preferences.appearance)
    languages.use(application, preferences.language)
    frame = Frame(preferences, first_run=not (damage or request.is_for_model) and is_first_run(preferences))
    opened: list[App] = []

    def open_app() -> None:
        app = _open_app(application, frame, damage, lock)
        if app is not None:
            opened.append(app)
            app.outside.do(request)
            application.open_with(app.outside.take_paths)

    def end() -> None:
        for app in opened:
            app.leaving.end()
        application.exit(0)  # what follows the app ended with it, unless a signal came before there was one

    frame.window.painted.connect(open_app)
    QTimer.singleShot(_UNSEEN_MS, frame.window.take_as_painted)
    frame.show()
    signals = EndSignals()
    signals.came.connect(end)
    code = application.exec()
    for app in opened:
        app.close()
    lock.release()
    return signals.exit_code or code


def say_why_not(arguments: Sequence[str], message: str, hint: str) -> int:
    """Say in a window of its own why there can be no window; returns the exit code."""
    from desktop.window import dialogs

    application = Application(["minim", *arguments])
    preferences, _ = _preferences()
    languages.use(application, preferences.language)
    dialogs.show_fatal(message, hint)
    return 1


def _preferences() -> tuple[Preferences, str]:
    """What the person chose, and what is wrong with it in words, "" if nothing."""
    try:
        return load_preferences()
    except MinimError as error:
        return Preferences(), f"{error.message} {error.hint}".strip()


def _open_app(application: Application, frame: Frame, damage: str, lock: WindowLock) -> App | None:
    """Build the rest of the app; None, and the application ends, if the stored conversations cannot be opened."""
    # Imported only here: the first paint needs no worker, no data and no icon, and would wait for all of them.
    from desktop.app import App, open_store
    from desktop.single_instance.doorkeeper import Doorkeeper
    from desktop.startup.collector import Collector
    from desktop.widgets.glyph import app_icon

    try:
        store = open_store()
    except MinimError as error:
        from desktop.window import dialogs

        lock.release()
        dialogs.show_fatal(error.message, error.hint)
        application.exit(1)
        return None
    app = App(frame.preferences.value, store, frame=frame)
    if damage:
        app.notices.tell_for_all(damage)
    app.start()
    application.follow(app.leaving)
    if not has_icon_of_its_own():
        application.setWindowIcon(app_icon())
    Collector(application)
    door = Doorkeeper(lock, data_folder(), app)
    door.requested.connect(app.outside.take)
    app.ending.connect(door.close)
    return app


def has_icon_of_its_own() -> bool:
    """Whether this is a Mac's app, which the Dock shows with the bundle's icon until it is given another."""
    return sys.platform == "darwin" and bool(getattr(sys, "frozen", False))
