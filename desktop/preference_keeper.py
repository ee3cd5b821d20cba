"""Keeps the preferences: saves changes, takes those that others save, and shows another appearance at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from desktop import theme
from desktop.models.preference_state import PreferenceState

_QUIET_MS = 1000
_LOOK_MS = 200


class PreferenceKeeper(QObject):
    """Saves a moment after a change, and at the end; what could not be saved is tried again with the next change.

    `save` writes what differs between its two arguments, and returns the preferences as they are then; it raises
    MinimError. Whenever something changes in the folder `watched`, it is called to see what others have written: what
    `minim tools` revokes is revoked in an open window.
    """

    failed = Signal(str, str)
    """Why the preferences could not be saved, and what to do."""

    def __init__(
        self,
        preferences: PreferenceState,
        save: Callable[[Preferences, Preferences], Preferences],
        parent: QObject | None = None,
        *,
        watched: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._save = save
        self._saved = preferences.value
        self._appearance = preferences.value.appearance
        self._timer = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._timer.timeout.connect(self.keep)
        preferences.preferences_changed.connect(self._changed)
        self._look_timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._look_timer.timeout.connect(self._look)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._look_timer.start)
        if watched is not None:
            self._watcher.addPath(str(watched))

    def keep(self) -> None:
        """Save now what is not saved yet."""
        self._timer.stop()
        if self._preferences.value != self._saved:
            self._look()

    def close(self) -> None:
        """Save what is not saved yet, and look no more: what changes in the folder from now on is somebody else's."""
        self.keep()
        self._preferences.preferences_changed.disconnect(self._changed)
        self._watcher.directoryChanged.disconnect(self._look_timer.start)
        self._look_timer.stop()
        self._timer.stop()

    def _look(self) -> None:
        """Write what was changed here, and take what was changed elsewhere."""
        try:
            self._saved = self._save(self._saved, self._preferences.value)
        except MinimError as error:
            self.failed.emit(error.message, error.hint)
        else:
            self._preferences.take(self._saved)

    def _changed(self, value: Preferences) -> None:
        application = QApplication.instance()
        if value.appearance != self._appearance and isinstance(application, QApplication):
            self._appearance = value.appearance
            theme.choose_appearance(application, value.appearance)
        self._timer.start()
