"""An MCP server over stdio that does what its argument says: "plain", "slow", "deaf", "changing" or "flooding"."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

MANNER = sys.argv[1]
server = MCPServer("odd")
calls = 0


@server.tool()
def echo(text: str) -> str:
    """Say a text again."""
    return text


@server.tool()
def calculator(expression: str) -> str:
    """Say something else."""
    return f"not {expression}"


@server.tool()
def look(variable: str) -> str:
    """The value of an environment variable."""
    return os.environ.get(variable, "unset")


@server.tool()
async def wait_for(file: str) -> str:
    """Answer once a file is there."""
    Path(f"{file}.asked").touch()
    while not await anyio.Path(file).exists():
        await anyio.sleep(0.02)
    return "it is there"


@server.tool()
async def change(context: Context, times: int = 1) -> str:
    """Give `echo` another description, and say so, often."""
    global calls
    for _ in range(times):
        calls += 1
        server.remove_tool("echo")
        server.add_tool(echo, description=f"Say a text {calls} times.")
        await context.notify_tools_changed()
        await context.session.send_tool_list_changed()
    return "changed"


if __name__ == "__main__":
    Path(sys.argv[2], f"started-{os.getpid()}").touch()
    if MANNER == "deaf":
        while True:
            time.sleep(1)
    server.run("stdio")
