"""Preferences as a TOML file: read with defaults, written whole, and what another version put there is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec
import tomli_w

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.storage.paths import data_folder
from backends.storage.whole_file import set_aside, write_whole


def load_preferences(path: Path | None = None) -> tuple[Preferences, str]:
    """The preferences, and words for a person when the file was damaged ("" otherwise).

    A damaged file is set aside under a new name and never overwritten; all preferences then have their defaults.
    Values that do not fit their field count as damage. Raises MinimError when the file can be neither read nor moved.
    """
    path = path or _default_path()
    try:
        values = _read(path)
        return msgspec.convert(values, Preferences), ""
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        aside = set_aside(path)
        return Preferences(), (
            f"The preferences in {path} could not be read ({error}), so all have their defaults now."
            f" The old file was kept as {aside}."
        )


def save_preferences(preferences: Preferences, path: Path | None = None) -> None:
    """Write the preferences in place of the old ones, whole or not at all. Raises MinimError when that fails."""
    path = path or _default_path()
    try:
        kept = _read(path)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        set_aside(path)
        kept = {}
    known = cast("dict[str, Any]", msgspec.to_builtins(preferences))
    write_whole(path, tomli_w.dumps(_without_none(_merged(kept, known, Preferences))), "The preferences")


def _default_path() -> Path:
    return data_folder() / "preferences.toml"


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise MinimError("internal", f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error


def _merged(kept: dict[str, Any], known: dict[str, Any], shape: type[msgspec.Struct]) -> dict[str, Any]:
    """`known` and, beside it, what `kept` holds that this version has no field for, in tables too."""
    fields = {field.name: field.type for field in msgspec.structs.fields(shape)}
    merged = {key: value for key, value in kept.items() if key not in fields}
    for key, value in known.items():
        kind, before = fields[key], kept.get(key)
        if isinstance(value, dict) and isinstance(before, dict) and isinstance(kind, type):
            value = _merged(cast("dict[str, Any]", before), cast("dict[str, Any]", value), kind)
        merged[key] = value
    return merged


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: a field that is None is left out."""
    return {
        key: _without_none(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }
