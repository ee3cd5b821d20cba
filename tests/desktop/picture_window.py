"""Makes pictures of the whole window in the states that people see: `picture_window.py OUT_FOLDER [NAME…]`.

The engine is the real worker replaying what a model would write; everything else is the app as it is.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402  the platform is chosen above

from backends.contract.chat import (  # noqa: E402
    AnswerPart,
    Message,
    ReasoningPart,
    user_message,
)
from backends.contract.models import InstalledModel, ModelRef  # noqa: E402
from backends.contract.preferences import Preferences  # noqa: E402
from backends.contract.tools import ConsentAnswer  # noqa: E402
from backends.storage.conversations import ConversationStore  # noqa: E402
from desktop import languages, theme  # noqa: E402
from desktop.app import App  # noqa: E402

SIZES = {"900": (900, 700), "1280": (1280, 820), "1600": (1600, 1000)}
POCKET = ModelRef("Pocket M2", "mlx", "4bit", "builtin", "pocket")
CALL = (
    "<minimax:tool_call>\n"
    '<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n</invoke>\n</minimax:tool_call>'
)
FIRST = [
    "The user wants a product. ",
    "I should not do this in my head: the calculator is exact.",
    "</think>\n\n",
    CALL,
]
SECOND = [
    "The tool says 1776. I can answer now, and show how it comes about.",
    "</think>\n\n",
    "37 × 48 = **1776**.\n\n",
    "You can check it in parts:\n\n| Part | Product |\n|---|---|\n| 30 × 48 | 1440 |\n| 7 × 48 | 336 |\n\n",
    "or in Python:\n\n```python\ndef product(a: int, b: int) -> int:\n    return a * b\n\n",
    "print(product(37, 48))\n```\n\n",
    "- exact, since both are whole numbers\n- `1440 + 336 = 1776`\n",
    {"wait_for": None},
]


def wait(application: QApplication, condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Let the app work until `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        application.processEvents()
        time.sleep(0.01)
        if time.monotonic() > end:
            raise TimeoutError("the state to be pictured did not come")
    for _ in range(12):
        application.processEvents()
        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # only an event loop that runs does it by itself
        time.sleep(0.02)


class Studio:
    """One app in one language and one scheme, whose window is pictured."""

    def __init__(self, application: QApplication, folder: Path, suffix: str, preferences: Preferences) -> None:
        self._application = application
        self._folder = folder
        self._suffix = suffix
        home = Path(tempfile.mkdtemp())
        os.environ.update(MINIM_HOME=str(home), HF_HUB_CACHE=str(home / "hf"), MODELSCOPE_CACHE=str(home / "ms"))
        os.environ["MINIM_REPLAY"] = json.dumps({"rounds": [FIRST, SECOND], "delay_ms": 60, "context_length": 196_608})
        theme.choose_appearance(application, preferences.appearance)
        replay = [sys.executable, str(ROOT / "tests" / "workers" / "replay_worker.py")]
        self.app = App(preferences, _earlier_conversations(home), commands={"engine": replay})
        self.app.choice.cancel()
        self.app.start()
        wait(application, lambda: self.app.window.isVisible())

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        """Save what a widget, or the window, looks like now."""
        wait(self._application, lambda: True)
        (widget or self.app.window).grab().save(str(self._folder / f"{name}-{self._suffix}.png"))

    def size(self, name: str) -> None:
        """Give the window one of the sizes."""
        self.app.window.resize(*SIZES[name])
        wait(self._application, lambda: True)

    def shoot(self) -> None:
        """Go through all states."""
        app = self.app
        self.size("1280")
        self.picture("first-run")
        app.chat.load(POCKET)
        wait(self._application, lambda: app.state.model_state == "ready")
        self.picture("empty")
        app.panes.composer.field.setPlainText("What is 37 * 48?")
        app.panes.composer.send()
        wait(self._application, lambda: app.state.phase == "asking")
        self.picture("asking")
        asked = app.chat.session.conversation.id
        app.chat.new()
        self.picture("waiting-elsewhere")
        app.chat.open(asked)
        shown = app.conversation.calls()
        app.panes.tools.consent_answered.emit(app.conversation.call(*shown[-1]).call_id, ConsentAnswer(True))
        wait(self._application, lambda: "1440 + 336" in app.conversation.message_text(app.conversation.rowCount() - 1))
        for name in SIZES:
            self.size(name)
            self.picture(f"answering-{name}")
        self.size("900")
        app.window.toggle_inspector()
        self.picture("inspector-900")
        self.size("1280")
        app.dialogs.picker_opened.disconnect(app.choice.search)
        self._catalogue()
        app.dialogs.show_picker()
        self.picture("picker", app.dialogs.picker)
        app.dialogs.show_settings()
        self.picture("settings", app.dialogs.settings)
        pid = app.workers["engine"].pid
        if pid is not None:
            os.kill(pid, 9)
        wait(self._application, lambda: app.state.model_state == "crashed")
        self.picture("crashed")

    def _catalogue(self) -> None:
        pocket = [
            InstalledModel(
                ModelRef("Pocket M2", "mlx", f"{bits}bit", "builtin", "pocket"), "MLX", "minimax_m2", size, 196_608
            )
            for bits, size in ((3, 1_500_000), (4, 1_900_000), (5, 2_300_000), (6, 2_700_000), (8, 3_500_000))
        ]
        other = ModelRef("SmolLM2-135M-Instruct", "mlx", "none", "huggingface", "smol")
        broken = ModelRef("half-a-model", "mlx", "4bit", "folder", "half-a-model")
        self.app.catalog.show_found(
            (
                *pocket,
                InstalledModel(other, "MLX", "llama", 269_000_000, 8192),
                InstalledModel(broken, None, "", 0, 0, "model.safetensors is cut short.", "Fetch it again."),
            )
        )


def _earlier_conversations(home: Path) -> ConversationStore:
    (home / "data").mkdir(parents=True)
    now, moment = time.time(), [0.0]
    store = ConversationStore(home / "data" / "conversations.db", now=lambda: moment[0])
    answer = Message("assistant", (ReasoningPart("A short question.", 1.2), AnswerPart("Gladly.")))
    for days, title in (
        (40, "Notes on Metal kernels"),
        (9, "杭州三日游的安排"),
        (5, "Sourdough in grams and cups"),
        (1.1, "Why experts are routed by a sigmoid, and what it changes"),
        (0.01, "Explain the KV cache to me"),
    ):
        moment[0] = now - days * 86_400
        conversation = store.create(title)
        asked = store.add_message(conversation.id, None, user_message(title))
        store.add_message(conversation.id, asked.id, answer)
    moment[0] = now
    return store


def main(arguments: list[str]) -> None:
    """Make all pictures, or those of the schemes and languages that are named (light-en, dark-en, light-zh)."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    theme.set_up(application, "light")
    for suffix in arguments[1:] or ["light-en", "dark-en", "light-zh"]:
        languages.use(application, "zh_CN" if suffix.endswith("zh") else "en")
        appearance = "dark" if suffix.startswith("dark") else "light"
        studio = Studio(application, folder, suffix, Preferences(appearance=appearance, allow_harmless=False))
        studio.shoot()
        studio.app.window.close()
        studio.app.close()


if __name__ == "__main__":
    main(sys.argv[1:])
