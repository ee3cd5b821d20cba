"""A well-behaved server, over stdio or (with "http") streamable HTTP on a free port, which it prints."""

from __future__ import annotations

from mcp.server import MCPServer

server = MCPServer("good")


@server.tool()
def echo(text: str) -> str:
    """Say a text again."""
    return text


@server.tool()
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


@server.tool(description="Get the weather of a city.")
def get_weather(city: str, days: int = 0) -> str:
    """The weather is always the same."""
    return f"{city}: 21 °C, sunny, in {days} days."


if __name__ == "__main__":
    server.run("stdio")
