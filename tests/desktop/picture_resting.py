"""Pictures of a model that rests and is loaded again, of reading, and of the settings: `picture_resting.py FOLDER`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402  the platform is chosen above

from backends.contract.chat import Usage  # noqa: E402
from backends.contract.events import Envelope, UnloadSuggested  # noqa: E402
from backends.contract.models import ModelRef  # noqa: E402
from backends.contract.preferences import Preferences  # noqa: E402
from backends.storage.conversations import ConversationStore  # noqa: E402
from desktop import languages, theme  # noqa: E402
from desktop.app import App  # noqa: E402
from desktop.panes.settings import Settings  # noqa: E402

WIDTHS = (720, 1100)
M2 = ModelRef("MiniMax-M2", "mlx", "4bit", "huggingface", "m2")
SCRIPT = {
    "pieces": ["</think>", "The KV cache keeps what the model has **already read**, so that it is read once only."],
    "prefill_tokens": 27_411,
    "reused_tokens": 26_921,
    "context_length": 196_608,
    "memory_bytes": 128_700_000_000,
}


class Studio:
    """The app in one scheme, and what is pictured of it."""

    def __init__(self, application: QApplication, folder: Path, appearance: theme.Appearance) -> None:
        self._application, self._folder, self._appearance = application, folder, appearance
        home = Path(tempfile.mkdtemp())
        os.environ.update(MINIM_HOME=str(home), HF_HUB_CACHE=str(home / "hf"), MODELSCOPE_CACHE=str(home / "ms"))
        theme.choose_appearance(application, appearance)
        self._script(SCRIPT)
        replay = [sys.executable, str(ROOT / "tests" / "workers" / "replay_worker.py")]
        store = ConversationStore(home / "conversations.db")
        self.app = App(Preferences(appearance=appearance), store, commands={"engine": replay})
        self.app.choice.cancel()
        self.app.start()

    def shoot(self) -> None:
        """Go through all states."""
        app = self.app
        app.chat.choose(M2)
        self._at_widths("chosen")
        self._say("What is a KV cache?")
        self._wait(lambda: app.state.model_state == "ready" and not app.state.busy)
        self._at_widths("answered")
        self._rest()
        self._at_widths("resting")
        gate = Path(tempfile.mkdtemp()) / "gate"
        self._script({**SCRIPT, "load": [{"wait_for": str(gate)}], "prefill": [{"wait_for": None}]})
        self._say("And what does it cost?")
        self._wait(lambda: app.state.load_fraction > 0)
        self._at_widths("loading-again")
        gate.touch()
        self._wait(lambda: app.state.prompt_total > 0)
        app.state.prompt_seconds_left = 12.0
        app.state.prompt_reused, app.state.prompt_done = 20_921, 23_204
        app.state.usage_changed.emit()
        self._at_widths("reading")
        app.chat.stop()
        self._wait(lambda: not app.state.busy)
        app.state.memory_context = 24_000
        app.state.show_usage(Usage(23_400, 20_921, 200, 3.0, 4.0), app.state.memory_bytes)
        self._at_widths("nearly-full")
        self._settings()
        app.window.close()
        app.close()

    def _settings(self) -> None:
        settings = Settings(self.app.preferences, self.app.catalog, used_bytes=lambda: 6_100_000_000)
        settings.show()
        for place in range(5):
            settings.tabs.choose(place)
            self._picture(f"settings-{settings.tabs.name(place).lower()}", settings)
        settings.close()

    def _at_widths(self, name: str) -> None:
        for width in WIDTHS:
            self.app.window.resize(width, 700)
            self._picture(f"{name}-{width}", self.app.window)

    def _picture(self, name: str, widget: QWidget) -> None:
        self._wait(lambda: True)
        widget.grab().save(str(self._folder / f"{name}-{self._appearance}.png"))

    def _rest(self) -> None:
        self.app.chat.handle_engine(Envelope(0, UnloadSuggested("idle")))
        self._wait(lambda: self.app.workers["engine"].pid is None)

    def _say(self, text: str) -> None:
        self.app.panes.composer.field.setPlainText(text)
        self.app.panes.composer.send()

    def _script(self, script: Mapping[str, object]) -> None:
        os.environ["MINIM_REPLAY"] = json.dumps(script)

    def _wait(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 15
        while not condition():
            self._application.processEvents()
            time.sleep(0.01)
            if time.monotonic() > end:
                raise TimeoutError("the state to be pictured did not come")
        for _ in range(12):
            self._application.processEvents()
            time.sleep(0.02)


def main(folder: Path) -> None:
    """Take all pictures in light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    theme.set_up(application, "light")
    languages.use(application, "en")
    for appearance in ("light", "dark"):
        Studio(application, folder, appearance).shoot()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
