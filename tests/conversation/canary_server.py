"""An MCP server whose one tool leaves a trace: `python canary_server.py TRACE SCRIPT`.

SCRIPT is a JSON file that is read at each start: `name`, `description`, `annotations` of the tool, `result` that it
answers with. Each call appends a line to the file TRACE.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

TRACE, SCRIPT = (Path(name) for name in sys.argv[1:])


def main() -> None:
    script: dict[str, Any] = json.loads(SCRIPT.read_text("utf-8"))
    server = MCPServer("canary")

    def leave_trace(text: str) -> str:
        with TRACE.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
        return str(script.get("result", "noted"))

    server.add_tool(
        leave_trace,
        name=script.get("name", "note"),
        description=script.get("description", "Write a note."),
        annotations=ToolAnnotations(**script.get("annotations", {})),
    )
    server.run("stdio")


main()
