"""The tools that Pocket M2 meets in training, and random blocks of them as an app would send."""

from __future__ import annotations

import copy
import random
from typing import Any

from dialogue_parts import Tool
from words import words


def _tool(name: str, description: str, properties: dict[str, Any], required: list[str]) -> Tool:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


CALCULATOR = _tool(
    "calculator",
    "Evaluate an arithmetic expression exactly.",
    {"expression": _text("For example 37 * 48 or (2 + 3) / 4.")},
    ["expression"],
)
CLOCK = _tool(
    "clock",
    "Tell the current date and time.",
    {"timezone": _text("An IANA name such as Asia/Shanghai; the local time zone if left out.")},
    [],
)
CONVERT_UNITS = _tool(
    "convert_units",
    "Convert a quantity from one unit to another.",
    {
        "value": {"type": "number", "description": "How much."},
        "from_unit": _text("For example km, lb, °C."),
        "to_unit": _text("For example mi, kg, °F."),
    },
    ["value", "from_unit", "to_unit"],
)
GET_WEATHER = _tool(
    "get_weather",
    "Get the weather of a city.",
    {"city": _text("The city's name."), "days": {"type": "integer", "description": "How many days ahead."}},
    ["city"],
)
READ_FILE = _tool("read_file", "Read a text file.", {"path": _text("Where the file is.")}, ["path"])
WRITE_FILE = _tool(
    "write_file",
    "Write text to a file.",
    {"path": _text("Where the file is."), "content": _text("The text to write.")},
    ["path", "content"],
)
SEARCH_FILES = _tool("search_files", "Find files by words.", {"query": _text("What to look for.")}, ["query"])

BUILT_IN = (CALCULATOR, CLOCK, CONVERT_UNITS)
EXTRA = (GET_WEATHER, READ_FILE, WRITE_FILE, SEARCH_FILES)
UNUSED = (
    _tool("send_mail", "Send an e-mail.", {"to": _text("The address."), "text": _text("The message.")}, ["to"]),
    _tool("play_music", "Play a song.", {"title": _text("The song.")}, ["title"]),
    _tool("translate", "Translate a text.", {"text": _text("The text."), "to": _text("A language.")}, ["text"]),
    _tool("list_windows", "List the open windows.", {}, []),
    _tool("set_timer", "Set a timer.", {"seconds": {"type": "integer"}}, ["seconds"]),
    _tool("web_search", "Search the web.", {"query": _text("What to search for.")}, ["query"]),
    _tool("get_stock", "Look up a stock price.", {"symbol": _text("The ticker symbol.")}, ["symbol"]),
    _tool("run_python", "Run a Python program.", {"code": _text("The source.")}, ["code"]),
)
PARAPHRASES = words("wordings")["descriptions"]


def name_of(tool: Tool) -> str:
    """Return a tool's name, with or without the wrapper."""
    return tool.get("function", tool)["name"]


def _varied(rng: random.Random, tool: Tool) -> Tool:
    """Another wording of a tool: description, descriptions of parameters, optional wrapper."""
    tool = copy.deepcopy(tool)
    function = tool["function"]
    if rng.random() < 0.6 and function["name"] in PARAPHRASES:
        function["description"] = rng.choice(PARAPHRASES[function["name"]])
    if rng.random() < 0.5:
        for schema in function["parameters"]["properties"].values():
            schema.pop("description", None)
    return function if rng.random() < 0.3 else tool


def sample_block(rng: random.Random) -> tuple[Tool, ...]:
    """Return a random block of tools: none, the app's own, a subset, or a mixture with others."""
    draw = rng.random()
    if draw < 0.10:
        return ()
    if draw < 0.50:
        tools = list(BUILT_IN)
    elif draw < 0.68:
        tools = rng.sample(BUILT_IN, rng.randint(1, 2))
    else:
        tools = rng.sample(BUILT_IN, rng.randint(0, 3))
        tools += rng.sample(EXTRA, rng.randint(1, 3)) + rng.sample(UNUSED, rng.choice((0, 0, 1, 1, 2)))
    if rng.random() < 0.7:
        rng.shuffle(tools)
    if rng.random() < 0.3:
        tools = [_varied(rng, tool) for tool in tools]
    return tuple(tools)
