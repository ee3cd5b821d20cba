"""Tool servers added, imported, approved and removed at the terminal; none is started before it was approved."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from msgspec.structs import replace

from backends.contract.commands import FindServerFiles, ImportToolServers, RemoveToolServer, SaveToolServer
from backends.contract.errors import MinimError
from backends.contract.events import ServerFilesFound, ToolServersChanged, ToolServersImported
from backends.contract.preferences import Preferences
from backends.contract.tools import IN_KEYRING, ToolServer, ToolServerState
from backends.storage.masked_command import MASK
from backends.storage.paths import data_folder
from backends.storage.server_secrets import with_secrets
from backends.terminal.asking import place
from backends.terminal.output import harmless, print_event, say, say_failure
from backends.terminal.person import Person
from backends.terminal.preferences import change_preferences, read_preferences
from backends.terminal.tool_lists import approval_rows, server_lines
from backends.terminal.tool_options import ToolsRequest
from backends.terminal.tool_servers import ToolServers
from backends.terminal.visible import barred, visible
from backends.terminal.workers import Workers

FINE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def add_server(workers: Workers, request: ToolsRequest) -> int:
    """Add a server; its secrets are asked for first. Raises MinimError, and KeyboardInterrupt on Ctrl+C."""
    person = Person(workers)
    env, headers = (_filled(person, values) for values in (request.env, request.headers))
    command, args = (request.command[0], request.command[1:]) if request.command else ("", ())
    server = ToolServer(request.name, command, args, env, url=request.url, headers=headers)
    asked = ToolServers(workers)
    _forget_gone(asked)
    asked.ask(SaveToolServer(server), ToolServersChanged)
    saved = asked.require(server.name.strip()).server
    _tell_of_secrets(request, saved)
    _say(f"{saved.name} is added. It starts once you approve it: minim tools --approve {shlex.quote(saved.name)}")
    return FINE


def import_servers(workers: Workers, request: ToolsRequest) -> int:
    """Take in the servers of a file, or list the files that there are. Raises MinimError."""
    asked = ToolServers(workers)
    if not request.name:
        return _list_files(asked, as_json=request.as_json)
    _forget_gone(asked)
    imported = asked.ask(ImportToolServers(str(place(request.name))), ToolServersImported)
    if request.as_json:
        print_event(imported)
        return FINE if imported.names else FAILED
    for reason in imported.left_out:
        _say(f"Left out: {reason}")
    for name in imported.names:
        _say(f"{name} is taken in. It starts once you approve it: minim tools --approve {shlex.quote(name)}")
    for note in imported.notes:
        _say(note)
    taken = [state.server for state in asked.list_servers() if state.server.name in imported.names]
    if imported.secrets and not _tell_if_lost(taken):
        values = "1 secret value is" if imported.secrets == 1 else f"{imported.secrets} secret values are"
        _say(f"{values} kept {imported.where}.")
    if not imported.names:
        _say("No server was taken in.")
    return FINE if imported.names else FAILED


def approve_server(workers: Workers, request: ToolsRequest) -> int:
    """Show what a server starts, and start it if the person agrees. Raises MinimError, KeyboardInterrupt on Ctrl+C."""
    asked = ToolServers(workers)
    state = asked.require(request.name)
    if state.digest in read_preferences().tool_settings.approved_servers:
        _say(f"{request.name} is approved already.")
        return FINE
    agreed = _ask_approval(Person(workers), request, state)
    if agreed != FINE:
        return agreed

    def approve(kept: Preferences) -> Preferences:
        settings = kept.tool_settings
        approved = (*settings.approved_servers, state.digest)
        servers_off = tuple(name for name in settings.servers_off if name != request.name)
        return replace(kept, tool_settings=replace(settings, approved_servers=approved, servers_off=servers_off))

    settings = change_preferences(approve).tool_settings
    asked.start(
        replace(settings, approved_servers=(state.digest,)),
        lambda state: _say(f"{state.server.name} is approved, and still starting…"),
    )
    return _tell_start(asked.require(request.name))


def remove_server(workers: Workers, request: ToolsRequest) -> int:
    """Forget a server, and all that was agreed to about it. Raises MinimError."""
    asked = ToolServers(workers)
    state = asked.require(request.name)
    asked.ask(RemoveToolServer(request.name), ToolServersChanged)

    def forget(kept: Preferences) -> Preferences:
        settings, own = kept.tool_settings, f"{request.name}/"
        approved = (digest for digest in settings.approved_servers if digest != state.digest)
        return replace(
            kept,
            allowed_tools=tuple(tool for tool in kept.allowed_tools if not tool.key.startswith(own)),
            tool_settings=replace(
                settings,
                approved_servers=tuple(approved),
                servers_off=tuple(name for name in settings.servers_off if name != request.name),
                tools_off=tuple(key for key in settings.tools_off if not key.startswith(own)),
            ),
        )

    change_preferences(forget)
    _say(f"{request.name} is removed.")
    return FINE


def _forget_gone(asked: ToolServers) -> None:
    """What was once approved of a server that is gone is no approval of one that comes."""
    there = {state.digest for state in asked.list_servers()}

    def forget(kept: Preferences) -> Preferences:
        approved = tuple(digest for digest in kept.tool_settings.approved_servers if digest in there)
        return replace(kept, tool_settings=replace(kept.tool_settings, approved_servers=approved))

    change_preferences(forget)


def _ask_approval(person: Person, request: ToolsRequest, state: ToolServerState) -> int:
    """FINE if the person agrees to what is shown."""
    verb = "reaches" if state.server.url else "starts"
    _say(f"The server {request.name} {verb}:")
    for fact in approval_rows(state.shown):
        for row in barred(visible(fact)):
            say(row)
    if state.masked is not None:
        _say(f"What looks like a secret is masked: {MASK}. It stands in {_file()}.")
    if not state.server.url:
        say("It runs as you, and may do on this machine what you may.")
    if request.yes:
        return FINE
    if not person.is_there:
        say_failure("Nobody can be asked here whether it may start.", "Add --yes to approve it without asking.")
        return USAGE
    agreed = person.agrees("Approve it?")
    if agreed is None:
        return INTERRUPTED
    return FINE if agreed else FAILED


def _tell_start(state: ToolServerState) -> int:
    for line in server_lines(state):
        say(line)
    for offered in state.tools:
        problem = f" · cannot be used: {visible(offered.problem)}" if offered.problem else ""
        say(f"  {visible(offered.info.key)}{problem}")
    return FAILED if state.progress == "failed" else FINE


def _list_files(asked: ToolServers, *, as_json: bool) -> int:
    found = asked.ask(FindServerFiles(), ServerFilesFound)
    if as_json:
        print_event(found)
        return FINE
    for file in found.files:
        _say(f"{file.app} · {', '.join(file.servers)}")
        _say(f"  minim tools --import {shlex.quote(file.path)}")
    if not found.files:
        _say("No other app here has a file of tool servers that could be found. To take one in: --import FILE")
    return FINE


def _filled(person: Person, values: dict[str, str | None]) -> dict[str, str]:
    """The values, those asked for that were not given. Raises MinimError for one that stays empty."""
    filled: dict[str, str] = {}
    for name, value in values.items():
        filled[name] = person.read_hidden(f"{visible(name)}: ") if value is None else value
        if value is None and not filled[name]:
            hint = f"Write it when it is asked for, or give it on a line of the input; {name}= means an empty one."
            raise MinimError("bad_request", f"{name} has no value.", hint)
    return filled


def _tell_of_secrets(request: ToolsRequest, saved: ToolServer) -> None:
    """Where the values went that were asked for, if not into the keyring."""
    kept = {**saved.env, **saved.headers}
    for name, value in {**request.env, **request.headers}.items():
        if value is None and kept.get(name) != IN_KEYRING:
            _say(f"{name} does not look like a secret, and stands as it is in {_file()}.")
    _tell_if_lost([saved])


def _tell_if_lost(servers: Sequence[ToolServer]) -> bool:
    """Say so if secrets of servers are in no keyring, which the worker holds no longer than this command lasts."""
    try:
        for server in servers:
            with_secrets(server)
    except MinimError:
        _say("There is no keyring here that keeps secrets, so they are gone when this command ends.")
        _say(f"To keep them all the same, write them into {_file()}, where {IN_KEYRING} stands.")
        return True
    return False


def _file() -> str:
    return str(data_folder() / "mcp_servers.json")


def _say(words: str) -> None:
    say(harmless(words, kept=""))
