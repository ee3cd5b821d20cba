"""What is fed to a turn in tests, and what is looked for in what it wants done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from backends.contract.chat import CallPart, ResultPart, Usage
from backends.contract.events import (
    GenerationFinished,
    ToolCallReady,
    ToolCallUnfinished,
    ToolFinished,
)
from backends.contract.tools import ConsentAnswer, Scope, ToolInfo
from backends.conversation.permissions import Policy
from backends.conversation.turn import Turn, step
from backends.conversation.turn_words import (
    AddResult,
    ConsentAnswered,
    Effect,
    Enter,
    FromEngine,
    FromTools,
    Input,
    RunCall,
)

SUM = ToolInfo("sum", "Add.", {"type": "object"})
CLOCK = ToolInfo("clock", "Time.", {"type": "object"})
WRITE = ToolInfo("write", "Write.", {"type": "object"}, shows_diff=True)
ASKING = Turn((SUM, CLOCK))
ALLOWING = Turn((SUM, CLOCK), Policy(allow_all=True))


def run(turn: Turn, inputs: Iterable[Input]) -> tuple[Turn, list[Effect]]:
    effects: list[Effect] = []
    for given in inputs:
        turn, more = step(turn, given)
        effects += more
    return turn, effects


def call(number: int, name: str = "sum", **arguments: object) -> FromEngine:
    part = CallPart(f"call_{number}", name, dict(arguments), "<raw>", "ready")
    return FromEngine(ToolCallReady(number - 1, name, part.arguments, part.raw), part)


def cut_off(number: int, name: str | None = "sum") -> FromEngine:
    part = CallPart(f"call_{number}", name, {}, "<raw", "unfinished")
    return FromEngine(ToolCallUnfinished(number - 1, name, {}, part.raw), part)


def end(reason: Literal["stop", "length", "cancelled"] = "stop") -> FromEngine:
    return FromEngine(GenerationFinished(reason, Usage()))


def said(text: str, *, is_error: bool = False) -> FromTools:
    return FromTools(ToolFinished(text, is_error, 0.5))


def yes(number: int, scope: Scope = "once", **arguments: object) -> ConsentAnswered:
    return ConsentAnswered(f"call_{number}", ConsentAnswer(True, scope, arguments=arguments or None))


def runs(effects: list[Effect]) -> list[RunCall]:
    return [effect for effect in effects if isinstance(effect, RunCall)]


def results(effects: list[Effect]) -> list[ResultPart]:
    return [effect.result for effect in effects if isinstance(effect, AddResult)]


def without_phases(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Enter)]
