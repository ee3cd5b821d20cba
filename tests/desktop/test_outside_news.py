"""What is told outside the window, when, and where a click leads: never a word that a person or a model wrote."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from backends.conversation.changes import AnswerChanged
from desktop.models.session_state import SessionState
from desktop.news.notifier import Notifier
from desktop.news.outside_news import OutsideNews
from tests.desktop.downloads_to_show import running
from tests.desktop.test_notifier import Tray

DONE = replace(running(), state="finished")


class Desk:
    """A notifier of a window that was closed, with a clock that is set."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.tray = Tray(self.window)
        self.state, self.now = SessionState(self.window), 0.0
        notifier = Notifier(self.window, lambda: self.tray)
        self.news = OutsideNews(notifier, self.state, self.window, clock=lambda: self.now, gather_ms=0)
        self.led: list[str] = []
        self.news.conversation_requested.connect(self.led.append)
        self.news.downloads_requested.connect(lambda: self.led.append("downloads"))

    def answer(self, seconds: float, status: str = "complete") -> None:
        self.news.take_answer(AnswerChanged("here", "writing"))
        self.now += seconds
        self.news.take_answer(AnswerChanged("here", status))  # pyright: ignore[reportArgumentType]  a test's parameter


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


def told(desk: Desk, qtbot: QtBot) -> list[tuple[str, str]]:
    """All that was told, once what waits for the next round of events has been."""
    qtbot.wait(1)
    return desk.tray.told


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("complete", "The answer is complete"),
        ("length", "The answer has reached its limit"),
        ("failed", "The answer could not be finished"),
    ],
)
def test_an_answer_that_took_long_is_told_and_a_click_leads_to_it(
    desk: Desk, qtbot: QtBot, status: str, title: str
) -> None:
    desk.answer(75.0, status)
    assert told(desk, qtbot) == [(title, "It took 1:15.")]
    desk.tray.messageClicked.emit()
    assert desk.led == ["here"]
    assert desk.window.isVisible()


@pytest.mark.parametrize(("seconds", "status"), [(10.0, "complete"), (75.0, "stopped")])
def test_a_short_answer_and_one_that_was_stopped_are_no_news(
    desk: Desk, qtbot: QtBot, seconds: float, status: str
) -> None:
    desk.answer(seconds, status)
    assert told(desk, qtbot) == []


def test_nothing_is_told_while_the_window_is_in_front(desk: Desk, qtbot: QtBot) -> None:
    desk.window.show()
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    desk.answer(75.0)
    assert told(desk, qtbot) == []


def test_downloads_that_end_together_are_told_together(desk: Desk, qtbot: QtBot) -> None:
    desk.news.take_finished(DONE)
    assert told(desk, qtbot) == [("Download finished", "MiniMax-M2 · 4-bit")]
    desk.news.take_finished(DONE)
    desk.news.take_finished(DONE)
    assert told(desk, qtbot)[1:] == [("Downloads finished", "MiniMax-M2 · 4-bit, MiniMax-M2 · 4-bit")]
    for _ in range(4):
        desk.news.take_finished(DONE)
    assert told(desk, qtbot)[2:] == [("Downloads finished", "4 models are here.")]
    desk.tray.messageClicked.emit()
    assert desk.led == ["downloads"]


def test_a_download_that_has_stopped_is_told_unless_it_waits_for_the_network(desk: Desk, qtbot: QtBot) -> None:
    desk.news.take_failed(replace(DONE, state="failed", kind="offline"))
    desk.news.take_failed(replace(DONE, state="failed", kind="hub_failed", problem="The hub answered 500."))
    assert told(desk, qtbot) == [("A download has stopped", "MiniMax-M2 · 4-bit")]


def test_an_engine_that_ends_under_an_answer_is_told_once_and_leads_to_it(desk: Desk, qtbot: QtBot) -> None:
    desk.state.show_model("ready", None)
    desk.answer(75.0, "failed")
    desk.state.show_model("crashed", None)
    desk.state.show_model("crashed", None)
    assert told(desk, qtbot) == [("The engine has ended", "Load the model again to go on.")]
    desk.tray.messageClicked.emit()
    assert desk.led == ["here"]


def test_a_load_that_fails_is_told(desk: Desk, qtbot: QtBot) -> None:
    desk.state.show_model("loading", None)
    desk.state.show_model("crashed", None)
    assert [title for title, _ in told(desk, qtbot)] == ["The model could not be loaded"]
    desk.tray.messageClicked.emit()
    assert desk.led == [], "the window shows it"
