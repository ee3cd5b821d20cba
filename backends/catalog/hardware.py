"""The machine that models are judged for: this one, or one that a person describes in a file."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import psutil
from msgspec import Meta, Struct

from backends.catalog.machines import (
    apple_bandwidth,
    card_bandwidth,
    card_capability,
    is_apple,
    stock_working_set,
)
from backends.catalog.metal import recommended_working_set
from backends.contract.catalog import CudaDevice, Hardware
from backends.contract.errors import MinimError

_PATIENCE_S = 3.0
_MIB = 1024**2
_MOST_CAPABILITY = 100.0
_NVIDIA_SMI = ("nvidia-smi", "--format=csv,noheader,nounits", "--query-gpu=name,memory.total,compute_cap")
_WHAT_IS_EXPECTED = (
    'Expected is an object like {"chip": "Apple M2 Ultra", "memory_bytes": 206158430208}, with working_set_bytes, '
    'bandwidth_bytes_per_s, disk_free_bytes and "cuda": [{"name", "memory_bytes", "compute_capability"}] where known.'
)

_Bytes = Annotated[float, Meta(ge=0, le=1e18)]


class _CudaInFile(Struct, frozen=True):
    memory_bytes: _Bytes
    name: str = "CUDA device"
    compute_capability: float | str = 0.0


class _HardwareInFile(Struct, frozen=True):
    chip: str = ""
    memory_bytes: _Bytes = 0
    working_set_bytes: _Bytes = 0
    bandwidth_bytes_per_s: _Bytes = 0
    disk_free_bytes: _Bytes = 0
    cuda: tuple[_CudaInFile, ...] = ()


def this_machine(disk_folder: Path | None) -> Hardware:
    """What this machine has. `disk_free_bytes` is of the disk on which `disk_folder` lies or would lie, 0 for None.

    Asks the system and, off the Mac, `nvidia-smi`, which may take a second; one that hangs is given up after three.
    The bandwidth of RAM is not known anywhere but on a Mac.
    """
    memory = psutil.virtual_memory().total
    free = _disk_free(disk_folder) if disk_folder else 0
    if sys.platform == "darwin":
        chip = _answer("sysctl", "-n", "machdep.cpu.brand_string").strip()
        return Hardware(
            chip=chip,
            memory_bytes=memory,
            working_set_bytes=_working_set(memory) if is_apple(chip) else 0,
            bandwidth_bytes_per_s=apple_bandwidth(chip, memory),
            disk_free_bytes=free,
        )
    cuda = cuda_devices()
    return Hardware(
        chip=_processor(),
        memory_bytes=memory,
        bandwidth_bytes_per_s=_cuda_bandwidth(cuda),
        disk_free_bytes=free,
        cuda=cuda,
    )


def cuda_devices() -> tuple[CudaDevice, ...]:
    """NVIDIA's cards as `nvidia-smi` tells them, less those that CUDA_VISIBLE_DEVICES hides; () without it."""
    return visible(read_nvidia_smi(_answer(*_NVIDIA_SMI)), os.environ.get("CUDA_VISIBLE_DEVICES"))


def read_hardware(data: bytes, where: str) -> Hardware:
    """The machine that a file describes; `where` names it in messages. Unknown keys are passed over.

    What is missing is filled in: Metal's stock working set and the bandwidth where the chip is Apple's, bandwidth and
    compute capability of NVIDIA cards by their names, and as much RAM as there is memory on the cards. Raises
    MinimError("bad_request") that names file and key.
    """
    try:
        given = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_HardwareInFile)
        cuda = tuple(_cuda_device(number, card) for number, card in enumerate(given.cuda))
    except msgspec.ValidationError as error:
        words, _, key = str(error).replace("`", "").partition(" - at $.")
        message = f"{where}: {key}: {words}." if key else f"{where}: {words}."
        raise MinimError("bad_request", message, _WHAT_IS_EXPECTED) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MinimError("bad_request", f"{where}: this is no JSON ({error}).", _WHAT_IS_EXPECTED) from error
    memory = round(given.memory_bytes) or sum(card.memory_bytes for card in cuda)
    if not memory:
        raise MinimError("bad_request", f"{where}: memory_bytes is missing.", _WHAT_IS_EXPECTED)
    apple = is_apple(given.chip)
    bandwidth = apple_bandwidth(given.chip, memory) if apple else _cuda_bandwidth(cuda)
    return Hardware(
        chip=given.chip,
        memory_bytes=memory,
        working_set_bytes=round(given.working_set_bytes) or (stock_working_set(memory) if apple else 0),
        bandwidth_bytes_per_s=round(given.bandwidth_bytes_per_s) or bandwidth,
        disk_free_bytes=round(given.disk_free_bytes),
        cuda=cuda,
    )


