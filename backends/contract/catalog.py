"""Which models exist, on which machine, and what fits: the words of the picker and of `minim models`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from backends.contract.models import EngineName, Hub, InstalledModel

Zone = Literal["fits", "will_crawl", "will_not_load", "no_engine"]

LimitKind = Literal["working_set", "cuda", "ram", ""]
"""What a form is judged against: Metal's working set, the memory of all CUDA devices, or RAM; "" without an engine."""

Why = Literal[
    "fits",
    "short_context",  # fits, and the room for a context is small
    "over_working_set",  # larger than Metal's working set, smaller than RAM: crawls
    "offloaded",  # larger than the CUDA devices' memory: parts lie in RAM
    "slow_on_cpu",  # loads on a CPU, and is too large to be of use there
    "over_memory",  # larger than all there is
    "needs_fp8",  # the CUDA devices are too old for FP8: as bf16 it is too large
    "needs_metal",  # runs on Macs only, or as well as nowhere else
    "needs_cuda",
    "unknown_format",  # no engine of Minim reads it
    "engine_missing",  # an engine reads it that is not installed
]
"""Why a zone was given; front ends turn it and the numbers of `Verdict` into words."""

Quality = Literal["", "original", "near_original", "good", "reduced", "poor"]
"""What a quantization costs: 8 and 6 bits are near the original, 4 and 5 good, 3 loses much; "" where unknown."""


class CudaDevice(Struct, frozen=True):
    """One GPU. `compute_capability` is major.minor, as 8.9."""

    name: str
    memory_bytes: int
    compute_capability: float


class Hardware(Struct, frozen=True):
    """A machine. `working_set_bytes` is Metal's, 0 where there is no Metal; a bandwidth of 0 is unknown."""

    chip: str = ""
    memory_bytes: int = 0
    working_set_bytes: int = 0
    bandwidth_bytes_per_s: int = 0
    disk_free_bytes: int = 0
    cuda: tuple[CudaDevice, ...] = ()


SourceKind = Literal["model", "kernel"]
"""What a repository holds; a kernel is code that an engine runs on a GPU, and no model."""


class Source(Struct, frozen=True):
    """Where a form lies: a hub's repository. `revision` "" means the hub's default branch."""

    hub: Hub
    repo: str
    revision: str = ""
    kind: SourceKind = "model"


FP8_KERNEL = Source("huggingface", "kernels-community/finegrained-fp8", "v4", "kernel")
"""What multiplies blocks of FP8 on a GPU. Version 4 is the branch "v4"; Transformers 5.23 asks for that one."""


class ModelForm(Struct, frozen=True):
    """A model in one format and one quantization.

    `format` and `quantization` are spelled as in the spec ("mlx", "4bit"), also where no engine here reads them.
    Parameters are counted in billions. `weights_bytes` is derived from them, unless the spec says it.
    `kv_bytes_per_token` is of this form's size where a model has several sizes, 0 where the model's own holds.
    """

    format: str
    quantization: str
    size_in_billions: float
    active_in_billions: float
    weights_bytes: int
    sources: tuple[Source, ...]
    kv_bytes_per_token: int = 0


class ModelSpec(Struct, frozen=True):
    """One model of the catalogue. `context_length` in tokens; `kv_bytes_per_token` in 16 bits, 0 where unknown.

    `languages` and `abilities` as in the spec ("en", "zh"; "chat", "tools", "reasoning"). `origin` is "" for Minim's
    own catalogue, "imported" for a person's file, "here" for one that only this machine's disks know, "hub" for what a
    search found (`gated`, and how often it was downloaded, are known of those only).
    """

    name: str
    description: str
    context_length: int
    languages: tuple[str, ...]
    abilities: tuple[str, ...]
    forms: tuple[ModelForm, ...]
    kv_bytes_per_token: int = 0
    license: str = ""
    origin: str = ""
    gated: bool = False
    downloads: int = 0


class Verdict(Struct, frozen=True):
    """What became of a form on a machine, and the arithmetic behind it. Bytes, tokens, tokens a second.

    `memory_bytes` = `weights_bytes` + `overhead_bytes` + `kv_bytes` of the context it was judged with
    (`judged_context`). `limit_bytes` is what it is held against. `max_context` is the longest that fits, 0 if none.
    `tokens_per_second` is the bound that memory bandwidth sets, 0 where unknown. `smallest_machine_bytes` is the memory
    of the smallest Mac on which it fits, 0 where none is sold or it needs no Mac.
    """

    zone: Zone
    why: Why
    engine: EngineName | None
    weights_bytes: int
    overhead_bytes: int
    kv_bytes: int
    kv_bytes_per_token: int
    memory_bytes: int
    limit_kind: LimitKind
    limit_bytes: int
    judged_context: int
    max_context: int
    tokens_per_second: float
    quality: Quality
    smallest_machine_bytes: int = 0


Presence = Literal["absent", "here", "damaged", "disconnected"]
"""Whether a form is on this machine; "disconnected": it was put on a disk that is not there now."""


class Offer(Struct, frozen=True):
    """A form at one hub. `download_bytes` is the hub's own figure, or an estimate until the hub has answered.

    `path` is the folder it lies in ("" if absent); `problem` what is wrong with it there, in words.
    """

    source: Source
    download_bytes: int
    is_estimate: bool
    presence: Presence = "absent"
    path: str = ""
    problem: str = ""


class JudgedForm(Struct, frozen=True):
    """A form with its verdict and where it is to be had. At most one form of a model is `recommended`.

    `here` are the models on this machine that are this form, from whatever place: what LoadModel takes. `kernel` is
    what keeps its weights in FP8 on this machine's GPUs, wherever it is to be had; None where it would be of no use.
    """

    form: ModelForm
    verdict: Verdict
    offers: tuple[Offer, ...]
    here: tuple[InstalledModel, ...] = ()
    recommended: bool = False
    kernel: Offer | None = None


class JudgedModel(Struct, frozen=True):
    """A model with its forms, best first. `best` is the one to open the picker on: true for one model at most."""

    spec: ModelSpec
    forms: tuple[JudgedForm, ...]
    best: bool = False


def launch_command(name: str, form: ModelForm, engine: EngineName | None) -> str:
    """The command that opens the window with this form of the model `name`, to be pasted into a shell.

    Where no engine runs it here (`engine` None), the one that reads its format is named.
    """
    import shlex  # with the first call: the window's first paint reads this module

    words = (
        "minim", "launch", "--model-engine", engine or ("MLX" if form.format == "mlx" else "Transformers"),
        "--model-name", name, "--size-in-billions", f"{form.size_in_billions:g}",
        "--model-format", form.format, "--quantization", form.quantization,
    )  # fmt: skip
    return shlex.join(words)
