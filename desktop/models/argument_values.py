"""What a person writes into the field of an argument, read as the value that the tool's schema asks for."""

from __future__ import annotations

import json
from typing import Any, NoReturn, cast

from PySide6.QtCore import QCoreApplication

from backends.contract.tools import ToolInfo

Schema = dict[str, Any]
UNSET: Any = object()
"""Stands for the value of an argument that the model left out."""


class UnreadableError(ValueError):
    """What was written is no such value; its text says so to a person."""


def parameters(tool: ToolInfo | None) -> dict[str, Schema]:
    """The schemas of the tool's parameters by their names; what is no schema at all counts as one that allows all."""
    found: object = (tool.parameters if tool else {}).get("properties")
    if not isinstance(found, dict):
        return {}
    named = cast("dict[str, object]", found)
    return {name: cast("Schema", schema) if isinstance(schema, dict) else {} for name, schema in named.items()}


def required(tool: ToolInfo | None) -> frozenset[str]:
    """The names of the parameters that a call must have."""
    return frozenset(_strings((tool.parameters if tool else {}).get("required")))


def types(schema: Schema) -> tuple[str, ...]:
    """The JSON types that the schema names, none where it names none in one place."""
    found: object = schema.get("type")
    if isinstance(found, str):
        return (found,)
    return _strings(found)


def is_verbatim(schema: Schema, value: Any) -> bool:
    """Whether the field holds a text as it is, rather than JSON. `value` is UNSET where nothing stands there yet."""
    named = types(schema)
    if isinstance(value, str):
        return not named or "string" in named
    return named == ("string",) and value is UNSET


def read_value(text: str, schema: Schema, *, verbatim: bool) -> Any:
    """The value that `text` is. Raises `UnreadableError`."""
    if verbatim:
        value: Any = text
    else:
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            words = QCoreApplication.translate("ArgumentValues", "This is not valid JSON. Expected: {0}")
            if not text.strip():
                words = QCoreApplication.translate("ArgumentValues", "Expected: {0}")
            raise UnreadableError(words.format(type_words(schema))) from None
        named = types(schema)
        if named and not any(_is_a(value, name) for name in named):
            words = QCoreApplication.translate("ArgumentValues", "This is another type. Expected: {0}")
            raise UnreadableError(words.format(type_words(schema)))
    choices = _items(schema.get("enum"))
    if choices and value not in choices:
        listed = ", ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
        raise UnreadableError(QCoreApplication.translate("ArgumentValues", "It must be one of: {0}").format(listed))
    return value


def type_words(schema: Schema) -> str:
    """The types of the schema in JSON's own words, such as "integer" or "string, null"."""
    return ", ".join(types(schema)) or "JSON"


def _is_a(value: object, name: str) -> bool:
    """Whether a JSON value is of a JSON schema's type; of a type that is not known here, everything is."""
    match name:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
        case _:
            return True


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in _items(value) if isinstance(item, str))


def _no_constant(name: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)
