"""The desk asks the tools worker, and keeps what was approved: exactly what was shown, while it is there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from backends.contract.commands import (
    Command,
    FindServerFiles,
    ImportToolServers,
    ListToolServers,
    RemoveToolServer,
    RestartToolServer,
    SaveToolServer,
)
from backends.contract.events import (
    UNASKED,
    Envelope,
    Event,
    RequestFailed,
    ServerFilesFound,
    ToolServersChanged,
    ToolServersImported,
    ToolsListed,
    WorkerExited,
)
from backends.contract.preferences import Preferences
from backends.contract.tool_events import ServerFile
from backends.contract.tools import IN_KEYRING, ToolInfo, ToolServer, ToolServerState, ToolSettings
from desktop.controllers.tool_desk import ToolDesk
from desktop.models.preference_state import PreferenceState
from desktop.models.tool_server_state import ToolServersState
from tests.desktop.tools_to_show import heard

A, B = ToolServer("a", "run-a"), ToolServer("b", "run-b")


class Worker:
    """Takes commands down."""

    def __init__(self) -> None:
        self.sent: list[Command] = []

    def send(self, command: Command) -> int:
        self.sent.append(command)
        return len(self.sent)


class Office:
    """A desk with all it stands on."""

    def __init__(self) -> None:
        self.worker, self.servers = Worker(), ToolServersState()
        self.preferences = PreferenceState(Preferences())
        self.desk = ToolDesk(self.worker, self.servers, self.preferences)
        self.told: list[tuple[str, str, bool]] = []
        self.servers.told.connect(self._hear)
        self.kept: list[ToolSettings] = []
        self.desk.keep_requested.connect(lambda: self.kept.append(self.settings))

    @property
    def settings(self) -> ToolSettings:
        return self.preferences.value.tool_settings

    def answer(self, event: Event) -> None:
        """Answer what was sent last."""
        self.desk.handle(Envelope(len(self.worker.sent), event))

    def _hear(self, message: str, hint: str, is_error: bool) -> None:
        self.told.append((message, hint, is_error))

    def show(self, *servers: ToolServer) -> None:
        self.desk.handle(Envelope(UNASKED, changed(*servers)))


def changed(*servers: ToolServer) -> ToolServersChanged:
    return ToolServersChanged(tuple(ToolServerState(server, server.digest, "unapproved") for server in servers))


@pytest.fixture
def office(qtbot: QtBot) -> Office:
    return Office()


def test_looking_starts_what_is_approved_if_tools_may_be_used(office: Office) -> None:
    asked = heard(office.desk.tools_requested)
    office.desk.look()
    office.preferences.replace(tools_enabled=False)
    office.desk.look()
    assert len(asked) == 1
    assert office.worker.sent == [ListToolServers(), ListToolServers()]


def test_what_is_asked_is_sent(office: Office) -> None:
    office.desk.restart("a")
    office.desk.save(A, "b")
    office.desk.remove("a")
    office.desk.find_files()
    office.desk.import_file("mcp.json")
    sent = [RestartToolServer("a"), SaveToolServer(A, "b"), RemoveToolServer("a"), FindServerFiles()]
    assert office.worker.sent == [*sent, ImportToolServers("mcp.json")]


def test_servers_and_tools_are_shown_unasked(office: Office) -> None:
    office.show(A, B)
    assert [state.server for state in office.servers.servers] == [A, B]
    tool = ToolInfo("x", "", {})
    office.desk.handle(Envelope(7, ToolsListed((tool,))))
    assert office.servers.tools == (tool,)


def test_what_was_shown_is_approved_and_kept_at_once(office: Office) -> None:
    office.show(A, B)
    office.preferences.replace(tool_settings=ToolSettings(approved_servers=("old",)))
    office.desk.approve("a", A.digest)
    assert office.settings.approved_servers == (A.digest,), "and nothing that no server has"
    assert office.kept == [office.settings]


@pytest.mark.parametrize(("name", "digest"), [("a", B.digest), ("a", "seen before"), ("c", A.digest)])
def test_what_has_changed_since_it_was_shown_is_not_approved(office: Office, name: str, digest: str) -> None:
    office.show(A, B)
    office.desk.approve(name, digest)
    assert office.settings == ToolSettings()
    assert office.told[0][0].endswith("has changed meanwhile, so it was not approved.")


def test_a_changed_or_removed_server_loses_its_approval(office: Office) -> None:
    office.show(A, B)
    office.desk.approve("a", A.digest)
    office.desk.approve("b", B.digest)
    office.desk.switch("b", False)
    office.desk.switch_tool("b/x", False)
    saved: list[bool] = []
    office.servers.saved.connect(lambda: saved.append(True))
    other = ToolServer("a", "run-a", ("--all",))
    office.desk.save(other, "a")
    assert office.settings.approved_servers == (A.digest, B.digest), "until it is saved"
    office.answer(changed(other, B))
    assert office.settings.approved_servers == (B.digest,)
    assert saved == [True]
    office.desk.save(ToolServer("z", "run-b"), "b")
    office.answer(changed(other, ToolServer("z", "run-b")))
    assert office.settings.servers_off == ("z",)
    assert office.settings.approved_servers == (), "its tools appear under another name"
    office.desk.remove("z")
    office.answer(changed(other))
    assert office.settings == ToolSettings()


def test_news_that_nobody_asked_for_takes_no_approval(office: Office) -> None:
    office.show(A)
    office.desk.approve("a", A.digest)
    office.show()
    assert office.settings.approved_servers == (A.digest,)


def test_a_new_secret_is_asked_about_before_the_server_has_it(office: Office) -> None:
    secret = ToolServer("s", "run-s", env={"TOKEN": IN_KEYRING, "MODE": "fast"})
    office.show(secret)
    office.desk.approve("s", secret.digest)
    office.desk.save(secret, "s")
    assert office.settings.approved_servers == (secret.digest,), "nothing is new"
    office.desk.save(replace(secret, env={"TOKEN": "another", "MODE": "fast"}), "s")
    assert office.settings.approved_servers == ()


@pytest.mark.parametrize("how", ["save", "import"])
def test_what_was_approved_of_one_that_is_gone_is_no_approval_of_one_that_comes(office: Office, how: str) -> None:
    office.show(A, B)
    office.desk.approve("a", A.digest)
    office.desk.approve("b", B.digest)
    office.show(B)
    office.desk.save(A, "") if how == "save" else office.desk.import_file("mcp.json")
    assert office.settings.approved_servers == (B.digest,)


def test_files_of_other_apps_are_found_and_taken_in(office: Office) -> None:
    office.desk.find_files()
    assert office.servers.files is None
    file = ServerFile("Jan", "mcp.json", ("a",))
    office.answer(ServerFilesFound((file,)))
    assert office.servers.files == (file,)
    office.desk.import_file("mcp.json")
    left, notes = ("b: its command is empty.",), ("a: ${input:key} is not filled in.",)
    office.answer(ToolServersImported(("a",), left, 2, "the keyring", notes))
    message, hint, is_error = office.told[0]
    assert (message, is_error) == ("Taken in: a", False)
    assert "2 secrets are kept in: the keyring" in hint
    assert hint.endswith("Left out: b: its command is empty.\na: ${input:key} is not filled in.")
    assert office.worker.sent[-1] == ListToolServers()


def test_what_fails_is_told_in_words(office: Office) -> None:
    office.desk.find_files()
    office.answer(RequestFailed("internal", "It could not be read.", "Try again."))
    assert office.told == [("It could not be read.", "Try again.", True)]
    assert office.servers.files == ()
    office.desk.handle(Envelope(99, RequestFailed("internal", "Not asked here.")))
    assert len(office.told) == 1


def test_an_ended_worker_leaves_nothing_that_is_no_longer_true(office: Office) -> None:
    office.show(A)
    office.desk.look()
    office.desk.handle(Envelope(UNASKED, WorkerExited(-9, False, "killed")))
    assert not office.servers.known
    assert office.servers.servers == ()
    assert office.told[0][0] == "The process that runs tools has ended."
