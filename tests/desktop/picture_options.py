"""Pictures of what one chooses for a conversation: `picture_options.py FOLDER` writes PNG files there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backends.contract.chat import ConversationSettings, GenerationOptions, ThinkingSwitch
from backends.contract.preferences import Preferences
from backends.conversation.changes import ContextFilled
from desktop import languages, theme
from tests.desktop.options_to_show import Table

SIZES = {"720": (720, 480), "1100": (1100, 760)}
SWITCHES = {
    "none": ThinkingSwitch(),
    "switch": ThinkingSwitch("enable_thinking"),
    "effort": ThinkingSwitch(efforts=("low", "medium", "high"), default_effort="medium"),
    "both": ThinkingSwitch("thinking", efforts=("low", "medium", "high")),
}


class Studio:
    """One window in one look and size."""

    def __init__(self, folder: Path, look: str, size: str) -> None:
        self._folder, self._suffix = folder, f"{look}_{size}"
        self.table = Table(Preferences())
        self.table.frame.window.resize(*SIZES[size])

    def picture(self, name: str) -> None:
        """Save what the window looks like now."""
        QTest.qWait(100)
        path = self._folder / f"options_{name}_{self._suffix}.png"
        self.table.frame.window.grab().save(str(path))
        print(path)

    def shoot(self) -> None:
        """All states."""
        table, frame = self.table, self.table.frame
        for name, switch in SWITCHES.items():
            frame.settings.show_thinking(switch)
            self.picture(f"chip-{name}")
        frame.settings.show_thinking(SWITCHES["switch"])
        table.desk.toggle_options()
        self.picture("empty")
        usual = GenerationOptions(top_k=20)
        frame.preferences.replace(system_prompt="You are terse. Answer in one sentence.", generation=usual)
        table.hold(ConversationSettings(None, GenerationOptions(temperature=0.2, seed=7, stop=("#",), thinking=False)))
        QTest.keyClicks(table.options.fields["top_p"].line, "2")
        frame.state.show_phase("answering")
        self.picture("set")
        table.desk.toggle_options()
        frame.state.show_phase("idle")
        frame.settings.apply(ContextFilled("c", 196_608, 196_608, in_memory=False))
        self.picture("full")
        frame.settings.apply(ContextFilled("c", 94_321, 94_321, in_memory=True))
        self.picture("memory")
        frame.settings.apply(ContextFilled("c", 0, 0, in_memory=False))
        table.hold(ConversationSettings(first_message=2))
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
            studio.table.frame.window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
