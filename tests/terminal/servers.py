"""A tool server as a person has it: kept, and approved in the preferences."""

from __future__ import annotations

import sys
from pathlib import Path

from msgspec.structs import replace

from backends.contract.tools import ToolServer
from backends.terminal.preferences import change_preferences

SERVERS = Path(__file__).parents[1] / "tools" / "servers"
GOOD = ToolServer("good", sys.executable, (str(SERVERS / "good.py"),))


def approve(server: ToolServer) -> None:
    """Let it be started."""
    change_preferences(
        lambda kept: replace(kept, tool_settings=replace(kept.tool_settings, approved_servers=(server.digest,)))
    )
