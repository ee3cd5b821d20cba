"""What closing and quitting do, asked of real windows without the rest of the app; both ways of a system are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from backends.contract.preferences import Preferences
from backends.conversation.changes import AnswerChanged
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.shutdown.activity import Activity, Doing
from desktop.shutdown.leave_question import LeaveQuestion, what_becomes
from desktop.shutdown.leaving import Leaving, on_close, on_quit
from desktop.window.frame import Frame

BEGUN, OVER = AnswerChanged("here", "writing"), AnswerChanged("here", "complete")
WORK = [Doing(answering=True), Doing(downloading=True), Doing(installing=True), Doing(answering=True, asking=True)]
NO_WORK = [Doing(), Doing(loading=True), Doing(awaits_network=True)]


@pytest.mark.parametrize(("doing", "is_work"), [*product(WORK, [True]), *product(NO_WORK, [False])])
def test_what_is_asked_before_it_is_broken_off(doing: Doing, is_work: bool) -> None:
    assert on_close(doing, is_mac=True) == "hide"
    assert on_close(doing, is_mac=False) == ("ask" if is_work else "end")
    assert on_quit(doing, session_ends=False) == ("ask" if is_work else "end")
    assert on_quit(doing, session_ends=True) == "end", "who logs out is not held up"


def test_the_question_says_what_becomes_of_all_that_goes_on() -> None:
    assert what_becomes(Doing(loading=True)) == []
    assert [len(what_becomes(doing)) for doing in WORK] == [1, 1, 1, 1]
    assert "go on from there" in what_becomes(Doing(downloading=True))[0]
    answers = (Doing(answering=True), Doing(answering=True, asking=True), Doing(answering=True, tool_runs=True))
    said = [what_becomes(doing)[0] for doing in answers]
    assert len(set(said)) == 3
    assert all("kept" in words for words in said)


@dataclass
class Desk:
    frame: Frame
    activity: Activity
    leaving: Leaving
    kept: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    session_ends: bool = False

    @property
    def questions(self) -> list[LeaveQuestion]:
        shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        return [widget for widget in shown if isinstance(widget, LeaveQuestion)]

    @property
    def question(self) -> LeaveQuestion:
        [question] = self.questions
        return question


@pytest.fixture(params=[True, False], ids=["mac", "linux"])
def desk(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[Desk]:
    frame = Frame(Preferences())
    qtbot.addWidget(frame.window)
    frame.show()
    activity = Activity(frame.state, DownloadModel(frame.window), EngineState(frame.window), QObject(frame.window))
    kept: list[str] = []
    leaving = Leaving(
        frame.window,
        activity,
        lambda: kept.append("kept"),
        is_mac=request.param,
        session_ends=lambda: made.session_ends,
        linger_ms=0,
        full_screen_ms=0,
    )
    made = Desk(frame, activity, leaving, kept)
    leaving.ended.connect(lambda: made.ended.append("ended"))
    yield made
    leaving.close()


on_mac = pytest.mark.parametrize("desk", [True], indirect=True, ids=["mac"])
elsewhere = pytest.mark.parametrize("desk", [False], indirect=True, ids=["linux"])


@on_mac
def test_on_a_mac_the_window_goes_and_the_dock_brings_it_back(desk: Desk, qapp: QApplication) -> None:
    window, state = desk.frame.window, Qt.ApplicationState
    desk.frame.preferences.replace_window(geometry="")
    dialog = QDialog(window)
    dialog.show()
    window.close()
    assert not window.isVisible()
    assert not dialog.isVisible(), "it would stand there without its window"
    assert (desk.kept, desk.ended) == (["kept"], [])
    assert desk.frame.preferences.value.window.geometry
    desk.activity.take_answer(BEGUN)
    desk.activity.take_answer(OVER)
    assert not desk.leaving.lingers, "the Dock shows that it runs: it stays until it is quit"
    qapp.applicationStateChanged.emit(state.ApplicationInactive)
    assert not window.isVisible()
    qapp.applicationStateChanged.emit(state.ApplicationActive)
    assert window.isVisible()
    assert dialog.isVisible()


@on_mac
def test_on_a_mac_a_window_that_fills_the_screen_leaves_no_black_one_behind(desk: Desk, qtbot: QtBot) -> None:
    window = desk.frame.window
    window.showFullScreen()
    qtbot.waitUntil(window.isFullScreen)
    window.close()
    assert window.isVisible()
    assert not window.isFullScreen()
    window.close()
    assert window.isVisible(), "whoever is impatient does not hide it half way"
    qtbot.waitUntil(lambda: not window.isVisible())


@on_mac
def test_on_a_mac_a_hidden_app_that_is_quit_asks_by_itself(desk: Desk, qtbot: QtBot) -> None:
    desk.activity.take_answer(BEGUN)
    desk.frame.window.close()
    desk.leaving.quit()
    question = desk.question
    assert question.parent() is None
    assert question.keep_button is None
    question.quit_button.click()
    assert desk.ended == ["ended"]


@on_mac
def test_on_a_mac_the_docks_quit_asks_though_qt_tells_of_it_as_of_a_session(desk: Desk, qapp: QApplication) -> None:
    desk.activity.take_answer(BEGUN)
    desk.frame.window.close()
    desk.leaving.prepare_session_end()
    assert not desk.leaving.may_quit()
    question = desk.question
    # The question brings the app to the front, and the window does not come up over it.
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert not desk.frame.window.isVisible()
    question.cancel_button.click()
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert desk.frame.window.isVisible()


def test_quitting_asks_once_however_often_it_is_said(desk: Desk, qtbot: QtBot) -> None:
    desk.activity.take_answer(BEGUN)
    assert [desk.leaving.may_quit() for _ in range(3)] == [False, False, False]
    question = desk.question
    assert question.defaultButton() is question.cancel_button
    assert (desk.ended, desk.frame.window.isVisible()) == ([], True)
    qtbot.waitUntil(question.isActiveWindow)
    QTest.keyClick(question, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not desk.questions)
    assert desk.ended == []
    desk.leaving.quit()
    desk.question.quit_button.click()
    assert desk.ended == ["ended"]
    assert not any(widget.isVisible() for widget in QApplication.topLevelWidgets() if widget is desk.frame.window)
    desk.leaving.quit()
    desk.frame.window.close()
    assert desk.ended == ["ended"], "it ends once"


def test_quitting_ends_at_once_when_nothing_goes_on_and_keeps_what_there_is(desk: Desk) -> None:
    desk.frame.preferences.replace_window(geometry="")
    desk.activity.take_answer(BEGUN)
    desk.activity.take_answer(OVER)
    assert desk.leaving.may_quit()
    assert desk.questions == []
    assert desk.ended == ["ended"]
    assert desk.kept == ["kept"]
    assert desk.frame.preferences.value.window.geometry, "how the window was left"


def test_what_cannot_be_kept_does_not_hold_the_app_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError

    monkeypatch.setattr(desk.leaving, "_keep", fail)
    with pytest.raises(ValueError):  # noqa: PT011  it has no words
        desk.leaving.quit()
    assert desk.ended == ["ended"]
    assert not desk.frame.window.isVisible()


def test_a_session_that_ends_is_not_held_up(desk: Desk) -> None:
    desk.activity.take_answer(BEGUN)
    desk.session_ends = True
    desk.leaving.prepare_session_end()
    assert (desk.kept, desk.ended) == (["kept"], []), "somebody else may still call it off"
    assert desk.leaving.may_quit()
    assert desk.questions == []


@elsewhere
def test_elsewhere_closing_ends_the_app_when_nothing_goes_on(desk: Desk) -> None:
    desk.frame.window.close()
    assert desk.ended == ["ended"]
    assert desk.questions == []


@elsewhere
def test_elsewhere_the_app_can_go_on_without_its_window_until_all_is_done(desk: Desk, qtbot: QtBot) -> None:
    desk.activity.take_answer(BEGUN)
    desk.frame.window.close()
    assert desk.frame.window.isVisible(), "nothing is done before the answer"
    assert desk.question.keep_button is not None
    desk.question.keep_button.click()
    assert not desk.frame.window.isVisible()
    assert (desk.ended, desk.leaving.lingers) == ([], False)
    with qtbot.waitSignal(desk.leaving.ended):
        desk.activity.take_answer(OVER)


@elsewhere
def test_whoever_brings_the_window_back_keeps_the_app(desk: Desk, qtbot: QtBot) -> None:
    desk.activity.take_answer(BEGUN)
    desk.frame.window.close()
    assert desk.question.keep_button is not None
    desk.question.keep_button.click()
    desk.activity.take_answer(OVER)
    assert desk.leaving.lingers
    desk.frame.window.show()
    assert desk.frame.window.isVisible()
    assert not desk.leaving.lingers
    desk.activity.take_answer(BEGUN)
    desk.activity.take_answer(OVER)
    assert not desk.leaving.lingers


@elsewhere
def test_a_minimized_window_that_is_closed_shows_the_question(desk: Desk, qtbot: QtBot) -> None:
    desk.activity.take_answer(BEGUN)
    desk.frame.window.showMinimized()
    qtbot.waitUntil(desk.frame.window.isMinimized)
    desk.frame.window.close()
    assert not desk.frame.window.isMinimized()
    desk.question.cancel_button.click()


@elsewhere
def test_work_that_ends_while_the_question_is_read_is_noticed(desk: Desk) -> None:
    desk.activity.take_answer(BEGUN)
    desk.frame.window.close()
    desk.activity.take_answer(OVER)
    assert desk.question.keep_button is not None
    desk.question.keep_button.click()
    assert desk.leaving.lingers


def test_a_minimized_window_comes_back(desk: Desk, qtbot: QtBot) -> None:
    window: QWidget = desk.frame.window
    window.showMinimized()
    qtbot.waitUntil(window.isMinimized)
    desk.leaving.show_window()
    assert not window.isMinimized()
    assert window.isVisible()
