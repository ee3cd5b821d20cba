"""Real processes with a window are told to end by signals: they keep everything, ask nothing, and leave no worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backends.storage.conversations import ConversationStore
from backends.storage.paths import data_folder
from backends.storage.settings import load_preferences

SECONDS = 60
HOUR = 3600

# Types and chooses something that nothing but the end keeps, does what the first argument says, and tells of it.
TYPING = """
import sys
import threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog
from backends.conversation.changes import AnswerChanged
from desktop import draft_keeper, preference_keeper
from desktop.shutdown import end_signals
from desktop.__main__ import main
from desktop.app import App

draft_keeper._KEPT_AFTER_MS = preference_keeper._QUIET_MS = 3_600_000
end_signals._TOGETHER_SECONDS, end_signals._PATIENCE_SECONDS = map(float, sys.argv[2:])
start, close = App.start, App.close

def say(*words):
    print(*words, flush=True)

def type_and_wait(app):
    app.panes.composer.field.setPlainText("Half a thought")
    app.preferences.replace(system_prompt="Be kind.")
    match sys.argv[1]:
        case "asks":
            app.activity.take_answer(AnswerChanged("here", "writing"))
            assert not app.leaving.may_quit()
        case "in a dialog":
            QTimer.singleShot(0, QDialog(app.window).exec)
        case "hangs":
            say("hangs")
            threading.Event().wait()
    for worker in app.workers.values():
        worker.start()
    def look():
        pids = [worker.pid for worker in app.workers.values()]
        if all(pids):
            app.timer.stop()
            say(*pids)
    app.timer = QTimer(interval=20)
    app.timer.timeout.connect(look)
    app.timer.start()

def started(app):
    start(app)
    QTimer.singleShot(0, lambda: type_and_wait(app))

def closed(app):
    if sys.argv[1] == "ends slowly":
        say("ends")
        threading.Event().wait()
    close(app)

App.start, App.close, App._start_workers = started, closed, lambda app: None
sys.exit(main([]))
"""


Open = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def open_minim(home: Path) -> Iterator[Open]:
    """Opens Minim in one of these ways; what has not ended by itself is killed after the test."""
    opened: list[subprocess.Popen[str]] = []

    def open_it(way: str, together: float = HOUR, patience: float = HOUR) -> subprocess.Popen[str]:
        environment = {**os.environ, "MINIM_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-c", TYPING, way, str(together), str(patience)]
        pipe = subprocess.PIPE
        opened.append(subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True))
        return opened[-1]

    yield open_it
    for minim in opened:
        minim.kill()
        minim.communicate()


def line_of(minim: subprocess.Popen[str]) -> str:
    assert minim.stdout is not None
    return minim.stdout.readline().strip()


def kept() -> tuple[str, str]:
    """The draft of a new conversation, and the system prompt."""
    store = ConversationStore(data_folder() / "conversations.db")
    draft = store.draft("")
    store.close()
    return draft, load_preferences()[0].system_prompt


def end_in_order(minim: subprocess.Popen[str], *signals: signal.Signals) -> int:
    """Send these, and wait; → the exit code."""
    workers = [psutil.Process(int(pid)) for pid in line_of(minim).split()]
    for number in signals:
        minim.send_signal(number)
    _, said = minim.communicate(timeout=SECONDS)
    assert "Traceback" not in said, said
    assert len(workers) == 3
    assert not [worker for worker in workers if worker.is_running()], "a worker outlives the app"
    assert kept() == ("Half a thought", "Be kind.")
    return minim.returncode


def test_a_signal_ends_it_over_a_question_and_what_is_to_be_ignored_does_not(open_minim: Open) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        minim = open_minim("asks")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert end_in_order(minim, signal.SIGHUP, signal.SIGINT) == 128 + signal.SIGINT


def test_signals_that_come_together_end_it_in_order_from_within_a_dialog(open_minim: Open) -> None:
    code = end_in_order(open_minim("in a dialog"), signal.SIGTERM, signal.SIGHUP)
    assert code in (128 + signal.SIGTERM, 128 + signal.SIGHUP)


def test_a_second_signal_ends_it_at_once(open_minim: Open) -> None:
    minim = open_minim("ends slowly", together=0)
    workers = [psutil.Process(int(pid)) for pid in line_of(minim).split()]
    workers[0].suspend()  # as one that hangs: it hears nothing, not even that nobody listens any more
    minim.send_signal(signal.SIGTERM)
    assert line_of(minim) == "ends"
    minim.send_signal(signal.SIGINT)
    assert minim.wait(SECONDS) == 128 + signal.SIGTERM
    assert psutil.wait_procs(workers, timeout=SECONDS)[1] == []
    assert kept() == ("Half a thought", "Be kind."), "what is unsaved comes first"


def test_a_window_that_hangs_is_not_waited_for_for_ever(open_minim: Open) -> None:
    minim = open_minim("hangs", patience=0)
    assert line_of(minim) == "hangs"
    minim.send_signal(signal.SIGTERM)
    assert minim.wait(SECONDS) == 128 + signal.SIGTERM
