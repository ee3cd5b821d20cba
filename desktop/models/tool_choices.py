"""What a person chose about tools, changed by pure steps: what runs unasked, which servers start, what is offered."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from backends.contract.tools import IN_KEYRING, AllowedTool, ToolServer, ToolServerState, ToolSettings


def with_allowed(allowed: tuple[AllowedTool, ...], tool: AllowedTool) -> tuple[AllowedTool, ...]:
    """`tool` at the end, in place of what was agreed to of the same tool as it was before."""
    return (*(one for one in allowed if one.key != tool.key), tool)


def without_allowed(allowed: tuple[AllowedTool, ...], digests: Iterable[str]) -> tuple[AllowedTool, ...]:
    """What is left when these are revoked."""
    revoked = frozenset(digests)
    return tuple(one for one in allowed if one.digest not in revoked)


def with_approved(settings: ToolSettings, digest: str, name: str) -> ToolSettings:
    """The server of this name may be started as it was shown: as `digest` says. It is on from then on."""
    approved = (*(one for one in settings.approved_servers if one != digest), digest)
    return replace(settings, approved_servers=approved, servers_off=_without(settings.servers_off, name))


def without_approved(settings: ToolSettings, digest: str) -> ToolSettings:
    """The server of this digest is not started before it is approved again."""
    return replace(settings, approved_servers=_without(settings.approved_servers, digest))


def has_new_secret(before: ToolServer, after: ToolServer) -> bool:
    """Whether a secret was written in the place of one that is kept, which no digest tells."""
    pairs = ((before.env, after.env), (before.headers, after.headers))
    return any(kept == IN_KEYRING != new.get(name, IN_KEYRING) for old, new in pairs for name, kept in old.items())


def with_server(settings: ToolSettings, name: str, *, on: bool) -> ToolSettings:
    """The server of this name is offered to models, or not."""
    others = _without(settings.servers_off, name)
    return replace(settings, servers_off=others if on else (*others, name))


def with_tool(settings: ToolSettings, key: str, *, on: bool) -> ToolSettings:
    """The tool of this key is offered to models, or not."""
    others = _without(settings.tools_off, key)
    return replace(settings, tools_off=others if on else (*others, key))


def renamed(settings: ToolSettings, old: str, new: str) -> ToolSettings:
    """A server has another name: what is off stays off."""
    if old in ("", new):
        return settings
    tools = (f"{new}/{key.removeprefix(f'{old}/')}" if key.startswith(f"{old}/") else key for key in settings.tools_off)
    servers = (new if name == old else name for name in settings.servers_off)
    return replace(settings, tools_off=tuple(dict.fromkeys(tools)), servers_off=tuple(dict.fromkeys(servers)))


def pruned(settings: ToolSettings, servers: tuple[ToolServerState, ...]) -> ToolSettings:
    """`settings` without approvals and switches of servers that are not there: one that comes back is asked about."""
    digests = {state.digest for state in servers}
    names = {state.server.name for state in servers}
    return replace(
        settings,
        approved_servers=tuple(one for one in settings.approved_servers if one in digests),
        servers_off=tuple(one for one in settings.servers_off if one in names),
        tools_off=tuple(key for key in settings.tools_off if "/" not in key or _server_of(key, names)),
    )


def with_folder(settings: ToolSettings, folder: str) -> ToolSettings:
    """File tools work in this folder too; one that lies in it needs no line of its own."""
    if any(_holds(known, folder) for known in settings.folders):
        return settings
    return replace(settings, folders=(*(one for one in settings.folders if not _holds(folder, one)), folder))


def without_folder(settings: ToolSettings, folder: str) -> ToolSettings:
    """File tools do not work in this folder any more."""
    return replace(settings, folders=_without(settings.folders, folder))


def touches(folder: str, own: Path) -> bool:
    """Whether `own` lies in a folder, or the folder in it, wherever links lead."""
    there, here = Path(folder).resolve(), own.resolve()
    return there == here or there in here.parents or here in there.parents


def _holds(outer: str, inner: str) -> bool:
    there, here = Path(outer).resolve(), Path(inner).resolve()
    return there == here or there in here.parents


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name)


def _server_of(key: str, names: set[str]) -> bool:
    """Whether the key is that of a tool of one of these servers, whose names may have slashes in them."""
    return any(key.startswith(f"{name}/") for name in names)
