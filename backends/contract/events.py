"""What a worker can report: one small frozen class a kind, tagged by its name on the wire."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from backends.contract.catalog import Hardware, JudgedModel
from backends.contract.chat import ThinkingSwitch, Usage
from backends.contract.downloads import Download, DownloadRef
from backends.contract.errors import ErrorKind
from backends.contract.models import EngineName, Hub, InstalledModel, ModelRef
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


# -- downloads worker -------------------------------------------------------------------------------------------


class ModelsChanged(Struct, frozen=True, tag=True):
    """All models that are on this machine."""

    models: tuple[InstalledModel, ...]


class ModelInspected(Struct, frozen=True, tag=True):
    model: InstalledModel


class CatalogJudged(Struct, frozen=True, tag=True):
    """The catalogue as it stands on `hardware`: the best model first, the others in the catalogue's order."""

    hardware: Hardware
    models: tuple[JudgedModel, ...]


class CatalogImported(Struct, frozen=True, tag=True):
    """`names` were taken in; `left_out` says of each model that was not, why, in words."""

    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()


class HubFound(Struct, frozen=True, tag=True):
    """What a hub knows by the words of a search, judged, most downloaded first; one model a repository."""

    models: tuple[JudgedModel, ...]


class TokenNeeded(Struct, frozen=True, tag=True):
    """The hub wants an access token (or one with more rights), got at `address`. `message` says why, in words."""

    hub: Hub
    repo: str
    message: str
    address: str


class TokenKept(Struct, frozen=True, tag=True):
    """`where`: the keyring's name, or that it is kept until the app ends, in words."""

    where: str


class DownloadPlanned(Struct, frozen=True, tag=True):
    """What fetching would take, from the hub's own file list. `here_bytes` of `total_bytes` need not be fetched."""

    ref: DownloadRef
    total_bytes: int
    here_bytes: int
    disk_free_bytes: int
    files: int


class DownloadsChanged(Struct, frozen=True, tag=True):
    """The whole queue, in order: the last event of a request, and unasked a few times a second while it moves."""

    downloads: tuple[Download, ...]


class EnginePlanned(Struct, frozen=True, tag=True):
    """What an engine takes, in bytes: to fetch (0 where unknown), and on the disk. `folder` is where it would lie.

    `installed`: it can be used already. `problem` says in words why it cannot be installed here, "" if it can.
    `lying_bytes`: of an environment of its own, also of one that is damaged or was made for another Python.
    `is_outdated`: it is installed, by an earlier Minim, whose versions of its first packages were others.
    """

    engine: EngineName
    installed: bool
    download_bytes: int
    disk_bytes: int
    disk_free_bytes: int
    folder: str
    problem: str = ""
    hint: str = ""
    lying_bytes: int = 0
    is_outdated: bool = False


class EngineProgress(Struct, frozen=True, tag=True):
    """How far the installation has come, in bytes of its whole download; `package` is what is being worked on."""

    engine: EngineName
    phase: Literal["preparing", "fetching", "installing", "checking"]
    done_bytes: int
    total_bytes: int
    package: str = ""


class EngineInstalled(Struct, frozen=True, tag=True):
    """It runs: the next engine worker that is started can load what needs it.

    `left_out`: requirements that it would be better with, and that could not be had or did not run.
    """

    engine: EngineName
    left_out: tuple[str, ...] = ()


class EngineRemoved(Struct, frozen=True, tag=True):
    engine: EngineName
    freed_bytes: int


class ModelDeleted(Struct, frozen=True, tag=True):
    """`freed_bytes` came free on the disk."""

    path: str
    freed_bytes: int


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
