"""What holds in the shown conversation, what the loaded model lets one choose, and whether the context is full."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from backends.contract.chat import ConversationSettings, GenerationOptions, ThinkingSwitch
from backends.conversation.changes import ContextFilled, SettingsChanged


class ConversationSettingsState(QObject):
    """Plain values with one signal each; changed by what the session tells, on the GUI thread only."""

    settings_changed = Signal()
    """Other settings hold now, or another conversation is shown."""
    thinking_changed = Signal()
    full_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.conversation: str = ""
        self.settings = ConversationSettings()
        self.thinking = ThinkingSwitch()
        self.full: ContextFilled | None = None
        """Set while the shown conversation has no room left and the person has not yet chosen how to go on."""

    @property
    def options_set(self) -> int:
        """How many of the options differ here from what the preferences say, the switches of the reasoning aside."""
        aside = replace(self.settings.options, thinking=None, reasoning_effort="", ignore_end=False)
        usual = GenerationOptions()
        fields = GenerationOptions.__struct_fields__
        changed = sum(getattr(aside, name) != getattr(usual, name) for name in fields)
        return changed + (self.settings.system_prompt is not None)

    def apply(self, change: SettingsChanged | ContextFilled) -> None:
        """Mirror what the session told of the shown conversation."""
        match change:
            case SettingsChanged(conversation=conversation, settings=settings):
                if (conversation, settings) == (self.conversation, self.settings):
                    return
                if conversation != self.conversation:
                    self.show_full(None)
                self.conversation, self.settings = conversation, settings
                self.settings_changed.emit()
            case ContextFilled(used=used):
                self.show_full(change if used else None)

    def show_thinking(self, switch: ThinkingSwitch) -> None:
        """Say what the loaded model's template lets a person choose; `ThinkingSwitch()` for nothing."""
        if switch != self.thinking:
            self.thinking = switch
            self.thinking_changed.emit()

    def show_full(self, full: ContextFilled | None) -> None:
        """Say that the context is full; None: it is not, or the person leaves it so."""
        if full != self.full:
            self.full = full
            self.full_changed.emit()
