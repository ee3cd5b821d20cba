"""What a person chose and has, in lines without anything private: chosen by a list of what may be told."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from backends.contract.models import POCKET, InstalledModel, ModelRef
from backends.contract.preferences import Preferences
from backends.storage.loose_json import read_loosely
from backends.terminal.words import size_words

_AS_THEY_ARE = (
    "language", "appearance", "send_with", "tools_enabled", "allow_harmless", "may_allow_always", "round_limit",
    "load_model_at_start", "unload_after_minutes", "read_ahead", "cache_memory_bytes", "cache_disk_bytes", "hub",
    "engine", "first_run",
)  # fmt: skip
_COUNTED = ("allowed_tools", "model_folders")
_SAMPLING = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_tokens", "seed", "thinking")
_MOST_SERVERS = 64
_NAME_LENGTH = 60


def read_preferences(folder: Path) -> tuple[Preferences, str]:
    """The preferences in a data folder, and what is wrong with them in words, "" if nothing. They stay as they are."""
    try:
        values = tomllib.loads((folder / "preferences.toml").read_text("utf-8"))
        return msgspec.convert(values, Preferences), ""
    except FileNotFoundError:
        return Preferences(), ""
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        return Preferences(), f"The preferences cannot be read ({type(error).__name__}); these are the defaults."


def preference_lines(preferences: Preferences) -> list[str]:
    """Of the settings those that hold nothing of the person's; of others how many there are, or whether."""
    lines = [f"{name} = {getattr(preferences, name)}" for name in _AS_THEY_ARE]
    lines += [f"{name}: {len(getattr(preferences, name))}" for name in _COUNTED]
    tools = preferences.tool_settings
    lines += [f"tool_settings.{name}: {len(getattr(tools, name))}" for name in tools.__struct_fields__]
    lines += [f"download_folder: {'chosen' if preferences.download_folder else 'the usual one'}"]
    lines += [f"mirror: {'the usual one' if preferences.mirror == Preferences().mirror else 'another one'}"]
    lines += [f"system_prompt: {'there is one' if preferences.system_prompt.strip() else 'none'}"]
    chosen = {name: getattr(preferences.generation, name) for name in _SAMPLING}
    lines += [f"generation.{name} = {value}" for name, value in chosen.items() if value is not None]
    return [*lines, f"model: {_model_words(preferences.model) if preferences.model else 'none yet'}"]


def model_lines(models: Sequence[InstalledModel]) -> list[str]:
    """The models on this machine, the built-in one's forms in one line. Of folders of a person's own no names."""
    built_in = [model for model in models if model.ref.source == "builtin"]
    lines = [f"{POCKET}: {', '.join(model.ref.quantization for model in built_in)}"] if built_in else []
    for model in models:
        if model.ref.source != "builtin":
            facts = [
                _model_words(model.ref),
                model.model_type,
                size_words(model.size_bytes),
                model.engine or "no engine",
            ]
            problem = ["has a problem"] if model.problem else []
            lines.append(" · ".join(fact for fact in [*facts, *problem] if fact))
    return lines or ["None were found."]


def server_lines(folder: Path) -> list[str]:
    """The names of the tool servers in a data folder: nothing of what starts them or is given to them."""
    try:
        document: object = read_loosely((folder / "mcp_servers.json").read_text("utf-8"))
    except FileNotFoundError:
        return ["None."]
    except (OSError, ValueError, RecursionError):
        return ["Their file cannot be read."]
    values = cast("dict[str, Any]", document).get("mcpServers") if isinstance(document, dict) else None
    if not isinstance(values, dict):
        return ["Their file cannot be read."]
    names = list(cast("dict[str, Any]", values))[:_MOST_SERVERS]
    # Not cut: of half a secret nobody would know that it is one.
    told = [" ".join(name.split()) for name in names]
    return [name if len(name) <= _NAME_LENGTH else f"(a name of {len(name)} characters)" for name in told] or ["None."]


def _model_words(ref: ModelRef) -> str:
    is_own = ref.source == "folder"
    name = "A model in a folder of the person’s own" if is_own else ref.name
    return f"{name} · {ref.format} {ref.quantization} · {ref.source}"
