"""What a tool is, what a person agreed to, and the digest that binds the one to the other."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class ToolInfo(Struct, frozen=True):
    """A tool that a model may call.

    `parameters` is a JSON schema of type object. `server` is empty for built-in tools. `has_side_effects` is true
    for everything that reads files, writes, runs or reaches the network.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    server: str = ""
    has_side_effects: bool = True

    def as_openai(self) -> dict[str, Any]:
        """The schema as chat templates expect it."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}

    @property
    def digest(self) -> str:
        """sha256 of all that a person sees of the tool: when it changes, what was agreed to no longer holds."""
        return _digest([self.server, self.name, self.description, self.parameters])


class Consent(Struct, frozen=True):
    """A person's agreement to run one call: this tool, as it was described, with exactly these arguments."""

    tool_digest: str
    arguments_digest: str


def consent_to(tool: ToolInfo, arguments: dict[str, Any]) -> Consent:
    """The consent that covers a call of `tool` with `arguments` and nothing else."""
    return Consent(tool.digest, _digest(arguments))


def _digest(value: object) -> str:
    # Imported with the first call: the window's first paint reads this module and would wait for OpenSSL.
    import hashlib
    import json

    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
