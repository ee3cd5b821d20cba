# pyright: basic
# basic: torch may be missing where types are checked.
"""AWQ's packing: eight numbers of 4 bits in an int32, one scale and one zero a group of inputs."""

from __future__ import annotations

import functools
import importlib.util
import logging
import sys
from pathlib import Path
from typing import Any

from backends.engines.torch_library import torch

log = logging.getLogger(__name__)

PER_INT = 8
_GEMM_ROWS = 1024  # from here on unpacking the whole weight pays, as AutoAWQ found
_SHIFTS = (0, 16, 4, 20, 8, 24, 12, 28)
"""Where in an int32 each of eight neighbouring columns lies, in bits. AutoAWQ writes the columns 0, 2, 4, 6, 1, 3, 5, 7
from the lowest bits on (awq/modules/linear/gemm.py)."""


def unpack(packed: Any) -> Any:
    """int32 [..., rows, columns / 8] → int32 from 0 to 15 [..., rows, columns]."""
    shifts = torch.tensor(_SHIFTS, dtype=torch.int32, device=packed.device)
    return ((packed.unsqueeze(-1) >> shifts) & 15).flatten(-2)


def dequantize(qweight: Any, qzeros: Any, scales: Any, dtype: Any) -> Any:
    """The weight [in, out] in `dtype`: (number − zero) × scale.

    `qweight`: int32 [in, out / 8]; `qzeros`: int32 [groups, out / 8]; `scales`: [groups, out].
    """
    groups, columns = scales.shape
    numbers = unpack(qweight).view(groups, -1, columns)
    zeros = unpack(qzeros).view(groups, 1, columns)
    return ((numbers - zeros).to(dtype) * scales.to(dtype).view(groups, 1, columns)).view(-1, columns)


def multiply(inputs: Any, qweight: Any, qzeros: Any, scales: Any) -> Any:
    """`inputs` [rows, in] times the weight that the other three pack, as `dequantize` takes them: [rows, out].

    float16 on CUDA goes through autoawq's Triton kernels where they run, and know groups of this size.
    """
    has_kernels = inputs.is_cuda and inputs.dtype == torch.float16 and know_groups(len(qweight), len(scales))
    kernels = _kernels(inputs.device) if has_kernels else None
    if kernels is None:
        return inputs @ dequantize(qweight, qzeros, scales, inputs.dtype)
    gemm, unpacked = kernels
    if len(inputs) >= _GEMM_ROWS:
        return inputs @ unpacked(qweight, scales, qzeros).to(inputs.dtype)
    return gemm(inputs, qweight, scales, qzeros, split_k_iters=8)


def know_groups(inputs: int, groups: int) -> bool:
    """Whether the kernels take a weight of so many `inputs` in so many `groups`; they refuse other sizes of groups."""
    return groups == 1 or inputs // groups in (32, 64, 128)


@functools.cache
def _kernels(device: Any) -> tuple[Any, Any] | None:
    """autoawq's Triton kernels: multiply by a packed weight, and unpack one. None where they do not run on `device`.

    One is tried: Triton compiles when a kernel is first used, for which it needs a C compiler and Python's headers.
    The package itself is not imported: it would warn that it is no longer maintained, and import what it quantizes
    with, which Minim does not install.
    """
    package = importlib.util.find_spec("awq")
    if package is None or not package.submodule_search_locations:
        return None
    file = Path(next(iter(package.submodule_search_locations))) / "modules" / "triton" / "gemm.py"
    try:
        spec = importlib.util.spec_from_file_location("minim_awq_triton_gemm", file)
        assert spec is not None  # the file's name ends as Python's do
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # Triton looks its kernels' sources up there
        spec.loader.exec_module(module)
        packed = torch.zeros((128, 64 // PER_INT), dtype=torch.int32, device=device)
        module.awq_dequantize_triton(packed, torch.ones((1, 64), dtype=torch.float16, device=device), packed[:1])
    except Exception as error:  # noqa: BLE001 - an archived package beside newer libraries may fail in any way
        log.info("autoawq's kernels do not run on %s, and torch unpacks the weights: %s", device, error)
        return None
    return module.awq_gemm_triton, module.awq_dequantize_triton
