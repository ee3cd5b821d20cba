"""What of a server's tools can be offered to models. All that it says of them is data, and may be anything."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from backends.contract.tools import OfferedTool, ToolInfo, ToolServer
from backends.tools.server_text import one_line, plain_text

MAX_TOOLS = 128
MAX_SCHEMA_BYTES = 64 * 1024
MAX_DESCRIPTION = 4000
MAX_NAME = 64
_MAX_DEPTH = 32
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


def offered_tools(server: ToolServer, digest: str, listed: list[object]) -> tuple[OfferedTool, ...]:
    """The tools that a server listed, each with the reason why it cannot be offered, if there is one."""
    tools: list[OfferedTool] = []
    own_names: set[str] = set()
    for each in listed[:MAX_TOOLS]:
        tool = _offered(server, digest, each)
        if tool.info.own_name in own_names:
            tool = OfferedTool(tool.info, "The server has another tool of the same name.")
        own_names.add(tool.info.own_name)
        tools.append(tool)
    return tuple(tools)


def _offered(server: ToolServer, digest: str, listed: object) -> OfferedTool:
    tool = cast("dict[str, Any]", listed) if isinstance(listed, dict) else {}
    named = tool.get("name")
    own_name = named if isinstance(named, str) else ""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", plain_text(own_name))[:MAX_NAME]
    said = tool.get("description")
    description = plain_text(said[: MAX_DESCRIPTION * 2]).strip() if isinstance(said, str) else ""
    if len(description) > MAX_DESCRIPTION:
        description = description[: MAX_DESCRIPTION - 1].rstrip() + "…"
    schema = tool.get("inputSchema")
    problem = "" if own_name == plain_text(own_name) and name.strip("_") else _nameless(own_name)
    problem = problem or schema_problem(schema)
    nothing: dict[str, Any] = {"type": "object", "properties": {}}
    parameters = nothing if problem else cast("dict[str, Any]", schema)
    shown = own_name if not problem else one_line(own_name, 200)
    info = ToolInfo(
        name=name or "unnamed",
        description=description,
        parameters=cast("dict[str, Any]", _plain(parameters)),
        server=server.name,
        has_side_effects=True,
        server_digest=digest,
        own_name=shown or "unnamed",
    )
    return OfferedTool(info, problem)


def schema_problem(schema: object) -> str:
    """Why a tool with this input schema cannot be offered, in words; "" if it can."""
    if not isinstance(schema, dict):
        return "Its input schema is not an object."
    fields = cast("dict[str, Any]", schema)
    if fields.get("type", "object") != "object":
        return "Its input schema is not of the type object."
    try:
        size = len(json.dumps(fields, allow_nan=False).encode())
    except (ValueError, TypeError, RecursionError):
        return "Its input schema is not valid JSON."
    if size > MAX_SCHEMA_BYTES:
        return f"Its input schema is larger than {MAX_SCHEMA_BYTES // 1024} KB."
    return _problem_in(fields, 0)


def _problem_in(schema: object, depth: int) -> str:
    """What is wrong in a schema or in one that it holds."""
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, dict):
        return "Its input schema is not a valid JSON schema."
    if depth > _MAX_DEPTH:
        return "Its input schema is nested too deeply."
    fields = cast("dict[str, Any]", schema)
    reference = fields.get("$ref", fields.get("$dynamicRef", "#"))
    if not isinstance(reference, str) or not reference.startswith("#"):
        return "Its input schema points to another document."
    kind = fields.get("type", "object")
    kinds = cast("list[Any]", kind) if isinstance(kind, list) else [kind]
    if not all(isinstance(each, str) and each in _TYPES for each in kinds):
        return "Its input schema names a type that there is not."
    required = fields.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in cast("list[Any]", required)):
        return "Its input schema does not say which parameters are required in the way it has to."
    return _problem_in_parts(fields, depth)


def _problem_in_parts(fields: dict[str, Any], depth: int) -> str:
    named = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
    alone = ("additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedProperties")
    several = ("allOf", "anyOf", "oneOf", "prefixItems")
    parts: list[object] = [fields[key] for key in alone if key in fields]
    for key in named:
        held = fields.get(key, {})
        parts += cast("dict[str, Any]", held).values() if isinstance(held, dict) else [None]
    for key in several:
        held = fields.get(key, [])
        parts += cast("list[Any]", held) if isinstance(held, list) else [None]
    items = fields.get("items", True)
    parts += cast("list[Any]", items) if isinstance(items, list) else [items]
    return next((problem for part in parts if (problem := _problem_in(part, depth + 1))), "")


def _nameless(own_name: str) -> str:
    return "Its name holds characters that cannot be shown." if own_name else "It has no name."


def _plain(value: object) -> object:
    """A schema with every text in it made harmless to show; names of properties stay, the server knows them by it."""
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_plain(held) for held in cast("list[object]", value)]
    return plain_text(value) if isinstance(value, str) else value
