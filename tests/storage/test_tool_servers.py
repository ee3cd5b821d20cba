"""Tool servers in files: our own keeps what others put there, and theirs are read as those apps write them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import PasswordDeleteError

from backends.contract.errors import MinimError
from backends.contract.tools import IN_KEYRING, ToolServer
from backends.storage import secrets
from backends.storage.server_entries import references
from backends.storage.server_places import find_server_files
from backends.storage.server_secrets import forget_secrets, keep_secrets, with_secrets
from backends.storage.tool_servers import MAX_SERVERS, ServerStore, read_server_file

PLAIN = "hunter-two-2"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mcp_servers.json"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Secrets are in memory; tests/workers has them in a keyring."""
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    monkeypatch.setattr(secrets, "_held", {})
    yield
    keyring.set_keyring(before)


def _written(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def _entries(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))["mcpServers"]


def test_what_was_put_is_read_in_order_and_other_keys_are_kept(path: Path) -> None:
    entries = {"one": {"command": "a", "active": False, "args": ["-x"]}, "two": {"url": "https://two.example/mcp"}}
    _written(path, {"theme": "dark", "mcpServers": entries})
    store = ServerStore(path)
    store.put(ToolServer("uno", "b", env={"A": "1"}), "one")
    store.put(ToolServer("three", "c", ("x y", "ü")))
    assert json.loads(path.read_text("utf-8"))["theme"] == "dark"
    assert list(_entries(path)) == ["uno", "two", "three"]
    assert _entries(path)["uno"] == {"command": "b", "env": {"A": "1"}, "active": False}
    servers = store.read().servers
    assert [server.name for server in servers] == ["uno", "two", "three"]
    assert servers[2] == ToolServer("three", "c", ("x y", "ü"))
    assert store.remove("uno")
    assert not store.remove("uno")
    assert list(_entries(path)) == ["two", "three"]


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": []}', "\ufffe", "[" * 100_000])
def test_a_damaged_file_is_set_aside_and_told(path: Path, text: str) -> None:
    _written(path, text)
    store = ServerStore(path)
    assert store.read().servers == ()
    [aside] = path.parent.iterdir()
    assert str(aside) in store.damage
    assert aside.read_text("utf-8") == text
    store.put(ToolServer("one", "a"))
    assert aside.read_text("utf-8") == text
    assert store.damage == ""
    assert [server.name for server in store.read().servers] == ["one"]


def test_a_secret_that_only_the_file_keeps_stays_there_and_is_hidden(path: Path) -> None:
    _written(path, {"mcpServers": {"one": {"command": "a", "env": {"TOKEN": PLAIN, "PLACE": "here"}}}})
    store = ServerStore(path)
    [server] = store.read().servers
    assert server.env == {"TOKEN": IN_KEYRING, "PLACE": "here"}
    assert with_secrets(server).env["TOKEN"] == PLAIN
    store.put(ToolServer("one", "b", env=server.env), "one")
    assert _entries(path)["one"]["env"]["TOKEN"] == PLAIN
    changed, where = keep_secrets(ToolServer("one", "b", env={"TOKEN": "another"}))
    assert "until Minim is closed" in where
    store.put(changed, "one")
    assert _entries(path)["one"]["env"]["TOKEN"] == IN_KEYRING
    assert with_secrets(store.read().servers[0]).env["TOKEN"] == "another"
    forget_secrets(changed)
    with pytest.raises(MinimError, match="its secret TOKEN is not in the keyring"):
        with_secrets(changed)


class _SlowKeyring(KeyringBackend):
    """One that asks a person first, who meanwhile writes in the file."""

    priority = 1  # pyright: ignore[reportAssignmentType] # a property in the base class

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def set_password(self, service: str, username: str, password: str) -> None:
        self._meanwhile()

    def get_password(self, service: str, username: str) -> str | None:
        return PLAIN

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError(username)


def test_what_is_written_while_a_keyring_asks_is_kept(path: Path) -> None:
    entry = {"command": "a", "env": {"TOKEN": PLAIN}}
    keyring.set_keyring(_SlowKeyring(lambda: ServerStore(path).put(ToolServer("two", "b"))))
    _written(path, {"mcpServers": {"one": entry, "one ": {**entry, "command": "another"}}})
    assert [server.name for server in ServerStore(path).read().servers] == ["one"]
    assert _entries(path)["one"] == {"command": "a", "env": {"TOKEN": IN_KEYRING}}
    assert _entries(path)["one "]["command"] == "another"
    assert _entries(path)["two"] == {"command": "b"}


def test_several_write_at_once_and_none_loses_what_another_wrote(path: Path) -> None:
    def put(index: int) -> None:
        ServerStore(path).put(ToolServer(f"server {index}", "a"))  # each like one of another process

    with ThreadPoolExecutor(8) as several:
        list(several.map(put, range(24)))
    assert len(_entries(path)) == 24


def test_only_so_much_of_a_file_is_taken(path: Path) -> None:
    entries = {f"server {index}": {"command": "a"} for index in range(9_000)}
    long = {"long": {"command": "a", "args": ["\ud800" * 17_000]}}
    read = read_server_file(_written(path, {"mcpServers": {**long, **entries}}))
    assert len(read.servers) == MAX_SERVERS
    assert read.left_out[0] == "long: its entry is longer than 16,000 bytes."
    assert read.left_out[-1] == f"{9_001 - MAX_SERVERS - 20:,} more entries were left out."
    assert len(read.left_out) == 21


LOOSE = """\ufeff// our servers
{
  "servers": { /* VS Code's key, */
    "a": {"type": "stdio", "command": "npx", "args": ["-y", "http://x//y", "/* no comment */", "a,]",],},
    "b": {"type": "http", "url": "https://b.example/mcp",}, // trailing
  },
}
"""


def test_comments_and_commas_too_many_are_read(path: Path) -> None:
    read = read_server_file(_written(path, LOOSE))
    assert read.left_out == ()
    assert read.servers == (
        ToolServer("a", "npx", ("-y", "http://x//y", "/* no comment */", "a,]")),
        ToolServer("b", url="https://b.example/mcp"),
    )


def test_what_apps_write_is_understood(path: Path) -> None:
    entries: dict[str, Any] = {
        "claude": {"command": "uvx", "args": ["x"], "env": {"PORT": 80, "DEBUG": True}},
        "jan": {
            "type": "streamable-http",
            "command": "npx",
            "args": [],
            "url": "https://j.example/mcp",
            "active": True,
        },
        "jan stdio": {"type": "stdio", "command": "npx", "args": ["a"], "url": "", "env": {}, "active": False},
        "cursor": {"url": "https://c.example", "headers": {"Authorization": "Bearer ${env:TOKEN}"}},
        "lm studio": {"command": "a", "env": {"ROOT": "${HOME}/x"}, "timeout": 3},
    }
    read = read_server_file(_written(path, {"mcpServers": entries}))
    assert read.left_out == ()
    by_name = {server.name: server for server in read.servers}
    assert by_name["claude"].env == {"PORT": "80", "DEBUG": "true"}
    assert by_name["jan"] == ToolServer("jan", url="https://j.example/mcp")
    assert by_name["jan stdio"] == ToolServer("jan stdio", "npx", ("a",))
    assert by_name["cursor"].headers == {"Authorization": "Bearer ${env:TOKEN}"}
    assert {name: references(server) for name, server in by_name.items() if references(server)} == {
        "cursor": ["Authorization"],
        "lm studio": ["ROOT"],
    }


@pytest.mark.parametrize(
    ("name", "entry", "words"),
    [
        ("x", {}, "neither a command nor an address"),
        ("x", "npx", "no object"),
        ("x", {"command": "a", "args": [1]}, "args"),
        ("x", {"command": "a", "args": "b"}, "args"),
        ("x", {"command": ["a"]}, "command"),
        ("x", {"command": "a", "env": {"A": None}}, "env"),
        ("x", {"command": "a", "env": {"A=B": "c"}}, "equals sign"),
        ("x", {"command": "a\0b"}, "NUL"),
        ("x", {"type": "sse", "url": "https://x.example/sse"}, "sse"),
        ("x", {"type": "websocket", "url": "https://x.example"}, "websocket"),
        ("x", {"url": "file:///etc/passwd"}, "http"),
        ("x", {"url": "https://"}, "http"),
        ("x", {"url": "https://x.example", "headers": {"A": "b\r\nC: d"}}, "header A"),
        ("x", {"command": "a", "cwd": "relative"}, "cwd"),
        ("", {"command": "a"}, "no name"),
        (" ", {"command": "a"}, "no name"),
        ("a\nb", {"command": "a"}, "control character"),
        ("a/b", {"command": "a"}, "slash"),
        ("..", {"command": "a"}, "dot"),
        ("x" * 65, {"command": "a"}, "longer"),
    ],
)
def test_what_cannot_be_used_is_left_out_in_words(path: Path, name: str, entry: object, words: str) -> None:
    document = {"mcpServers": {name: entry, "good": {"command": "a", "env": {"TOKEN": PLAIN}}}}
    read = read_server_file(_written(path, document))
    assert [server.name for server in read.servers] == ["good"]
    [left_out] = read.left_out
    assert words in left_out
    assert left_out.isprintable()
    assert PLAIN not in repr(read)


@pytest.mark.parametrize("text", ["", "{}", '"mcpServers"', '{"mcpServers": 3}', "PK\x03\x04"])
def test_what_is_no_such_file_is_refused(path: Path, text: str) -> None:
    with pytest.raises(MinimError, match="mcp_servers"):
        read_server_file(_written(path, text))


def test_a_pipe_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(MinimError, match="no such file"):
        read_server_file(path)


def test_files_of_other_apps_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    for place in (
        ".config/Claude/claude_desktop_config.json",
        ".local/share/Jan/data/mcp_config.json",
        ".lmstudio/mcp.json",
    ):
        (tmp_path / place).parent.mkdir(parents=True)
        _written(tmp_path / place, {"mcpServers": {"one": {"command": "a"}, "bad": {}}})
    (tmp_path / ".cursor").mkdir()
    _written(tmp_path / ".cursor/mcp.json", {"mcpServers": {}})
    found = find_server_files(tmp_path)
    assert [(file.app, file.servers) for file in found] == [
        ("Claude Desktop", ("one",)),
        ("Jan", ("one",)),
        ("LM Studio", ("one",)),
    ]
    support = tmp_path / "Library/Application Support/Claude"
    support.mkdir(parents=True)
    _written(support / "claude_desktop_config.json", {"mcpServers": {"mac": {"command": "a"}}})
    monkeypatch.setattr("sys.platform", "darwin")
    assert find_server_files(tmp_path)[0].servers == ("mac",)
