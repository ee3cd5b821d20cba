"""A server that writes what no SDK would: the first argument says which. It speaks JSON lines by itself."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

HOW = sys.argv[1]
TOOL: dict[str, Any] = {"name": "run", "description": "Run.", "inputSchema": {"type": "object", "properties": {}}}
COMPLETE = {"resultType": "complete", "ttlMs": 0, "cacheScope": "public"}
LYING: list[Any] = [
    TOOL,
    {"name": "run", "inputSchema": {"type": "object"}},
    {"name": "list_schema", "inputSchema": ["not", "an", "object"]},
    {"name": "no_schema"},
    {"name": "array", "inputSchema": {"type": "array"}},
    {"name": "remote", "inputSchema": {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/x.json"}}}},
    {"name": "large", "inputSchema": {"type": "object", "description": "x" * 70_000}},
    {"name": "nonsense", "inputSchema": {"type": "object", "properties": {"a": {"type": "colour"}}}},
    {"name": "loud\x1b[2J", "description": "x" * 9000, "inputSchema": {"type": "object"}},
    {"name": "web/search.now", "description": "Se\x1b[31march\u202e the\x00 web", "inputSchema": {"type": "object"}},
    {"description": "nameless", "inputSchema": {"type": "object"}},
    {"name": 7, "inputSchema": {"type": "object"}},
    "not even an object",
]

ANSWERS: dict[str, dict[str, Any]] = {
    "lies": {"content": [{"type": "hologram"}, 7, {"type": "text", "text": 9}], "isError": "no"},
    "output": {"content": [], "structuredContent": {"difference": 1}},
    "dense": {"content": [[]] * 300_000},
}


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def answer(number: int, result: dict[str, Any]) -> None:
    send({"jsonrpc": "2.0", "id": number, "result": result})


def tools() -> list[Any]:
    if HOW == "lies":
        return LYING
    if HOW == "many":
        return [{**TOOL, "name": f"tool_{index}"} for index in range(500)]
    if HOW == "output":
        return [{**TOOL, "outputSchema": {"type": "object", "required": ["sum"]}}]
    return [TOOL]


def call(number: int) -> None:
    if HOW == "endless-line":
        while True:
            os.write(1, b"x" * 65536)
    elif HOW == "garbage":
        while True:
            os.write(1, b"this is not JSON\n" * 100)
    elif HOW == "mute":
        os.close(1)
        time.sleep(60)
    elif HOW == "requests":
        for index in range(1_000_000):
            send({"jsonrpc": "2.0", "id": f"r{index}", "method": "roots/list", "params": {}})
    else:
        answer(number, ANSWERS.get(HOW, {"content": [{"type": "text", "text": "ran"}]}))


def begin() -> None:
    """What it does before anybody has asked."""
    if HOW == "exits":
        sys.exit("raw: cannot find the \x1b[31mmoon\x1b[0m")
    if HOW == "hangs":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)
    if HOW == "banner":
        print("Welcome to my server!\n\n*** starting ***", flush=True)
    if HOW == "html":
        print("<html>", flush=True)


def react(method: str, number: int) -> None:
    named = {"name": "raw", "version": "1"}
    if method == "initialize" and HOW == "html":
        answer(number, {"page": "<html>"})
    elif method == "initialize" and HOW == "newest":
        send({"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "Method not found"}})
    elif method == "server/discover":
        answer(number, {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, **COMPLETE})
    elif method == "initialize" and HOW == "ancient":
        answer(number, {"protocolVersion": "1999-01-01", "capabilities": {}, "serverInfo": named})
    elif method == "initialize":
        answer(number, {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": named})
    elif method == "tools/list" and HOW == "pages":
        answer(number, {"tools": [], "nextCursor": "again"})
    elif method == "tools/list":
        answer(number, {"tools": tools()})
    elif method == "tools/call":
        call(number)


if __name__ == "__main__":
    begin()
    for line in sys.stdin:
        message: dict[str, Any] = json.loads(line)
        if "method" in message and "id" in message:
            react(message["method"], message["id"])
