"""What goes on, as leaving and sleep see it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject

from backends.conversation.changes import AnswerChanged, QuestionWaits
from desktop.models.download_model import DownloadModel
from desktop.models.engine_state import EngineState
from desktop.models.session_state import SessionState
from desktop.shutdown.activity import Activity, Doing
from tests.desktop.downloads_to_show import running


class Desk:
    def __init__(self) -> None:
        self.owner = QObject()
        self.state, self.downloads, self.engines = SessionState(), DownloadModel(), EngineState()
        self.activity = Activity(self.state, self.downloads, self.engines, self.owner)
        self.told: list[Doing] = []
        self.activity.changed.connect(lambda: self.told.append(self.activity.doing))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_answer_is_work_in_whichever_conversation_it_is_written(desk: Desk) -> None:
    desk.activity.take_answer(AnswerChanged("elsewhere", "writing"))
    assert desk.activity.doing.is_work
    assert desk.activity.doing.needs_wakefulness
    desk.activity.take_answer(AnswerChanged("elsewhere", "failed"))
    assert desk.activity.doing == Doing()
    assert len(desk.told) == 2


def test_the_machine_may_sleep_while_an_answer_waits_for_the_person(desk: Desk) -> None:
    desk.activity.take_answer(AnswerChanged("here", "writing"))
    desk.activity.take_question(QuestionWaits("here"))
    assert desk.activity.doing.is_work
    assert not desk.activity.doing.needs_wakefulness
    desk.activity.take_question(QuestionWaits(""))
    assert desk.activity.doing.needs_wakefulness


def test_a_tool_that_runs_is_seen(desk: Desk) -> None:
    desk.activity.take_answer(AnswerChanged("here", "writing"))
    desk.state.show_phase("running_tool")
    assert desk.activity.doing.tool_runs


@pytest.mark.parametrize("state", ["queued", "asking", "running", "verifying"])
def test_a_download_that_moves_is_work(desk: Desk, state: str) -> None:
    desk.downloads.show((replace(running(), state=state),))
    assert desk.activity.doing == Doing(downloading=True)
    assert desk.activity.doing.is_work
    assert desk.activity.doing.needs_wakefulness
    desk.downloads.show(())
    assert desk.told[1:] == [Doing()]


@pytest.mark.parametrize("state", ["paused", "finished", "failed"])
def test_a_download_that_stands_still_is_none(desk: Desk, state: str) -> None:
    desk.downloads.show((replace(running(), state=state),))
    assert desk.activity.doing == Doing()


def test_what_another_minim_fetches_is_its_own_affair(desk: Desk) -> None:
    desk.downloads.show((replace(running(), elsewhere=True),))
    assert desk.activity.doing == Doing()


def test_a_download_without_a_network_is_a_reason_to_go_on_and_none_to_ask(desk: Desk) -> None:
    desk.downloads.show((replace(running(), state="failed", kind="offline"),))
    doing = desk.activity.doing
    assert (doing.holds, doing.is_work, doing.needs_wakefulness) == (True, False, False)


def test_an_installation_is_work_and_a_load_only_keeps_awake(desk: Desk) -> None:
    desk.engines.show_installing("Transformers")
    assert desk.activity.doing.is_work
    assert desk.activity.doing.needs_wakefulness
    desk.engines.show_ended()
    desk.state.show_model("loading", None)
    assert not desk.activity.doing.is_work
    assert desk.activity.doing.needs_wakefulness
    assert desk.activity.doing.holds
