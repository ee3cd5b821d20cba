# pyright: basic
# basic: mlx-lm is only partly typed.
"""The built-in model's quantized forms: made once from the bf16 files, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import shutil
import tempfile
import time
from pathlib import Path

from backends.contract.errors import MinimError
from backends.engines import checkpoint_files
from backends.engines.base import Cancelled
from backends.engines.mlx_library import (
    LIBRARY_ERRORS,
    in_words,
    load_model,
    quantize_model,
    save_config,
    save_model,
)
from backends.engines.mlx_loading import Report, read_tensors

log = logging.getLogger(__name__)

_MANIFEST = "made.json"
_DRAFT_PREFIX = ".making-"
_DRAFT_SECONDS = 3600  # older drafts were left by a process that died
_NOT_COPIED = {"config.json", "model.safetensors.index.json", "README.md"}


def prepare(source: Path, quantization: str, prepared: Path, report: Report, cancelled: Cancelled) -> Path:
    """The folder with `source` in the form `quantization` ("4bit"), made below `prepared` if it is not there yet.

    Raises MinimError (files damaged, disk full, no such quantization) and RequestStopped. Two processes may do it at
    once: each makes a draft of its own, and the first to finish gives it the name.
    """
    bits, group_size = _parameters(source, quantization)
    target = prepared / f"{quantization}-{_fingerprint(source, group_size)}"
    if not _is_whole(target):
        try:
            prepared.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT_PREFIX, dir=prepared))
            try:
                _make(source, bits, group_size, draft, report, cancelled)
                _put_in_place(draft, target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            hint = "Free some disk space." if full else "Check the permissions of the folder and of those above it."
            words = f"{prepared} cannot be written: {error.strerror or error}."
            raise MinimError("disk_full" if full else "internal", words, hint) from error
    _remove_others(prepared, quantization, target)
    return target


def _parameters(source: Path, quantization: str) -> tuple[int, int]:
    """Bits and group size, from the source's minim.json."""
    settings = checkpoint_files.read_json_object(source / "minim.json")
    bits = quantization.removesuffix("bit")
    group_size = settings.get("group_size")
    if quantization not in settings.get("quantizations", []) or not bits.isdigit() or type(group_size) is not int:
        raise MinimError(
            "unsupported_model",
            f"The built-in model has no form {quantization}.",
            f"Choose one of {', '.join(map(str, settings.get('quantizations', [])))}.",
        )
    return int(bits), group_size


def _fingerprint(source: Path, group_size: int) -> str:
    """Changes with any file that goes into a form: weights, config, tokenizer, template."""
    digest = hashlib.sha256(str(group_size).encode())
    for file in sorted(file for file in source.iterdir() if file.is_file() and file.name != "README.md"):
        digest.update(file.name.encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _make(source: Path, bits: int, group_size: int, draft: Path, report: Report, cancelled: Cancelled) -> None:
    config = checkpoint_files.read_config(source)
    room = shutil.disk_usage(draft).free
    needed = checkpoint_files.check_weights(source)  # no form is larger than the source
    if room < needed:
        raise MinimError(
            "disk_full",
            f"{draft.parent} needs {needed / 2**20:.0f} MiB of free disk space and has {room / 2**20:.0f} MiB.",
            "Free some disk space.",
        )
    try:
        model, config = load_model(source, lazy=True, strict=True)
        model, config = quantize_model(model, config, group_size, bits)
        read_tensors(model, "preparing", report, cancelled)
        save_model(draft, model)
    except LIBRARY_ERRORS as error:
        if isinstance(error, OSError):
            raise
        raise in_words(error, source, config["model_type"]) from error
    save_config(config, draft / "config.json")
    for file in source.iterdir():
        if file.is_file() and file.name not in _NOT_COPIED and file.suffix != ".safetensors":
            shutil.copyfile(file, draft / file.name)
    checkpoint_files.check_weights(draft)
    sizes = {file.name: file.stat().st_size for file in draft.iterdir()}
    (draft / _MANIFEST).write_text(json.dumps(sizes), "utf-8")


def _is_whole(folder: Path) -> bool:
    """Whether a form holds all files that its manifest, which is written last, counts."""
    try:
        sizes = json.loads((folder / _MANIFEST).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _put_in_place(draft: Path, target: Path) -> None:
    try:
        draft.replace(target)
    except OSError:  # something bears the name: another process was first, or a broken form is in the way
        if not _is_whole(target):
            broken = Path(tempfile.mkdtemp(prefix=_DRAFT_PREFIX, dir=target.parent))
            target.replace(broken)
            shutil.rmtree(broken, ignore_errors=True)
            draft.replace(target)


def _remove_others(prepared: Path, quantization: str, target: Path) -> None:
    """Forms of earlier sources, and drafts that nobody works on any more. What cannot be removed stays."""
    now = time.time()
    for folder in prepared.iterdir():
        old_form = folder.name.startswith(f"{quantization}-") and folder != target
        try:
            old_draft = folder.name.startswith(_DRAFT_PREFIX) and now - folder.stat().st_mtime > _DRAFT_SECONDS
        except OSError:
            continue
        if old_form or old_draft:
            log.info("Removing %s", folder.name)
            shutil.rmtree(folder, ignore_errors=True)
