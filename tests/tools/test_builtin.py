"""The built-in tools as a model meets them: their words, and how they answer wrong arguments."""

from __future__ import annotations

from typing import Any

import pytest

from backends.contract.errors import MinimError
from backends.tools.builtin import builtin_tools

_TOOLS = {tool.info.name: tool for tool in builtin_tools()}


def test_pocket_m2_was_trained_on_exactly_these_words() -> None:
    assert [tool.info.as_openai()["function"] for tool in builtin_tools()] == [
        {
            "name": "calculator",
            "description": "Evaluate an arithmetic expression exactly.",
            "parameters": {
                "type": "object",
                "properties": {"expression": {"type": "string", "description": "For example 37 * 48 or (2 + 3) / 4."}},
                "required": ["expression"],
            },
        },
        {
            "name": "clock",
            "description": "Tell the current date and time.",
            "parameters": {
                "type": "object",
                "properties": {
                    "timezone": {
                        "type": "string",
                        "description": "An IANA name such as Asia/Shanghai; the local time zone if left out.",
                    }
                },
                "required": [],
            },
        },
        {
            "name": "convert_units",
            "description": "Convert a quantity from one unit to another.",
            "parameters": {
                "type": "object",
                "properties": {
                    "value": {"type": "number", "description": "How much."},
                    "from_unit": {"type": "string", "description": "For example km, lb, °C."},
                    "to_unit": {"type": "string", "description": "For example mi, kg, °F."},
                },
                "required": ["value", "from_unit", "to_unit"],
            },
        },
    ]


def test_none_of_them_has_side_effects() -> None:
    assert not any(tool.info.has_side_effects for tool in builtin_tools())


@pytest.mark.parametrize(
    ("name", "arguments", "start"),
    [
        ("calculator", {"expression": "37 * 48"}, "1776"),
        ("clock", {"timezone": "UTC"}, ""),
        ("clock", {}, ""),
        ("convert_units", {"value": 5, "from_unit": "km", "to_unit": "mi"}, "5 km = 3.10686 mi"),
    ],
)
def test_they_run(name: str, arguments: dict[str, Any], start: str) -> None:
    assert _TOOLS[name].run(arguments).text.startswith(start)


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("calculator", {}, "The parameter expression is missing. calculator takes: expression."),
        ("calculator", {"expression": 5}, "The parameter expression must be a string, not a number."),
        ("calculator", {"expression": "1", "digits": 2}, "There is no parameter digits."),
        ("clock", {"timezone": None}, "The parameter timezone must be a string, not null."),
        ("convert_units", {"value": True, "from_unit": "m", "to_unit": "m"}, "must be a number, not a boolean"),
        ("convert_units", {"value": float("inf"), "from_unit": "m", "to_unit": "m"}, "a number, not without end"),
        ("convert_units", {"value": -(10**5000), "from_unit": "m", "to_unit": "m"}, "too large"),
        ("convert_units", {"value": [5], "from_unit": "m", "to_unit": "m"}, "must be a number, not an array"),
    ],
)
def test_wrong_arguments_get_words(name: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(MinimError) as caught:
        _TOOLS[name].run(arguments)
    assert words in f"{caught.value.message} {caught.value.hint}"
