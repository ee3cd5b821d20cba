"""The tools that come with the app: a calculator, a clock, a converter of units. None of them has side effects."""

from __future__ import annotations

from typing import Any

from backends.contract.tools import ToolInfo
from backends.tools.base import Tool, ToolResult
from backends.tools.calculator import evaluate
from backends.tools.clock import tell_time
from backends.tools.units import convert


def builtin_tools() -> tuple[Tool, ...]:
    """All of them. Pocket M2 is trained on these words: a change to a name or a description needs a new training."""
    return (_CALCULATOR, _CLOCK, _CONVERT_UNITS)


def _tool_info(name: str, description: str, properties: dict[str, dict[str, str]], required: list[str]) -> ToolInfo:
    parameters: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
    return ToolInfo(name, description, parameters, has_side_effects=False)


_CALCULATOR = Tool(
    _tool_info(
        "calculator",
        "Evaluate an arithmetic expression exactly.",
        {"expression": {"type": "string", "description": "For example 37 * 48 or (2 + 3) / 4."}},
        ["expression"],
    ),
    lambda arguments, _: ToolResult(evaluate(arguments["expression"])),
)
_CLOCK = Tool(
    _tool_info(
        "clock",
        "Tell the current date and time.",
        {
            "timezone": {
                "type": "string",
                "description": "An IANA name such as Asia/Shanghai; the local time zone if left out.",
            }
        },
        [],
    ),
    lambda arguments, _: ToolResult(tell_time(arguments.get("timezone", ""))),
)
_CONVERT_UNITS = Tool(
    _tool_info(
        "convert_units",
        "Convert a quantity from one unit to another.",
        {
            "value": {"type": "number", "description": "How much."},
            "from_unit": {"type": "string", "description": "For example km, lb, °C."},
            "to_unit": {"type": "string", "description": "For example mi, kg, °F."},
        },
        ["value", "from_unit", "to_unit"],
    ),
    lambda arguments, _: ToolResult(convert(arguments["value"], arguments["from_unit"], arguments["to_unit"])),
)
