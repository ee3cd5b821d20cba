"""The inside that all workers share, as a process: what it says, what it survives, and that it ends in time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from backends.workers.protocol import EXIT_PROTOCOL, EXIT_USAGE, MAX_LINE_BYTES

from .conftest import PATIENCE_SECONDS, REPLAY

Popen = Callable[..., subprocess.Popen[bytes]]
_LOAD = {
    "type": "LoadModel",
    "model": {"name": "Replay", "format": "mlx", "quantization": "none", "source": "folder", "path": ""},
}
_HELD: dict[str, Any] = {"starts_in_reasoning": False, "pieces": ["Partly", {"wait_for": None}]}


def _worker(*name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "backends.workers", *name)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _say(process: subprocess.Popen[bytes], request_id: int, body: dict[str, Any]) -> None:
    stdin, _ = _pipes(process)
    stdin.write(json.dumps({"request_id": request_id, "body": body}).encode() + b"\n")
    stdin.flush()


def _hear(process: subprocess.Popen[bytes], kind: str) -> dict[str, Any]:
    """The next event of this kind; each line on the way must be an event."""
    _, stdout = _pipes(process)
    while line := stdout.readline():
        envelope = json.loads(line)
        if envelope["body"]["type"] == kind:
            return envelope
    raise AssertionError(f"no {kind} before the end")


@pytest.fixture
def replay(popen: Popen, tmp_path: Path) -> Popen:
    """A function that starts the replaying engine worker with bare pipes."""

    def start(**script: Any) -> subprocess.Popen[bytes]:
        env = {**os.environ, "MINIM_HOME": str(tmp_path), "MINIM_REPLAY": json.dumps(script)}
        return popen(*REPLAY, env=env)

    return start


@pytest.mark.parametrize("name", ["engine", "downloads", "tools"])
def test_every_worker_says_hello_and_ends_when_its_stdin_closes(popen: Popen, name: str) -> None:
    process = popen(*_worker(name))
    hello = {"request_id": 0, "body": {"type": "Ready", "worker": name, "protocol": 1}}
    assert _hear(process, "Ready") == hello
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout, stderr) == (0, b"", b"")


@pytest.mark.parametrize("name", [(), ("nothing",), ("engine", "tools")])
def test_a_name_that_no_worker_has_is_told(popen: Popen, name: tuple[str, ...]) -> None:
    process = popen(*_worker(*name))
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == EXIT_USAGE
    assert stderr.decode().endswith("There are: engine, downloads, tools.\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"garbage", b"a line that is no command"),
        (b'{"request_id":1,"body":{"type":"Unknown"}}', b"a line that is no command"),
        (b"x" * (MAX_LINE_BYTES + 1), b"a line of more than"),
    ],
)
def test_a_line_that_cannot_be_read_ends_the_worker_with_a_reason(popen: Popen, line: bytes, words: bytes) -> None:
    process = popen(*_worker("tools"))
    _hear(process, "Ready")
    _, stderr = process.communicate(line + b"\n", timeout=PATIENCE_SECONDS)
    assert process.returncode == EXIT_PROTOCOL
    assert words in stderr


@pytest.mark.parametrize("work", ["generation", "load"])
def test_it_ends_in_mid_work_when_its_stdin_closes(replay: Popen, work: str, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    steps = [{"touch": str(reached)}, {"wait_for": None}]
    process = replay(pieces=["Partly", *steps]) if work == "generation" else replay(load=steps)
    _say(process, 1, _LOAD)
    _say(process, 2, {"type": "Generate", "messages": []})
    while not reached.exists():
        time.sleep(0.01)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


def test_it_ends_even_under_work_that_never_looks_up(popen: Popen) -> None:
    script = (
        "import time\nfrom backends.workers.serve import serve\n"
        "def work(request):\n    print('working', flush=True)\n    time.sleep(600)\n"
        "serve('stubborn', work)"
    )
    process = popen(sys.executable, "-c", script)
    _hear(process, "Ready")
    _say(process, 1, {"type": "ListTools"})
    assert process.stderr is not None
    assert process.stderr.readline() == b"working\n"
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


def test_stop_is_answered_even_by_work_that_cannot_look_up(popen: Popen, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from backends.contract.events import AnswerDelta, TokensCounted\n"
        "from backends.workers.serve import serve\n"
        "def work(request):\n"
        "    print('working', flush=True)\n"
        "    while not Path(sys.argv[1]).exists(): time.sleep(0.01)\n"
        "    request.report(AnswerDelta('late'))\n"
        "    return TokensCounted(request.request_id)\n"
        "serve('stubborn', work)"
    )
    process = popen(sys.executable, "-c", script, str(gate))
    _say(process, 1, {"type": "ListTools"})
    assert process.stderr is not None
    process.stderr.readline()
    _say(process, 1, {"type": "Cancel", "request_id": 1})
    assert _hear(process, "RequestCancelled")["request_id"] == 1
    gate.touch()
    _say(process, 2, {"type": "ListTools"})
    stdout = _pipes(process)[1]
    heard = [json.loads(stdout.readline()), json.loads(stdout.readline())]
    assert [envelope["request_id"] for envelope in heard] == [2, 2], "what was cancelled is not heard again"


def test_sigterm_ends_it_in_mid_work_after_its_last_words(replay: Popen) -> None:
    process = replay(**_HELD)
    _say(process, 1, _LOAD)
    _say(process, 2, {"type": "Generate", "messages": []})
    _hear(process, "AnswerDelta")
    process.send_signal(signal.SIGTERM)
    assert _hear(process, "GenerationFinished")["body"]["reason"] == "cancelled"
    assert process.wait(PATIENCE_SECONDS) == 143


def test_ctrl_c_is_none_of_its_business(replay: Popen) -> None:
    process = replay(**_HELD)
    _say(process, 1, _LOAD)
    _say(process, 2, {"type": "Generate", "messages": []})
    _hear(process, "AnswerDelta")
    process.send_signal(signal.SIGINT)
    _say(process, 3, {"type": "Cancel", "request_id": 2})
    assert _hear(process, "GenerationFinished")["request_id"] == 2
    _say(process, 4, {"type": "CountTokens", "messages": []})
    assert _hear(process, "TokensCounted")["request_id"] == 4


def test_stray_output_and_input_stay_out_of_the_protocol(popen: Popen) -> None:
    script = (
        "import os, sys, subprocess\n"
        "from backends.contract.events import TokensCounted\n"
        "from backends.workers.serve import serve\n"
        "def work(request):\n"
        "    print('python print')\n"
        "    os.write(1, b'native print\\n')\n"
        "    subprocess.run(['echo', 'child print'])\n"
        "    return TokensCounted(len(sys.stdin.read()) + len(os.read(0, 9)))\n"
        "serve('noisy', work)"
    )
    process = popen(sys.executable, "-c", script)
    _hear(process, "Ready")
    _say(process, 1, {"type": "ListTools"})
    _, stdout = _pipes(process)
    assert json.loads(stdout.readline()) == {"request_id": 1, "body": {"type": "TokensCounted", "tokens": 0}}
    rest, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert rest == b""
    assert {b"python print", b"native print", b"child print"} <= set(stderr.splitlines())


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("MinimError('no_model', 'Words.', 'Hint.')", "no_model", "Words."),
        ("RuntimeError('boom')", "internal", "RuntimeError: boom"),
        ("SystemExit()", "internal", "SystemExit"),
        ("MemoryError()", "out_of_memory", "memory is full"),
        ("OSError(errno.ENOSPC, 'full', '/some/file')", "disk_full", "/some/file"),
    ],
)
def test_errors_end_their_request_and_not_the_worker(popen: Popen, error: str, kind: str, words: str) -> None:
    script = (
        "import errno\nfrom backends.contract.errors import MinimError\n"
        "from backends.workers.serve import serve\n"
        f"def work(request):\n    raise {error}\n"
        "serve('unlucky', work)"
    )
    process = popen(sys.executable, "-c", script)
    for request_id in (1, 2):
        _say(process, request_id, {"type": "ListTools"})
        failed = _hear(process, "RequestFailed")
        assert failed["request_id"] == request_id
        assert failed["body"]["kind"] == kind
        assert words in failed["body"]["message"]
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert b"Traceback" in stderr


def test_a_result_that_is_too_long_becomes_a_failure(popen: Popen) -> None:
    script = (
        "from backends.contract.events import AnswerDelta\n"
        "from backends.workers.serve import serve\n"
        f"serve('wordy', lambda request: AnswerDelta('x' * {MAX_LINE_BYTES}))"
    )
    process = popen(sys.executable, "-c", script)
    _say(process, 1, {"type": "ListTools"})
    assert "too long" in _hear(process, "RequestFailed")["body"]["message"]


_LANES = (
    "import sys, time\nfrom pathlib import Path\n"
    "from backends.contract.events import TokensCounted\n"
    "from backends.workers.serve import serve\n"
    "def work(request):\n"
    "    print('working', flush=True)\n"
    "    while request.command.folder == 'held' and not Path(sys.argv[1]).exists(): time.sleep(0.01)\n"
    "    return TokensCounted(request.request_id)\n"
    "serve('lanes', work, lane_of=lambda command: command.folder,"
    " at_start=lambda announce: announce(TokensCounted(99)))"
)


@pytest.fixture
def lanes(popen: Popen, tmp_path: Path) -> subprocess.Popen[bytes]:
    """A worker with a lane for each folder that is named; the lane "held" waits for the file "gate"."""
    process = popen(sys.executable, "-c", _LANES, str(tmp_path / "gate"))
    assert _hear(process, "TokensCounted") == {"request_id": 0, "body": {"type": "TokensCounted", "tokens": 99}}
    return process


def _ask(process: subprocess.Popen[bytes], request_id: int, lane: str) -> None:
    _say(process, request_id, {"type": "InspectModel", "folder": lane})


def test_a_lane_that_waits_holds_up_no_other_and_keeps_its_order(
    lanes: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    for request_id, lane in ((1, "held"), (2, "held"), (3, "free"), (4, "held"), (5, "free")):
        _ask(lanes, request_id, lane)
    assert [_hear(lanes, "TokensCounted")["request_id"] for _ in range(2)] == [3, 5]
    (tmp_path / "gate").touch()
    assert [_hear(lanes, "TokensCounted")["request_id"] for _ in range(3)] == [1, 2, 4]


def test_in_every_lane_what_runs_and_what_waits_can_be_cancelled(lanes: subprocess.Popen[bytes]) -> None:
    for request_id, lane in ((1, "free"), (2, "held"), (3, "held")):
        _ask(lanes, request_id, lane)
    assert _hear(lanes, "TokensCounted")["request_id"] == 1
    for waiting_or_running in (3, 2):
        _say(lanes, 9, {"type": "Cancel", "request_id": waiting_or_running})
        assert _hear(lanes, "RequestCancelled")["request_id"] == waiting_or_running
    lanes.communicate(timeout=PATIENCE_SECONDS)
    assert lanes.returncode == 0, "it ends with its stdin, though a lane is held for ever"


@pytest.mark.parametrize("last", ["time.sleep(0.2); print('done', file=sys.stderr)", "time.sleep(60)"])
def test_last_work_is_done_before_the_end_and_cannot_hold_it_up(
    popen: Callable[..., subprocess.Popen[bytes]], last: str
) -> None:
    code = f"""
import sys, time
from backends.workers.serve import serve
def at_end():
    {last}
serve("tools", lambda request: None, at_end=at_end)
"""
    process = popen(sys.executable, "-c", code)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert (b"done" in said) == ("done" in last)
