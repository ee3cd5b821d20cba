"""This machine, and machines that a file describes."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

from backends.catalog import hardware
from backends.catalog.hardware import cuda_devices, read_hardware, read_nvidia_smi, this_machine, visible
from backends.catalog.metal import recommended_working_set
from backends.contract.catalog import CudaDevice, Hardware
from backends.contract.errors import MinimError

GIB = 1024**3


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that is found as nvidia-smi, first on the path."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return program


def write_program(file: Path, *lines: str) -> None:
    file.write_text("\n".join(("#!/bin/sh", *lines, "")), "utf-8")
    file.chmod(0o755)


def test_this_machine_is_described(tmp_path: Path) -> None:
    found = this_machine(tmp_path / "not" / "there" / "yet")
    assert found.chip
    assert found.memory_bytes == psutil.virtual_memory().total
    assert found.disk_free_bytes > 0
    assert (found.working_set_bytes > 0) == (sys.platform == "darwin")
    assert this_machine(None).disk_free_bytes == 0


@pytest.mark.metal
def test_metal_says_its_working_set() -> None:
    asked = recommended_working_set()
    assert psutil.virtual_memory().total / 2 < asked <= psutil.virtual_memory().total
    assert this_machine(None).working_set_bytes == asked


def test_cards_are_asked_of_nvidia_smi(nvidia_smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(nvidia_smi, "echo 'NVIDIA H100 80GB HBM3, 81559, 9.0'", "echo 'NVIDIA L4, 23034, 8.9'")
    h100, l4 = CudaDevice("NVIDIA H100 80GB HBM3", 81559 * 1024**2, 9.0), CudaDevice("NVIDIA L4", 23034 * 1024**2, 8.9)
    assert cuda_devices() == (h100, l4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert cuda_devices() == (l4,)


@pytest.mark.parametrize("line", ["exit 9", "echo 'NVIDIA-SMI has failed because it could not talk to the driver'"])
def test_without_a_driver_there_are_no_cards(nvidia_smi: Path, line: str) -> None:
    write_program(nvidia_smi, line)
    assert cuda_devices() == ()


def test_without_the_program_there_are_no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert cuda_devices() == ()


def test_a_driver_that_hangs_is_given_up(nvidia_smi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "never"
    os.mkfifo(pipe)
    write_program(nvidia_smi, f"exec cat {pipe}")  # waits for a writer
    monkeypatch.setattr(hardware, "_PATIENCE_S", 0.1)
    found: list[tuple[CudaDevice, ...]] = []
    asking = threading.Thread(target=lambda: found.append(cuda_devices()), daemon=True)
    asking.start()
    asking.join(30)
    assert found == [()]


def test_cards_whose_driver_knows_no_capability_have_it_from_their_name() -> None:
    text = "NVIDIA A100-SXM4-80GB, 81920, [N/A]\nTesla X, 16384, [N/A]\n\nnothing\nname, [N/A], 8.0\n"
    assert read_nvidia_smi(text) == (
        CudaDevice("NVIDIA A100-SXM4-80GB", 80 * GIB, 8.0),
        CudaDevice("Tesla X", 16 * GIB, 0.0),
    )


@pytest.mark.parametrize(
    ("names", "left"),
    [(None, "abc"), ("", ""), ("1", "b"), ("2,0", "ca"), ("-1", ""), ("0,7,1", "a"), ("GPU-1f2e", "abc"), (" 1 ", "b")],
)
def test_hidden_cards_do_not_count(names: str | None, left: str) -> None:
    devices = [CudaDevice(name, GIB, 9.0) for name in "abc"]
    assert "".join(device.name for device in visible(devices, names)) == left


def test_a_file_that_says_everything_is_taken_as_it_is() -> None:
    data = b"""{"chip": "Apple M2 Ultra", "memory_bytes": 206158430208, "working_set_bytes": 180000000000,
        "bandwidth_bytes_per_s": 700e9, "disk_free_bytes": 5, "cuda": [], "note": "mine"}"""
    assert read_hardware(data, "mac.json") == Hardware("Apple M2 Ultra", 192 * GIB, 180 * 10**9, 700 * 10**9, 5)


def test_what_a_mac_does_not_say_is_filled_in() -> None:
    for chip in ("Apple M2 Ultra", "M2 Ultra"):
        found = read_hardware(b'{"chip": "%s", "memory_bytes": 206158430208}' % chip.encode(), "mac.json")
        assert (found.working_set_bytes, found.bandwidth_bytes_per_s) == (144 * GIB, 800 * 10**9)
    other = read_hardware(b'\xef\xbb\xbf{"chip": "Intel Core i9", "memory_bytes": 34359738368}', "mac.json")
    assert other == Hardware("Intel Core i9", 32 * GIB)


@pytest.mark.parametrize("capability", ["8.9", '"8.9"'])
def test_cards_in_a_file(capability: str) -> None:
    card = f'{{"name": "NVIDIA L40S", "memory_bytes": 48e9, "compute_capability": {capability}}}'
    found = read_hardware(f'{{"cuda": [{card}, {card}]}}'.encode(), "cuda.json")
    assert found.cuda == (CudaDevice("NVIDIA L40S", 48 * 10**9, 8.9),) * 2
    assert (found.memory_bytes, found.bandwidth_bytes_per_s) == (96 * 10**9, 864 * 10**9)


def test_a_card_in_a_file_needs_only_its_memory() -> None:
    found = read_hardware(
        b'{"memory_bytes": 64e9, "cuda": [{"memory_bytes": 24e9}, {"name": "H200", "memory_bytes": 141e9}]}', "x"
    )
    assert [card.compute_capability for card in found.cuda] == [0.0, 9.0]
    assert (found.memory_bytes, found.bandwidth_bytes_per_s) == (64 * 10**9, 0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "mac.json: this is no JSON"),
        (b"\xff", "mac.json: this is no JSON"),
        (b"[]", "mac.json: Expected object, got array"),
        (b"{}", "mac.json: memory_bytes is missing"),
        (b'{"chip": 4, "memory_bytes": 1}', "mac.json: chip: Expected str, got int"),
        (b'{"memory_bytes": "8 GB"}', "mac.json: memory_bytes: Expected float, got str"),
        (b'{"memory_bytes": -1}', "mac.json: memory_bytes: Expected float >= 0"),
        (b'{"cuda": {"name": "H100"}}', "mac.json: cuda: Expected array"),
        (b'{"cuda": [{"name": "H100"}]}', "mac.json: cuda[0]: Object missing required field memory_bytes"),
        (b'{"cuda": [{"memory_bytes": 1, "compute_capability": "new"}]}', "cuda[0].compute_capability: Expected a num"),
        (b'{"cuda": [{"memory_bytes": 1, "compute_capability": null}]}', "compute_capability"),
        (b'{"cuda": [{"memory_bytes": 1, "compute_capability": "nan"}]}', "cuda[0].compute_capability: Expected a num"),
        (b'{"cuda": [{"memory_bytes": 1, "compute_capability": -9}]}', "cuda[0].compute_capability: Expected a num"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_by_file_and_key(data: bytes, words: str) -> None:
    with pytest.raises(MinimError) as caught:
        read_hardware(data, "mac.json")
    assert caught.value.kind == "bad_request"
    assert words in caught.value.message
    assert "memory_bytes" in caught.value.hint
