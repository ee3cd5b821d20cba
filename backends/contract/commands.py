"""What a front end can ask a worker to do: one small frozen class a kind, tagged by its name on the wire."""

from __future__ import annotations

from msgspec import Struct

from backends.contract.catalog import Hardware
from backends.contract.chat import GenerationOptions, Message
from backends.contract.downloads import DownloadRef
from backends.contract.memory import KeepLimits
from backends.contract.models import EngineName, Hub, ModelRef
from backends.contract.tool_commands import (
    FindServerFiles,
    ImportToolServers,
    ListTools,
    ListToolServers,
    PreviewTool,
    RemoveToolServer,
    RestartToolServer,
    RunTool,
    SaveToolServer,
    UndoWrite,
)
from backends.contract.tools import ToolInfo


class Cancel(Struct, frozen=True, tag=True):
    """Stop working on a request. It is answered by that request's own last event; a finished one is ignored."""

    request_id: int


# -- engine worker ----------------------------------------------------------------------------------------------


class LoadModel(Struct, frozen=True, tag=True):
    """Load a model in place of the loaded one. → LoadProgress…, ModelLoaded | RequestCancelled | RequestFailed

    `engine`: the one a person chose; None: the one that suits the form and the machine.
    """

    model: ModelRef
    keep: KeepLimits = KeepLimits()
    engine: EngineName | None = None


class Generate(Struct, frozen=True, tag=True):
    """Write the next message. `messages` end with a person's message, or with an assistant's that ends in results.

    `conversation` is whose KV cache is written, "" for nobody's; see ForgetCaches.
    → PrefillProgress…, deltas and calls, GenerationProgress…, GenerationFinished | RequestFailed
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolInfo, ...] = ()
    options: GenerationOptions = GenerationOptions()
    conversation: str = ""


class ReadAhead(Struct, frozen=True, tag=True):
    """Read what every next prompt will begin with: these messages, up to a person's next one. It gives way at once.

    CountTokens only holds it up; whatever else is sent ends it. → PrefillProgress…, ReadAheadFinished |
    RequestCancelled | RequestFailed
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolInfo, ...] = ()
    conversation: str = ""


class ForgetCaches(Struct, frozen=True, tag=True):
    """Drop the KV caches that were written for these conversations, in memory and on disk. No model need be loaded.

    → CachesForgotten | RequestFailed
    """

    conversations: tuple[str, ...]


class CountTokens(Struct, frozen=True, tag=True):
    """How long the prompt would be. → TokensCounted | RequestFailed"""

    messages: tuple[Message, ...]
    tools: tuple[ToolInfo, ...] = ()


# -- downloads worker -------------------------------------------------------------------------------------------


class FindModels(Struct, frozen=True, tag=True):
    """Look for models: the built-in one, both hubs' caches, and `folders`. → ModelsChanged"""

    folders: tuple[str, ...] = ()


class InspectModel(Struct, frozen=True, tag=True):
    """Say what model a folder holds. → ModelInspected | RequestFailed"""

    folder: str


class JudgeCatalog(Struct, frozen=True, tag=True):
    """Judge all models of the catalogue for this machine, or for `hardware`, or for the machine that the JSON file
    `hardware_file` describes. No hub is asked. → CatalogJudged | RequestFailed

    `folders` are looked through for models as in FindModels; `download_folder` is where downloads go ("" for the
    hubs' usual caches): its disk's free space is told. `names`: judge these models only; empty: all.
    """

    hardware: Hardware | None = None
    folders: tuple[str, ...] = ()
    download_folder: str = ""
    names: tuple[str, ...] = ()
    hardware_file: str = ""


class ImportCatalog(Struct, frozen=True, tag=True):
    """Take the models of a file in Xinference's JSON into the catalogue, for good. → CatalogImported | RequestFailed"""

    file: str


class SearchHub(Struct, frozen=True, tag=True):
    """Find chat models in MLX or safetensors by name or id. → HubFound | TokenNeeded | RequestFailed"""

    hub: Hub
    words: str
    endpoint: str = ""
    hardware: Hardware | None = None


class PlanDownload(Struct, frozen=True, tag=True):
    """Ask the hub for the file list, and say what there is to fetch. → DownloadPlanned | TokenNeeded | RequestFailed"""

    ref: DownloadRef


class StartDownload(Struct, frozen=True, tag=True):
    """Put a download into the queue, or let a paused or failed one go on. → DownloadsChanged | RequestFailed

    `instead_of` is the id of an unfinished download whose place it takes: what came of that one and is the same at both
    hubs is not fetched again, and the queue goes on with one download. One that runs again by now is left to run.
    """

    ref: DownloadRef
    instead_of: str = ""


class PauseDownload(Struct, frozen=True, tag=True):
    """Stop fetching and keep what came. `id` as DownloadRef has it. → DownloadsChanged | RequestFailed"""

    id: str


class CancelDownload(Struct, frozen=True, tag=True):
    """Take a download out of the queue and delete what came of it, unless it is finished. → DownloadsChanged"""

    id: str


class ListDownloads(Struct, frozen=True, tag=True):
    """Read the journal; what was running when the app ended goes on if `resume`. → DownloadsChanged"""

    resume: bool = False


class VerifyModel(Struct, frozen=True, tag=True):
    """Hash all files of a model again and fetch anew what is damaged or missing: a download in state "verifying".

    → DownloadsChanged | RequestFailed
    """

    ref: DownloadRef


class DeleteModel(Struct, frozen=True, tag=True):
    """Delete the files of a model, or of a kernel, those shared with other revisions excepted.

    → ModelDeleted | RequestFailed
    """

    path: str


class PlanEngine(Struct, frozen=True, tag=True):
    """Say what installing an engine would take. No network is asked. → EnginePlanned | RequestFailed"""

    engine: EngineName


class InstallEngine(Struct, frozen=True, tag=True):
    """Install an engine into an environment of its own: asking for it is the consent to fetch it.

    → EngineProgress…, EngineInstalled | RequestCancelled | RequestFailed
    """

    engine: EngineName


class RemoveEngine(Struct, frozen=True, tag=True):
    """Delete an engine that was installed so. → EngineRemoved | RequestFailed"""

    engine: EngineName


class KeepToken(Struct, frozen=True, tag=True):
    """Keep the access token of a hub in the keyring; "" forgets it. → TokenKept | RequestFailed"""

    hub: Hub
    token: str
    endpoint: str = ""

    def __repr__(self) -> str:
        """Without the token, so that no log ever holds it."""
        return f"KeepToken({self.hub!r}, …)"


Command = (
    Cancel
    | LoadModel
    | Generate
    | ReadAhead
    | ForgetCaches
    | CountTokens
    | FindModels
    | InspectModel
    | JudgeCatalog
    | ImportCatalog
    | SearchHub
    | PlanDownload
    | StartDownload
    | PauseDownload
    | CancelDownload
    | ListDownloads
    | VerifyModel
    | DeleteModel
    | PlanEngine
    | InstallEngine
    | RemoveEngine
    | KeepToken
    | ListTools
    | RunTool
    | PreviewTool
    | UndoWrite
    | ListToolServers
    | SaveToolServer
    | RemoveToolServer
    | RestartToolServer
    | FindServerFiles
    | ImportToolServers
)
