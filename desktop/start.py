"""The start: the window is painted as early as it can be, and what stands behind it is built right after."""

from __future__ import annotations

import logging
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from backends.contract.errors import MinimError
from backends.contract.models import LaunchChoice
from backends.contract.preferences import Preferences
from backends.storage.paths import log_folder
from backends.storage.settings import load_preferences
from desktop import languages, theme
from desktop.frame import Frame
from desktop.models.preference_state import is_first_run

if TYPE_CHECKING:
    from desktop.app import App


def run(arguments: Sequence[str], choice: LaunchChoice | None = None) -> int:
    """Open the window, with the model of `choice`, and stay until it is closed; returns the exit code."""
    application = QApplication(["minim", *arguments])
    application.setApplicationName("Minim")
    application.setApplicationDisplayName("Minim")
    application.setDesktopFileName("minim")
    try:
        logging.basicConfig(filename=log_folder() / "app.log", level=logging.WARNING)
        preferences, damage = load_preferences()
    except MinimError as error:
        preferences, damage = Preferences(), f"{error.message} {error.hint}".strip()
    theme.set_up(application, preferences.appearance)
    languages.use(application, preferences.language)
    frame = Frame(preferences, first_run=choice is None and not damage and is_first_run(preferences))
    opened: list[App] = []

    def open_app() -> None:
        app = _open_app(application, frame, damage)
        if app is not None:
            opened.append(app)
            if choice is not None:
                app.launch(choice)

    frame.window.painted.connect(open_app)
    frame.show()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in a terminal ends the app: Qt would not hear of it
    code = application.exec()
    for app in opened:
        app.close()
    return code


def _open_app(application: QApplication, frame: Frame, damage: str) -> App | None:
    """Build the rest of the app; None, and the application ends, if the stored conversations cannot be opened."""
    # Imported only here: the first paint needs no worker, no data and no icon, and would wait for all of them.
    from desktop.app import App, open_store
    from desktop.collector import Collector
    from desktop.widgets.glyph import app_icon

    try:
        store = open_store()
    except MinimError as error:
        from desktop import dialogs

        dialogs.show_fatal(error.message, error.hint)
        application.exit(1)
        return None
    app = App(frame.preferences.value, store, frame=frame)
    if damage:
        app.tell(damage)
    app.start()
    application.setWindowIcon(app_icon())
    Collector(application)
    return app
