"""Minim is killed in mid-answer and mid-download, as by the system; the next start takes it from there, and says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from desktop.single_instance import window_lock
from tests.desktop.conftest import REPLAY, OpenApp
from tests.hub.fixtures import hub
from tests.hub.server import Hub

__all__ = ["hub"]

SECONDS = 60_000
REPO = "org/Small-4bit"

# Answers, fetches and types, all of it in the middle; then says who its workers are.
IN_THE_MIDDLE = f"""
import sys
from PySide6.QtCore import QTimer
import desktop.app
from backends.contract.catalog import Source
from backends.contract.downloads import DownloadRef
from backends.contract.models import ModelRef
from desktop.__main__ import main

desktop.app.engine_command = lambda: [sys.executable, {str(REPLAY)!r}]
start = desktop.app.App.start
def started(self):
    start(self)
    self.choice.cancel()
    self.chat.load(ModelRef("Replayed", "mlx", "4bit", "folder", "replayed"))
    self.downloads.start(DownloadRef("Small", "mlx", "4bit", Source("huggingface", {REPO!r})))
    def look():
        shown = self.conversation
        if self.state.model_state == "ready" and not shown.rowCount():
            self.panes.composer.show_text("Hi")
            self.panes.composer.send()
            self.panes.composer.show_text("The next thought")
        elif shown.rowCount() == 2 and "Half an" in shown.message_text(1):
            has_draft = self._store.draft(self.chat.session.conversation.id)
            if has_draft and any(download.done_bytes for download in self.fetched.downloads):
                self.timer.stop()
                print(*(worker.pid for worker in self.workers.values()), flush=True)
    self.timer = QTimer(interval=20)
    self.timer.timeout.connect(look)
    self.timer.start()
desktop.app.App.start = started
sys.exit(main([]))
"""


def test_a_killed_minim_goes_on_where_it_was(
    hub: Hub, tmp_path: Path, qtbot: QtBot, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "served"
    files.mkdir()
    (files / "config.json").write_text('{"model_type": "minimax_m2"}')
    (files / "model.safetensors").write_bytes(os.urandom(3_000_000))
    hub.add(REPO, files)
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    stall = hub.misbehave("*.safetensors", stall_after=1_000_000)
    script = {"pieces": ["</think>", "Half an ", {"wait_for": None}]}
    for name, value in (("MINIM_HOME", ""), ("HF_HUB_CACHE", "hf"), ("MODELSCOPE_CACHE", "ms")):
        monkeypatch.setenv(name, str(tmp_path / value))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "MINIM_REPLAY": json.dumps(script)}
    command = [sys.executable, "-c", IN_THE_MIDDLE]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as minim:
        assert minim.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in minim.stdout.readline().split()]
        minim.kill()
    assert len(workers) == 3
    assert psutil.wait_procs(workers, timeout=60)[1] == [], "a worker outlives the app"
    stall.release()

    lock = window_lock.take(tmp_path / "data")
    assert lock is not None
    lock.release()
    app = open_app(loaded=False)
    assert app.conversation.message_text(1).startswith("Half an")
    assert app.panes.composer.field.toPlainText() == "The next thought"
    shown = app.panes.transcript.view.toPlainText()
    assert "Minim ended before this answer was complete" in shown
    assert "Regenerate" in shown
    qtbot.waitUntil(lambda: [d.state for d in app.fetched.downloads] == ["finished"], timeout=SECONDS)
