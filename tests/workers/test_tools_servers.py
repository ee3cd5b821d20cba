"""The tools worker and a person's servers: real processes, started only when approved, and gone with the worker."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import psutil
import pytest
from keyring.backend import KeyringBackend
from msgspec.structs import replace

from backends.contract.commands import (
    Command,
    ImportToolServers,
    ListTools,
    ListToolServers,
    RemoveToolServer,
    RestartToolServer,
    RunTool,
    SaveToolServer,
)
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import (
    UNASKED,
    RequestCancelled,
    RequestFailed,
    ToolFinished,
    ToolServersChanged,
    ToolServersImported,
    ToolsListed,
    WorkerExited,
)
from backends.contract.tools import IN_KEYRING, ToolInfo, ToolServer, ToolServerState, ToolSettings, consent_to
from backends.storage import secrets
from backends.storage.tool_servers import MAX_SERVERS, ServerStore
from backends.tools.builtin import builtin_tools
from backends.workers import tool_servers
from backends.workers.requests import Request
from backends.workers.supervisor import Supervisor
from backends.workers.tool_server_list import ToolServerList
from backends.workers.tool_servers import ToolServers
from backends.workers.tools import ToolsWork

from .conftest import PATIENCE_SECONDS, Ear, StartWorker

_SERVER = Path(__file__).with_name("odd_server.py")
_SDK_SERVER = Path(__file__).parents[1] / "tools" / "servers" / "good.py"
_OWN = {tool.info.name for tool in builtin_tools()}


def _odd(name: str, folder: Path, manner: str = "plain", **more: Any) -> ToolServer:
    return ToolServer(name, sys.executable, (str(_SERVER), manner, str(folder)), **more)


def _started(folder: Path) -> list[int]:
    """The processes that were ever started."""
    return [int(file.name.removeprefix("started-")) for file in folder.glob("started-*")]


def _wait_gone(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(PATIENCE_SECONDS)


class Desk:
    """A tools worker, and what a front end does with it."""

    def __init__(self, worker: Supervisor, ear: Ear) -> None:
        self.worker = worker
        self.ear = ear

    def save(self, server: ToolServer, replaces: str = "") -> dict[str, ToolServerState]:
        return _by_name(self.ear.wait_for(ToolServersChanged, self.worker.send(SaveToolServer(server, replaces))))

    def list(self, settings: ToolSettings) -> dict[str, ToolInfo]:
        """The tools, by key, once no server is being started: a list waits for them, but a few seconds only."""
        self.ear.wait_for(ToolsListed, self.worker.send(ListTools(settings)))
        if _any_starting(self.states()):
            self.wait_until(lambda states: not _any_starting(states))
        listed = self.ear.wait_for(ToolsListed, self.worker.send(ListTools(settings)))
        return {info.key: info for info in listed.tools}

    def states(self) -> dict[str, ToolServerState]:
        return _by_name(self.ear.wait_for(ToolServersChanged, self.worker.send(ListToolServers())))

    def begin(self, info: ToolInfo, **arguments: Any) -> int:
        consent = consent_to(info, arguments, uuid.uuid4().hex)
        return self.worker.send(RunTool(info.name, arguments, consent, info.server))

    def run(self, info: ToolInfo, **arguments: Any) -> ToolFinished:
        return self.ear.wait_for(ToolFinished, self.begin(info, **arguments))

    def wait_until(self, look: Callable[[dict[str, ToolServerState]], bool]) -> dict[str, ToolServerState]:
        """The servers, once an event told of them what is looked for."""

        def found() -> dict[str, ToolServerState] | None:
            told = self.ear.of(ToolServersChanged)
            return states if told and look(states := _by_name(told[-1])) else None

        return self.ear.wait_until(found)


def _by_name(event: ToolServersChanged) -> dict[str, ToolServerState]:
    return {state.server.name: state for state in event.servers}


def _any_starting(states: dict[str, ToolServerState]) -> bool:
    return any(state.progress == "starting" for state in states.values())


def _approved(*servers: ToolServer, **more: Any) -> ToolSettings:
    return ToolSettings(approved_servers=tuple(server.digest for server in servers), **more)


@pytest.fixture
def secrets_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
    """What the keyring holds."""
    from . import file_keyring

    monkeypatch.setenv("MINIM_TEST_KEYRING", str(tmp_path / "keyring.json"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.workers.file_keyring.FileKeyring")
    return file_keyring.entries


@pytest.fixture
def desk(start_worker: StartWorker, ear: Ear) -> Desk:
    return Desk(start_worker("tools"), ear)


def _servers_file(tmp_path: Path) -> str:
    return (tmp_path / "home" / "data" / "mcp_servers.json").read_text("utf-8")


def test_a_server_is_started_only_once_its_command_is_approved_and_is_ended_when_that_no_longer_holds(
    desk: Desk, tmp_path: Path
) -> None:
    server, file = _odd("odd", tmp_path), tmp_path / "home" / "data" / "mcp_servers.json"
    assert desk.save(server)["odd"].progress == "unapproved"
    assert desk.list(ToolSettings()).keys() == _OWN
    assert desk.list(_approved(server, servers_off=("odd",))).keys() == _OWN
    assert desk.states()["odd"].progress == "off"
    assert _started(tmp_path) == []
    tools = desk.list(_approved(server))
    assert tools["odd/echo"].name == "echo"
    assert desk.run(tools["odd/echo"], text="hello").text == "hello"
    first = _started(tmp_path)
    assert len(first) == 1
    more = _odd("odd", tmp_path, env={"MORE": "1"})
    changed = desk.save(more, "odd")["odd"]
    assert (changed.progress, changed.digest) == ("unapproved", more.digest)
    assert desk.list(_approved(server)).keys() == _OWN
    _wait_gone(first)
    assert _started(tmp_path) == first
    both = _approved(server, more)
    assert desk.run(desk.list(both)["odd/look"], variable="MORE").text == "1"
    file.write_text(file.read_text("utf-8").replace("MORE", "LESS"), "utf-8")
    assert desk.list(both).keys() == _OWN
    file.write_text(file.read_text("utf-8").replace('"LESS": "1"', ""), "utf-8")
    assert desk.run(desk.list(both)["odd/look"], variable="MORE").text == "unset"
    file.write_text(file.read_text("utf-8").replace('"env": {', '"env": {"MORE": "1"'), "utf-8")
    assert desk.run(desk.list(both)["odd/look"], variable="MORE").text == "1"  # straight from one to the other


def test_an_approved_command_is_not_approved_under_another_name(desk: Desk, tmp_path: Path) -> None:
    server = _odd("odd", tmp_path)
    desk.save(server)
    desk.list(_approved(server))
    file = tmp_path / "theirs.json"
    entry = {"command": server.command, "args": list(server.args)}
    file.write_text(json.dumps({"mcpServers": {"other": entry, "odd2": {**entry, "env": {"API_KEY": "theirs"}}}}))
    taken = desk.ear.wait_for(ToolServersImported, desk.worker.send(ImportToolServers(str(file))))
    assert taken.names == ("other", "odd2")
    states = desk.states()
    assert {name: state.progress for name, state in states.items()} == {
        "odd": "running",
        "other": "unapproved",
        "odd2": "unapproved",
    }
    assert len(_started(tmp_path)) == 1


@pytest.mark.parametrize("come", [SaveToolServer(ToolServer("odd", "run")), ImportToolServers("theirs.json")])
def test_a_server_comes_only_once_the_settings_before_it_hold(come: Command) -> None:
    work, before = ToolsWork(), ListTools(ToolSettings())
    assert (work.lane_of(before), work.lane_of(come)) == ("tools", "servers")
    request = Request(2, come, lambda _request, _event: None)
    request.cancel()
    with pytest.raises(RequestStopped):
        work(request)  # it waits: they may take an approval back that the server would use


def test_built_in_names_are_reserved_and_later_servers_give_way(desk: Desk, tmp_path: Path) -> None:
    one, two = _odd("one", tmp_path), _odd("the two", tmp_path)
    desk.save(one)
    desk.save(two)
    tools = desk.list(_approved(one, two, tools_off=("one/look", "the two/echo")))
    names = {key: info.name for key, info in tools.items() if info.server}
    assert names["one/calculator"] == "one_calculator"
    assert names["one/echo"] == "echo"
    assert names["the two/calculator"] == "the_two_calculator"
    assert names["the two/look"] == "the_two_look"  # also while the tool that has its name is switched off
    assert names.keys().isdisjoint({"one/look", "the two/echo"})
    assert desk.run(tools["calculator"], expression="6 * 7").text == "42"
    assert desk.run(tools["the two/calculator"], expression="6 * 7").text == "not 6 * 7"
    assert desk.states()["one"].tools[0].info == tools["one/echo"]


def test_a_consent_is_for_one_call_of_this_servers_tool(desk: Desk, tmp_path: Path) -> None:
    one, two = _odd("one", tmp_path), _odd("two", tmp_path)
    desk.save(one)
    desk.save(two)
    tools = desk.list(_approved(one, two, tools_off=("two/change",)))
    echo, arguments = tools["one/echo"], {"text": "once"}
    command = RunTool("echo", arguments, consent_to(echo, arguments, "ticket"), "one")
    assert desk.ear.wait_for(ToolFinished, desk.worker.send(command)).text == "once"
    other = tools["two/echo"]
    refused = [
        command,
        RunTool("echo", arguments, consent_to(echo, arguments), "one"),
        RunTool("echo", {"text": "twice"}, consent_to(echo, arguments, "a"), "one"),
        RunTool(other.name, arguments, consent_to(echo, arguments, "b"), "two"),
    ]
    unknown = [
        RunTool("echo", arguments, consent_to(echo, arguments, "c"), "two"),
        RunTool("echo", arguments, consent_to(echo, arguments, "d")),
        RunTool("two_change", {}, consent_to(other, {}, "e"), "two"),
    ]
    for number, each in enumerate([*refused, *unknown]):
        failed = desk.ear.wait_for(RequestFailed, desk.worker.send(each))
        assert failed.kind == ("not_allowed" if number < len(refused) else "tool_failed")
    assert len(desk.ear.of(ToolFinished)) == 1


def test_a_tool_that_changed_is_asked_about_again_and_that_is_told_unasked(desk: Desk, tmp_path: Path) -> None:
    server = _odd("odd", tmp_path)
    desk.save(server)
    tools = desk.list(_approved(server))
    desk.run(tools["odd/change"], times="300")

    def last() -> bool:
        told = desk.ear.of(ToolsListed, UNASKED)
        return bool(told) and any(info.description == "echo, changed 300 times" for info in told[-1].tools)

    desk.ear.wait_until(last)
    assert len(desk.ear.of(ToolsListed, UNASKED)) < 20
    failed = desk.ear.wait_for(RequestFailed, desk.begin(tools["odd/echo"], text="x"))
    assert failed.kind == "not_allowed"


def test_a_call_right_behind_the_settings_finds_its_tool_and_one_server_waits_for_no_other(
    desk: Desk, tmp_path: Path
) -> None:
    one, two, deaf = _odd("one", tmp_path), _odd("two", tmp_path), _odd("deaf", tmp_path, "deaf")
    for server in (one, two):
        desk.save(server)
    tools = desk.list(_approved(one, two))
    desk.save(deaf)
    listing = desk.worker.send(ListTools(_approved(one, two, deaf)))
    slow = desk.begin(tools["one/wait_for"], file=str(tmp_path / "gate"))
    other = desk.begin(tools["two/echo"], text="meanwhile")
    desk.ear.wait_for(ToolFinished, other)
    assert desk.ear.kinds(slow) == desk.ear.kinds(listing) == []
    desk.wait_until(lambda states: states["deaf"].progress == "starting")
    (tmp_path / "gate").touch()
    assert desk.ear.wait_for(ToolFinished, slow).text == "it is there"
    desk.worker.cancel(listing)
    desk.ear.wait_for(RequestCancelled, listing)
    assert desk.list(_approved(one, two)).keys() == tools.keys()
    _wait_gone([pid for pid in _started(tmp_path) if _is_deaf(pid)])


def _is_deaf(pid: int) -> bool:
    try:
        return "deaf" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def test_the_first_call_after_a_start_waits_for_its_server(start_worker: StartWorker, ear: Ear, tmp_path: Path) -> None:
    server = ToolServer("good", sys.executable, (str(_SDK_SERVER),))
    before = Desk(start_worker("tools"), ear)
    before.save(server)
    echo = before.list(_approved(server))["good/echo"]
    before.worker.close()
    after = Desk(start_worker("tools"), ear)
    after.worker.send(ListTools(_approved(server)))
    assert after.run(echo, text="again").text == "again"


def test_a_cancelled_call_ends_and_the_server_goes_on(desk: Desk, tmp_path: Path) -> None:
    server = _odd("odd", tmp_path)
    desk.save(server)
    tools = desk.list(_approved(server))
    call = desk.begin(tools["odd/wait_for"], file=str(tmp_path / "never"))
    desk.worker.cancel(call)
    desk.ear.wait_for(RequestCancelled, call)
    assert desk.run(tools["odd/echo"], text="still here").text == "still here"
    assert len(_started(tmp_path)) == 1


@pytest.mark.parametrize("how", ["its end is asked for", "it is killed"])
def test_all_servers_end_with_the_worker(desk: Desk, tmp_path: Path, how: str) -> None:
    plain, deaf = _odd("plain", tmp_path), _odd("deaf", tmp_path, "deaf")
    desk.save(plain)
    desk.save(deaf)
    desk.worker.send(ListTools(_approved(plain, deaf)))
    desk.wait_until(lambda states: [s.progress for s in states.values()] == ["running", "starting"])
    if how == "it is killed":
        assert desk.worker.pid is not None
        os.kill(desk.worker.pid, 9)
    else:
        desk.worker.end()
    exited = desk.ear.wait_for(WorkerExited)
    assert "killed" not in exited.reason  # it ended in time, the hung server or not
    _wait_gone(_started(tmp_path))


def test_a_server_that_dies_is_shown_and_starts_again_with_the_next_call(desk: Desk, tmp_path: Path) -> None:
    server = _odd("odd", tmp_path)
    desk.save(server)
    tools = desk.list(_approved(server))
    [pid] = _started(tmp_path)
    psutil.Process(pid).kill()
    failed = desk.wait_until(lambda states: states["odd"].progress == "failed")["odd"]
    assert failed.message
    assert desk.list(_approved(server)).keys() == tools.keys()  # the prompt stays as it was
    assert len(_started(tmp_path)) == 1
    assert desk.run(tools["odd/echo"], text="back").text == "back"
    restarted = desk.ear.wait_for(ToolServersChanged, desk.worker.send(RestartToolServer("odd")))
    assert _by_name(restarted)["odd"].progress == "starting"
    assert desk.run(tools["odd/echo"], text="once more").text == "once more"
    assert len(_started(tmp_path)) == 3


def test_secrets_go_to_the_keyring_and_only_the_server_sees_them(
    desk: Desk, tmp_path: Path, secrets_kept: Callable[[], dict[str, str]]
) -> None:
    server = _odd("odd", tmp_path, env={"API_TOKEN": "hunter-two-2", "PLACE": "here"})
    hidden = desk.save(server)["odd"].server
    assert hidden.env == {"API_TOKEN": IN_KEYRING, "PLACE": "here"}
    assert secrets_kept() == {"Minim: mcp/odd/API_TOKEN": "hunter-two-2"}
    tools = desk.list(_approved(hidden))
    assert desk.run(tools["odd/look"], variable="API_TOKEN").text == "hunter-two-2"
    desk.save(_odd("even", tmp_path, env=hidden.env), "odd")
    assert secrets_kept() == {"Minim: mcp/even/API_TOKEN": "hunter-two-2"}
    tools = desk.list(_approved(replace(hidden, name="even")))
    assert desk.run(tools["even/look"], variable="API_TOKEN").text == "hunter-two-2"
    desk.save(_odd("even", tmp_path, env={**hidden.env, "API_TOKEN": "another-3"}), "even")
    assert desk.run(tools["even/look"], variable="API_TOKEN").text == "another-3"
    assert desk.states()["even"].log_tail.strip().endswith("I was given •••.")
    desk.ear.wait_for(ToolServersChanged, desk.worker.send(RemoveToolServer("even")))
    assert (secrets_kept(), desk.states()) == ({}, {})
    log = (tmp_path / "home" / "log" / "tool-servers" / "even.log").read_text("utf-8")
    assert log.count("I was given •••.\n") == 2
    said = repr([heard for heard in desk.ear.heard if not isinstance(heard.body, ToolFinished)])
    written = _servers_file(tmp_path) + log + said
    assert "hunter" not in written
    assert "another-3" not in written
    _wait_gone(_started(tmp_path))


class _FullDisk(ServerStore):
    def remove(self, name: str) -> bool:
        raise MinimError("disk_full", f"{name} stays.")


def test_a_server_that_cannot_be_taken_out_of_the_file_keeps_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {"mcp/odd/API_TOKEN": "hunter-two-2"}
    monkeypatch.setattr(secrets, "_held", held)
    store = _FullDisk(tmp_path / "mcp_servers.json")
    store.put(_odd("odd", tmp_path, env={"API_TOKEN": IN_KEYRING}))
    servers = ToolServers(store, (), lambda: None)
    with pytest.raises(MinimError, match="odd stays"):
        ToolServerList(store, servers).remove("odd")
    assert list(held) == ["mcp/odd/API_TOKEN"]


@pytest.mark.usefixtures("secrets_kept")
def test_a_token_that_a_server_tells_is_not_in_its_result(desk: Desk, tmp_path: Path) -> None:
    token = "hunter-two-2" * 2
    hidden = desk.save(_odd("odd", tmp_path, env={"API_TOKEN": token}))["odd"].server
    tools = desk.list(_approved(hidden))
    assert desk.run(tools["odd/look"], variable="API_TOKEN").text == "•••"
    assert "hunter" not in repr(desk.ear.heard)


def test_a_secret_in_an_argument_is_masked_where_it_is_shown(desk: Desk, tmp_path: Path) -> None:
    secret = "hunter-two-2" * 2
    odd = _odd("odd", tmp_path, env={"PLACE": secret})
    saved = desk.save(replace(odd, args=(*odd.args, f"--token={secret}")))["odd"]
    assert saved.shown.args == (*odd.args, "--token=•••")
    assert (saved.server.args[-1], saved.shown.env) == (f"--token={secret}", saved.server.env)
    tools = desk.list(_approved(saved.server))
    assert desk.run(tools["odd/look"], variable="PLACE").text == "•••"
    assert desk.states()["odd"].shown == saved.shown


def test_a_tool_that_changes_between_consent_and_call_is_not_run(tmp_path: Path) -> None:
    odd, looked = _odd("odd", tmp_path), threading.Semaphore(0)
    store = ServerStore(tmp_path / "mcp_servers.json")
    store.put(odd)
    servers = ToolServers(store, (), looked.release)
    servers.apply(_approved(odd))
    try:
        agreed, change = (servers.find("odd", name, lambda: False) for name in ("echo", "change"))
        assert agreed is not None
        assert change is not None
        assert agreed.call({"text": "x"}, lambda: False).text == "x"
        assert change.call({"times": "1"}, lambda: False).text == "changed"
        while servers.find("odd", "echo", lambda: False) == agreed:
            assert looked.acquire(timeout=PATIENCE_SECONDS)
        with pytest.raises(MinimError, match="has changed its tool echo meanwhile, so it was not run"):
            agreed.call({"text": "x"}, lambda: False)
    finally:
        servers.end()


def test_a_secret_that_is_gone_is_a_failure_with_words(
    desk: Desk, tmp_path: Path, secrets_kept: Callable[[], dict[str, str]]
) -> None:
    server = _odd("odd", tmp_path, env={"API_TOKEN": IN_KEYRING})
    desk.save(server)
    assert desk.list(_approved(server)).keys() == _OWN
    failed = desk.states()["odd"]
    assert failed.progress == "failed"
    assert "its secret API_TOKEN is not in the keyring" in failed.message
    assert (_started(tmp_path), secrets_kept()) == ([], {})


def test_without_a_keyring_secrets_are_in_memory_and_that_is_said(
    start_worker: StartWorker, ear: Ear, tmp_path: Path
) -> None:
    desk = Desk(start_worker("tools", env={"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}), ear)
    saved = desk.save(_odd("odd", tmp_path, env={"API_TOKEN": "hunter-two-2"}))["odd"]
    assert "API_TOKEN is kept in memory until Minim is closed" in saved.hint
    tools = desk.list(_approved(saved.server))
    assert desk.run(tools["odd/look"], variable="API_TOKEN").text == "hunter-two-2"
    assert "hunter" not in _servers_file(tmp_path)
    file = tmp_path / "home" / "data" / "mcp_servers.json"
    file.write_text(file.read_text("utf-8").replace(IN_KEYRING, "hunter-two-2"), "utf-8")  # as a person does by hand
    desk.list(_approved(saved.server))
    assert "API_TOKEN stays in mcp_servers.json in plain words" in desk.states()["odd"].hint


def test_what_cannot_be_saved_is_refused_in_words(desk: Desk, tmp_path: Path) -> None:
    desk.save(_odd("odd", tmp_path))
    for command, words in (
        (SaveToolServer(_odd("odd", tmp_path)), "odd already"),
        (SaveToolServer(_odd("new", tmp_path), "old"), "named old"),
        (SaveToolServer(ToolServer("a/b", "x")), "slash"),
        (SaveToolServer(ToolServer("empty")), "neither a command nor an address"),
        (RemoveToolServer("old"), "named old"),
        (RestartToolServer("odd"), "nobody has approved"),
        (ImportToolServers(str(tmp_path / "none.json")), "cannot be read"),
    ):
        failed = desk.ear.wait_for(RequestFailed, desk.worker.send(command))
        assert words in failed.message
    assert list(desk.states()) == ["odd"]


def test_servers_of_another_app_are_taken_in_without_their_secrets(
    desk: Desk, tmp_path: Path, secrets_kept: Callable[[], dict[str, str]]
) -> None:
    desk.save(_odd("there", tmp_path))
    entries = {
        "there": {"command": "x"},
        "github": {"command": "npx", "args": ["-y", "gh"], "env": {"GITHUB_TOKEN": "ghp_abcdefghijklmnop"}},
        "web": {"type": "http", "url": "https://mcp.example/mcp", "headers": {"Authorization": "Bearer ${env:T}"}},
        "old": {"type": "sse", "url": "https://mcp.example/sse"},
    }
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps({"mcpServers": entries}), "utf-8")
    imported = desk.ear.wait_for(ToolServersImported, desk.worker.send(ImportToolServers(str(file))))
    assert imported.names == ("github", "web")
    assert (imported.secrets, imported.where) == (1, "in the system's keyring")
    assert [words.split(":")[0] for words in imported.left_out] == ["old", "there"]
    assert len(imported.notes) == 1
    assert "Authorization" in imported.notes[0]
    assert [state.progress for state in desk.states().values()] == ["unapproved"] * 3
    assert secrets_kept() == {"Minim: mcp/github/GITHUB_TOKEN": "ghp_abcdefghijklmnop"}
    assert "ghp_" not in _servers_file(tmp_path)


def test_a_damaged_file_is_kept_and_told_and_nothing_else_is_lost(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "data"
    folder.mkdir(parents=True)
    (folder / "mcp_servers.json").write_text('{"mcpServers": [', "utf-8")
    assert desk.list(ToolSettings()).keys() == _OWN
    told = desk.ear.wait_for(ToolServersChanged, desk.worker.send(ListToolServers()))
    [aside] = folder.glob("*.damaged-*")
    assert str(aside) in told.problem
    assert aside.read_text("utf-8") == '{"mcpServers": ['
    assert desk.save(_odd("odd", tmp_path)).keys() == {"odd"}


class _AskingKeyring(KeyringBackend):
    """One that waits for a person."""

    priority = 1  # pyright: ignore[reportAssignmentType] # a property in the base class

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.answered.wait(60)

    def get_password(self, service: str, username: str) -> str | None:
        return None


def test_a_keyring_that_asks_holds_up_neither_a_list_nor_what_was_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, asking, before, looked = _odd("odd", tmp_path), _AskingKeyring(), keyring.get_keyring(), threading.Semaphore(0)
    monkeypatch.setattr(tool_servers, "START_SECONDS", 0.1)
    store = ServerStore(tmp_path / "mcp_servers.json")
    store.put(odd)
    servers = ToolServers(store, (), looked.release)
    servers.apply(_approved(odd))
    while not _started(tmp_path):
        assert looked.acquire(timeout=PATIENCE_SECONDS)
    store.put(ToolServer("two", "npx", env={"TOKEN": "hunter-two-2"}))
    keyring.set_keyring(asking)
    try:
        servers.apply(ToolSettings())
        _wait_gone(_started(tmp_path))
        assert len(servers.names()) == 1
        asking.answered.set()
        while len(servers.names()) == 1:
            assert looked.acquire(timeout=PATIENCE_SECONDS)
    finally:
        asking.answered.set()
        keyring.set_keyring(before)
        servers.end()


def test_a_huge_list_of_another_app_is_taken_in_as_far_as_it_can_be_shown(desk: Desk, tmp_path: Path) -> None:
    assert desk.save(_odd("odd", tmp_path)).keys() == {"odd"}
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps({"mcpServers": {f"s{index}": {"command": "a"} for index in range(50_000)}}), "utf-8")
    imported = desk.ear.wait_for(ToolServersImported, desk.worker.send(ImportToolServers(str(file))))
    assert len(imported.names) == MAX_SERVERS - 1
    assert "49,916 more" in " ".join(imported.left_out)
    assert len(desk.states()) == MAX_SERVERS
    refused = desk.ear.wait_for(RequestFailed, desk.worker.send(SaveToolServer(_odd("one more", tmp_path))))
    assert "as many as there may be" in refused.message
    assert len(desk.save(_odd("odd", tmp_path, "other"), "odd")) == MAX_SERVERS
