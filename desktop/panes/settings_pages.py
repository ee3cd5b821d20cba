"""The plain pages of the settings: general, chat, memory."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPlainTextEdit

from desktop.models import words
from desktop.models.preference_state import PreferenceState
from desktop.panes.settings_page import SettingsPage

_GB = 10**9
_BUDGETS = (2 * _GB, 8 * _GB, 32 * _GB, 100 * _GB)
_IDLE_MINUTES = (5, 15, 30, 60)


class GeneralPage(SettingsPage):
    """How the app looks and what Enter does."""

    def __init__(self, preferences: PreferenceState) -> None:
        super().__init__(preferences)
        self.appearance = self.choice(
            "appearance",
            self.tr("Appearance"),
            {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")},
        )
        self.row(self.tr("Appearance"), self.appearance)
        self.language = self.choice(
            "language",
            self.tr("Language"),
            {"system": self.tr("As the system"), "en": "English", "zh_CN": "简体中文"},
        )
        self.row(self.tr("Language"), self.language, self.tr("Another language is used from the next start on."))
        self.send_with = self.choice(
            "send_with",
            self.tr("Send a message with"),
            {"enter": self.tr("Enter"), "mod_enter": self.tr("Ctrl+Enter, or Cmd+Enter on a Mac")},
        )
        self.row(self.tr("Send with"), self.send_with)


class ChatPage(SettingsPage):
    """What every conversation begins with."""

    def __init__(self, preferences: PreferenceState) -> None:
        super().__init__(preferences)
        self.system_prompt = QPlainTextEdit(preferences.value.system_prompt)
        self.system_prompt.setAccessibleName(self.tr("System prompt"))
        self.system_prompt.setPlaceholderText(self.tr("None: the model’s own is used"))
        self.system_prompt.setTabChangesFocus(True)
        self.system_prompt.setFixedHeight(132)
        self.system_prompt.textChanged.connect(self.typing.start)
        self.row(self.tr("System prompt"), self.system_prompt)

    def keep_texts(self) -> None:
        super().keep_texts()
        self.preferences.replace(system_prompt=self.system_prompt.toPlainText().strip())


class MemoryPage(SettingsPage):
    """What the app keeps of a model and of what it has read. `used_bytes`: what KV caches take on the disk now."""

    def __init__(self, preferences: PreferenceState, used_bytes: Callable[[], int]) -> None:
        super().__init__(preferences)
        self._used_bytes = used_bytes
        minutes = dict.fromkeys((*_IDLE_MINUTES, preferences.value.unload_after_minutes))
        idle = {0: self.tr("Never")} | {n: self.tr("After %s minutes") % n for n in sorted(minutes) if n}
        self.unload = self.choice("unload_after_minutes", self.tr("Unload the model when idle"), idle)
        told = self.tr("Gives the model’s memory back to other apps. Your next message loads it again.")
        self.row(self.tr("Unload when idle"), self.unload, told)
        self.read_ahead = self.check("read_ahead", self.tr("Read ahead while you read and type"))
        told = self.tr("By the time you send, the model has read the conversation, and answers sooner.")
        told = words.sentences(told, self.tr("Not while the battery is low."))
        self.row(self.tr("KV cache"), self.read_ahead, told)
        budgets = {0: self.tr("Off")} | {size: self.tr("Up to %s") % f"{size // _GB} GB" for size in _BUDGETS}
        kept = preferences.value.cache_disk_bytes
        self.budget = self.choice("cache_disk_bytes", self.tr("KV caches kept on disk"), budgets, _nearest(kept))
        self.used = self.note("")
        self.row(self.tr("Kept on disk"), self.budget, self.used)
        self._told = self.tr("A conversation then goes on without being read again, after the model was unloaded too.")
        told = self.tr("How much is kept, and when a model is unloaded, changes when a model is loaded next.")
        self.form.addRow("", self.note(told))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        used = self._used_bytes()
        now = self.tr("%s are used now.") % words.size(used) if used else self.tr("Nothing is kept now.")
        self.used.setText(words.sentences(self._told, now))
        self.used.show()


def _nearest(budget: int) -> int:
    """The size on offer that a budget is meant to be: 8 GB may be kept as 8 GiB."""
    return min((0, *_BUDGETS), key=lambda size: abs(size - budget)) if budget else 0
