"""What a front end can ask a worker to do: one small frozen class a kind, tagged by its name on the wire."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from backends.contract.chat import GenerationOptions, Message
from backends.contract.models import ModelRef
from backends.contract.tools import Consent, ToolInfo


class Cancel(Struct, frozen=True, tag=True):
    """Stop working on a request. It is answered by that request's own last event; a finished one is ignored."""

    request_id: int


# -- engine worker ----------------------------------------------------------------------------------------------


class LoadModel(Struct, frozen=True, tag=True):
    """Load a model in place of the loaded one. → LoadProgress…, ModelLoaded | RequestCancelled | RequestFailed"""

    model: ModelRef


class Generate(Struct, frozen=True, tag=True):
    """Write the next message. `messages` end with a person's message, or with an assistant's that ends in results.

    → PrefillProgress…, deltas and calls, GenerationProgress…, GenerationFinished | RequestFailed
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolInfo, ...] = ()
    options: GenerationOptions = GenerationOptions()


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


# -- tools worker -----------------------------------------------------------------------------------------------


class ListTools(Struct, frozen=True, tag=True):
    """Which tools there are. → ToolsListed"""


class RunTool(Struct, frozen=True, tag=True):
    """Run one call. The worker refuses it unless `consent` covers this tool as it is now and these arguments.

    → ToolFinished | RequestFailed
    """

    name: str
    arguments: dict[str, Any]
    consent: Consent | None
    server: str = ""


Command = Cancel | LoadModel | Generate | CountTokens | FindModels | InspectModel | ListTools | RunTool
