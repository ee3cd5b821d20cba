"""One turn as a pure state machine: generate, run the calls in order, generate again, until the model has answered."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from backends.contract.chat import CallPart, ResultPart
from backends.contract.errors import ErrorKind
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
from backends.contract.tools import Consent, ConsentAnswer, ToolInfo, consent_to
from backends.conversation.changes import CallProgress, Phase
from backends.conversation.permissions import Policy, decide
from backends.storage.records import MessageStatus

ROUND_LIMIT = 25
"""How often the model may write in one turn: it would call tools forever otherwise."""

NOT_ALLOWED = "Error: The person did not allow this call."
CUT_OFF = "The tool call was cut off before it was complete, so it was not run."


class Turn(Struct, frozen=True):
    """Where a turn stands. `calls` are the ready ones of the current output; the first `decided` have results."""

    tools: tuple[ToolInfo, ...] = ()
    policy: Policy = Policy()
    state: Literal["new", "generating", "asking", "running", "stopping", "ended"] = "new"
    phase: Phase = "reading"
    rounds: int = 0
    calls: tuple[CallPart, ...] = ()
    decided: int = 0
    cut_off: bool = False


# -- inputs -----------------------------------------------------------------------------------------------------


class Begin(Struct, frozen=True):
    """The prompt is stored: begin."""


class FromEngine(Struct, frozen=True):
    """An event of the running generation. `call` is the ready or cut-off call that the event completed."""

    event: Event
    call: CallPart | None = None


class FromTools(Struct, frozen=True):
    """An event of the running tool call."""

    event: Event


class ConsentAnswered(Struct, frozen=True):
    """A person's decision on the call that was asked about."""

    call_id: str
    answer: ConsentAnswer


class Stop(Struct, frozen=True):
    """A person stops the turn. Said twice, it does not wait for the engine to agree."""


Input = Begin | FromEngine | FromTools | ConsentAnswered | Stop


# -- effects ----------------------------------------------------------------------------------------------------


class Enter(Struct, frozen=True):
    phase: Phase


class GenerateNext(Struct, frozen=True):
    """Let the engine write, with everything so far as its prompt."""


class CancelGeneration(Struct, frozen=True):
    pass


class RunCall(Struct, frozen=True):
    call: CallPart
    tool: ToolInfo
    consent: Consent


class CancelCall(Struct, frozen=True):
    pass


class TellProgress(Struct, frozen=True):
    call_id: str
    progress: CallProgress
    tool: ToolInfo | None = None


class AddResult(Struct, frozen=True):
    result: ResultPart


class Finish(Struct, frozen=True):
    """The turn is over. If it failed with a `kind`, the person is told; `failure` and `hint` are the words."""

    status: MessageStatus
    failure: str = ""
    hint: str = ""
    kind: ErrorKind | None = None


Effect = Enter | GenerateNext | CancelGeneration | RunCall | CancelCall | TellProgress | AddResult | Finish
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
        case Stop():
            return _stop(turn)
        case _:
            return turn, []


def _generate(turn: Turn) -> Step:
    if turn.rounds == ROUND_LIMIT:
        words = f"The model called tools in {ROUND_LIMIT} rounds without an answer, so the turn was ended."
        return _finish(turn, Finish("failed", words, "Ask for less at once, or turn tools off.", "tool_failed"))
    begun = replace(turn, state="generating", rounds=turn.rounds + 1, calls=(), decided=0)
    begun, effects = _enter(begun, "reading")
    return begun, [*effects, GenerateNext()]


def _from_engine(turn: Turn, event: Event, call: CallPart | None) -> Step:
    if call is not None and call.state == "unfinished":
        return replace(turn, cut_off=True), [TellProgress(call.call_id, "cut_off")]
    if call is not None:
        return _enter(replace(turn, calls=(*turn.calls, call)), "calling")
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
        return _finish(turn, Finish("length"))
    if turn.cut_off:
        return _finish(turn, Finish("failed", CUT_OFF))
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
        tool = next((tool for tool in turn.tools if tool.name == call.name), None)
        decision = decide(turn.policy, tool, call.arguments)
        if tool is not None and decision != "unknown":
            turn, more = _run(turn, call, tool) if decision == "allow" else _ask(turn, call, tool)
            return turn, effects + more
        names = ", ".join(tool.name for tool in turn.tools) or "none"
        text = f"Error: There is no tool named {call.name}. Available tools: {names}."
        effects += [AddResult(ResultPart(call.call_id, text, True)), TellProgress(call.call_id, "unknown_tool")]
        turn = replace(turn, decided=turn.decided + 1)
    turn, more = _generate(turn)
    return turn, effects + more


def _ask(turn: Turn, call: CallPart, tool: ToolInfo) -> Step:
    asking, effects = _enter(replace(turn, state="asking"), "asking")
    return asking, [TellProgress(call.call_id, "asking", tool), *effects]


def _run(turn: Turn, call: CallPart, tool: ToolInfo) -> Step:
    running, effects = _enter(replace(turn, state="running"), "running_tool")
    told = TellProgress(call.call_id, "running", tool)
    return running, [told, *effects, RunCall(call, tool, consent_to(tool, call.arguments))]


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
    return _run(turn, call, tool)


def _from_tools(turn: Turn, event: Event) -> Step:
    call_id = turn.calls[turn.decided].call_id
    match event:
        case ToolFinished(text, is_error, seconds):
            result = ResultPart(call_id, text, is_error, seconds)
            return _answer(turn, result, "failed" if is_error else "done")
        case RequestFailed(message=message):
            return _answer(turn, ResultPart(call_id, f"Error: {message}", is_error=True), "failed")
        case RequestCancelled():
            return _finish(turn, Finish("stopped"))
        case WorkerExited():
            text = "Error: The process that runs the tools ended before the tool answered."
            return _answer(turn, ResultPart(call_id, text, is_error=True), "failed")
        case _:
            return turn, []


def _stop(turn: Turn) -> Step:
    match turn.state:
        case "generating":
            stopping, effects = _enter(replace(turn, state="stopping"), "stopping")
            return stopping, [*effects, CancelGeneration()]
        case "running":
            finished, effects = _finish(turn, Finish("stopped"))
            return finished, [CancelCall(), *effects]
        case "ended":
            return turn, []
        case _:
            return _finish(turn, Finish("stopped"))


def _finish(turn: Turn, finish: Finish) -> Step:
    """End the turn; calls that have no result yet are never run."""
    left: list[Effect] = [TellProgress(call.call_id, "cut_off") for call in turn.calls[turn.decided :]]
    ended, effects = _enter(replace(turn, state="ended"), "idle")
    return ended, [*left, finish, *effects]


def _enter(turn: Turn, phase: Phase) -> Step:
    if phase == turn.phase or (turn.state == "stopping" and phase != "stopping"):
        return turn, []
    return replace(turn, phase=phase), [Enter(phase)]
