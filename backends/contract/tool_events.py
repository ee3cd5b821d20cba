"""What the tools worker can report; part of `events.Event`."""

from __future__ import annotations

from msgspec import Struct

from backends.contract.tools import ToolInfo, ToolServerState


class ToolsListed(Struct, frozen=True, tag=True):
    """All tools that models may be offered. Also told unasked, whenever they change."""

    tools: tuple[ToolInfo, ...]


class ToolFinished(Struct, frozen=True, tag=True):
    """A tool's answer, as text for the model and the person. `diff` and `undo` as ResultPart has them."""

    text: str
    is_error: bool
    seconds: float
    diff: str = ""
    undo: str = ""


class ToolPreviewed(Struct, frozen=True, tag=True):
    """What a call would change, as a unified diff; "" if nothing."""

    diff: str


class WriteUndone(Struct, frozen=True, tag=True):
    """`text` says in words what is there again."""

    text: str


class ToolServersChanged(Struct, frozen=True, tag=True):
    """All tool servers, in the order of their file: the last event of a request, and unasked whenever one changes.

    `problem` says in words what of that file could not be used, "" if all could.
    """

    servers: tuple[ToolServerState, ...]
    problem: str = ""


class ServerFile(Struct, frozen=True):
    """An `mcpServers` file of another app on this machine, and the servers in it."""

    app: str
    path: str
    servers: tuple[str, ...]


class ServerFilesFound(Struct, frozen=True, tag=True):
    files: tuple[ServerFile, ...]


class ToolServersImported(Struct, frozen=True, tag=True):
    """`names` were taken in; `left_out` says of each server that was not, why, in words.

    `secrets` counts the values that were taken out of the file's words; `where` they are kept, in words. `notes` say
    what may not work in those that were taken in.
    """

    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    secrets: int = 0
    where: str = ""
    notes: tuple[str, ...] = ()
