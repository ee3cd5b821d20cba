"""No process of a server stays: not a frozen one, not what it left behind, not when the worker is killed."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backends.contract.errors import RequestStopped
from backends.tools import process_guard
from tests.tools.watched import SERVERS, Connect, gone, none_left, processes_of

WORKER = """
import sys, time
from pathlib import Path
from backends.contract.tools import ToolServer
from backends.tools.mcp_client import ServerConnection

script, mark = sys.argv[1:]
server = ToolServer("x", sys.executable, (script,), {"SERVER_OF_TEST": mark})
connection = ServerConnection(server, server.digest, Path(mark) / "x.log", lambda: None)
connection.start()
child = connection.call("leave_grandchild", {"stubborn": True}, lambda: False).text
print(connection.call("pid", {}, lambda: False).text, child, flush=True)
time.sleep(60)
"""


def test_a_frozen_server_is_ended_within_three_seconds(connect: Connect, tmp_path: Path) -> None:
    server = connect("quick")
    server.reach("running")
    pid = int(server.run("pid").text)
    calls = iter([False] * 3)
    with pytest.raises(RequestStopped):
        server.run("freeze", lambda: next(calls, True))
    server.end()
    assert gone(pid)
    assert none_left(str(tmp_path))


def test_what_a_server_left_behind_goes_when_it_dies_or_is_ended(connect: Connect, tmp_path: Path) -> None:
    """Also what hears no SIGTERM, and what left the group for a session of its own."""
    server = connect("quick")
    kinds = list(itertools.product((False, True), repeat=2))
    server.reach("running")
    left = [int(server.run("leave_grandchild", stubborn=a, own_session=b).text) for a, b in kinds]
    server.fails("die")
    assert all(gone(pid) for pid in left)
    left = [int(server.run("leave_grandchild", stubborn=a, own_session=b).text) for a, b in kinds]
    assert len(processes_of(str(tmp_path))) >= 1 + len(left)
    server.end()
    assert all(gone(pid) for pid in left)
    assert none_left(str(tmp_path))


@pytest.mark.usefixtures("impatient")
def test_a_server_that_does_not_start_is_ended(connect: Connect, tmp_path: Path) -> None:
    server = connect("raw", "hangs")
    server.start()
    while not processes_of(str(tmp_path)):
        pass
    server.end()
    assert none_left(str(tmp_path))


def test_no_server_outlives_a_worker_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(SERVERS / "quick.py"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        pids = [int(word) for word in worker.stdout.readline().split()]
        assert len(pids) == 2
        os.kill(worker.pid, signal.SIGKILL)
    assert all(gone(pid) for pid in pids)


def test_the_guard_ends_with_the_last_server(connect: Connect) -> None:
    server = connect("quick")
    server.reach("running")
    guard = process_guard._guard  # pyright: ignore[reportPrivateUsage] — nobody else may know it
    assert guard is not None
    server.end()
    assert gone(guard.pid)


def test_a_guard_that_somebody_ended_is_replaced(connect: Connect) -> None:
    first, second = connect("quick"), connect("quick")
    first.reach("running")
    guard = process_guard._guard  # pyright: ignore[reportPrivateUsage]
    assert guard is not None
    guard.kill()
    guard.wait()
    second.reach("running")
    assert process_guard._guard not in (None, guard)  # pyright: ignore[reportPrivateUsage]
