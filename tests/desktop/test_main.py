"""The branches of the entry point, and the words for what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from backends.contract.models import LaunchChoice
from desktop.__main__ import main
from desktop.startup.system_check import missing_libraries, words_for_missing


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert version("minim") in capsys.readouterr().out
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert main(["--self-test", "--help"]) == 0
    told += capsys.readouterr().out
    assert "minim chat" in told
    assert max(map(len, told.splitlines())) <= 80  # a terminal's usual width


def test_an_unknown_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for unknown in ("dance", "--hlep"):
        assert main([unknown]) == 2
        assert unknown in capsys.readouterr().err


def test_a_worker_branches_off(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["worker", "barber"])
    assert "barber" in capsys.readouterr().err


LAUNCH = """
import sys
from desktop.__main__ import main
from desktop.app import App

def launch(self, choice):
    print(choice)
    self.window.close()
App.launch = launch
sys.exit(main(sys.argv[1:]))
"""


def test_launch_hands_the_choice_to_the_window() -> None:
    command = [sys.executable, "-c", LAUNCH, "launch", "-n", "pocket m2", "--quantization", "int8", "--n-gpu", "2"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    choice = LaunchChoice("Pocket M2", "mlx", "8bit", "MLX")
    assert (ended.returncode, ended.stdout) == (0, f"{choice}\n"), ended.stderr
    assert "--n-gpu" in ended.stderr


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["--quantization", "4bit"], 2, "--model-name"),
        (["-n", "MiniMax-M2", "4bit"], 2, "4bit"),
        (["-n", "Pocket M2", "--model-engine", "vLLM"], 1, "MLX runs it"),
        (["--help"], 0, "--size-in-billions"),
    ],
)
def test_a_launch_that_opens_nothing(
    argv: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["launch", *argv]) == code
    out, err = capsys.readouterr()
    assert words in (out if code == 0 else err)


def test_no_branch_but_the_window_imports_qt() -> None:
    code = (
        "import sys; from desktop.__main__ import main\n"
        "main(['--help']); main(['--check-system', '--headless'])\n"
        "try: main(['worker', 'barber'])\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.linux
def test_missing_libraries_are_named_with_the_command_that_installs_them() -> None:
    lacking = {"libEGL.so.1", "libxcb-cursor.so.0"}
    missing = missing_libraries({"DISPLAY": ":0"}, lambda library: library not in lacking)
    assert set(missing) == lacking
    words = words_for_missing(missing, fedora=False)
    assert "sudo apt-get install libegl1 libxcb-cursor0" in words
    assert "sudo dnf install libglvnd-egl xcb-util-cursor" in words_for_missing(missing, fedora=True)


@pytest.mark.linux
def test_the_libraries_of_xcb_count_on_x11_only() -> None:
    def lacks_xcb(library: str) -> bool:
        return "xcb" not in library

    assert missing_libraries({"QT_QPA_PLATFORM": "offscreen"}, lacks_xcb) == []
    assert missing_libraries({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, lacks_xcb) == []
    assert missing_libraries({"DISPLAY": ":0"}, lacks_xcb) != []
