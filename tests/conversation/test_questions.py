"""What a turn asks, and what a call that asks would change: told, told again, and only the newest of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.contract.commands import Generate, PreviewTool, RunTool
from backends.contract.events import (
    AnswerDelta,
    RequestCancelled,
    RequestFailed,
    ToolFinished,
    ToolPreviewed,
    ToolsListed,
)
from backends.contract.tools import ConsentAnswer, ToolInfo
from backends.conversation.changes import (
    CallPreviewed,
    CallProgressed,
    MessageEnded,
    PhaseChanged,
    QuestionWaits,
    RoundsReached,
)
from backends.conversation.permissions import Policy
from tests.conversation.conftest import CALCULATOR, Bench

WRITE = ToolInfo("write_file", "Write.", {"type": "object"}, shows_diff=True)
OWN = PreviewTool("write_file", {"text": "own"})
EDITED = PreviewTool("write_file", {"text": "edited"})


@pytest.fixture
def asking(bench: Bench) -> Bench:
    """A call asks whose tool shows what it would change."""
    bench.tools.say_unasked(ToolsListed((WRITE, CALCULATOR)))
    bench.session.send("Hello")
    bench.call("write_file", text="own")
    return bench


def previewed(bench: Bench) -> list[tuple[str, str]]:
    return [(change.diff, change.problem) for change in bench.told(CallPreviewed)]


def test_a_preview_is_asked_for_with_the_question(asking: Bench) -> None:
    assert asking.tools.asked(PreviewTool) == [OWN]
    asking.tools.say(ToolPreviewed("+own"))
    message = asking.session.conversation.leaf
    assert asking.told(CallPreviewed) == [CallPreviewed(message or 0, "call_1", "+own")]


def test_only_the_newest_preview_counts(asking: Bench) -> None:
    first = asking.tools.sent[-1][0]
    asking.session.preview("call_1", {"text": "edited"})
    second = asking.tools.sent[-1][0]
    assert (asking.tools.asked(PreviewTool), asking.tools.cancelled) == ([OWN, EDITED], [first])
    asking.tools.say(ToolPreviewed("+own"), to=first)
    asking.tools.say(ToolPreviewed("+edited"), to=second)
    asking.tools.say(ToolPreviewed("+again"), to=second)
    assert previewed(asking) == [("+edited", "")]


def test_what_cannot_be_previewed_says_why(asking: Bench) -> None:
    asking.tools.say(RequestFailed("tool_failed", "It leads out of the folder.", "Stay inside."))
    asking.session.preview("call_1", {"text": "edited"})
    asking.tools.die()
    asking.session.preview("call_1", {"text": "edited"})
    asking.tools.say(RequestCancelled())
    assert previewed(asking) == [
        ("", "It leads out of the folder. Stay inside."),
        ("", "The process that runs the tools ended before it could say."),
    ]


def test_a_preview_is_for_the_call_that_asks_alone(asking: Bench) -> None:
    newest = asking.tools.sent[-1][0]
    asking.session.preview("call_2", {"text": "edited"})
    asking.session.answer_consent("call_1", ConsentAnswer(False))
    assert asking.tools.cancelled == [newest]
    asking.tools.say(ToolPreviewed("+own"), to=newest)
    asking.session.preview("call_1", {"text": "edited"})
    asking.call("calculator", expression="1")
    asking.session.preview("call_2", {"expression": "2"})
    assert (asking.tools.asked(PreviewTool), previewed(asking)) == ([OWN], []), "a calculator shows no diff"


def test_a_question_that_is_shown_again_is_of_the_model_s_own_arguments(asking: Bench) -> None:
    here = asking.session.conversation.id
    asking.session.preview("call_1", {"text": "edited"})
    edited = asking.tools.sent[-1][0]
    asking.session.new()
    asking.session.preview("call_1", {"text": "from elsewhere"})
    asking.changes.clear()
    asking.session.open(here)
    assert [change.progress for change in asking.told(CallProgressed)] == ["asking"]
    asking.tools.say(ToolPreviewed("+edited"), to=edited)
    asking.tools.say(ToolPreviewed("+own"))
    assert asking.tools.asked(PreviewTool) == [OWN, EDITED, OWN]
    assert previewed(asking) == [("+own", "")]


# -- the limit of rounds ------------------------------------------------------------------------------------------


@pytest.fixture
def paused(bench: Bench) -> Bench:
    """The model has written twice, which is as often as it may."""
    bench.session.configure(policy=Policy(allow_all=True), round_limit=2)
    bench.session.send("Hello")
    for _ in range(2):
        bench.call("calculator", expression="1")
        bench.tools.say(ToolFinished("1", False, 0.0))
    return bench


def rounds(bench: Bench) -> list[int]:
    return [change.rounds for change in bench.told(RoundsReached)]


def test_the_model_goes_on_when_the_person_says_so(paused: Bench) -> None:
    assert (rounds(paused), paused.session.phase, len(paused.prompts)) == ([2], "asking", 2)
    paused.session.answer_rounds(True)
    assert (rounds(paused), paused.session.phase, len(paused.prompts)) == ([2, 0], "reading", 3)
    assert len(paused.prompts[-1].messages[-1].parts) == 4, "with the last result"
    paused.session.answer_rounds(False)
    paused.answer(AnswerDelta("done"))
    assert [change.status for change in paused.told(MessageEnded)] == ["complete"]


@pytest.mark.parametrize("by_stop", [False, True])
def test_nothing_is_lost_when_it_is_not_to_go_on(paused: Bench, by_stop: bool) -> None:
    paused.session.stop() if by_stop else paused.session.answer_rounds(False)
    assert (rounds(paused), paused.session.busy) == ([2, 0], False)
    answer = paused.store.branch(paused.session.conversation.leaf)[-1]
    assert (answer.status, len(answer.message.parts)) == ("stopped", 4)
    assert paused.told(PhaseChanged)[-1] == PhaseChanged("idle")
    paused.session.answer_rounds(True)
    assert len(paused.prompts) == 2
    assert paused.session.send("Go on then")


def test_the_pause_is_told_wherever_it_is_and_again_where_it_is(paused: Bench) -> None:
    here = paused.session.conversation.id
    assert paused.told(QuestionWaits) == [QuestionWaits(here, "Hello")]
    paused.session.new()
    paused.session.answer_rounds(True)
    assert rounds(paused) == [2], "it is answered where it is asked"
    paused.session.open(here)
    assert rounds(paused) == [2, 2]
    paused.session.answer_rounds(True)
    assert paused.told(QuestionWaits)[-1] == QuestionWaits("")
    assert len(paused.engine.asked(Generate)) == 3
    assert len(paused.tools.asked(RunTool)) == 2


def test_the_limit_of_a_turn_is_what_it_began_with(bench: Bench, tmp_path: Path) -> None:
    bench.session.configure(policy=Policy(allow_all=True), round_limit=1)
    bench.session.send("Hello")
    bench.session.configure(round_limit=5)
    bench.call("calculator", expression="1")
    bench.tools.say(ToolFinished("1", False, 0.0))
    assert rounds(bench) == [1]
