"""What a worker can report: one small frozen class a kind, tagged by its name on the wire."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from backends.contract.chat import ThinkingSwitch, Usage
from backends.contract.download_events import (
    CatalogImported,
    CatalogJudged,
    DownloadPlanned,
    DownloadsChanged,
    EngineInstalled,
    EnginePlanned,
    EngineProgress,
    EngineRemoved,
    HubFound,
    ModelDeleted,
    ModelInspected,
    ModelsChanged,
    TokenKept,
    TokenNeeded,
)
from backends.contract.errors import ErrorKind
from backends.contract.models import EngineName, ModelRef
from backends.contract.tool_events import (
    ServerFilesFound,
    ToolFinished,
    ToolPreviewed,
    ToolServersChanged,
    ToolServersImported,
    ToolsListed,
    WriteUndone,
)

PROTOCOL_VERSION = 1
"""Said in the first line of every worker; front end and worker must agree on it."""

UNASKED = 0
"""The request id of what a worker says of itself."""


class Ready(Struct, frozen=True, tag=True):
    """The first line of every worker."""

    worker: str
    protocol: int = PROTOCOL_VERSION


class RequestFailed(Struct, frozen=True, tag=True):
    """The last event of a request that could not be carried out, in words for a person."""

    kind: ErrorKind
    message: str
    hint: str = ""


class RequestCancelled(Struct, frozen=True, tag=True):
    """The last event of a request that was cancelled and has no other way to end."""


class WorkerExited(Struct, frozen=True, tag=True):
    """The last event of a worker, reported by its supervisor. `expected`: it was asked to end.

    `exit_code` is negative for a signal, as in `subprocess`. `reason` says in words what happened; `log_tail` is the
    end of what it printed to stderr.
    """

    exit_code: int
    expected: bool
    reason: str = ""
    log_tail: str = ""


# -- engine worker ----------------------------------------------------------------------------------------------


class LoadProgress(Struct, frozen=True, tag=True):
    """`preparing`: a quantized form of the built-in model is being made; `reading`: bytes of weights in memory."""

    phase: Literal["preparing", "reading"]
    done_bytes: int
    total_bytes: int


class ModelLoaded(Struct, frozen=True, tag=True):
    """A model is ready to answer. `memory_bytes` is what the engine's process holds; `dialect` names the reader.

    `memory_context` is how many tokens of context have room in memory beside the weights, at most `context_length`; 0
    where unknown.
    """

    model: ModelRef
    engine: EngineName
    dialect: str
    context_length: int
    memory_bytes: int
    seconds: float
    supports_tools: bool = True
    thinking: ThinkingSwitch = ThinkingSwitch()
    memory_context: int = 0


class PrefillProgress(Struct, frozen=True, tag=True):
    """Reading the prompt, in tokens: `reused` came from the KV cache, `done` counts them and what was read since."""

    reused: int
    done: int
    total: int


class ReasoningDelta(Struct, frozen=True, tag=True):
    text: str


class AnswerDelta(Struct, frozen=True, tag=True):
    text: str


class ToolCallStarted(Struct, frozen=True, tag=True):
    """`index` counts the calls of one output from 0."""

    index: int
    name: str


class ToolArgumentDelta(Struct, frozen=True, tag=True):
    """More of a parameter's raw text."""

    index: int
    parameter: str
    text: str


class ToolCallReady(Struct, frozen=True, tag=True):
    """A complete call: `arguments` typed by the tool's schema, `raw` as the model wrote it."""

    index: int
    name: str
    arguments: dict[str, Any]
    raw: str


class ToolCallUnfinished(Struct, frozen=True, tag=True):
    """A call that was cut off: `arguments` completed so far; `name` is None where it was cut. Never run."""

    index: int
    name: str | None
    arguments: dict[str, Any]
    raw: str


OutputEvent = ReasoningDelta | AnswerDelta | ToolCallStarted | ToolArgumentDelta | ToolCallReady | ToolCallUnfinished
"""What a dialect's reader makes of a model's text."""


class GenerationProgress(Struct, frozen=True, tag=True):
    """A few times a second while tokens are written."""

    usage: Usage
    memory_bytes: int


class GenerationFinished(Struct, frozen=True, tag=True):
    """`stop`: the model ended its message; `length`: a limit was reached; `cancelled`: it was stopped."""

    reason: Literal["stop", "length", "cancelled"]
    usage: Usage
    memory_bytes: int = 0


class ReadAheadFinished(Struct, frozen=True, tag=True):
    """In tokens: `reused` of `total` were in the KV cache before. Both are 0 where nothing was to be read ahead."""

    reused: int
    total: int


class CachesForgotten(Struct, frozen=True, tag=True):
    """`freed_bytes` came free on the disk."""

    freed_bytes: int


class UnloadSuggested(Struct, frozen=True, tag=True):
    """Unasked: nobody used the model for long ("idle"), or the system is short of memory ("memory").

    The worker does nothing by itself: whoever sends it work knows whether some is under way, and ends it. It is said
    again, at most once a minute, for as long as the model stays and nothing is asked of it.
    """

    reason: Literal["idle", "memory"]


class TokensCounted(Struct, frozen=True, tag=True):
    tokens: int


Event = (
    Ready
    | RequestFailed
    | RequestCancelled
    | WorkerExited
    | LoadProgress
    | ModelLoaded
    | PrefillProgress
    | ReasoningDelta
    | AnswerDelta
    | ToolCallStarted
    | ToolArgumentDelta
    | ToolCallReady
    | ToolCallUnfinished
    | GenerationProgress
    | GenerationFinished
    | ReadAheadFinished
    | CachesForgotten
    | UnloadSuggested
    | TokensCounted
    | ModelsChanged
    | ModelInspected
    | CatalogJudged
    | CatalogImported
    | HubFound
    | TokenNeeded
    | TokenKept
    | DownloadPlanned
    | DownloadsChanged
    | EnginePlanned
    | EngineProgress
    | EngineInstalled
    | EngineRemoved
    | ModelDeleted
    | ToolsListed
    | ToolFinished
    | ToolPreviewed
    | WriteUndone
    | ToolServersChanged
    | ServerFilesFound
    | ToolServersImported
)

Body = TypeVar("Body")


class Envelope(Struct, Generic[Body], frozen=True):
    """What travels: a command with the id its events will bear, or an event with the id of its request."""

    request_id: int
    body: Body
