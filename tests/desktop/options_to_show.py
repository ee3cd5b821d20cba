"""A window with a short conversation, and what a session would do with what is chosen in it."""

from __future__ import annotations

from backends.contract.chat import AnswerPart, ConversationSettings, Message, user_message
from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences
from backends.conversation.changes import SettingsChanged
from backends.storage.records import ConversationRecord, MessageRecord
from desktop.desks.options_desk import OptionsDesk
from desktop.panes.conversation_options import ConversationOptions
from desktop.window.frame import Frame

TURNS = (
    ("Which tea is least bitter?", "**Hōjicha**: it is roasted, which takes most of the bitterness away."),
    ("And how long does it steep?", "About 30 seconds in water at 90 °C. Longer does little harm."),
    ("Can I drink it in the evening?", "Yes. It has little caffeine, about a third of what sencha has."),
)


class Table:
    """`asked` is every wish for other settings, each of which holds at once."""

    def __init__(self, preferences: Preferences) -> None:
        self.frame = frame = Frame(preferences)
        self.asked: list[ConversationSettings] = []
        self.desk = OptionsDesk(
            frame.window, frame.panes.composer, frame.settings, frame.preferences, frame.state, frame.conversations
        )
        self.desk.settings_requested.connect(self._ask)
        frame.panes.composer.options_requested.connect(self.desk.toggle_options)
        frame.panes.composer.settings_requested.connect(self._ask)
        frame.settings.settings_changed.connect(
            lambda: frame.panes.transcript.show_given(frame.settings.settings.first_message)
        )
        messages = [
            MessageRecord(2 * turn + place, "c", None, message, "complete", 0.0, "Pocket M2 · 4-bit")
            for turn, (asked, said) in enumerate(TURNS)
            for place, message in enumerate((user_message(asked), Message("assistant", (AnswerPart(said),))))
        ]
        frame.conversation.show(ConversationRecord("c", "Tea", 0.0, 0.0), messages)
        frame.state.show_model("ready", ModelRef("Pocket M2", "mlx", "4bit", "builtin", "pocket"), context_length=4096)
        self.hold(ConversationSettings())
        frame.show()

    def hold(self, settings: ConversationSettings, conversation: str = "c") -> None:
        """Let these settings hold."""
        self.frame.settings.apply(SettingsChanged(conversation, settings))

    @property
    def options(self) -> ConversationOptions:
        """The options, once they were opened."""
        assert self.desk.options is not None
        return self.desk.options

    def _ask(self, settings: ConversationSettings) -> None:
        self.asked.append(settings)
        self.hold(settings)
