"""`minim --self-test` as a person runs it: a process of its own, with real workers and windows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from desktop.__main__ import main
from desktop.desks.report_desk import (
    _ROW,  # pyright: ignore[reportPrivateUsage]  what rows are told by
    ROWS,
)
from desktop.panes.settings_page import SettingsPage
from desktop.self_test.unseen import why_unseen
from desktop.self_test.windows import WINDOWS
from desktop.startup import system_check
from tests.report.canaries import USER, found_in, make_home

from .conftest import OpenApp

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = "model.safetensors"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a person with private things in every place, and no display."""
    home = tmp_path / USER
    place = make_home(home)
    kept = {name: value for name, value in os.environ.items() if "DISPLAY" not in name and name != "QT_QPA_PLATFORM"}
    own = {"HOME": str(home), "MINIM_HOME": str(place), "USER": USER, "HF_HOME": str(home / "huggingface")}
    return {**kept, **own, "PYTHONPATH": str(ROOT)}


def run(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "desktop", "--self-test", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def result_of(output: str, name: str) -> str:
    [line] = [line for line in output.splitlines() if f" {name} " in line]
    return line.split("  ")[1]


def none_missing(_environment: object) -> list[str]:
    return []


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_all_of_it_passes_and_nothing_private_is_told_or_touched(environment: dict[str, str], tmp_path: Path) -> None:
    home = tmp_path / USER
    before = contents(home)
    ended = run(tmp_path, environment, "report.txt")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for name in ("Engine worker", "Tools worker", "Pocket M2, 4-bit", "A turn with a tool", "About", "Leaving"):
        assert result_of(ended.stdout, name) == "passed"
    assert "1776" in ended.stdout
    assert "opened unseen" in " ".join(ended.stdout.split()) or sys.platform == "darwin"
    assert "tokens/s" in " ".join(ended.stdout.split())
    assert abs(len(_ROW.findall(ended.stdout.encode())) - ROWS) <= 3, "what the window shows as progress is no longer"
    report = (tmp_path / "report.txt").read_text("utf-8")
    assert "Settings: Servers" in report
    assert found_in(report, home) == []
    assert contents(home) == before, "nothing of the person's is read into another shape"


def test_every_page_of_the_settings_is_opened(open_app: OpenApp) -> None:
    app = open_app(loaded=False)
    app.dialogs.show_settings()
    assert app.dialogs.settings is not None
    pages = app.dialogs.settings.findChildren(SettingsPage)
    names = [app.dialogs.settings.tabs.name(place) for place in range(len(pages))]
    assert [f"Settings: {name}" for name in names] == [shown.name for shown in WINDOWS if ": " in shown.name]


def test_what_is_broken_is_a_row_that_failed_and_all_else_is_tried(environment: dict[str, str], tmp_path: Path) -> None:
    """The built-in model is damaged, and there is no folder for data, and none for the report."""
    copy = tmp_path / "copy"
    for package in ("desktop", "backends", "resources"):
        shutil.copytree(ROOT / package, copy / package)
    weights = copy / "resources" / "pocket" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:100_000])
    home = weights / "home"
    ended = run(copy, {**environment, "PYTHONPATH": str(copy), "MINIM_HOME": str(home)}, str(home / "report.txt"))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    for name, result in {
        "Folders": "failed",
        "Hardware": "passed",
        "Main window": "passed",
        "Pocket M2, 4-bit": "failed",
        "A turn with a tool": "not run",
        "Leaving": "passed",
    }.items():
        assert result_of(ended.stdout, name) == result, name
    assert "failed: Folders, This machine, Pocket M2, 4-bit." in ended.stdout
    assert "Pocket M2 is missing or damaged." in " ".join(ended.stdout.split())
    assert "The report could not be written" in ended.stderr
    assert "Report written" not in ended.stdout


def test_it_ends_when_asked_to_and_leaves_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    places = {**environment, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "desktop", "--self-test", "report.txt"]
    with subprocess.Popen(command, cwd=tmp_path, env=places, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "Main window" not in process.stdout.readline():
            pass
        workers = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        assert process.wait(60) == 130
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [USER], "no report, and no home of the test"
    assert psutil.wait_procs(workers, 60)[1] == []


def test_a_display_that_does_not_answer_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_unseen({"QT_QPA_PLATFORM": "offscreen"})
    if sys.platform == "linux":
        assert "no display" in why_unseen({})
        monkeypatch.setattr(system_check, "missing_before_qt", none_missing)
        assert "does not answer" in why_unseen({"DISPLAY": ":987"})
        assert "does not answer" in why_unseen({"WAYLAND_DISPLAY": "wayland-987", "DISPLAY": ":987"})


def test_help_and_what_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--self-test", "--help"]) == 0
    assert "Nothing is sent" in capsys.readouterr().out
    assert main(["--self-test", "--loud"]) == 2
    assert main(["--self-test", "one", "two"]) == 2
    assert "usage" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "--self-test" in capsys.readouterr().out
