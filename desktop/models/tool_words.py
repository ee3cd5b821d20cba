"""Tools and their servers in words: how they stand, what is started, and what runs without asking."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from backends.contract.events import ToolServersImported
from backends.contract.tools import IN_KEYRING, AllowedTool, ToolInfo, ToolServer, ToolServerState
from desktop import theme
from desktop.models import words
from desktop.models.plain_text import spelled_out
from desktop.models.told_words import told


def command_line(server: ToolServer) -> str:
    """What is started, as a shell would take it, or the address that is reached."""
    return spelled_out(server.url or shlex.join((server.command, *server.args)))


def values(named: dict[str, str]) -> list[str]:
    """The lines of an environment, or of headers; a value in the keyring is not told."""
    return [f"{spelled_out(name)} = {_value(value)}" for name, value in named.items()]


def is_waiting(state: ToolServerState, approved: tuple[str, ...]) -> bool:
    """Whether the person has to approve the server before it starts."""
    return state.progress == "unapproved" and state.digest not in approved


def server_state(state: ToolServerState, approved: tuple[str, ...]) -> str:
    """How a server stands, in a few words."""
    match state.progress:
        case "unapproved" if state.digest in approved:
            return QCoreApplication.translate("ToolWords", "Not started yet")
        case "unapproved":
            return QCoreApplication.translate("ToolWords", "Not approved")
        case "off":
            return QCoreApplication.translate("ToolWords", "Off")
        case "starting":
            return QCoreApplication.translate("ToolWords", "Starting…")
        case "running":
            return QCoreApplication.translate("ToolWords", "Running · {0}").format(tool_count(len(state.tools)))
        case "failed":
            return QCoreApplication.translate("ToolWords", "Not running")


def server_colour(state: ToolServerState, approved: tuple[str, ...], colours: theme.Colours) -> str:
    """The colour of the dot beside these words."""
    match state.progress:
        case "unapproved":
            return colours.faint if state.digest in approved else colours.warning
        case "off":
            return colours.faint
        case "starting":
            return colours.accent
        case "running":
            return colours.success
        case "failed":
            return colours.error


def tool_count(count: int) -> str:
    """How many tools."""
    if count == 1:
        return QCoreApplication.translate("ToolWords", "1 tool")
    return QCoreApplication.translate("ToolWords", "{0} tools").format(count)


def allowed_name(allowed: AllowedTool, tool: ToolInfo | None) -> tuple[str, str]:
    """A tool that was allowed, and where it comes from."""
    if tool is not None:
        name, server = tool.own_name or tool.name, tool.server
    else:
        server, _, name = allowed.key.rpartition("/")
    built_in = QCoreApplication.translate("ToolWords", "Built in")
    return spelled_out(name), spelled_out(server) or built_in


def allowed_state(allowed: AllowedTool, tool: ToolInfo | None) -> str:
    """Why an agreement holds no longer, "" if it does."""
    if tool is None:
        return QCoreApplication.translate("ToolWords", "not there now")
    changed = tool.digest != allowed.digest
    return QCoreApplication.translate("ToolWords", "has changed: asks again") if changed else ""


def imported(said: ToolServersImported) -> tuple[str, str]:
    """What was taken in of a file, and what was not and why."""
    names = ", ".join(map(spelled_out, said.names))
    message = (
        QCoreApplication.translate("ToolWords", "Taken in: {0}").format(names)
        if said.names
        else QCoreApplication.translate("ToolWords", "No server was taken in.")
    )
    hint: list[str] = []
    if said.names:
        hint.append(QCoreApplication.translate("ToolWords", "None is started before you approve it."))
    if said.secrets == 1:
        hint.append(QCoreApplication.translate("ToolWords", "1 secret is kept in: {0}").format(told(said.where)))
    elif said.secrets:
        kept = QCoreApplication.translate("ToolWords", "{0} secrets are kept in: {1}")
        hint.append(kept.format(said.secrets, told(said.where)))
    left_out = QCoreApplication.translate("ToolWords", "Left out: {0}")
    more = [left_out.format(spelled_out(told(why))) for why in said.left_out]
    more += [spelled_out(told(note)) for note in said.notes]
    return message, "\n".join((words.sentences(*hint), *more) if hint else more)


def description(tool: ToolInfo) -> str:
    """What a tool does: of Minim's own in the person's language, of a server's in the words that it has itself."""
    return tool.description if tool.server else told(tool.description)


def folder_problem(name: str) -> str:
    """Why a folder may not be granted."""
    said = QCoreApplication.translate("ToolWords", "“{0}” was not added: Minim’s own data is there.").format(name)
    why = QCoreApplication.translate(
        "ToolWords", "A model that could write there could change what it may do. Choose another folder, or one inside."
    )
    return words.sentences(said, why)


def short_path(path: str) -> str:
    """A path as a person knows it: "~" for the home folder."""
    home = str(Path.home())
    return spelled_out(f"~{path[len(home) :]}" if path == home or path.startswith(f"{home}/") else path)


def _value(value: str) -> str:
    secret = QCoreApplication.translate("ToolWords", "a secret, not shown")
    return secret if value == IN_KEYRING else spelled_out(value)
