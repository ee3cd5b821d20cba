"""A turn fed with events: which calls run, in which order, and how each thing that can happen ends it."""

from __future__ import annotations

import pytest

from backends.contract.chat import CallPart, ResultPart
from backends.contract.events import (
    AnswerDelta,
    PrefillProgress,
    ReasoningDelta,
    RequestCancelled,
    RequestFailed,
    ToolArgumentDelta,
    ToolCallStarted,
    WorkerExited,
)
from backends.contract.tools import ConsentAnswer, consent_to
from backends.conversation.permissions import Policy
from backends.conversation.turn import CUT_OFF, NOT_ALLOWED, STOPPED, Turn
from backends.conversation.turn_words import (
    AddResult,
    Begin,
    CancelCall,
    CancelGeneration,
    ConsentAnswered,
    Enter,
    Finish,
    FromEngine,
    FromTools,
    GenerateNext,
    Input,
    RunCall,
    Stop,
    TellProgress,
)
from tests.conversation.turn_inputs import (
    ALLOWING,
    ASKING,
    CLOCK,
    SUM,
    call,
    cut_off,
    end,
    results,
    run,
    said,
    without_phases,
)


def test_an_answer_without_calls() -> None:
    turn, effects = run(
        ASKING,
        [
            Begin(),
            FromEngine(PrefillProgress(0, 1, 2)),
            FromEngine(ReasoningDelta("a")),
            FromEngine(ReasoningDelta("b")),
            FromEngine(AnswerDelta("c")),
            end(),
        ],
    )
    assert turn.state == "ended"
    assert effects == [
        GenerateNext(),
        Enter("reasoning"),
        Enter("answering"),
        Finish("complete"),
        Enter("idle"),
    ]


def test_calls_run_one_after_the_other_once_the_output_has_ended() -> None:
    turn, effects = run(ALLOWING, [Begin(), call(1, a=1), call(2, "clock")])
    assert not any(isinstance(effect, RunCall) for effect in effects)
    turn, effects = run(turn, [end()])
    first = CallPart("call_1", "sum", {"a": 1}, "<raw>", "ready")
    assert effects == [
        TellProgress("call_1", "running", SUM),
        Enter("running_tool"),
        RunCall(first, SUM, {"a": 1}, consent_to(SUM, {"a": 1})),
    ]
    turn, effects = run(turn, [said("2")])
    assert without_phases(effects)[:3] == [
        AddResult(ResultPart("call_1", "2", False, 0.5)),
        TellProgress("call_1", "done"),
        TellProgress("call_2", "running", CLOCK),
    ]
    turn, effects = run(turn, [said("Error: broken", is_error=True)])
    assert effects == [
        AddResult(ResultPart("call_2", "Error: broken", True, 0.5)),
        TellProgress("call_2", "failed"),
        Enter("reading"),
        GenerateNext(),
    ]
    turn, effects = run(turn, [end()])
    assert effects[0] == Finish("complete")


def test_each_call_is_asked_about_by_itself() -> None:
    turn, effects = run(ASKING, [Begin(), call(1), call(2, "clock"), end()])
    assert effects[-2:] == [TellProgress("call_1", "asking", SUM), Enter("asking")]
    assert run(turn, [ConsentAnswered("call_2", ConsentAnswer(True))]) == (turn, []), "another call was asked about"
    turn, effects = run(turn, [ConsentAnswered("call_1", ConsentAnswer(True))])
    assert isinstance(effects[-1], RunCall)
    turn, effects = run(turn, [said("3")])
    assert effects[-2:] == [TellProgress("call_2", "asking", CLOCK), Enter("asking")]
    turn, effects = run(turn, [ConsentAnswered("call_2", ConsentAnswer(False, note="Too late."))])
    assert effects == [
        AddResult(ResultPart("call_2", f"{NOT_ALLOWED} Too late.", is_error=True)),
        TellProgress("call_2", "refused"),
        Enter("reading"),
        GenerateNext(),
    ]


def test_a_tool_that_was_allowed_beforehand_is_not_asked_about() -> None:
    turn = Turn((SUM, CLOCK), Policy(frozenset({SUM.digest})))
    _, effects = run(turn, [Begin(), call(1), call(2, "clock"), end(), said("3")])
    asked = [effect for effect in effects if isinstance(effect, TellProgress) and effect.progress == "asking"]
    assert [effect.call_id for effect in asked] == ["call_2"]


def test_unknown_tools_are_answered_with_what_there_is() -> None:
    turn, effects = run(ALLOWING, [Begin(), *(call(number, "fly") for number in range(1, 2_001)), end()])
    answered = results(effects)
    assert len(answered) == 2_000
    assert answered[0] == ResultPart(
        "call_1", "Error: There is no tool named fly. Available tools: sum, clock.", is_error=True
    )
    assert effects[-1] == GenerateNext()
    assert turn.state == "generating"


def test_calls_that_were_cut_off_are_answered_in_order_beside_those_that_run() -> None:
    turn, effects = run(ALLOWING, [Begin(), cut_off(1), call(2), cut_off(3, None), end()])
    told = [(effect.call_id, effect.progress) for effect in effects if isinstance(effect, TellProgress)]
    assert told == [("call_1", "cut_off"), ("call_3", "cut_off"), ("call_1", "cut_off"), ("call_2", "running")]
    assert [effect.call.call_id for effect in effects if isinstance(effect, RunCall)] == ["call_2"]
    turn, more = run(turn, [said("2")])
    answered = results(effects + more)
    assert [(result.call_id, result.text, result.is_error) for result in answered] == [
        ("call_1", CUT_OFF, True),
        ("call_2", "2", False),
        ("call_3", CUT_OFF, True),
    ]
    assert (turn.state, more[-1]) == ("generating", GenerateNext())


