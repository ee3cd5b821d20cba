"""`minim engines` with the real worker, and a small engine in place of the real one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.events import EnginePlanned, EngineProgress
from backends.terminal import main
from backends.terminal.engines import engine_lines, progress_words
from backends.terminal.workers import Handler, WorkerOpener
from backends.workers.supervisor import Supervisor
from tests.terminal.pseudo_terminal import Terminal
from tests.workers.small_wheels import HOLD, write_engine

INSTALLER = Path(__file__).parents[1] / "workers" / "install_worker.py"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The downloads worker with a small engine, and a folder as the only package index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return [sys.executable, str(INSTALLER), str(write_engine(folder))]


@pytest.fixture
def opener(command: list[str]) -> WorkerOpener:
    def open_it(name: str, handler: Handler) -> Supervisor:
        return Supervisor(name, handler, command=command)

    return open_it


def listed(opener: WorkerOpener, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    capsys.readouterr()
    assert main(["engines", "--json"], opener=opener) == 0
    return {row["engine"]: row for row in json.loads(capsys.readouterr().out)}


def test_listed_installed_and_removed(opener: WorkerOpener, capsys: pytest.CaptureFixture[str]) -> None:
    before = listed(opener, capsys)
    assert (before["MLX"]["installed"], before["MLX"]["folder"]) == (True, "")
    assert (before["Transformers"]["installed"], before["Transformers"]["download_bytes"]) == (False, 4000)
    assert main(["engines", "--install", "Transformers", "--yes"], opener=opener) == 0
    assert "Transformers is installed" in capsys.readouterr().err
    after = listed(opener, capsys)["Transformers"]
    assert after["installed"]
    assert Path(after["folder"]).is_dir()
    assert main(["engines", "--remove", "transformers"], opener=opener) == 0
    assert "Transformers is removed" in capsys.readouterr().err
    assert listed(opener, capsys) == before


def test_nothing_is_fetched_without_consent(opener: WorkerOpener, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "--install", "transformers"], opener=opener) == 2
    told = capsys.readouterr().err
    assert "4.0 kB to fetch" in told
    assert "--yes" in told
    assert not listed(opener, capsys)["Transformers"]["installed"]


def test_events_of_an_installation_are_json_lines(opener: WorkerOpener, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "--install", "transformers", "--yes", "--json"], opener=opener) == 0
    out, err = capsys.readouterr()
    kinds = [json.loads(line)["type"] for line in out.splitlines()]
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("EnginePlanned", "EngineInstalled", {"EngineProgress"})
    assert err == ""


def test_it_asks_and_ctrl_c_stops_it(command: list[str], tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    code = (
        "import sys; from backends.terminal import main; from backends.workers.supervisor import Supervisor; "
        "sys.exit(main(['engines', '--install', 'transformers'],"
        " opener=lambda name, handler: Supervisor(name, handler, command=sys.argv[1:])))"
    )
    terminal = Terminal(code, *command, env={HOLD: str(hold)})
    try:
        terminal.read_until("Install it? [y/N] ")
        terminal.press("y\n")
        terminal.read_until("Trying it")
        terminal.press("\x03")
        terminal.read_until("Nothing was left behind")
        assert terminal.process.wait() == 130
    finally:
        hold.unlink()
        terminal.close()


def test_words() -> None:
    plan = EnginePlanned("Transformers", False, 2_700_000_000, 4_800_000_000, 10**11, "/data/engines/transformers")
    assert engine_lines(plan)[0] == "Transformers · not installed · 2.7 GB to fetch, 4.8 GB on the disk"
    outdated = engine_lines(replace(plan, installed=True, is_outdated=True))
    assert outdated[1].endswith("To install it again: minim engines --install transformers")
    assert len(engine_lines(replace(plan, installed=True))) == 1
    left = "  1.5 GB of an earlier installation lie in /data/engines/transformers"
    assert engine_lines(replace(plan, lying_bytes=1_500_000_000))[1] == left
    assert left in engine_lines(replace(plan, lying_bytes=1_500_000_000, problem="No."))
    event = EngineProgress("Transformers", "fetching", 10**9, 2 * 10**9, "torch")
    assert progress_words(event, 50) == "Fetching torch · 50 % · 1.0 GB of 2.0 GB"
