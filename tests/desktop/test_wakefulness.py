"""The machine is kept awake from the first reason to the last, never longer than Minim lives, and never loudly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from backends.conversation.changes import AnswerChanged
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.models.session_state import SessionState
from desktop.shutdown.activity import Activity
from desktop.shutdown.wakefulness import Wakefulness, keep_awake
from tests.desktop.downloads_to_show import running

PATIENCE_SECONDS = 30


class Desk:
    """With a system that writes down what it is asked for."""

    def __init__(self) -> None:
        self.owner = QObject()
        self.downloads = DownloadModel()
        self.activity = Activity(SessionState(), self.downloads, EngineState(), self.owner)
        self.asked: SimpleQueue[str] = SimpleQueue()
        self.wakefulness = Wakefulness(self.activity, self.owner, hold=self._hold, patience_ms=0)

    def next(self) -> str:
        return self.asked.get(timeout=PATIENCE_SECONDS)

    def answer(self, status: str) -> None:
        self.activity.take_answer(AnswerChanged("here", status))  # pyright: ignore[reportArgumentType]  a test's word

    @contextmanager
    def _hold(self, why: str) -> Generator[None]:
        self.asked.put(f"begin: {why}")
        yield
        self.asked.put("end")


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.wakefulness.close()


def test_it_begins_with_the_first_reason_and_ends_with_the_last(desk: Desk, qtbot: QtBot) -> None:
    desk.answer("writing")
    qtbot.waitUntil(lambda: desk.wakefulness.holds)
    assert desk.next() == "begin: Downloading or answering"
    desk.downloads.show((running(),))
    desk.answer("complete")
    assert desk.wakefulness.holds
    assert desk.asked.empty()
    desk.downloads.show(())
    assert desk.next() == "end"
    assert not desk.wakefulness.holds
    desk.answer("writing")
    qtbot.waitUntil(lambda: desk.wakefulness.holds)
    assert desk.next().startswith("begin")


def test_what_is_over_at_once_asks_the_system_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.answer("writing")
    desk.answer("complete")
    qtbot.wait(1)
    assert not desk.wakefulness.holds
    assert desk.asked.empty()


def test_it_lets_go_when_the_app_ends(desk: Desk, qtbot: QtBot) -> None:
    desk.answer("writing")
    qtbot.waitUntil(lambda: desk.wakefulness.holds)
    desk.next()
    desk.wakefulness.close()
    assert desk.asked.get_nowait() == "end", "it has waited for it"
    desk.downloads.show((running(),))
    qtbot.wait(1)
    assert not desk.wakefulness.holds


def test_a_system_that_cannot_is_no_trouble(qtbot: QtBot, desk: Desk) -> None:
    def refuse(_why: str) -> AbstractContextManager[object]:
        desk.asked.put("refused")
        raise OSError("there is no such bus")

    wakefulness = Wakefulness(desk.activity, desk.owner, hold=refuse, patience_ms=0)
    desk.answer("writing")
    qtbot.waitUntil(lambda: wakefulness.holds)
    assert {desk.next(), desk.next()} == {"refused", "begin: Downloading or answering"}
    desk.answer("complete")
    assert not wakefulness.holds
    wakefulness.close()


@pytest.mark.parametrize("address", [None, "unix:path=/nowhere/bus", "nonsense"])
def test_without_a_desktop_nothing_is_said(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if address is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    with keep_awake("Downloading"):
        pass


HOLDING = """
import sys
from desktop.shutdown.wakefulness import keep_awake
with keep_awake("Downloading"):
    print("awake", flush=True)
    sys.stdin.read()
"""


@pytest.mark.dbus
def test_the_desktop_is_asked_in_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.desktop.power_manager import power_manager

    with power_manager() as manager:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", manager.address)
        monkeypatch.delenv("XDG_SESSION_DESKTOP", raising=False)
        with keep_awake("Downloading"):
            assert manager.wait_for(1) == [("Inhibit", "Minim", "Downloading")]
        assert manager.wait_for(2)[1] == ("UnInhibit", 7)


@pytest.mark.dbus
def test_nothing_stays_of_a_process_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.desktop.power_manager import power_manager

    with power_manager() as manager:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", manager.address)
        monkeypatch.delenv("XDG_SESSION_DESKTOP", raising=False)
        command = [sys.executable, "-c", HOLDING]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as held:
            assert held.stdout is not None
            assert held.stdout.readline() == "awake\n"
            os.kill(held.pid, signal.SIGKILL)
        assert [said[0] for said in manager.wait_for(2)] == ["Inhibit", "gone"]