def read_nvidia_smi(text: str) -> tuple[CudaDevice, ...]:
    """The cards in what `nvidia-smi` wrote: name, MiB, compute capability, separated by commas; other lines are not."""
    devices: list[CudaDevice] = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != 3 or not parts[1].isdecimal():
            continue
        memory = int(parts[1]) * _MIB
        with suppress(ValueError):
            devices.append(CudaDevice(parts[0], memory, float(parts[2])))
            continue
        devices.append(CudaDevice(parts[0], memory, card_capability(parts[0], memory)))  # "[N/A]", of an old driver
    return tuple(devices)


def visible(devices: Sequence[CudaDevice], names: str | None) -> tuple[CudaDevice, ...]:
    """Those that CUDA_VISIBLE_DEVICES leaves; all if it is not set, or names them otherwise than by number."""
    if names is None:
        return tuple(devices)
    numbers = [part.strip() for part in names.split(",") if part.strip()]
    if not all(number.removeprefix("-").isdecimal() for number in numbers):
        return tuple(devices)
    chosen: list[CudaDevice] = []
    for number in map(int, numbers):
        if not 0 <= number < len(devices):
            break  # as CUDA does it: nothing after a number that is no device
        chosen.append(devices[number])
    return tuple(chosen)


def _cuda_device(number: int, card: _CudaInFile) -> CudaDevice:
    memory = round(card.memory_bytes)
    try:
        capability = float(card.compute_capability)
        if not 0 <= capability < _MOST_CAPABILITY:
            raise ValueError(capability)
    except ValueError as error:
        key = f"$.cuda[{number}].compute_capability"
        raise msgspec.ValidationError(f"Expected a number like 9.0 - at {key}") from error
    return CudaDevice(card.name, memory, capability or card_capability(card.name, memory))


def _cuda_bandwidth(cuda: Sequence[CudaDevice]) -> int:
    """Layers are read one after the other, each from its card: the slowest one's, 0 if one is not known."""
    return min((card_bandwidth(card.name, card.memory_bytes) for card in cuda), default=0)


def _working_set(memory: int) -> int:
    """Metal's limit, else the one that was set by hand, else the stock one."""
    if asked := recommended_working_set():
        return asked
    raised = _answer("sysctl", "-n", "iogpu.wired_limit_mb").strip()
    return int(raised) * _MIB if raised.isdecimal() and int(raised) else stock_working_set(memory)


def _processor() -> str:
    """The processor's name as the system gives it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith(("model name", "Model")):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _disk_free(folder: Path) -> int:
    """Free bytes on the disk of a folder that may not exist yet; 0 if nobody says."""
    for place in (folder, *folder.parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return 0


def _answer(*command: str) -> str:
    """What a program of the system writes; "" if it is not there, fails, or hangs."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    except OSError:
        return ""
    try:
        text, _ = process.communicate(timeout=_PATIENCE_S)
    except (subprocess.TimeoutExpired, UnicodeDecodeError):
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # one that a driver holds cannot even be killed
            process.wait(timeout=1)
        if process.stdout:
            process.stdout.close()
        return ""
    return text if process.returncode == 0 else ""
