"""Who may ask for something at the door of an open window, and who is sent away."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from backends.contract.models import LaunchChoice
from desktop.single_instance import doorkeeper, window_lock
from desktop.single_instance.doorkeeper import Doorkeeper
from desktop.single_instance.window_holder import holder_of
from desktop.single_instance.window_socket import MOST_BYTES, TAKEN, open_socket
from desktop.start_request import StartRequest


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's folder for sockets: a test's own would be too long for the name of one."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def door(tmp_path: Path, runtime: Path) -> Iterator[Doorkeeper]:
    assert runtime.is_dir()
    lock = window_lock.take(tmp_path)
    assert lock is not None
    door = Doorkeeper(lock, tmp_path)
    yield door
    door.close()
    lock.release()


@pytest.fixture(autouse=True)
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door’s patience does not end within the test."""
    monkeypatch.setattr(doorkeeper, "_PATIENCE_MS", 600_000)


def call(tmp_path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    connection.connect(holder_of(tmp_path).socket)
    return connection


def answer(connection: socket.socket, qtbot: QtBot) -> bytes:
    """What the door says; b"" when it hangs up."""
    said: list[bytes] = []

    def heard() -> bool:
        try:
            said.append(connection.recv(100))
        except BlockingIOError:
            return False
        except ConnectionResetError:
            said.append(b"")
        return True

    qtbot.waitUntil(heard)
    connection.close()
    return said[0]


def test_a_request_in_pieces_arrives_whole(door: Doorkeeper, tmp_path: Path, qtbot: QtBot) -> None:
    request = StartRequest("/a 模型", LaunchChoice("Pocket M2", "mlx", "8bit", "MLX"), "token")
    line = msgspec.json.encode(request) + b"\n"
    caller = call(tmp_path)
    asked: list[object] = []
    door.requested.connect(asked.append)
    with qtbot.waitSignal(door.requested):
        caller.send(line[:10])
        QCoreApplication.processEvents()
        caller.send(line[10:])
    assert asked == [request]
    assert answer(caller, qtbot) == TAKEN


@pytest.mark.parametrize(
    "said",
    [b"GET / HTTP/1.1\r\n\r\n", b'{"folder": 7}\n', b"\xff\n", b"[" * 3000 + b"\n", b'{"x":' + b"[" * 3000 + b"\n"],
)
def test_whoever_says_something_else_is_sent_away(said: bytes, door: Doorkeeper, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(door.requested):
        caller = call(tmp_path)
        caller.send(said)
        assert answer(caller, qtbot) == b""


def test_whoever_says_nothing_is_sent_away(
    door: Doorkeeper, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "_PATIENCE_MS", 1)
    with qtbot.assertNotEmitted(door.requested):
        assert answer(call(tmp_path), qtbot) == b""


def test_whoever_says_too_much_is_sent_away_at_once(door: Doorkeeper, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(door.requested):
        caller = call(tmp_path)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MOST_BYTES)
        caller.send(b" " * MOST_BYTES)
        assert answer(caller, qtbot) == b""


def test_no_more_than_a_few_are_listened_to_at_once(door: Doorkeeper, tmp_path: Path, qtbot: QtBot) -> None:
    callers = [call(tmp_path) for _ in range(8)]
    QCoreApplication.processEvents()
    assert answer(call(tmp_path), qtbot) == b""
    for caller in callers:
        caller.close()
    QCoreApplication.processEvents()
    with qtbot.waitSignal(door.requested):
        last = call(tmp_path)
        last.send(b"{}\n")
    last.close()


def test_a_socket_that_was_cleared_away_is_there_again(
    door: Doorkeeper, runtime: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    address = Path(holder_of(tmp_path).socket)
    assert address.is_relative_to(runtime)
    os.utime(address, (0, 0))
    door.keep_address()
    assert address.stat().st_atime > 0, "it is not old any more"
    address.unlink()
    address.parent.rmdir()
    door.keep_address()
    with qtbot.waitSignal(door.requested):
        caller = call(tmp_path)
        caller.send(b"{}\n")
    caller.close()
    door.close()
    assert not address.exists()


def test_the_socket_lies_where_nobody_else_may_enter(tmp_path: Path, runtime: Path) -> None:
    shared = runtime / "minim"
    shared.mkdir(mode=0o777)
    shared.chmod(0o777)
    listening, address = open_socket(tmp_path)
    listening.close()
    folder = Path(address).parent
    assert folder != shared
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.stat().st_uid == os.getuid()
    Path(address).unlink()


def test_a_home_with_a_long_name_has_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / ("家" * 60) / "with spaces, 'quotes' and %20"
    home.mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    listening, address = open_socket(home)
    listening.close()
    assert len(os.fsencode(address)) <= 100
    Path(address).unlink()
