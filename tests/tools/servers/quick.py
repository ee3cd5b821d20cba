"""A server without the SDK, which starts in no time: its process and what it starts are hard to be rid of."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

NAMES = ("pid", "freeze", "die", "noise", "leave_grandchild")
TOOLS: list[dict[str, Any]] = [{"name": name, "inputSchema": {"type": "object"}} for name in NAMES]
INITIALIZED: dict[str, Any] = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "quick", "version": "1"},
}


def call(name: str, arguments: dict[str, Any]) -> str:
    match name:
        case "freeze":  # hears nothing any more: no SIGTERM, and not the end of stdin
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                time.sleep(1)
        case "die":
            os._exit(3)
        case "noise":
            for _ in range(arguments["megabytes"] * 10):
                os.write(2, b"noise noise noise noise \n" * 4000)
            return "made"
        case "leave_grandchild":
            return str(leave_grandchild(**arguments))
        case _:
            return str(os.getpid())


def leave_grandchild(stubborn: bool = False, own_session: bool = False) -> int:
    """Start a process that stays; a stubborn one hears no SIGTERM, and one of its own session leaves the group."""
    script = "trap '' TERM HUP INT; " if stubborn else ""
    command = ["/bin/sh", "-c", f"{script}while :; do sleep 5; done"]
    # stdout is handed on to the one that leaves: the pipe stays open when the server is gone.
    output = None if own_session else subprocess.DEVNULL
    return subprocess.Popen(command, start_new_session=own_session, stdin=subprocess.DEVNULL, stdout=output).pid


def answer(message: dict[str, Any]) -> dict[str, Any]:
    match message["method"]:
        case "initialize":
            return INITIALIZED
        case "tools/list":
            return {"tools": TOOLS}
        case _:
            text = call(message["params"]["name"], message["params"].get("arguments") or {})
            return {"content": [{"type": "text", "text": text}]}


if __name__ == "__main__":
    for line in sys.stdin:
        message: dict[str, Any] = json.loads(line)
        if "id" in message and "method" in message:
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": answer(message)}), flush=True)
