"""A small MCP server over stdio, without the SDK so that it starts at once: "plain", or "deaf", which never answers.

What it can do beside: wait, change its tools, say what is in its environment. Well-behaved servers that are written
with the SDK are in tests/tools/servers.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

_TEXT = {"type": "string"}
_TOOLS = {"echo": "text", "calculator": "expression", "look": "variable", "wait_for": "file", "change": "times"}
_voice = threading.Lock()
_changes = 0


def _say(**message: Any) -> None:
    with _voice:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def _tools() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "description": f"{name}, changed {_changes} times" if name == "echo" else name,
            "inputSchema": {"type": "object", "properties": {parameter: _TEXT}, "required": [parameter]},
        }
        for name, parameter in _TOOLS.items()
    ]


def _call(name: str, value: str) -> str:
    global _changes
    match name:
        case "look":
            return os.environ.get(value, "unset")
        case "wait_for":
            while not Path(value).exists():
                time.sleep(0.02)
            return "it is there"
        case "change":
            for _ in range(int(value)):
                _changes += 1
                _say(method="notifications/tools/list_changed")
            return "changed"
        case "calculator":
            return f"not {value}"
        case _:
            return value


def _answer(request: dict[str, Any]) -> None:
    match request["method"]:
        case "initialize":
            version = request["params"]["protocolVersion"]
            able = {"tools": {"listChanged": True}}
            result = {"protocolVersion": version, "capabilities": able, "serverInfo": {"name": "odd", "version": "1"}}
        case "tools/list":
            result = {"tools": _tools()}
        case "tools/call":
            [value] = request["params"]["arguments"].values()
            text = _call(request["params"]["name"], value)
            result = {"content": [{"type": "text", "text": text}], "isError": False}
        case _:
            result = {}
    _say(id=request["id"], result=result)


if __name__ == "__main__":
    Path(sys.argv[2], f"started-{os.getpid()}").touch()
    sys.stderr.write(f"I was given {os.environ.get('API_TOKEN')}.\n")
    for line in sys.stdin:
        if sys.argv[1] != "deaf" and "id" in (message := json.loads(line)):
            threading.Thread(target=_answer, args=(message,), daemon=True).start()
    while sys.argv[1] == "deaf":
        time.sleep(1)
