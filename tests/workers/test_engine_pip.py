"""What pip writes, in words and in numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.contract.events import EngineProgress
from backends.workers.engine_pip import failure_of, is_new_enough
from backends.workers.engine_progress import InstallProgress
from backends.workers.engine_recipe import PackageSize, locked, plain_name, read_recipe


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk_full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash_mismatch"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError('refused')': /simple/torch/\n"
            "ERROR: No matching distribution found for torch==2.13.0",
            "offline",
        ),
        ("ERROR: Could not find a version\nERROR: No matching distribution found for torch==2.13.0", "not_found"),
        ("ERROR: Something else.", "internal"),
        ("", "internal"),
    ],
)
def test_failures_are_told_apart(output: str, kind: str) -> None:
    error = failure_of(output, 1)
    assert isinstance(error, MinimError)
    assert error.kind == kind
    assert error.hint


def test_what_is_not_known_is_quoted() -> None:
    assert failure_of("ERROR: first.\nERROR: Something else.", 1).message.endswith("engine: Something else.")
    assert "code -9" in failure_of("Collecting torch", -9).message


def test_bytes_are_counted_of_the_whole_download() -> None:
    heard: list[EngineProgress] = []
    sizes = (PackageSize("torch", 100, 1), PackageSize("needed", 50, 1), PackageSize("nvidia-x", 1000, 1, cuda=True))
    progress = InstallProgress("Transformers", sizes, heard.append)
    progress.begin("fetching")
    progress.leave_out(["nvidia-x"])
    for line in (
        "Collecting torch==2.13.0",
        "  Downloading torch-2.13.0-cp311-cp311-linux_x86_64.whl.metadata (30 kB)",
        "Progress 30 of 30",  # of the metadata: no byte of the wheel
        "Downloading torch-2.13.0-cp311-cp311-linux_x86_64.whl (200 B)",
        "Progress 20 of 200",
        "Progress 200 of 200",
        "Processing /somewhere/needed-1.0-py3-none-any.whl",
        "Installing collected packages: needed, torch",
    ):
        progress.hear(line)
    progress.settle()
    progress.begin("checking")
    told = [(event.phase, event.done_bytes, event.total_bytes, event.package) for event in heard]
    assert told == [
        ("fetching", 0, 1150, ""),
        ("fetching", 0, 150, "torch"),
        ("fetching", 20, 250, "torch"),
        ("fetching", 200, 250, "torch"),
        ("fetching", 250, 250, "needed"),
        ("installing", 250, 250, "torch + 1"),
        ("checking", 250, 250, ""),
    ]


@pytest.mark.parametrize(("version", "enough"), [("23.2.1", False), ("24.0", False), ("24.1b1", True), ("26.0", True)])
def test_a_pip_that_tells_no_numbers_is_too_old(version: str, enough: bool) -> None:
    assert is_new_enough(version) is enough


def test_names_are_compared_as_indexes_do() -> None:
    assert plain_name("Nvidia_cuDNN.cu13==9.20 ; python_version > '3'") == "nvidia-cudnn-cu13"
    assert plain_name("cuda-toolkit[cublas]==13") == "cuda-toolkit"


def test_the_recipe_pins_what_the_locks_of_minim_pin() -> None:
    recipe = read_recipe("Transformers")
    assert recipe is not None
    everything = (Path(__file__).parents[2] / "packaging" / "locks" / "all.lock").read_text()
    for cuda in (False, True):
        text = locked("Transformers", cuda=cuda).read_text()
        pins = [line for line in text.splitlines() if line[:1].isalnum()]
        assert text.count("--hash=sha256:") >= len(pins) > 0
        assert all(line in everything for line in text.splitlines())
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert all(f'"{pin}"' in pyproject for pin in recipe.first)
    for sizes in recipe.sizes.values():
        assert {"torch", "accelerate"} <= {size.name for size in sizes}
        assert all(0 < size.download_bytes < size.disk_bytes for size in sizes)
    assert read_recipe("MLX") is None
