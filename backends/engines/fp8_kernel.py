"""Whether FP8 can be multiplied here: the package that loads kernels, and the kernel whole in the hub's cache."""

from __future__ import annotations

import os
from pathlib import Path

from backends.contract.catalog import FP8_KERNEL


def has_fp8_kernel() -> bool:
    """Whether Transformers can use the installed package “kernels”, and the kernel lies on this disk."""
    from transformers.utils.import_utils import is_kernels_available  # asked by the engine alone, which has it loaded

    return is_kernels_available() and fp8_kernel_folder() is not None


def fp8_kernel_folder() -> Path | None:
    """The snapshot that the kernel's version stands for on this disk: as “kernels” finds it without the network.

    The version's ref is written when all files are there, so half a kernel is none. The hub has repositories of the
    kind “kernel” for them; before, they were models.
    """
    for kind in ("kernel", "model"):
        repository = _cache() / f"{kind}s--{FP8_KERNEL.repo.replace('/', '--')}"
        try:
            commit = (repository / "refs" / FP8_KERNEL.revision).read_text("utf-8").strip()
        except (OSError, ValueError):
            continue
        folder = repository / "snapshots" / commit
        if commit and any(folder.glob("build/*")):
            return folder
    return None


def _cache() -> Path:
    # As in huggingface_hub/constants.py, which the package goes by.
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if configured := os.environ.get(variable):
            return _place(os.path.expandvars(configured))
    if home := os.environ.get("HF_HOME"):
        return _place(os.path.expandvars(home)) / "hub"
    return _place(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def _place(words: str) -> Path:
    return Path(os.path.expanduser(words))  # noqa: PTH111 - Path.expanduser raises for an unknown user
