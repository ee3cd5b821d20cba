"""`minim tools` with the real tools worker and a real server."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.preferences import Preferences
from backends.contract.tools import IN_KEYRING, AllowedTool, ToolServer, ToolSettings
from backends.storage.settings import load_preferences
from backends.storage.tool_servers import ServerStore
from backends.terminal import main
from backends.terminal.preferences import change_preferences
from tests.terminal.pseudo_terminal import Terminal
from tests.terminal.servers import GOOD, approve

START = "import sys; from backends.terminal import main; sys.exit(main(['tools', *sys.argv[1:]]))"

Tools = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def without_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into a person's own."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def tools(capsys: pytest.CaptureFixture[str]) -> Tools:
    """Runs `minim tools`; → exit code, stdout, stderr without what a busy machine adds: which server takes long."""

    def run(*argv: str) -> tuple[int, str, str]:
        code = main(["tools", *argv])
        out, err = capsys.readouterr()
        return code, out, "".join(line for line in err.splitlines(True) if not line.endswith(" is still starting…\n"))

    return run


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


def kept() -> Preferences:
    return load_preferences()[0]


def servers() -> dict[str, ToolServer]:
    return {server.name: server for server in ServerStore().read().servers}


def test_the_list(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    ServerStore().put(GOOD)
    ServerStore().put(ToolServer("new", "npx", ("-y", "a server\x1b[2J"), env={"MODE": "fast"}))
    approve(GOOD)
    settings = replace(kept().tool_settings, folders=(str(tmp_path / "notes"),), tools_off=("clock", "good/add"))
    change_preferences(
        lambda kept: replace(kept, tool_settings=settings, allowed_tools=(AllowedTool("good/echo", "of before"),))
    )
    code, out, err = tools()
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "  calculator · runs without asking" in lines
    assert "  clock · off" in lines
    assert "  write_file · asks" in lines
    assert f"  Files in {tmp_path / 'notes'}" in lines
    assert any(line.startswith("good · runs · ") for line in lines)
    assert "  good/echo · asks" in lines
    assert "  good/add · off" in lines
    assert "new · not approved · npx -y 'a server\\x1b[2J'" in lines
    assert "  minim tools --approve new" in lines
    assert lines[-1].endswith("good/echo")
    change_preferences(lambda kept: replace(kept, tool_settings=replace(settings, approved_servers=())))
    code, out, _ = tools("--json")
    listed: dict[str, Any] = json.loads(out)
    assert code == 0
    assert [(one["name"], one["state"], one["env"]) for one in listed["servers"]] == [
        ("good", "unapproved", []),
        ("new", "unapproved", ["MODE"]),
    ]
    asks = {one["key"]: one["asks"] for one in listed["tools"]}
    assert (asks["calculator"], asks["write_file"]) == (False, True)
    assert listed["allowed"] == [{"key": "good/echo", "digest": "of before", "holds": False}]


def test_a_server_is_added_approved_switched_and_removed(tools: Tools) -> None:
    code, _, err = tools("--add", "good", "--env", "MODE=fast", "--", GOOD.command, *GOOD.args)
    assert code == 0
    assert "minim tools --approve good" in err
    added = servers()["good"]
    assert added == replace(GOOD, env={"MODE": "fast"})
    assert kept().tool_settings.approved_servers == ()
    code, _, err = tools("--approve", "good")
    assert code == 2
    assert f"  │ Argument 1: {GOOD.args[0]}" in err
    assert "  │ Variable MODE: fast" in err
    assert "--yes" in err
    assert kept().tool_settings.approved_servers == ()
    code, _, err = tools("--approve", "good", "--yes")
    assert code == 0
    assert "good · runs · " in err
    assert "  good/echo" in err
    assert kept().tool_settings.approved_servers == (added.digest,)
    code, _, err = tools("--off", "good/nothing")
    assert code == 1
    assert "There are: good/echo, good/add, " in err
    assert tools("--off", "good")[0] == 0
    assert kept().tool_settings == ToolSettings(approved_servers=(added.digest,), servers_off=("good",))
    assert tools("--on", "good")[0] == 0
    assert tools("--off", "calculator")[0] == 0
    assert kept().tool_settings == ToolSettings(approved_servers=(added.digest,), tools_off=("calculator",))
    assert tools("--on", "calculator")[0] == 0
    change_preferences(lambda kept: replace(kept, allowed_tools=(AllowedTool("good/add", "a"), AllowedTool("x", "b"))))
    assert tools("--remove", "good")[0] == 0
    assert servers() == {}
    assert kept().tool_settings == ToolSettings()
    assert [tool.key for tool in kept().allowed_tools] == ["x"]


def test_what_looks_like_a_secret_is_masked_in_the_list_and_the_question(tools: Tools) -> None:
    ServerStore().put(ToolServer("far", "run", ("--token", "hunter-two-2")))
    for argv in ((), ("--json",), ("--approve", "far")):
        _, out, err = tools(*argv)
        assert "hunter-two-2" not in out + err
        assert "•••" in json.loads(out)["servers"][0]["command"] if out.startswith("{") else "•••" in out + err
    assert "It stands in " in err


def test_what_was_approved_of_a_server_that_is_gone_is_forgotten(tools: Tools) -> None:
    approve(GOOD)
    assert tools("--add", "good", "--", GOOD.command, *GOOD.args)[0] == 0
    assert kept().tool_settings.approved_servers == ()


def test_what_was_allowed_is_revoked(tools: Tools) -> None:
    ServerStore().put(GOOD)
    approve(GOOD)
    allowed = tuple(AllowedTool(key, key) for key in ("calculator", "good/add", "good/echo", "clock"))
    change_preferences(lambda kept: replace(kept, allowed_tools=allowed))
    assert tools("--revoke", "calculator")[0] == 0
    assert [tool.key for tool in kept().allowed_tools] == ["good/add", "good/echo", "clock"]
    code, _, err = tools("--revoke", "calculator")
    assert code == 1
    assert "Allowed are: good/add, good/echo, clock." in err
    code, _, err = tools("--revoke", "good")
    assert code == 0
    assert "good is not started until it is approved again." in err
    assert [tool.key for tool in kept().allowed_tools] == ["clock"]
    assert kept().tool_settings.approved_servers == ()
    assert tools("--revoke-all")[0] == 0
    assert kept().allowed_tools == ()


def test_folders_are_granted_and_taken_back(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "link").symlink_to("notes")
    monkeypatch.chdir(tmp_path)
    assert tools("--grant", "link")[0] == 0
    assert kept().tool_settings.folders == (str(tmp_path / "notes"),)
    code, _, err = tools("--ungrant", str(tmp_path))
    assert code == 1
    assert str(tmp_path / "notes") in err
    (tmp_path / "notes").rmdir()
    assert tools("--ungrant", "notes")[0] == 0
    assert kept().tool_settings.folders == ()
    assert tools("--grant", "notes")[0] == 1


def test_servers_of_another_app_are_taken_in(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    code, _, err = tools("--import")
    assert code == 0
    assert "No other app here" in err
    file = tmp_path / ".cursor" / "mcp.json"
    file.parent.mkdir()
    entry = {"command": "npx", "args": ["-y", "x"], "env": {"GITHUB_TOKEN": "ghp_0123456789abcdef"}}
    file.write_text(json.dumps({"mcpServers": {"git hub": entry, "old": {"type": "sse", "url": "http://h/sse"}}}))
    _, _, err = tools("--import")
    assert f"Cursor · git hub\n  minim tools --import {file}" in err
    code, out, err = tools("--import", str(file))
    assert (code, out) == (0, "")
    assert "Left out: old: " in err
    assert "minim tools --approve 'git hub'" in err
    assert "There is no keyring here" in err
    assert servers()["git hub"].env == {"GITHUB_TOKEN": IN_KEYRING}
    code, out, _ = tools("--import", str(file), "--json")
    assert (code, json.loads(out)["type"]) == (1, "ToolServersImported")


def test_secrets_come_from_the_input_and_never_from_the_command(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = tools("--add", "s", "--env", "API_KEY=abc", "--", "run")
    assert code == 2
    assert "abc" not in err
    assert "--env API_KEY alone" in err
    monkeypatch.setattr(sys, "stdin", io.StringIO("first-secret\nword\n"))
    code, _, err = tools(
        "--add", "s", "--header", "Authorization", "--header", "X-Mode", "--url", "https://h.example/m"
    )
    assert code == 0
    assert servers()["s"].headers == {"Authorization": IN_KEYRING, "X-Mode": "word"}
    assert "X-Mode does not look like a secret" in err
    assert "first-secret" not in err
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, _, err = tools("--add", "t", "--env", "API_KEY", "--", "run")
    assert code == 1
    assert "API_KEY has no value." in err


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("--add", "x"), 2, "has a command"),
        (("--add", "x", "--url", "http://h", "--", "run"), 2, "has a command"),
        (("--add", "x", "npx", "-y", "run"), 2, "minim tools --add x -- COMMAND ARGS"),
        (("--yess",), 2, "unrecognized arguments: --yess"),
        (("run",), 2, "go with --add"),
        (("--env", "A=b"), 2, "go with --add"),
        (("--add", "x", "--env", "=b", "--", "run"), 2, "has no name"),
        (("--remove", "x", "--yes"), 2, "--approve"),
        (("--remove", "x", "--json"), 2, "--import"),
        (("--remove", "x", "--on", "y"), 2, "not allowed with"),
        (("--remove", ""), 2, "names nothing"),
        (("--remove", "x"), 1, "There is no tool server “x”."),
        (("--off", "x"), 1, "There are: calculator"),
        (("--off", "x/y"), 1, "There is no tool server “x”."),
        (("--import", "/no/such/file"), 1, "/no/such/file"),
        (("--add", "a/b", "--", "run"), 1, "a slash"),
    ],
)
def test_what_cannot_be_done(tools: Tools, argv: tuple[str, ...], code: int, words: str) -> None:
    got, out, err = tools(*argv)
    assert (got, out) == (code, "")
    assert words in err


def test_a_command_is_approved_at_the_terminal(opened: list[Terminal]) -> None:
    server = ToolServer("odd", "/no/such/command", ("--", "x\r\x1b[2KApprove it? [y/N]"), cwd="/tmp")
    ServerStore().put(server)
    for answer, code in (("", 1), ("y", 1)):
        terminal = Terminal(START, "--approve", "odd")
        opened.append(terminal)
        asked = terminal.read_until("\nApprove it? [y/N] ")
        assert "  │ Argument 2: x\\r\\x1b[2KApprove it?" in asked
        assert "  │ Folder: /tmp" in asked
        assert kept().tool_settings.approved_servers == ()
        terminal.press(f"{answer}\n")
        assert terminal.process.wait(timeout=60) == code
    assert "odd · failed" in terminal.read_until("failed")
    assert kept().tool_settings.approved_servers == (server.digest,)


def test_a_secret_is_not_shown_while_it_is_typed(opened: list[Terminal]) -> None:
    terminal = Terminal(START, "--add", "s", "--env", "API_KEY", "--", "run")
    opened.append(terminal)
    terminal.read_until("API_KEY: ")
    terminal.press("typed-secret\n")
    assert "typed-secret" not in terminal.read_until("is added")
    assert servers()["s"].env == {"API_KEY": IN_KEYRING}
