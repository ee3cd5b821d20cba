# pyright: basic
# basic: torch may be missing where types are checked, and transformers is only partly typed without it.
"""A folder to a model in memory with Transformers: checked, gated, read tensor by tensor, cancellable."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
from safetensors import safe_open

from backends.contract.catalog import CudaDevice
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import LoadProgress
from backends.engines import checkpoint_files
from backends.engines.awq_quantizer import check_awq, register_awq
from backends.engines.base import Cancelled
from backends.engines.checkpoint_tensors import (
    TensorEntry,
    check_tensors,
    checkpoint_tensors,
    misshapen_tensors,
    missing_tensors,
    surplus_tensors,
)
from backends.engines.fp8_kernel import has_fp8_kernel
from backends.engines.loaded_model import LoadedModel
from backends.engines.prompting import no_template, template_source
from backends.engines.torch_library import (
    LIBRARY_ERRORS,
    AutoConfig,
    AutoTokenizer,
    in_words,
    model_class,
    torch,
)
from backends.engines.transformers_gate import LoadPlan, Machine, need_of, plan_load, shares

log = logging.getLogger(__name__)

Report = Callable[[LoadProgress], None]

_REPORT_SECONDS = 0.05


def load_folder(folder: Path, report: Report, cancelled: Cancelled) -> LoadedModel:
    """Load the model in `folder`. Raises MinimError, and RequestStopped once `cancelled()` is true."""
    config = checkpoint_files.read_config(folder)
    generation_config = checkpoint_files.read_generation_config(folder)
    checkpoint_files.check_tokenizer(folder)
    checkpoint_files.check_weights(folder)
    tensors = checkpoint_tensors(folder)
    check_tensors(folder, config, tensors)
    need = need_of(config, tensors)
    if need.quantization == "awq":
        check_awq(config)
        register_awq(tensors)
    machine = this_machine()
    plan = plan_load(need, machine)
    log.info("Loading %s: %s", folder, plan)
    try:
        described = _read_description(folder, config)
        tokenizer = open_tokenizer(folder)
        if tokenizer.chat_template is None:
            raise no_template(folder)
        reading = _Reading(tensors, report, cancelled)
        model = _read_model(folder, described, tensors, plan, _placement(plan, machine), reading)
    except (*LIBRARY_ERRORS, MinimError) as error:
        raise in_words(error, folder) from error
    reading.finish()
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        config=config,
        generation_config=generation_config,
        chat_template=template_source(tokenizer.chat_template),
        context_length=checkpoint_files.context_length(config),
        end_tokens=(tokenizer.eos_token_id, config.get("eos_token_id")),
        weights_bytes=plan.weights_bytes,
        on_accelerator=plan.device == "cuda",
        offloaded=plan.offloaded,
    )


def this_machine() -> Machine:
    """What is free now, on the GPUs and in RAM."""
    cuda: list[CudaDevice] = []
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            major, minor = torch.cuda.get_device_capability(number)
            free, _ = torch.cuda.mem_get_info(number)
            cuda.append(CudaDevice(torch.cuda.get_device_name(number), free, float(f"{major}.{minor}")))
    return Machine(tuple(cuda), psutil.virtual_memory().available, bool(cuda) and has_fp8_kernel())


def open_tokenizer(folder: Path) -> Any:
    """The folder's tokenizer. Raises MinimError("damaged_model")."""
    try:
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    # The Rust tokenizers raise plain Exception for a file they cannot read.
    except Exception as error:
        text = " ".join(str(error).split())
        raise checkpoint_files.damaged(f"The tokenizer in {folder} cannot be read: {text}") from error


class _Reading:
    """Counts the bytes that were read, tells of them, and stops in between. Several threads read at once."""

    def __init__(self, tensors: Mapping[str, TensorEntry], report: Report, cancelled: Cancelled) -> None:
        self._total = sum(entry.bytes for entry in tensors.values())
        self._report = report
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._done = 0
        self._reported = 0.0
        report(LoadProgress("reading", 0, self._total))

    def check(self) -> None:
        """Raises RequestStopped once the load was cancelled."""
        if self._cancelled():
            raise RequestStopped

    def count(self, size: int) -> None:
        """So many more bytes have been read."""
        with self._lock:
            self._done += size
            now = time.monotonic()
            if self._done < self._total and now - self._reported >= _REPORT_SECONDS:
                self._reported = now
                self._report(LoadProgress("reading", self._done, self._total))

    def finish(self) -> None:
        """All is there."""
        self.check()
        self._report(LoadProgress("reading", self._total, self._total))


