"""The types of a call's arguments, from the tool's JSON schema: one function for every dialect whose values are raw."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn, cast

Schema = dict[str, Any]

_NAMES = ("null", "integer", "number", "boolean", "object", "array", "string")
_ALIASES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "dict": "object", "list": "array"}
_INTEGER = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_KINDS = ((bool, "boolean"), (int, "integer"), (float, "number"), (dict, "object"), (list, "array"), (str, "string"))
_DEEPEST = 32


class Signatures:
    """The parameters of every tool by name. `tools` are OpenAI-style, wrapped in {"function": …} or bare."""

    def __init__(self, tools: list[dict[str, Any]] | tuple[dict[str, Any], ...]) -> None:
        self._parameters: dict[str, Schema] = {}
        for tool in tools:
            function = _as_schema(tool.get("function")) or tool
            name = function.get("name")
            if isinstance(name, str):
                self._parameters[name] = _as_schema(function.get("parameters"))

    @property
    def names(self) -> frozenset[str]:
        """The tools' names."""
        return frozenset(self._parameters)

    def value(self, tool: str, parameter: str, raw: str) -> Any:
        """The value that `raw` stands for. What fits no type of the schema stays the raw string."""
        root = self._parameters.get(tool, {})
        own = _resolved(root, root)
        properties = _as_schema(own.get("properties"))
        schema = properties.get(parameter, own.get("additionalProperties"))
        return typed(raw, _as_schema(schema), root)


def typed(raw: str, schema: Schema, root: Schema | None = None) -> Any:
    """`raw` as the first type that the schema allows and that fits: null, integer, number, boolean, object, array.

    A string is verbatim; for the other types white space around is dropped and the rest is read as JSON. Integers
    are exact at any size, NaN and infinity are no numbers. `root` is where `$ref` points into. Never raises.
    """
    allowed = _types(schema, root or schema, ())
    candidates = list(_candidates(raw, allowed or {"string"}))
    choices = _choices(schema, root or schema)
    for value in candidates:
        if any(_same(value, choice) for choice in choices):
            return value
    return candidates[0] if candidates else raw


def _candidates(raw: str, allowed: set[str]) -> Iterator[Any]:
    """What `raw` can be read as, in the order of preference."""
    if allowed == {"string"}:
        yield raw
        return
    text = raw.strip()
    if "null" in allowed and text == "null":
        yield None
    if "integer" in allowed and _INTEGER.fullmatch(text):
        yield from _json(text, int)
    if "number" in allowed and _NUMBER.fullmatch(text):
        yield from _json(text, (int, float))
    if "boolean" in allowed and text.lower() in _BOOLEANS:
        yield _BOOLEANS[text.lower()]
    if "object" in allowed and text.startswith("{"):
        yield from _json(text, dict)
    if "array" in allowed and text.startswith("["):
        yield from _json(text, list)
    if "string" in allowed:
        yield raw


def _json(text: str, kind: type | tuple[type, ...]) -> Iterator[Any]:
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return
    if isinstance(value, kind):
        yield value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is no finite number")
    return value


def _types(schema: Schema, root: Schema, within: tuple[object, ...]) -> set[str]:
    """The types a schema allows; empty where it says nothing about them. `within`: the references it came by."""
    reference = schema.get("$ref")
    if reference is not None:
        if reference in within or len(within) > _DEEPEST:
            return set()  # what a schema says of itself adds nothing
        within = (*within, reference)
    schema = _resolved(schema, root)
    allowed = _own_types(schema)
    for union in ("anyOf", "oneOf"):
        branches = [_types(branch, root, within) for branch in _schemas(schema.get(union))]
        allowed = _both(allowed, set[str]().union(*branches))
    for branch in _schemas(schema.get("allOf")):
        allowed = _both(allowed, _types(branch, root, within))
    if allowed and schema.get("nullable") is True:
        allowed = allowed | {"null"}
    return allowed


def _own_types(schema: Schema) -> set[str]:
    """What `type` says, else what enum and const show, else what the other keywords give away."""
    named = schema.get("type")
    names = cast("list[Any]", named) if isinstance(named, list) else [named]
    known = {_ALIASES.get(name, name) for name in names if isinstance(name, str)} & set(_NAMES)
    if known:
        return known
    values = _own_choices(schema)
    if values:
        return {_type_of(value) for value in values}
    if "properties" in schema:
        return {"object"}
    return {"array"} if "items" in schema else set()


def _both(one: set[str], other: set[str]) -> set[str]:
    """What two statements about a type leave; one that says nothing changes nothing, contradictions allow either."""
    if not one or not other:
        return one | other
    if "number" in one | other and "integer" in one | other:
        return (one & other) | {"integer"}
    return (one & other) or (one | other)


def _choices(schema: Schema, root: Schema) -> list[Any]:
    """The values that the schema names, its branches' included."""
    schema = _resolved(schema, root)
    found = _own_choices(schema)
    for union in ("anyOf", "oneOf", "allOf"):
        for branch in _schemas(schema.get(union)):
            found = found + _own_choices(_resolved(branch, root))
    return found


def _own_choices(schema: Schema) -> list[Any]:
    enum = schema.get("enum")
    values = list(cast("list[Any]", enum)) if isinstance(enum, list) else []
    return [*values, schema["const"]] if "const" in schema else values


def _type_of(value: Any) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")


def _same(value: Any, choice: Any) -> bool:
    return type(value) is type(choice) and value == choice


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow `$ref` within the tool's own schema; what stands beside it counts as well."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_pointed_at(reference, root), **rest}
    return {}


def _pointed_at(reference: str, root: Schema) -> Schema:
    """What a JSON pointer such as `#/$defs/Name` names; {} if it is not there."""
    place: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        place = cast("dict[str, Any]", place).get(key) if isinstance(place, dict) else None
    return _as_schema(place) if reference.startswith("#") else {}


def _schemas(value: Any) -> list[Schema]:
    return [_as_schema(item) for item in cast("list[Any]", value)] if isinstance(value, list) else []


def _as_schema(value: Any) -> Schema:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
