"""Tokens a second at the window's end against a bare `mlx_lm.stream_generate`: same model, prompt and sampler."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.measured import alternate, report

TOKENS = 1000
QUESTION = "Tell me a long story."

# Reads the prompt, writes the tokens, and prints how many came a second, the first one not counted.
BARE = """
import sys, time
import mlx.core as mx
from mlx_lm import load, stream_generate

model, tokenizer = load(sys.argv[1])
if not mx.metal.is_available():
    model.set_dtype(mx.float32)
tokenizer._eos_token_ids = set()
prompt = tokenizer.apply_chat_template([{"role": "user", "content": sys.argv[2]}], add_generation_prompt=True)
count, first = 0, 0.0
for _ in stream_generate(model, tokenizer, prompt, max_tokens=int(sys.argv[3])):
    count += 1
    first = first or time.perf_counter()
print((count - 1) / (time.perf_counter() - first))
"""


class WindowRun:
    """The real app, offscreen, with Pocket M2 at 4 bit."""

    def __init__(self, home: str) -> None:
        os.environ["MINIM_HOME"] = home
        from PySide6.QtWidgets import QApplication

        from backends.contract.chat import GenerationOptions
        from backends.contract.preferences import Preferences
        from backends.storage.conversations import ConversationStore
        from desktop.app import App

        self.application = QApplication.instance() or QApplication([])
        options = GenerationOptions(temperature=0.0, max_tokens=TOKENS, ignore_end=True)
        preferences = Preferences(generation=options, tools_enabled=False)
        self.app = App(preferences, ConversationStore(Path(home) / "conversations.db"), save=lambda _, after: after)
        self.app.start()
        self._wait(lambda: self.app.state.model_state == "ready")
        self.first = self.last = 0.0
        self.app.conversation.part_added.connect(self._arrived)
        self.app.conversation.text_extended.connect(self._arrived)

    def tokens_per_second(self) -> float:
        """One answer of TOKENS tokens by a fresh engine process, timed where it reaches the model of the window.

        Fresh as the bare run is: from one process to the next the speed differs by several percent.
        """
        model = self.app.state.model
        assert model is not None  # it was loaded at the start
        self.app.chat.unload()
        self.app.chat.load(model)
        self._wait(lambda: self.app.state.model_state == "ready")
        self.app.chat.new()
        self.first = self.last = 0.0
        ended: list[int] = []
        link = self.app.conversation.message_ended.connect(ended.append)
        self.app.chat.send(QUESTION)
        self._wait(lambda: bool(ended))
        self.app.conversation.disconnect(link)
        return (TOKENS - 1) / (self.last - self.first)

    def close(self) -> None:
        """End the workers."""
        self.app.close()

    def _arrived(self, row: int, *_: object) -> None:
        if row > 0:
            self.last = time.perf_counter()
            self.first = self.first or self.last

    def _wait(self, done: Callable[[], bool]) -> None:
        from PySide6.QtCore import QEventLoop

        while not done():
            self.application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def main() -> None:
    """Print the ratio of the medians."""
    with tempfile.TemporaryDirectory() as home:
        window = WindowRun(home)
        folder = next(path.parent for path in Path(home).glob("**/config.json"))

        def bare() -> float:
            command = [sys.executable, "-c", BARE, str(folder), QUESTION, str(TOKENS)]
            return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

        here, there = alternate(window.tokens_per_second, bare)
        window.close()
    report("tokens/s at the window / bare stream_generate", here / there, "at least 0.95", f"{here:.0f} / {there:.0f}")
