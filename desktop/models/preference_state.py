"""The preferences as they are now; panes read them, ask for a change, and hear of it."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from backends.contract.preferences import Preferences


class PreferenceState(QObject):
    """Holds one frozen `Preferences`; a change replaces it."""

    preferences_changed = Signal(object)
    """The new `Preferences`."""

    def __init__(self, value: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._value = value

    @property
    def value(self) -> Preferences:
        return self._value

    def replace(self, **fields: Any) -> None:
        """Replace some fields of `Preferences`; says nothing when they are what they were."""
        self.take(msgspec.structs.replace(self._value, **fields))

    def take(self, value: Preferences) -> None:
        """These are the preferences now; says nothing when they are what they were."""
        if value != self._value:
            self._value = value
            self.preferences_changed.emit(value)

    def replace_window(self, **fields: Any) -> None:
        """Replace some fields of `Preferences.window`."""
        self.replace(window=msgspec.structs.replace(self._value.window, **fields))


def is_first_run(value: Preferences) -> bool:
    """Whether the window opens with the page of the first run: who has used Minim before does not see it."""
    match value.first_run:
        case "new":
            return value.model is None and not value.conversation
        case "begun":
            return value.model is None or value.model.source == "builtin"
        case "done":
            return False
