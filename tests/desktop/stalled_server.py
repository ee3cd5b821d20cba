"""An MCP server whose tool never answers: `python stalled_server.py PIDFILE REACHED`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from mcp.server.mcpserver import MCPServer

Path(sys.argv[1]).write_text(str(os.getpid()), "utf-8")
server = MCPServer("stalled")


@server.tool(description="Waits.")
async def wait() -> str:
    Path(sys.argv[2]).touch()
    await asyncio.Event().wait()
    return ""


server.run("stdio")
