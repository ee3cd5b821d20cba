"""A server whose tools hang, die, flood and leave processes behind; apart from that it speaks as it should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("troublesome", log_level="ERROR")


@server.tool()
def echo(text: str) -> str:
    """Say a text again."""
    return text


@server.tool()
def pid() -> int:
    """Tell which process it is."""
    return os.getpid()


@server.tool()
async def hang(context: Context, marker: str) -> str:
    """Answer never; write into `marker` when the call is cancelled."""
    import anyio

    await context.info("hanging")
    try:
        await anyio.sleep_forever()
    finally:
        with open(marker, "w") as file:  # noqa: PTH123 — a test's server in as few words as will do
            file.write("cancelled")
    return "never"


@server.tool()
async def freeze() -> str:
    """Hear nothing any more, not even SIGTERM or the end of stdin."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


@server.tool()
def die(code: int = 3) -> str:
    """End in the middle of the call."""
    print("the disk is made of cheese", file=sys.stderr, flush=True)
    os._exit(code)


@server.tool()
def flood_log(megabytes: int) -> str:
    """Print a great deal."""
    line = b"noise " * 16 + b"\n"
    for _ in range(megabytes * 1_000_000 // len(line)):
        os.write(2, line)
    return "flooded"


@server.tool()
async def flood(context: Context, seconds: float) -> str:
    """Send notifications without end, and say that the tools changed with each."""
    then = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < then:
        await context.session.send_tool_list_changed()
        await context.report_progress(sent)
        await context.info("x" * 1000)
        sent += 3
    return str(sent)


@server.tool()
def big(megabytes: int) -> str:
    """Answer with a great deal."""
    return "x" * (megabytes * 1_000_000)


@server.tool()
def leave_grandchild(stubborn: bool = False, own_session: bool = False) -> int:
    """Start a process that stays; a stubborn one hears no SIGTERM."""
    script = "trap '' TERM HUP INT; " if stubborn else ""
    child = subprocess.Popen(
        ["/bin/sh", "-c", f"{script}while :; do sleep 5; done"],
        start_new_session=own_session,
        stdin=subprocess.DEVNULL,
        stdout=None if own_session else subprocess.DEVNULL,
    )
    return child.pid


if __name__ == "__main__":
    server.run("stdio")
