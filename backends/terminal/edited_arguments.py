"""Arguments of a call as a person changes them: as JSON in an editor, or one after the other at the terminal."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from backends.contract.errors import MinimError
from backends.contract.tools import ToolInfo
from backends.terminal.output import say
from backends.terminal.person import Person, editor
from backends.terminal.visible import visible

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def edit_arguments(person: Person, tool: ToolInfo, arguments: dict[str, Any]) -> dict[str, Any]:
    """What the person made of `arguments`.

    Raises MinimError if it is no JSON object, or none that fits the tool; KeyboardInterrupt on Ctrl+C at a line.
    """
    edited = _in_editor(person, arguments) if editor() else _line_by_line(person, arguments)
    check_edited(tool, edited)
    return edited


def check_edited(tool: ToolInfo, arguments: dict[str, Any]) -> None:
    """Raises MinimError if an argument is missing, unknown, or of another type than the tool's schema says.

    The tools worker looks again, more closely; this is for the person, who can still mend it.
    """
    properties: dict[str, Any] = tool.parameters.get("properties", {})
    required: list[str] = tool.parameters.get("required", [])
    known = f"It takes: {', '.join(properties) or 'nothing'}."
    for name in required:
        if name not in arguments:
            raise MinimError("bad_request", f"The argument {name} is missing.", known)
    takes_others = bool(tool.server) and tool.parameters.get("additionalProperties", True) is not False
    for name, value in arguments.items():
        if name not in properties and not takes_others:
            raise MinimError("bad_request", f"{tool.key} takes no argument {name}.", known)
        expected = properties[name].get("type") if isinstance(properties.get(name), dict) else None
        types = _TYPES.get(expected, ()) if isinstance(expected, str) else ()
        if types and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
            raise MinimError("bad_request", f"The argument {name} must be of the type {expected}.")


def _in_editor(person: Person, arguments: dict[str, Any]) -> dict[str, Any]:
    return _read(person.edit(json.dumps(arguments, ensure_ascii=False, indent=2) + "\n", ".json"))


def _line_by_line(person: Person, arguments: dict[str, Any]) -> dict[str, Any]:
    say("Enter keeps a value. A text is written as it is, all else as JSON. With EDITOR set, an editor opens instead.")
    edited = dict(arguments)
    for name, value in arguments.items():
        shown = visible(json.dumps(value, ensure_ascii=False))
        line = person.read(f"{visible(name)} [{shown}]: ")
        if line is None:
            raise KeyboardInterrupt
        line = line.rstrip("\r\n")
        if line:
            edited[name] = line if isinstance(value, str) and not line.startswith('"') else _value(line)
    return edited


def _read(text: str) -> dict[str, Any]:
    value = _value(text)
    if not isinstance(value, dict):
        raise MinimError("bad_request", "The arguments of a call are a JSON object: { … }.")
    return msgspec.convert(value, dict[str, Any])


def _value(text: str) -> object:
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MinimError("bad_request", f"What was written is no JSON: {error}.") from error