def test_a_call_beside_one_that_was_cut_off_still_asks() -> None:
    turn, effects = run(ASKING, [Begin(), cut_off(1), call(2), end()])
    assert turn.state == "asking"
    assert effects[-2:] == [TellProgress("call_2", "asking", SUM), Enter("asking")]
    assert run(turn, [ConsentAnswered("call_1", ConsentAnswer(True))]) == (turn, []), "it can never run"


def test_a_limit_ends_the_turn_even_with_a_ready_call() -> None:
    _, effects = run(ALLOWING, [Begin(), call(1), end("length")])
    assert without_phases(effects)[-2:] == [TellProgress("call_1", "cut_off"), Finish("length")]


def test_a_call_cut_off_by_a_limit_is_answered_and_the_turn_ends() -> None:
    turn, effects = run(ALLOWING, [Begin(), call(1), cut_off(2), end("length")])
    assert turn.state == "ended"
    assert without_phases(effects)[2:] == [
        AddResult(ResultPart("call_2", CUT_OFF, is_error=True)),
        TellProgress("call_2", "cut_off"),
        TellProgress("call_1", "cut_off"),
        Finish("length"),
    ]


def test_stopping_waits_for_the_engine_and_keeps_what_still_comes() -> None:
    turn, effects = run(ASKING, [Begin(), FromEngine(AnswerDelta("a")), Stop()])
    assert effects[-2:] == [Enter("stopping"), CancelGeneration()]
    turn, effects = run(turn, [FromEngine(AnswerDelta("b")), FromEngine(ToolArgumentDelta(0, "a", "1"))])
    assert effects == []
    _, effects = run(turn, [end("cancelled")])
    assert effects == [Finish("stopped"), Enter("idle")]
    _, effects = run(turn, [call(1), end("stop")])
    assert effects == [TellProgress("call_1", "cut_off"), Finish("stopped"), Enter("idle")]
    _, effects = run(turn, [Stop()])
    assert effects == [Finish("stopped"), Enter("idle")], "a second stop does not wait"


def test_stopping_at_a_question_or_while_a_tool_runs() -> None:
    turn, _ = run(ASKING, [Begin(), call(1), end()])
    ended, effects = run(turn, [Stop()])
    assert effects == [TellProgress("call_1", "cut_off"), Finish("stopped"), Enter("idle")]
    assert run(ended, [ConsentAnswered("call_1", ConsentAnswer(True))]) == (ended, [])
    turn, _ = run(turn, [ConsentAnswered("call_1", ConsentAnswer(True))])
    ended, effects = run(turn, [Stop()])
    assert effects == [
        CancelCall(),
        AddResult(ResultPart("call_1", STOPPED, is_error=True)),
        TellProgress("call_1", "failed"),
        Finish("stopped"),
        Enter("idle"),
    ]
    assert run(ended, [said("late")]) == (ended, [])


def test_stopping_before_it_began() -> None:
    turn, effects = run(ASKING, [Stop()])
    assert Finish("stopped") in effects
    assert run(turn, [Begin()]) == (turn, [])


@pytest.mark.parametrize(
    ("event", "status", "kind"),
    [
        (WorkerExited(-9, expected=False, reason="Killed."), "failed", "worker_died"),
        (WorkerExited(0, expected=True), "stopped", None),
        (RequestFailed("out_of_memory", "No memory.", "Close something."), "failed", "out_of_memory"),
        (RequestCancelled(), "stopped", None),
    ],
)
def test_how_an_engine_can_fail(event: WorkerExited | RequestFailed, status: str, kind: str | None) -> None:
    _, effects = run(ASKING, [Begin(), FromEngine(AnswerDelta("a")), FromEngine(event)])
    [finish] = [effect for effect in effects if isinstance(effect, Finish)]
    assert (finish.status, finish.kind) == (status, kind)
    assert bool(finish.failure) == bool(finish.hint) == (status == "failed")


@pytest.mark.parametrize("event", [WorkerExited(-9, expected=False), RequestFailed("tool_failed", "No such tool.")])
def test_a_tool_that_fails_is_told_to_the_model(event: WorkerExited | RequestFailed) -> None:
    turn, effects = run(ALLOWING, [Begin(), call(1), end(), FromTools(event)])
    [added] = [effect for effect in effects if isinstance(effect, AddResult)]
    assert added.result.is_error
    assert added.result.text.startswith("Error: ")
    assert TellProgress("call_1", "failed") in effects
    assert turn.state == "generating"


def test_what_does_not_belong_to_the_state_is_ignored() -> None:
    asking, _ = run(ASKING, [Begin(), call(1), end()])
    stray: list[Input] = [Begin(), FromEngine(AnswerDelta("late")), end(), said("late")]
    assert run(asking, stray) == (asking, [])
    generating, _ = run(ASKING, [Begin()])
    assert run(generating, [said("late"), ConsentAnswered("call_1", ConsentAnswer(True))]) == (generating, [])
    started, effects = run(generating, [FromEngine(ToolCallStarted(0, "sum"))])
    assert (started.phase, effects) == ("calling", [Enter("calling")])
