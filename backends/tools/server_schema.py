"""What of a server's tools can be offered to models. All that it says of them is data, and may be anything."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any, cast

from msgspec.structs import replace

from backends.contract.tools import OfferedTool, ToolInfo, ToolServer
from backends.tools.server_text import one_line, plain_text

MAX_TOOLS = 128
MAX_SCHEMA_BYTES = 64 * 1024
MAX_SCHEMAS_BYTES = 512 * 1024
"""What the schemas of one server may take together: all servers' travel in one line between processes."""

MAX_DESCRIPTION = 4000
MAX_NAME = 64
MAX_OWN_NAME = 200
TOO_LARGE = "too large"
"""Stands for an input schema that was not kept."""

NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}
_LARGER = f"Its input schema is larger than {MAX_SCHEMA_BYTES // 1024} KB."
_MAX_DEPTH = 32
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


def lean(listed: object) -> dict[str, Any]:
    """A listed tool, with no more of it than is looked at later: pages without end must not fill the memory."""
    tool = cast("dict[str, Any]", listed) if isinstance(listed, dict) else {}
    kept: dict[str, Any] = {}
    for key, limit in (("name", MAX_OWN_NAME + 1), ("description", MAX_DESCRIPTION * 2)):
        if isinstance(text := tool.get(key), str):
            kept[key] = text[:limit]
    if "inputSchema" in tool:
        kept["inputSchema"] = TOO_LARGE if _is_large(tool["inputSchema"]) else tool["inputSchema"]
    if "outputSchema" in tool and not _is_large(tool["outputSchema"]):
        kept["outputSchema"] = tool["outputSchema"]
    return kept


def offered_tools(server: ToolServer, digest: str, listed: list[object]) -> tuple[OfferedTool, ...]:
    """The tools that a server listed, each with the reason why it cannot be offered, if there is one."""
    tools: list[OfferedTool] = []
    own_names: set[str] = set()
    room = MAX_SCHEMAS_BYTES
    for each in listed[:MAX_TOOLS]:
        tool = _offered(server, digest, each)
        if tool.info.own_name in own_names and not tool.problem:
            tool = _without_schema(tool.info, "The server has another tool of the same name.")
        room -= len(json.dumps(tool.info.parameters))
        if room < 0:
            tool = _without_schema(tool.info, "The server's tools together are described at too great a length.")
        own_names.add(tool.info.own_name)
        tools.append(tool)
    return tuple(tools)


def output_schemas(listed: list[object]) -> dict[str, object]:
    """What the tools promise to answer with, by the names that the server gives them."""
    tools = [cast("dict[str, Any]", each) for each in listed[:MAX_TOOLS] if isinstance(each, dict)]
    return {
        tool["name"]: tool["outputSchema"]
        for tool in tools
        if isinstance(tool.get("name"), str) and isinstance(tool.get("outputSchema"), dict)
    }


def _offered(server: ToolServer, digest: str, listed: object) -> OfferedTool:
    tool = cast("dict[str, Any]", listed) if isinstance(listed, dict) else {}
    named, said, schema = tool.get("name"), tool.get("description"), tool.get("inputSchema")
    own_name = named if isinstance(named, str) else ""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", one_line(own_name, MAX_OWN_NAME))[:MAX_NAME]
    description = plain_text(said[: MAX_DESCRIPTION * 2]).strip() if isinstance(said, str) else ""
    if len(description) > MAX_DESCRIPTION:
        description = description[: MAX_DESCRIPTION - 1].rstrip() + "…"
    info = ToolInfo(
        name=name if name.strip("_-") else "tool",
        description=description,
        parameters=NO_PARAMETERS,
        server=server.name,
        has_side_effects=True,
        server_digest=digest,
        own_name=own_name,
    )
    problem = _name_problem(own_name) or schema_problem(schema)
    if problem:
        return _without_schema(replace(info, own_name=one_line(own_name, MAX_OWN_NAME) or "unnamed"), problem)
    return OfferedTool(replace(info, parameters=cast("dict[str, Any]", _plain(schema))))


def _without_schema(info: ToolInfo, problem: str) -> OfferedTool:
    return OfferedTool(replace(info, parameters=NO_PARAMETERS), problem)


def schema_problem(schema: object) -> str:
    """Why a tool with this input schema cannot be offered, in words; "" if it can."""
    if schema is TOO_LARGE:
        return _LARGER
    if not isinstance(schema, dict):
        return "Its input schema is not an object."
    fields = cast("dict[str, Any]", schema)
    if fields.get("type", "object") != "object":
        return "Its input schema is not of the type object."
    try:
        size = len(json.dumps(fields, allow_nan=False).encode())
    except (ValueError, TypeError, RecursionError):
        return "Its input schema is not valid JSON."
    if _nested_too_deeply(fields):
        return "Its input schema is nested too deeply."
    if size > MAX_SCHEMA_BYTES:
        return _LARGER
    return _problem_in(fields)


def _problem_in(schema: object) -> str:
    """What is wrong in a schema or in one that it holds."""
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, dict):
        return "Its input schema is not a valid JSON schema."
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
    return _problem_in_parts(fields)


def _problem_in_parts(fields: dict[str, Any]) -> str:
    named = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
    alone = ("additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedProperties")
    several = ("allOf", "anyOf", "oneOf", "prefixItems")
    parts: list[object] = [fields[key] for key in alone if key in fields]
    for key in named:
        held = fields.get(key, {})
        fields_held = cast("dict[str, Any]", held) if isinstance(held, dict) else {"": None}
        if any(name != one_line(name, MAX_OWN_NAME) for name in fields_held):
            return "Its input schema names a parameter with characters that cannot be shown, or a very long one."
        parts += fields_held.values()
    for key in several:
        held = fields.get(key, [])
        parts += cast("list[Any]", held) if isinstance(held, list) else [None]
    items = fields.get("items", True)
    parts += cast("list[Any]", items) if isinstance(items, list) else [items]
    return next((problem for part in parts if (problem := _problem_in(part))), "")


def _is_large(value: object) -> bool:
    """Whether its JSON takes more than `MAX_SCHEMA_BYTES`, or about that: looked at no further than to know."""
    size = 0
    todo = [value]
    while todo:
        each = todo.pop()
        size += len(each) + 2 if isinstance(each, str) else 1
        if isinstance(each, dict):
            fields = cast("dict[str, object]", each)
            size += sum(len(name) for name in fields)
            todo += islice(fields.values(), MAX_SCHEMA_BYTES)
        elif isinstance(each, list):
            todo += cast("list[object]", each)[:MAX_SCHEMA_BYTES]
        if size > MAX_SCHEMA_BYTES:
            return True
    return False


def _nested_too_deeply(schema: object) -> bool:
    """Looked at level by level: what is too deep must not be walked in calls of calls."""
    level: list[object] = [schema]
    for _ in range(_MAX_DEPTH):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below += cast("dict[str, object]", each).values()
            elif isinstance(each, list):
                below += cast("list[object]", each)
        if not below:
            return False
        level = below
    return True


def _name_problem(own_name: str) -> str:
    if not own_name.strip():
        return "It has no name."
    if len(own_name) > MAX_OWN_NAME:
        return "Its name is too long."
    return "" if one_line(own_name, MAX_OWN_NAME) == own_name else "Its name holds characters that cannot be shown."


def _plain(value: object) -> object:
    """A schema with every text in it made harmless to show; names of properties stay, the server knows them by it."""
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_plain(held) for held in cast("list[object]", value)]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return float(value) if abs(value) < 2**1000 else None  # what is sent on between processes has 64 bits
    return plain_text(value) if isinstance(value, str) else value