class _Unread:
    """A tensor that is read when Transformers asks for it: looks like a slice of safetensors."""

    def __init__(self, file: Any, name: str, entry: TensorEntry, reading: _Reading, *, copied: bool) -> None:
        self._slice = file.get_slice(name)
        self._entry = entry
        self._reading = reading
        self._copied = copied

    def __getitem__(self, place: Any) -> Any:
        self._reading.check()
        tensor = self._slice[place]
        if self._copied:
            # What safetensors gives is the file itself, mapped: not read yet, and not there any more once the file is
            # written over.
            tensor = tensor.clone()
        self._reading.count(self._entry.bytes)
        return tensor

    def get_dtype(self) -> str:
        """The type as the safetensors format spells it."""
        return self._entry.dtype

    def get_shape(self) -> list[int]:
        """Its sides."""
        return list(self._entry.shape)


@contextmanager
def _unread(tensors: Mapping[str, TensorEntry], reading: _Reading, *, copied: bool) -> Iterator[dict[str, _Unread]]:
    """All tensors of a checkpoint, still in their files, which stay open meanwhile."""
    with ExitStack() as stack:
        files = {
            entry.file: stack.enter_context(safe_open(str(entry.file), framework="pt", device="cpu"))
            for entry in tensors.values()
        }
        yield {name: _Unread(files[entry.file], name, entry, reading, copied=copied) for name, entry in tensors.items()}


def _read_description(folder: Path, config: Mapping[str, Any]) -> Any:
    """The config as Transformers has it. Raises MinimError("unsupported_model") for a type that it does not know."""
    try:
        described = AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError) as error:
        if f"`{config['model_type']}`" not in str(error):
            raise
        raise MinimError(
            "unsupported_model",
            f"Transformers does not know models of the type {config['model_type']}, "
            f"which {folder / 'config.json'} names.",
            "Choose another model, or a later version of Minim.",
        ) from error
    return described


def _read_model(
    folder: Path,
    described: Any,
    tensors: Mapping[str, TensorEntry],
    plan: LoadPlan,
    placement: Mapping[str, Any],
    reading: _Reading,
) -> Any:
    """Build the model and fill it; every tensor of the checkpoint has found its place, and every place its tensor."""
    if plan.dequantize:
        described.quantization_config["dequantize"] = True
    with _unread(tensors, reading, copied=plan.device == "cpu" or plan.offloaded) as unread:
        model, found = model_class(described, folder).from_pretrained(
            None,
            config=described,
            state_dict=unread,
            dtype=getattr(torch, plan.dtype),
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # so that they are told, and refused below
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            **placement,
        )
    if found["missing_keys"]:
        raise missing_tensors(folder, found["missing_keys"])
    if found["unexpected_keys"]:
        raise surplus_tensors(folder, found["unexpected_keys"])
    if found["mismatched_keys"]:
        raise misshapen_tensors(folder, found["mismatched_keys"])
    if plan.dequantize:
        _unify(model, getattr(torch, plan.dtype))
    return model.eval()


def _unify(model: Any, dtype: Any) -> None:
    """Give what FP8 checkpoints hold in another 16 bits the type that the dequantized weights have.

    Transformers' converter of FP8 leaves it as it was read; what is kept in float32 is meant so.
    """
    for parameter in model.parameters():
        if parameter.dtype in (torch.bfloat16, torch.float16) and parameter.dtype != dtype:
            parameter.data = parameter.data.to(dtype)


def _placement(plan: LoadPlan, machine: Machine) -> dict[str, Any]:
    """Where `from_pretrained` puts the layers: all on one device, or spread over the GPUs, and RAM if need be."""
    if plan.device == "cpu":
        return {}
    if len(machine.cuda) == 1 and not plan.offloaded:
        return {"device_map": {"": 0}}
    # AWQ's packed weights are buffers, which would stay on the GPU else.
    spread = "auto" if plan.is_even else "sequential"
    return {"device_map": spread, "max_memory": shares(plan, machine), "offload_buffers": plan.offloaded}
