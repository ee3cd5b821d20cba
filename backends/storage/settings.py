"""Preferences as a TOML file: read with defaults, written whole, and what another version put there is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import tomli_w

from backends.contract.errors import MinimError
from backends.contract.preferences import Preferences
from backends.storage.paths import data_folder
from backends.storage.whole_file import alone_in, set_aside, write_whole

_Values = TypeVar("_Values", bound=msgspec.Struct)


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


def save_changes(before: Preferences, after: Preferences, path: Path | None = None) -> Preferences:
    """Write what differs between `before` and `after`; → the preferences as they are then, all of them.

    What somebody else wrote since `before` was read stays, so that a window does not bring back what a terminal has
    revoked. A file that is gone or damaged is written whole. Raises MinimError when that fails.
    """
    path = path or _default_path()
    with alone_in(path.parent):
        try:
            present = msgspec.convert(_read(path), Preferences) if path.exists() else None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError):
            present = None  # it is set aside when it is written
        merged = after if present is None else _with_changes(present, before, after)
        if merged != present:
            save_preferences(merged, path)
        return merged


def _with_changes(present: _Values, before: _Values, after: _Values) -> _Values:
    """`present` with what differs between `before` and `after`, in the structs inside it too."""
    changed: dict[str, Any] = {}
    for name in after.__struct_fields__:
        now, old, new = getattr(present, name), getattr(before, name), getattr(after, name)
        if old != new:
            inside = isinstance(new, msgspec.Struct) and type(now) is type(old) is type(new)
            changed[name] = _with_changes(now, old, new) if inside else new
    return msgspec.structs.replace(present, **changed)


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
