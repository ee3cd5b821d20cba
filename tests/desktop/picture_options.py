"""Pictures of what one chooses for a conversation: `picture_options.py FOLDER` writes PNG files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtWidgets import QApplication

from backends.contract.chat import (
    AnswerPart,
    ConversationSettings,
    GenerationOptions,
    Message,
    ThinkingSwitch,
    user_message,
)
from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences
from backends.conversation.changes import ContextFilled, SettingsChanged
from backends.storage.records import ConversationRecord, MessageRecord
from desktop import languages, theme
from desktop.frame import Frame
from desktop.options_desk import OptionsDesk

SIZES = {"720": (720, 480), "1100": (1100, 760)}
TURNS = (
    ("Which tea is least bitter?", "**Hōjicha**: it is roasted, which takes most of the bitterness away."),
    ("And how long does it steep?", "About 30 seconds in water at 90 °C. Longer does little harm."),
    ("Can I drink it in the evening?", "Yes. It has little caffeine, about a third of what sencha has."),
)
SWITCHES = {
    "none": ThinkingSwitch(),
    "switch": ThinkingSwitch("enable_thinking"),
    "effort": ThinkingSwitch("", efforts=("low", "medium", "high"), default_effort="medium"),
}


class Studio:
    """A window with a conversation, and what a session would have told of it."""

    def __init__(self, folder: Path, look: str, size: str) -> None:
        self._folder, self._look, self._size = folder, look, size
        self.frame = Frame(Preferences(appearance="dark" if look == "dark" else "light"))
        frame = self.frame
        self.desk = OptionsDesk(
            frame.window, frame.panes.composer, frame.settings, frame.preferences, frame.state, frame.conversations
        )
        self.desk.settings_requested.connect(self.hold)
        frame.panes.composer.settings_requested.connect(self.hold)
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
        frame.window.resize(*SIZES[size])

    def hold(self, settings: ConversationSettings) -> None:
        """What the session does with a wish."""
        self.frame.settings.apply(SettingsChanged("c", settings))

    def picture(self, name: str) -> None:
        """Save what the window looks like now."""
        for _ in range(40):
            QApplication.processEvents()
            QApplication.instance().thread().msleep(2)  # type: ignore[union-attr]
        path = self._folder / f"options_{name}_{self._look}_{self._size}.png"
        self.frame.window.grab().save(str(path))
        print(path)

    def shoot(self) -> None:
        """All states."""
        frame, desk = self.frame, self.desk
        for name, switch in SWITCHES.items():
            frame.settings.show_thinking(switch)
            self.picture(f"chip-{name}")
        frame.settings.show_thinking(SWITCHES["switch"])
        desk.toggle_options()
        self.picture("empty")
        assert desk.options is not None
        desk.options.fields["top_p"].line.setText("2")
        desk.options.fields["top_p"].line.textEdited.emit("2")
        desk.options.no_prompt.show()
        frame.preferences.replace(
            system_prompt="You are terse. Answer in one sentence.", generation=GenerationOptions(top_k=20)
        )
        self.hold(ConversationSettings(None, GenerationOptions(temperature=0.2, seed=7, stop=("###",), thinking=False)))
        frame.state.show_phase("answering")
        self.picture("set")
        desk.toggle_options()
        frame.state.show_phase("idle")
        frame.settings.apply(ContextFilled("c", 196_608, 196_608, in_memory=False))
        self.picture("full")
        frame.settings.apply(ContextFilled("c", 94_321, 94_321, in_memory=True))
        self.picture("memory")
        frame.settings.apply(ContextFilled("c", 0, 0, in_memory=False))
        self.hold(ConversationSettings(first_message=2))
        frame.panes.transcript.view.verticalScrollBar().setValue(60)
        self.picture("dropped")


def main(folder: Path) -> None:
    """Take all pictures."""
    application = QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    languages.use(application, "en")
    for look in ("light", "dark"):
        theme.set_up(application, look)
        for size in SIZES:
            studio = Studio(folder, look, size)
            studio.shoot()
            studio.frame.window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
