"""The whole app is left while its real workers are at it: none of them stays behind, and nothing written is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backends.contract.tools import ConsentAnswer
from backends.storage.paths import data_folder
from desktop.app import App
from desktop.models.conversation_list_model import ConversationListModel
from desktop.shutdown.leave_question import LeaveQuestion
from tests.desktop.conftest import REPLAYED, OpenApp
from tests.desktop.test_app import last_text, say
from tests.desktop.test_app_downloads import FORM, fetch, wait_for
from tests.desktop.test_tool_mission import is_alive
from tests.hub.fixtures import hub, mission_forms
from tests.hub.mission import add_mission
from tests.hub.server import Hub

__all__ = ["hub", "mission_forms"]

SECONDS = 60_000
HALF = {"pieces": ["</think>", "Half an ", {"wait_for": None}]}
WAITING = '<minimax:tool_call>\n<invoke name="wait">\n</invoke>\n</minimax:tool_call>'


def pids(app: App, qtbot: QtBot) -> list[int]:
    """Those of all workers, once all are started."""
    for worker in app.workers.values():
        worker.start()
    qtbot.waitUntil(lambda: all(worker.pid for worker in app.workers.values()), timeout=SECONDS)
    found = [worker.pid for worker in app.workers.values() if worker.pid is not None]
    assert all(is_alive(pid) for pid in found)
    return found


def question() -> LeaveQuestion:
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    [found] = [widget for widget in shown if isinstance(widget, LeaveQuestion)]
    return found


def quit_anyway(app: App) -> None:
    """Quit as a person does who is asked and means it."""
    app.menus.quit_requested.emit()
    question().quit_button.click()


def test_quitting_over_an_answer_keeps_what_is_written(open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(HALF)
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Half an" in last_text(app), timeout=SECONDS)
    workers = pids(app, qtbot)
    app.chat.new()  # it goes on where it is not seen
    quit_anyway(app)
    assert not [pid for pid in workers if is_alive(pid)]
    assert not app.window.isVisible()
    again = open_app(HALF, loaded=False)
    again.chat.open(str(again.conversations.index(0).data(ConversationListModel.IdRole)))
    assert "Half an" in last_text(again)
    assert again.conversation.record(1).status == "stopped"


def test_quitting_over_a_load_asks_nothing(open_app: OpenApp, qtbot: QtBot, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    app = open_app({"load": [{"touch": str(reached)}, {"wait_for": None}]}, loaded=False)
    app.chat.load(REPLAYED)
    qtbot.waitUntil(reached.exists, timeout=SECONDS)
    workers = pids(app, qtbot)
    app.menus.quit_requested.emit()
    assert not [pid for pid in workers if is_alive(pid)]


def test_quitting_over_a_tool_ends_its_server_too(open_app: OpenApp, qtbot: QtBot, tmp_path: Path) -> None:
    pid, reached = tmp_path / "pid", tmp_path / "reached"
    command = [str(Path(__file__).with_name("stalled_server.py")), str(pid), str(reached)]
    entry = {"command": sys.executable, "args": command}
    (data_folder() / "mcp_servers.json").write_text(json.dumps({"mcpServers": {"stalled": entry}}), "utf-8")
    app = open_app({"rounds": [["</think>", WAITING]]})
    app.tools.look()
    qtbot.waitUntil(lambda: bool(app.servers.servers), timeout=SECONDS)
    app.tools.approve("stalled", app.servers.servers[0].digest)
    qtbot.waitUntil(lambda: any(tool.name == "wait" for tool in app.chat.session.tools), timeout=SECONDS)
    say(app, "Wait")
    qtbot.waitUntil(lambda: app.state.phase == "asking", timeout=SECONDS)
    app.menus.quit_requested.emit()
    assert "waits for you" in question().informativeText()
    question().cancel_button.click()
    app.panes.tools.consent_answered.emit(app.panes.tools.cards[-1].call.call_id, ConsentAnswer(True))
    qtbot.waitUntil(reached.exists, timeout=SECONDS)
    app.menus.quit_requested.emit()
    assert "tool is running" in question().informativeText()
    workers = [*pids(app, qtbot), int(pid.read_text("utf-8"))]
    question().quit_button.click()
    assert not [pid for pid in workers if is_alive(pid)]


@pytest.fixture
def hub_used(hub: Hub, mission_forms: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub with the mission's models, which the app's workers ask."""
    add_mission(hub, mission_forms)
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    return hub


