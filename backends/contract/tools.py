"""What a tool is, which servers bring some, what a person agreed to, and the digests that bind one to the other."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

Scope = Literal["once", "conversation", "always"]
"""For how long a person allows a tool: this call, this conversation, or every call until it is revoked."""


class ToolInfo(Struct, frozen=True):
    """A tool that a model may call.

    `name` is what the model calls it by, unique among all tools: a server's tool never takes a built-in one's name.
    `parameters` is a JSON schema of type object. `server` is empty for built-in tools; `server_digest` is the
    server's `command_digest`, and `own_name` what the server itself calls the tool ("" if that is
    `name`). `has_side_effects` is true for everything that reads files, writes, runs or reaches the network, and for
    every tool of a server. `shows_diff`: PreviewTool says what a call would change.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    server: str = ""
    has_side_effects: bool = True
    server_digest: str = ""
    own_name: str = ""
    shows_diff: bool = False

    def as_openai(self) -> dict[str, Any]:
        """The schema as chat templates expect it."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}

    @property
    def key(self) -> str:
        """What stands for it in lists: the name of a built-in tool, "server/tool" for another."""
        return f"{self.server}/{self.own_name or self.name}" if self.server else self.name

    @property
    def digest(self) -> str:
        """sha256 of all that a person sees of the tool: when it changes, what was agreed to no longer holds."""
        seen = [self.server, self.server_digest, self.own_name or self.name, self.name, self.description]
        return digest_of([*seen, self.parameters])


class AllowedTool(Struct, frozen=True):
    """A tool that may run without asking: as it was described when a person allowed it. `key` is `ToolInfo.key`."""

    key: str
    digest: str


class Consent(Struct, frozen=True):
    """An agreement to run one call: this tool, as it was described, with exactly these arguments, once.

    `ticket` is different for each call that is to run: the tools worker takes none twice, and none that is empty.
    """

    tool_digest: str
    arguments_digest: str
    ticket: str = ""


class ConsentAnswer(Struct, frozen=True):
    """What a person says to a call that asks.

    `note` tells the model why not. `arguments` are what it is to run with where the person changed them, all of them;
    None: as the model wrote them.
    """

    allow: bool
    scope: Scope = "once"
    note: str = ""
    arguments: dict[str, Any] | None = None


def consent_to(tool: ToolInfo, arguments: dict[str, Any], ticket: str = "") -> Consent:
    """The consent that covers a call of `tool` with `arguments` and nothing else."""
    return Consent(tool.digest, digest_of(arguments), ticket)


class ToolSettings(Struct, frozen=True):
    """What a person set for tools, as the tools worker needs it.

    `folders` are absolute: file tools work inside them, and are offered only if there are any. `approved_servers` are
    digests: a server is started only if its present one is among them. `servers_off` (names) and `tools_off`
    (`ToolInfo.key`) are not offered to models.
    """

    folders: tuple[str, ...] = ()
    approved_servers: tuple[str, ...] = ()
    servers_off: tuple[str, ...] = ()
    tools_off: tuple[str, ...] = ()


class ToolServer(Struct, frozen=True, omit_defaults=True):
    """An MCP server, as an `mcpServers` file describes it: a `command` to start, or the `url` of one that runs.

    Values in `env` and `headers` that are secret are in the keyring, and their place is held by `IN_KEYRING`.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """sha256 of what a person approves: the name under which its tools appear, and what is started or reached.

        When it changes, the person approves anew. Of a value in the keyring only the name is in it.
        """
        return digest_of([self.name, *self._started])

    @property
    def command_digest(self) -> str:
        """sha256 of what is started or reached, whatever it is called."""
        return digest_of(self._started)

    @property
    def _started(self) -> list[object]:
        return [self.command, list(self.args), self.env, self.cwd, self.url, self.headers]

    def __repr__(self) -> str:
        """Without values that may be secret, so that no log ever holds them."""
        return f"ToolServer({self.name!r}, …)"


IN_KEYRING = "${keyring}"
"""Stands in a server's `env` and `headers` for a value that is kept in the keyring."""

ServerProgress = Literal[
    "unapproved",  # its command, as it is now, was not approved: it is not started
    "off",  # switched off
    "starting",
    "running",
    "failed",  # it could not be started, or ended: `message` says why
]


class OfferedTool(Struct, frozen=True):
    """A tool of a server. `problem` says in words why it cannot be offered to models, "" if it can."""

    info: ToolInfo
    problem: str = ""


class ToolServerState(Struct, frozen=True):
    """A server as it stands. `digest` is the server's own; `log_tail` is the end of what it printed, `log_file` all.

    `masked` is `server` with what looks secret masked in its arguments and address, None where nothing does.
    """

    server: ToolServer
    digest: str
    progress: ServerProgress
    tools: tuple[OfferedTool, ...] = ()
    message: str = ""
    hint: str = ""
    log_tail: str = ""
    log_file: str = ""
    masked: ToolServer | None = None

    @property
    def shown(self) -> ToolServer:
        """The server as it may be seen by whoever looks on."""
        return self.masked or self.server


def with_secrets_hidden(server: ToolServer, hidden: frozenset[str]) -> ToolServer:
    """`server` with `IN_KEYRING` in place of the values of these names, in `env` and `headers`."""

    def kept(values: dict[str, str]) -> dict[str, str]:
        return {name: IN_KEYRING if name in hidden else value for name, value in values.items()}

    return replace(server, env=kept(server.env), headers=kept(server.headers))


def digest_of(value: object) -> str:
    """sha256 of a value's JSON, keys in order."""
    # Imported with the first call: the window's first paint reads this module and would wait for OpenSSL.
    import hashlib
    import json

    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
