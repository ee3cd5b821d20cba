"""Where other apps keep their `mcpServers` files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from backends.contract.errors import MinimError
from backends.contract.tool_events import ServerFile
from backends.storage.tool_servers import read_server_file


def find_server_files(home: Path | None = None) -> list[ServerFile]:
    """The files that are there, can be read, and have a server that can be used. `home` is for tests."""
    found: list[ServerFile] = []
    for app, path in _places(home or Path.home(), sys.platform):
        try:
            servers = read_server_file(path).servers
        except MinimError:
            continue
        if servers:
            found.append(ServerFile(app, str(path), tuple(server.name for server in servers)))
    return found


def _places(home: Path, platform: str) -> list[tuple[str, Path]]:
    if platform == "darwin":
        support = home / "Library" / "Application Support"
        jan = [support / "Jan" / "data"]
    else:
        support = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        shared = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        jan = [shared / "Jan" / "data", support / "Jan" / "data"]  # it moved from the second to the first
    return [
        ("Claude Desktop", support / "Claude" / "claude_desktop_config.json"),
        *(("Jan", folder / "mcp_config.json") for folder in jan),
        ("LM Studio", home / ".lmstudio" / "mcp.json"),
        ("Cursor", home / ".cursor" / "mcp.json"),
        ("VS Code", support / "Code" / "User" / "mcp.json"),
    ]
