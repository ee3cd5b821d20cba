"""The list of tools: when the worker is asked, and that it knows the settings before it is asked for anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from backends.contract.commands import Command, ListTools, RunTool, UndoWrite
from backends.contract.events import UNASKED, Envelope, Event, RequestFailed, ToolFinished, ToolsListed
from backends.contract.tools import ToolSettings
from backends.conversation.changes import SessionFailed
from backends.conversation.permissions import Policy
from backends.conversation.tool_list import ToolList
from tests.conversation.conftest import CALCULATOR, CLOCK, Bench, WorkerSeat

FOLDER = ToolSettings(folders=("/data",))
OTHER = ToolSettings(folders=("/other",))


class Listed:
    """A list and the worker that it asks."""

    def __init__(self) -> None:
        self.worker = WorkerSeat()
        self.list = ToolList(self.worker)
        self.answered: list[bool] = []
        self.worker.handle = lambda envelope: self.answered.append(self.list.handle(envelope))

    @property
    def sent(self) -> list[Command]:
        return [command for _, command in self.worker.sent]


def test_it_is_asked_once_with_the_settings() -> None:
    made = Listed()
    assert not made.list.ask(FOLDER)
    assert not made.list.ask(FOLDER)
    made.worker.say(ToolsListed((CLOCK,)))
    assert made.list.ask(FOLDER)
    assert (made.sent, made.answered, made.list.tools) == ([ListTools(FOLDER)], [True], (CLOCK,))


def test_other_settings_ask_again_and_only_the_newest_answer_is_waited_for() -> None:
    made = Listed()
    made.list.ask(FOLDER)
    made.list.change(OTHER, enabled=True)
    made.worker.say(ToolsListed((CLOCK,)), to=1)
    assert made.list.tools is None
    assert not made.list.ask(OTHER)
    made.worker.say(ToolsListed((CALCULATOR,)))
    assert (made.answered, made.list.tools) == ([False, True], (CALCULATOR,))
    made.list.change(OTHER, enabled=True)
    assert made.sent == [ListTools(FOLDER), ListTools(OTHER)]


def test_other_settings_ask_nothing_before_the_first_question_or_while_tools_are_off() -> None:
    made = Listed()
    made.list.change(FOLDER, enabled=True)
    assert made.sent == []
    made.list.ask(FOLDER)
    made.list.change(OTHER, enabled=False)
    assert made.sent == [ListTools(FOLDER)]
    made.list.ask(OTHER)
    assert made.sent == [ListTools(FOLDER), ListTools(OTHER)]


@pytest.mark.parametrize("less", [ToolSettings(), ToolSettings(approved_servers=("d",), servers_off=("odd",))])
def test_a_server_that_may_run_no_longer_is_told_of_while_tools_are_off(less: ToolSettings) -> None:
    made = Listed()
    approved = ToolSettings(approved_servers=("d",))
    made.list.change(less, enabled=False)
    made.list.ask(approved)
    made.list.change(less, enabled=False)
    made.list.change(approved, enabled=False)
    assert made.sent == [ListTools(approved), ListTools(replace(less, approved_servers=()))]


def test_no_server_is_approved_while_tools_are_off() -> None:
    made, approved = Listed(), ToolSettings(("/data",), ("d",))
    made.list.ask(approved)
    made.list.change(approved, enabled=False)
    made.list.send(UndoWrite("u"))
    made.list.change(approved, enabled=True)
    off = ListTools(ToolSettings(("/data",)))
    assert made.sent == [ListTools(approved), off, UndoWrite("u"), ListTools(approved)]


def test_tools_that_change_are_taken_unasked() -> None:
    made = Listed()
    made.worker.say_unasked(ToolsListed((CLOCK,)))
    assert made.list.tools == (CLOCK,)
    made.list.ask(FOLDER)
    made.worker.say_unasked(ToolsListed((CALCULATOR,)))
    assert made.list.tools == (CALCULATOR,)
    assert not made.list.ask(FOLDER), "that was before the worker had the settings"
    assert made.answered == [False, False]


@pytest.mark.parametrize("dies", [True, False])
def test_a_list_that_fails_leaves_no_tools_of_former_settings(dies: bool) -> None:
    made = Listed()
    made.list.ask(FOLDER)
    made.worker.say(ToolsListed((CLOCK,)))
    made.list.change(OTHER, enabled=True)
    made.worker.die() if dies else made.worker.say(RequestFailed("internal", "No."))
    assert (made.list.tools, made.answered) == (None, [True, True])
    assert len(made.sent) == 2, "it is not asked again by itself"
    made.list.ask(OTHER)
    assert len(made.sent) == 3


def test_a_worker_that_was_started_anew_gets_the_settings_before_anything_else() -> None:
    made = Listed()
    made.list.ask(FOLDER)
    made.list.send(UndoWrite("a"))
    made.worker.die()
    made.list.send(UndoWrite("b"))
    made.list.send(UndoWrite("c"))
    listed = ListTools(FOLDER)
    assert made.sent == [listed, UndoWrite("a"), listed, UndoWrite("b"), UndoWrite("c")]


def test_what_is_sent_goes_to_a_worker_with_the_newest_settings() -> None:
    made = Listed()
    made.list.ask(FOLDER)
    made.list.change(OTHER, enabled=False)
    request = made.list.send(UndoWrite("a"))
    assert made.worker.sent[-2:] == [(2, ListTools(OTHER)), (request, UndoWrite("a"))]


# -- in a session -------------------------------------------------------------------------------------------------


def test_settings_reach_the_worker_when_they_change(bench: Bench) -> None:
    assert bench.tools.asked(ListTools) == [ListTools(ToolSettings())]
    bench.session.configure(tool_settings=FOLDER)
    bench.session.configure(tool_settings=FOLDER, system_prompt="Be brief.")
    assert bench.tools.asked(ListTools)[1:] == [ListTools(FOLDER)]
    bench.session.send("one")
    assert bench.prompts == [], "what was switched off just now is not offered"
    bench.tools.say(ToolsListed((CLOCK,)))
    assert bench.prompts[0].tools == (CLOCK,)


def test_a_turn_keeps_the_tools_it_began_with(bench: Bench) -> None:
    bench.session.configure(policy=Policy(allow_all=True))
    bench.session.send("one")
    bench.tools.say_unasked(ToolsListed((CLOCK,)))
    assert bench.session.tools == (CLOCK,)
    bench.call("calculator", expression="1")
    bench.tools.say(ToolFinished("1", False, 0.0))
    bench.answer()
    assert [prompt.tools for prompt in bench.prompts] == [(CALCULATOR, CLOCK)] * 2
    bench.session.send("two")
    assert bench.prompts[-1].tools == (CLOCK,)


def test_a_call_after_the_worker_died_finds_its_servers(bench: Bench) -> None:
    bench.session.configure(policy=Policy(allow_all=True), tool_settings=FOLDER)
    bench.tools.say(ToolsListed((CALCULATOR, CLOCK)))
    bench.session.send("one")
    bench.call("calculator", expression="1")
    bench.tools.die()
    bench.call("calculator", expression="2")
    listed, run = (command for _, command in bench.tools.sent[-2:])
    assert listed == ListTools(FOLDER)
    assert isinstance(run, RunTool)
    bench.tools.say(ToolsListed((CLOCK,)), to=bench.tools.sent[-2][0])
    bench.tools.say(ToolFinished("2", False, 0.0))
    assert bench.session.phase == "reading"
    assert bench.told(SessionFailed) == []


def test_without_tools_no_worker_is_started(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "none.db", tools_listed=False)
    quiet = Bench(tmp_path / "quiet.db", tools_listed=False)
    quiet.tools.sent.clear()
    quiet.session.configure(tools_enabled=False, tool_settings=FOLDER)
    quiet.session.send("one")
    quiet.answer()
    assert quiet.tools.sent == []
    quiet.session.configure(tools_enabled=True)
    assert quiet.tools.asked(ListTools) == [ListTools(FOLDER)], "servers take a while to start"
    for made in (bench, quiet):
        made.session.close()
        made.store.close()


def test_an_envelope_of_another_request_is_none_of_its_concern() -> None:
    made = Listed()
    made.list.ask(FOLDER)
    event: Event = ToolFinished("1", False, 0.0)
    assert not made.list.handle(Envelope(UNASKED, event))
    assert not made.list.handle(Envelope(1, event))
    assert not made.list.ask(FOLDER)
