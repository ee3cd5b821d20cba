"""Keeps the preferences: changes are saved a moment later, or at the end; another appearance is shown at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from desktop import theme
from desktop.models.preference_state import PreferenceState

_QUIET_MS = 1000


class PreferenceKeeper(QObject):
    """Saves with `save`, which raises MinimError; what could not be saved is tried again with the next change."""

    failed = Signal(str, str)
    """Why the preferences could not be saved, and what to do."""

    def __init__(
        self, preferences: PreferenceState, save: Callable[[Preferences], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._save = save
        self._saved = preferences.value
        self._appearance = preferences.value.appearance
        self._timer = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._timer.timeout.connect(self.keep)
        preferences.preferences_changed.connect(self._changed)

    def keep(self) -> None:
        """Save now what is not saved yet."""
        self._timer.stop()
        value = self._preferences.value
        if value == self._saved:
            return
        try:
            self._save(value)
            self._saved = value
        except MinimError as error:
            self.failed.emit(error.message, error.hint)

    def _changed(self, value: Preferences) -> None:
        application = QApplication.instance()
        if value.appearance != self._appearance and isinstance(application, QApplication):
            self._appearance = value.appearance
            theme.choose_appearance(application, value.appearance)
        self._timer.start()
