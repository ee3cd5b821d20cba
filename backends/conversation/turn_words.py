"""What a turn is told, and what it wants done: the words between its state machine and what carries it out."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from backends.contract.chat import CallPart, ResultPart
from backends.contract.errors import ErrorKind
from backends.contract.events import Event
from backends.contract.tools import AllowedTool, Consent, ConsentAnswer, Scope, ToolInfo
from backends.conversation.changes import CallProgress, Phase
from backends.conversation.permissions import Policy
from backends.storage.records import MessageStatus

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


class RoundsAnswered(Struct, frozen=True):
    """A person's decision on whether the model goes on, once it has written as often as it may."""

    go_on: bool


class PolicyChanged(Struct, frozen=True):
    """A person allowed tools elsewhere, or revoked that: it counts from the next call on."""

    policy: Policy


class Stop(Struct, frozen=True):
    """A person stops the turn. Said twice, it does not wait for the engine to agree."""


Input = Begin | FromEngine | FromTools | ConsentAnswered | RoundsAnswered | PolicyChanged | Stop


# -- effects ----------------------------------------------------------------------------------------------------


class Enter(Struct, frozen=True):
    phase: Phase


class GenerateNext(Struct, frozen=True):
    """Let the engine write, with everything so far as its prompt."""


class CancelGeneration(Struct, frozen=True):
    pass


class RunCall(Struct, frozen=True):
    """Run a call with these `arguments`, which the consent is to: a person may have changed the call's own."""

    call: CallPart
    tool: ToolInfo
    arguments: dict[str, Any]
    consent: Consent


class CancelCall(Struct, frozen=True):
    pass


class TellProgress(Struct, frozen=True):
    call_id: str
    progress: CallProgress
    tool: ToolInfo | None = None


class PreviewCall(Struct, frozen=True):
    """Say what the call that asks would change."""

    call: CallPart
    tool: ToolInfo


class AllowTool(Struct, frozen=True):
    """A person allowed a tool for longer than a call: remember it."""

    tool: AllowedTool
    scope: Scope


class AskRounds(Struct, frozen=True):
    """Ask whether the model goes on after it has written `rounds` times; 0: that is decided."""

    rounds: int


class AddResult(Struct, frozen=True):
    result: ResultPart


class Finish(Struct, frozen=True):
    """The turn is over. If it failed with a `kind`, the person is told; `failure` and `hint` are the words."""

    status: MessageStatus
    failure: str = ""
    hint: str = ""
    kind: ErrorKind | None = None


Effect = (
    Enter
    | GenerateNext
    | CancelGeneration
    | RunCall
    | CancelCall
    | TellProgress
    | PreviewCall
    | AllowTool
    | AskRounds
    | AddResult
    | Finish
)
