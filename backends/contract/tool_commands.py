"""What a front end can ask the tools worker to do; part of `commands.Command`."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from backends.contract.tools import Consent, ToolServer, ToolSettings


class ListTools(Struct, frozen=True, tag=True):
    """Which tools there are, as `settings` have it from now on: approved servers are started, others ended.

    → ToolsListed, once the servers that are being started have answered, or a few seconds later without them. A RunTool
    sent behind it finds the tools that it lists.
    """

    settings: ToolSettings = ToolSettings()


class RunTool(Struct, frozen=True, tag=True):
    """Run one call. The worker refuses it unless `consent` covers this tool as it is now and these arguments.

    `name` is `ToolInfo.name`. → ToolFinished | RequestCancelled | RequestFailed
    """

    name: str
    arguments: dict[str, Any]
    consent: Consent | None
    server: str = ""


class PreviewTool(Struct, frozen=True, tag=True):
    """Say what a call of a tool that `shows_diff` would change. Nothing is changed. → ToolPreviewed | RequestFailed"""

    name: str
    arguments: dict[str, Any]


class UndoWrite(Struct, frozen=True, tag=True):
    """Take back what a tool wrote; `undo` as ToolFinished has it. → WriteUndone | RequestFailed"""

    undo: str


class ListToolServers(Struct, frozen=True, tag=True):
    """Which servers there are. None is started for it. → ToolServersChanged"""


class SaveToolServer(Struct, frozen=True, tag=True):
    """Add a server, or put it in the place of the one named `replaces`. It is not approved by that.

    A secret in `env` or `headers` goes to the keyring; `IN_KEYRING` keeps the one that is there.
    → ToolServersChanged | RequestFailed
    """

    server: ToolServer
    replaces: str = ""


class RemoveToolServer(Struct, frozen=True, tag=True):
    """End a server and forget it, its secrets too. → ToolServersChanged | RequestFailed"""

    name: str


class RestartToolServer(Struct, frozen=True, tag=True):
    """Start an approved server again. → ToolServersChanged | RequestFailed"""

    name: str


class FindServerFiles(Struct, frozen=True, tag=True):
    """Look where other apps keep their `mcpServers` files. → ServerFilesFound"""


class ImportToolServers(Struct, frozen=True, tag=True):
    """Take the servers of an `mcpServers` file in; none is approved by that. → ToolServersImported | RequestFailed"""

    file: str