def test_a_download_outlives_the_window_or_goes_on_later(open_app: OpenApp, hub_used: Hub, qtbot: QtBot) -> None:
    stall = hub_used.misbehave("*.safetensors", stall_after=100_000)
    app = open_app(loaded=False)
    identity = fetch(app, qtbot)
    qtbot.waitUntil(stall.reached.is_set, timeout=SECONDS)
    app.window.close()
    assert "go on from there" in question().informativeText()
    keep = question().keep_button
    assert keep is not None
    keep.click()
    assert not app.window.isVisible()
    workers = pids(app, qtbot)
    assert not app.leaving.lingers
    stall.release()
    wait_for(app, qtbot, identity, "finished")
    qtbot.waitUntil(lambda: app.leaving.lingers, timeout=SECONDS)
    app.leaving.show_window()
    assert not app.leaving.lingers
    assert app.window.isVisible()
    qtbot.waitUntil(lambda: app.window.notice.words.startswith(FORM[0]), timeout=SECONDS)
    app.window.close()
    assert not [pid for pid in workers if is_alive(pid)]


def test_quitting_over_a_download_leaves_no_worker(open_app: OpenApp, hub_used: Hub, qtbot: QtBot) -> None:
    stall = hub_used.misbehave("*.safetensors", stall_after=100_000)
    app = open_app(loaded=False)
    identity = fetch(app, qtbot)
    qtbot.waitUntil(stall.reached.is_set, timeout=SECONDS)
    workers = pids(app, qtbot)
    quit_anyway(app)
    assert not [pid for pid in workers if is_alive(pid)]
    stall.release()
    wait_for(open_app(loaded=False), qtbot, identity, "finished")


def test_on_a_mac_the_answer_goes_on_without_the_window(
    open_app: OpenApp, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    app = open_app({"pieces": ["</think>", "Half an ", {"wait_for": str(gate)}, "answer."]}, is_mac=True)
    app.menus.settings_requested.emit()
    assert app.dialogs.settings is not None
    app.dialogs.settings.chat.system_prompt.setPlainText("Be kind.")
    say(app, "Hi")
    qtbot.waitUntil(lambda: "Half an" in last_text(app), timeout=SECONDS)
    app.menus.close_requested.emit()
    assert not app.window.isVisible()
    assert not app.notifier.in_front
    assert app.preferences.value.system_prompt == "Be kind.", "what was typed a moment ago is kept"
    gate.touch()
    qtbot.waitUntil(lambda: last_text(app) == "Half an answer.", timeout=SECONDS)
    workers = pids(app, qtbot)
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert app.window.isVisible()
    assert app.dialogs.settings.isVisible()
    qtbot.waitUntil(lambda: not app.activity.doing.is_work, timeout=SECONDS)
    app.menus.quit_requested.emit()
    assert not [pid for pid in workers if is_alive(pid)]


QUIT_BY_THE_SYSTEM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from backends.conversation.changes import AnswerChanged
from desktop.startup import start
from desktop.shutdown.leave_question import LeaveQuestion
from desktop.__main__ import main

opened = start._open_app
def open_app(application, *rest):
    app = opened(application, *rest)
    app.activity.take_answer(AnswerChanged("here", "writing"))
    def ask():
        application.quit()
        application.quit()
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, LeaveQuestion) and w.isVisible()]
        print("asked", len(shown), app.window.isVisible(), flush=True)
        app.activity.take_answer(AnswerChanged("here", "complete"))
        shown[0].cancel_button.click()
        QTimer.singleShot(0, application.quit)
    QTimer.singleShot(0, ask)
    app.leaving.ended.connect(lambda: print("ended", [worker.pid for worker in app.workers.values()], flush=True))
    return app
start._open_app = open_app
code = main([])
print("over", flush=True)
sys.exit(code)
"""


def test_a_quit_that_comes_from_outside_asks_as_well(home: Path) -> None:
    environment = {**os.environ, "MINIM_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", QUIT_BY_THE_SYSTEM]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ended.stdout.splitlines() == ["asked 1 True", "ended [None, None, None]", "over"], ended.stderr
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr
