"""What a tool is to the tools worker, and the check of a call's arguments against its schema."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from backends.contract.errors import MinimError
from backends.contract.tools import ToolInfo
from backends.tools.schema_check import misfit, name_of


class ToolResult(Struct, frozen=True):
    """What a tool answered, as text for the model and the person; `diff` and `undo` as ResultPart has them."""

    text: str
    is_error: bool = False
    diff: str = ""
    undo: str = ""


Cancelled = Callable[[], bool]
"""Whether to stop. Cheap: look often."""


class Tool(Struct, frozen=True):
    """A tool and what it does.

    `function` gets checked arguments; it raises `MinimError` with words for the model, `RequestStopped` once it was
    cancelled. `preview` says as a unified diff what a call would change, and changes nothing; it raises `MinimError`.
    """

    info: ToolInfo
    function: Callable[[dict[str, Any], Cancelled], ToolResult]
    preview: Callable[[dict[str, Any]], str] | None = None

    def run(self, arguments: dict[str, Any], cancelled: Cancelled = lambda: False) -> ToolResult:
        """Check `arguments`, and run. Raises `MinimError`, `RequestStopped`."""
        check_arguments(self.info, arguments)
        return self.function(arguments, cancelled)


def failed(message: str, hint: str = "") -> MinimError:
    """The error of a tool that cannot answer: what is wrong, and what to write instead."""
    return MinimError("tool_failed", message, hint)


def check_arguments(info: ToolInfo, arguments: dict[str, Any]) -> None:
    """Check `arguments` against the tool's schema. Raises `MinimError` if one is missing, unknown or no such value."""
    if info.server:  # its schema is somebody else's, and may be anything
        problem = misfit(info.parameters, arguments, "")
        if problem:
            raise failed(problem)
        return
    properties: dict[str, dict[str, Any]] = info.parameters.get("properties", {})
    required: list[str] = info.parameters.get("required", [])
    known = f"{info.name} takes: {', '.join(properties) or 'nothing'}."
    for name in required:
        if name not in arguments:
            raise failed(f"The parameter {name} is missing.", known)
    for name, value in arguments.items():
        if name not in properties:
            raise failed(f"There is no parameter {name}.", known)
        expected = properties[name].get("type")
        if expected is not None and not _is_a(value, expected):
            raise failed(f"The parameter {name} must be a {expected}, not {name_of(value)}.")


def _is_a(value: object, expected: str) -> bool:
    """Whether a JSON value is of a JSON schema's type; of a type that is not known here, everything is."""
    match expected:
        case "string":
            return isinstance(value, str)
        case "number":
            # Whole numbers are finite however long they are, which math.isfinite cannot tell of long ones.
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, float) and math.isfinite(value)
            )
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return True
