# pyright: basic
# basic: mlx-lm and transformers are only partly typed.
"""A folder to a model in memory: checked, read tensor by tensor, cancellable, every failure in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import psutil

from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import LoadProgress
from backends.engines import checkpoint_files
from backends.engines.base import Cancelled
from backends.engines.checkpoint_tensors import check_tensors, checkpoint_tensors
from backends.engines.loaded_model import LoadedModel
from backends.engines.mlx_library import (
    LIBRARY_ERRORS,
    check_model_type,
    in_words,
    load_model,
    load_tokenizer,
    mx,
    on_accelerator,
    tree_flatten,
)
from backends.engines.prompting import no_template, template_source

Report = Callable[[LoadProgress], None]

_REPORT_SECONDS = 0.05


def load_folder(folder: Path, report: Report, cancelled: Cancelled) -> LoadedModel:
    """Load the model in `folder`. Raises MinimError, and RequestStopped once `cancelled()` is true."""
    config = checkpoint_files.read_config(folder)
    check_model_type(folder, config)
    generation_config = checkpoint_files.read_generation_config(folder)
    checkpoint_files.check_tokenizer(folder)
    checkpoint_files.check_weights(folder)
    check_tensors(folder, config, checkpoint_tensors(folder))
    model_type = config["model_type"]
    try:
        tokenizer = open_tokenizer(folder, config)
        if not tokenizer.has_chat_template:
            raise no_template(folder)
        chat_template = template_source(tokenizer.chat_template)
        model, config = load_model(folder, lazy=True, strict=True)
        if not on_accelerator():
            # Half precision is emulated there: float32 scales are 7 times faster, and experts run in nothing else.
            model.set_dtype(mx.float32)
        weights = read_tensors(model, "reading", report, cancelled)
        _settle(model)
    except (*LIBRARY_ERRORS, MinimError) as error:
        raise in_words(error, folder, model_type) from error
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        config=config,
        generation_config=generation_config,
        chat_template=chat_template,
        context_length=checkpoint_files.context_length(config),
        # mlx-lm puts the config's into the tokenizer, or the generation_config's in their place.
        end_tokens=tuple(tokenizer.eos_token_ids),
        weights_bytes=weights,
        on_accelerator=on_accelerator(),
    )


def open_tokenizer(folder: Path, config: dict[str, Any]) -> Any:
    """The folder's tokenizer in mlx-lm's wrapper. Raises MinimError("damaged_model")."""
    try:
        return load_tokenizer(folder, {"trust_remote_code": False}, config.get("eos_token_id"))
    # ImportError: a tokenizer that needs a library which is not here.
    except (*LIBRARY_ERRORS, ImportError) as error:
        raise checkpoint_files.damaged(f"The tokenizer in {folder} cannot be read: {error}") from error
    except Exception as error:
        # The Rust tokenizers raise plain Exception for a file they cannot read. What else there is comes from
        # transformers, which reads the config on the way and has errors of its own for values of a wrong type.
        file = "tokenizer.json" if type(error) is Exception else "config.json"
        raise checkpoint_files.damaged(f"{folder / file} cannot be read: {' '.join(str(error).split())}") from error


def read_tensors(model: Any, phase: Literal["preparing", "reading"], report: Report, cancelled: Cancelled) -> int:
    """Bring every parameter of a lazily loaded model into memory; return their bytes.

    Reports at most 20 times a second, the first and the last time always. Raises RequestStopped between two tensors,
    and MinimError("out_of_memory") before it begins where the machine cannot hold them.
    """
    tensors: list[Any] = [tensor for _, tensor in tree_flatten(model.parameters())]
    total = sum(tensor.nbytes for tensor in tensors)
    _check_room(total)
    done, reported = 0, 0.0
    report(LoadProgress(phase, 0, total))
    for tensor in tensors:
        if cancelled():
            raise RequestStopped
        mx.eval(tensor)
        done += tensor.nbytes
        now = time.monotonic()
        if done < total and now - reported >= _REPORT_SECONDS:
            report(LoadProgress(phase, done, total))
            reported = now
    if cancelled():
        raise RequestStopped
    report(LoadProgress(phase, total, total))
    return total


def _check_room(needed: int) -> None:
    memory = psutil.virtual_memory()
    # Metal can push other programs' memory out; "available" says too little there.
    room = memory.total if on_accelerator() else memory.available
    if needed > room:
        raise MinimError(
            "out_of_memory",
            f"The weights need {needed / 2**30:.1f} GiB of memory; {room / 2**30:.1f} GiB are free.",
            "Close other programs, or choose a smaller quantization.",
        )


def _settle(model: Any) -> None:
    """Compute what layers keep beside their parameters (frequencies of RoPE, for one).

    Otherwise it would be computed at the first token, on the thread that generates, for a stream of this thread.
    """
    for module in model.modules():
        kept = [value for value in vars(module).values() if isinstance(value, mx.array)]
        kept += [value for value in module.values() if isinstance(value, mx.array)]
        mx.eval(kept)
