"""One turn as a pure state machine: generate, run the calls in order, generate again, until the model has answered."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.chat import CallPart, ResultPart
from backends.contract.events import (
    AnswerDelta,
    Event,
    GenerationFinished,
    PrefillProgress,
    ReasoningDelta,
    RequestCancelled,
    RequestFailed,
    ToolArgumentDelta,
    ToolCallStarted,
    ToolFinished,
    WorkerExited,
)
from backends.contract.tools import AllowedTool, ConsentAnswer, ToolInfo, consent_to, digest_of
from backends.conversation.changes import CallProgress, Phase
from backends.conversation.consent import with_allowed
from backends.conversation.permissions import Policy, decide, granted_scope
from backends.conversation.turn_words import (
    AddResult,
    AllowTool,
    AskRounds,
    Begin,
    CancelCall,
    CancelGeneration,
    ConsentAnswered,
    Effect,
    Enter,
    Finish,
    FromEngine,
    FromTools,
    GenerateNext,
    Input,
    PolicyChanged,
    PreviewCall,
    RoundsAnswered,
    RunCall,
    Stop,
    TellProgress,
)

NOT_ALLOWED = "Error: The person did not allow this call."
CUT_OFF = (
    "Error: The tool call was cut off before it was complete, so it was not run."
    " If it is still needed, write it again whole."
)
STOPPED = "Error: The person stopped this call while it ran. What it may have done by then is not known."


class Turn(Struct, frozen=True):
    """Where a turn stands.

    `calls` are those of the current output, unfinished ones too; the first `decided` have results. `round_limit` is how
    often the model may write before the person is asked whether it goes on, `granted` how often more they let it.
    `changed` are the arguments that the running call has in place of its own, None where a person left them.
    """

    tools: tuple[ToolInfo, ...] = ()
    policy: Policy = Policy()
    round_limit: int = 25
    state: Literal["new", "generating", "asking", "running", "paused", "stopping", "ended"] = "new"
    phase: Phase = "reading"
    rounds: int = 0
    granted: int = 0
    calls: tuple[CallPart, ...] = ()
    decided: int = 0
    changed: dict[str, Any] | None = None


Step = tuple[Turn, list[Effect]]


def step(turn: Turn, given: Input) -> Step:
    """The next state and what is to be done, in order. What does not belong to the state is ignored."""
    match given:
        case Begin() if turn.state == "new":
            return _generate(turn)
        case FromEngine(event, call) if turn.state in ("generating", "stopping"):
            return _from_engine(turn, event, call)
        case FromTools(event) if turn.state == "running":
            return _from_tools(turn, event)
        case ConsentAnswered(call_id, answer) if turn.state == "asking":
            return _decided(turn, call_id, answer)
        case RoundsAnswered(go_on) if turn.state == "paused":
            return _rounds_decided(turn, go_on)
        case PolicyChanged(policy):
            return replace(turn, policy=policy), []
        case Stop():
            return _stop(turn)
        case _:
            return turn, []


def _generate(turn: Turn) -> Step:
    # Calls that all have results are no longer on hand, so that nothing said of them later concerns the turn.
    turn = replace(turn, calls=(), decided=0)
    if turn.rounds >= max(turn.round_limit, 1) + turn.granted:
        paused, effects = _enter(replace(turn, state="paused"), "asking")
        return paused, [AskRounds(turn.rounds), *effects]
    begun, effects = _enter(replace(turn, state="generating", rounds=turn.rounds + 1), "reading")
    return begun, [*effects, GenerateNext()]


def _rounds_decided(turn: Turn, go_on: bool) -> Step:
    if not go_on:
        return _finish(turn, Finish("stopped"))
    turn, effects = _generate(replace(turn, granted=turn.granted + max(turn.round_limit, 1)))
    return turn, [AskRounds(0), *effects]


def _from_engine(turn: Turn, event: Event, call: CallPart | None) -> Step:
    if call is not None:
        turn, effects = _enter(replace(turn, calls=(*turn.calls, call)), "calling")
        told: list[Effect] = [] if call.state == "ready" else [TellProgress(call.call_id, "cut_off")]
        return turn, told + effects
    phase = _PHASES.get(type(event))
    return _enter(turn, phase) if phase else _ended_by(turn, event)


_PHASES: dict[type, Phase] = {
    PrefillProgress: "reading",
    ReasoningDelta: "reasoning",
    AnswerDelta: "answering",
    ToolCallStarted: "calling",
    ToolArgumentDelta: "calling",
}


def _ended_by(turn: Turn, event: Event) -> Step:
    match event:
        case GenerationFinished(reason):
            return _written(turn, reason)
        case RequestCancelled() | WorkerExited(expected=True):
            return _finish(turn, Finish("stopped"))
        case RequestFailed("context_full") if turn.rounds > 1:
            # Tools have answered, and there is no room left to go on: what was written is an answer cut off.
            return _finish(turn, Finish("length", kind="context_full"))
        case RequestFailed(kind, message, hint):
            return _finish(turn, Finish("failed", message, hint, kind))
        case WorkerExited(reason=reason):
            words = f"The engine ended while it was working on this answer. {reason}".rstrip()
            hint = "What was written is kept. Load the model again to go on; if memory ran out, choose a smaller form."
            return _finish(turn, Finish("failed", words, hint, "worker_died"))
        case _:
            return turn, []


def _written(turn: Turn, reason: Literal["stop", "length", "cancelled"]) -> Step:
    """The engine has written its output: the calls come next, unless something ends the turn."""
    if reason == "cancelled":
        return _finish(turn, Finish("stopped"))
    if reason == "length":
        # The calls that were cut off are answered, so that the model is told with the person's next message.
        unfinished = [call for call in turn.calls if call.state == "unfinished"]
        ready = tuple(call for call in turn.calls if call.state == "ready")
        turn, effects = _finish(replace(turn, calls=ready), Finish("length"))
        return turn, [effect for call in unfinished for effect in _cut_off(call)] + effects
    if not turn.calls:
        return _finish(turn, Finish("complete"))
    if turn.state == "stopping":
        return _finish(turn, Finish("stopped"))
    return _next_call(turn)


def _next_call(turn: Turn) -> Step:
    """Go on with the first call that has no result; generate again when all have one."""
    effects: list[Effect] = []
    while turn.decided < len(turn.calls):
        call = turn.calls[turn.decided]
        if call.state == "unfinished":
            effects += _cut_off(call)
        else:
            tool = next((tool for tool in turn.tools if tool.name == call.name), None)
            decision = decide(turn.policy, tool, call.arguments)
            if tool is not None and decision != "unknown":
                turn, more = _run(turn, call, tool) if decision == "allow" else _ask(turn, call, tool)
                return turn, effects + more
            effects += _unknown(turn, call)
        turn = replace(turn, decided=turn.decided + 1)
    turn, more = _generate(turn)
    return turn, effects + more


def _cut_off(call: CallPart) -> list[Effect]:
    return [AddResult(ResultPart(call.call_id, CUT_OFF, is_error=True)), TellProgress(call.call_id, "cut_off")]


def _unknown(turn: Turn, call: CallPart) -> list[Effect]:
    names = ", ".join(tool.name for tool in turn.tools) or "none"
    text = f"Error: There is no tool named {call.name}. Available tools: {names}."
    return [AddResult(ResultPart(call.call_id, text, is_error=True)), TellProgress(call.call_id, "unknown_tool")]


def _ask(turn: Turn, call: CallPart, tool: ToolInfo) -> Step:
    asking, effects = _enter(replace(turn, state="asking"), "asking")
    preview: list[Effect] = [PreviewCall(call, tool)] if tool.shows_diff else []
    return asking, [TellProgress(call.call_id, "asking", tool), *effects, *preview]


def _run(turn: Turn, call: CallPart, tool: ToolInfo, changed: dict[str, Any] | None = None) -> Step:
    """Run a call, with its own arguments or those that a person changed them to: the consent is to what runs."""
    arguments = call.arguments if changed is None else changed
    running, effects = _enter(replace(turn, state="running", changed=changed), "running_tool")
    told = TellProgress(call.call_id, "running", tool)
    return running, [told, *effects, RunCall(call, tool, arguments, consent_to(tool, arguments))]


def _answer(turn: Turn, result: ResultPart, progress: CallProgress) -> Step:
    """The call has its result; on to the next one."""
    effects: list[Effect] = [AddResult(result), TellProgress(result.call_id, progress)]
    turn, more = _next_call(replace(turn, decided=turn.decided + 1))
    return turn, effects + more


def _decided(turn: Turn, call_id: str, answer: ConsentAnswer) -> Step:
    call = turn.calls[turn.decided]
    if call.call_id != call_id:
        return turn, []
    if not answer.allow:
        text = f"{NOT_ALLOWED} {answer.note}".rstrip()
        return _answer(turn, ResultPart(call_id, text, is_error=True), "refused")
    tool = next(tool for tool in turn.tools if tool.name == call.name)
    allowed: list[Effect] = []
    scope = granted_scope(turn.policy, answer.scope)
    if scope != "once":
        granted = AllowedTool(tool.key, tool.digest)
        allowed.append(AllowTool(granted, scope))
        turn = replace(turn, policy=with_allowed(turn.policy, granted, scope))
    # Compared as JSON: 1, 1.0 and True are equal in Python, and not the same to a tool.
    same = answer.arguments is None or digest_of(answer.arguments) == digest_of(call.arguments)
    turn, effects = _run(turn, call, tool, None if same else answer.arguments)
    return turn, allowed + effects


def _from_tools(turn: Turn, event: Event) -> Step:
    result = ResultPart(turn.calls[turn.decided].call_id, "", is_error=True, ran_with=turn.changed)
    match event:
        case ToolFinished(text, is_error, seconds, diff, undo):
            result = replace(result, text=text, is_error=is_error, seconds=seconds, diff=diff, undo=undo)
            return _answer(turn, result, "failed" if is_error else "done")
        case RequestFailed(message=message):
            return _answer(turn, replace(result, text=f"Error: {message}"), "failed")
        case RequestCancelled():
            return _finish(turn, Finish("stopped"))
        case WorkerExited():
            text = "Error: The process that runs the tools ended before the tool answered."
            return _answer(turn, replace(result, text=text), "failed")
        case _:
            return turn, []


def _stop(turn: Turn) -> Step:
    match turn.state:
        case "generating":
            stopping, effects = _enter(replace(turn, state="stopping"), "stopping")
            return stopping, [*effects, CancelGeneration()]
        case "running":
            return _stop_call(turn)
        case "ended":
            return turn, []
        case _:
            return _finish(turn, Finish("stopped"))


def _stop_call(turn: Turn) -> Step:
    """End the turn without waiting for its tool, which may have done something: the model is not told otherwise."""
    call_id = turn.calls[turn.decided].call_id
    result = ResultPart(call_id, STOPPED, is_error=True, ran_with=turn.changed)
    told: list[Effect] = [CancelCall(), AddResult(result), TellProgress(call_id, "failed")]
    finished, effects = _finish(replace(turn, decided=turn.decided + 1), Finish("stopped"))
    return finished, told + effects


def _finish(turn: Turn, finish: Finish) -> Step:
    """End the turn; calls that have no result yet are never run."""
    left: list[Effect] = [TellProgress(call.call_id, "cut_off") for call in turn.calls[turn.decided :]]
    if turn.state == "paused":
        left.append(AskRounds(0))
    ended, effects = _enter(replace(turn, state="ended"), "idle")
    return ended, [*left, finish, *effects]


def _enter(turn: Turn, phase: Phase) -> Step:
    if phase == turn.phase or (turn.state == "stopping" and phase != "stopping"):
        return turn, []
    return replace(turn, phase=phase), [Enter(phase)]
