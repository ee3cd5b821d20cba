"""A server whose tools hang, die, flood and answer with too much; apart from that it speaks as it should."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("troublesome", log_level="ERROR")


@server.tool()
def echo(text: str) -> str:
    """Say a text again."""
    return text


@server.tool()
async def hang(marker: str) -> str:
    """Answer never; write into `marker` that the call has begun, and that it was cancelled."""
    path = Path(marker)
    path.write_text("begun")
    try:
        await anyio.sleep_forever()
    finally:
        path.write_text("cancelled")
    return "never"


@server.tool()
def die(code: int = 3) -> str:
    """End in the middle of the call."""
    print("the disk is made of cheese", file=sys.stderr, flush=True)
    os._exit(code)


@server.tool()
async def flood(context: Context, seconds: float) -> str:
    """Send notifications without end, and say that the tools changed with each."""
    then = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < then:
        await context.session.send_tool_list_changed()
        await context.report_progress(sent)
        await context.info("x" * 1000)  # pyright: ignore[reportDeprecated] — servers still do
        sent += 3
    return str(sent)


@server.tool()
def big(megabytes: int) -> str:
    """Answer with a great deal."""
    return "x" * (megabytes * 1_000_000)


if __name__ == "__main__":
    server.run("stdio")
