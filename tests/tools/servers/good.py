"""A well-behaved server: over stdio, or with "http" over streamable HTTP on a free port, which it prints."""

from __future__ import annotations

import os
import socket
import sys
import threading

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp_types import AudioContent, BlobResourceContents, EmbeddedResource, ImageContent, TextContent

server = MCPServer("good", log_level="ERROR")


@server.tool()
def echo(text: str) -> str:
    """Say a text again."""
    return text


@server.tool()
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


@server.tool()
def get_weather(city: str, days: int = 0) -> str:
    """Get the weather of a city."""
    return f"{city}: 21 °C and sunny in {days} days."


@server.tool()
def environment() -> dict[str, str]:
    """Tell the variables that the server was started with."""
    return dict(os.environ)


@server.tool(structured_output=False)
def picture() -> list[TextContent | ImageContent | AudioContent | EmbeddedResource]:
    """Answer with things that are no text."""
    blob = BlobResourceContents(uri="file:///a.bin", mime_type="application/octet-stream", blob="QUJD" * 10)
    return [
        TextContent(type="text", text="Here it is:"),
        ImageContent(type="image", data="QUJD" * 1000, mime_type="image/png"),
        AudioContent(type="audio", data="QUJD", mime_type="audio/wav"),
        EmbeddedResource(type="resource", resource=blob),
    ]


@server.tool()
def refuse() -> str:
    """Fail."""
    raise ValueError("there is no such thing")


@server.tool()
async def learn(context: Context) -> str:
    """Have one more tool from now on."""
    server.add_tool(add, name=f"add_{len(await server.list_tools())}")
    await context.session.send_tool_list_changed()
    return "learned"


@server.tool()
async def ask_back(context: Context) -> str:
    """Ask the app for what it does not give."""
    try:
        await context.session.list_roots()  # pyright: ignore[reportDeprecated] — servers still do
    except MCPError as error:
        return str(error)
    return "it gave all"


def serve_http() -> None:
    """Serve on a free port until stdin closes."""

    def end_with_stdin() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_stdin, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    app = server.streamable_http_app()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    serve_http() if "http" in sys.argv else server.run("stdio")
