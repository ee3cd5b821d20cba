"""What a person chose, as one typed value; `storage.settings` keeps it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from backends.contract.chat import GenerationOptions
from backends.contract.models import EngineName, ModelRef
from backends.contract.tools import AllowedTool, ToolSettings


class WindowPreferences(Struct, frozen=True):
    """How the window was left. `geometry` is Qt's own, in base64; the splitter sizes are pixels."""

    geometry: str = ""
    sidebar_shown: bool = True
    reasoning_shown: bool = True
    tools_shown: bool = True
    column_widths: tuple[int, ...] = ()
    inspector_heights: tuple[int, ...] = ()


class Preferences(Struct, frozen=True):
    """All preferences. A field that is missing in the file has its default; one that is unknown is kept there."""

    language: Literal["system", "en", "zh_CN"] = "system"
    appearance: Literal["system", "light", "dark"] = "system"
    send_with: Literal["enter", "mod_enter"] = "enter"
    tools_enabled: bool = True
    allow_harmless: bool = True
    """Built-in tools without side effects run without asking."""
    may_allow_always: bool = True
    """A person may allow a tool for good; where not, `allowed_tools` are asked about as well."""
    allowed_tools: tuple[AllowedTool, ...] = ()
    """They run without asking in every conversation."""
    round_limit: int = 25
    """How often the model may write in one turn before the person is asked whether it is to go on."""
    tool_settings: ToolSettings = ToolSettings()
    system_prompt: str = ""
    model: ModelRef | None = None
    engine: EngineName | None = None
    """The one that was chosen for `model`; None: the one that suits, which also loads it once that one is gone."""
    load_model_at_start: bool = True
    unload_after_minutes: int = 30
    """Idle minutes after which the model is unloaded; 0: never."""
    read_ahead: bool = True
    """Read the conversation for the next message while that is being written."""
    cache_memory_bytes: int = 0
    """KV caches in memory, in bytes; 0: half of what the model leaves."""
    cache_disk_bytes: int = 8 * 2**30
    """KV caches on disk, in bytes, all models together; 0: none."""
    model_folders: tuple[str, ...] = ()
    hub: Literal["huggingface", "modelscope", "mirror"] = "huggingface"
    mirror: str = "https://hf-mirror.com"
    """Address of the Hugging Face mirror that `hub` "mirror" means."""
    download_folder: str = ""
    """Where downloads go; "" for the hubs' usual caches."""
    conversation: str = ""
    first_run: Literal["new", "begun", "done"] = "new"
    """Whether the page of the first run is still to be shown, was shown and left open, or is over."""
    generation: GenerationOptions = GenerationOptions()
    window: WindowPreferences = WindowPreferences()
