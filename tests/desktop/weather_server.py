"""An MCP server with a tool that Pocket M2 was taught: `python weather_server.py PIDFILE`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field

Path(sys.argv[1]).write_text(str(os.getpid()), "utf-8")
server = MCPServer("weather")


@server.tool(description="Get the weather of a city.")
def get_weather(
    city: Annotated[str, Field(description="The city's name.")],
    days: Annotated[int, Field(description="How many days ahead.")] = 1,
) -> str:
    return "sunny, 21 °C"


server.run("stdio")
