"""What tensors a checkpoint holds, read from its headers alone, and whether its experts are all there."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from backends.contract.errors import MinimError
from backends.engines.checkpoint_files import damaged, read_json_object

BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4,
    "I64": 64, "U64": 64, "I32": 32, "U32": 32, "I16": 16, "U16": 16, "I8": 8, "U8": 8, "BOOL": 8,
}  # fmt: skip
"""Bits of one element, by the safetensors format's names of types."""

_SHOWN = 4
_EXPERT_COUNTS = ("num_local_experts", "num_experts", "n_routed_experts")
_EXPERT = re.compile(r"^(.*\.experts\.)(\d+)(\..+)$")


@dataclass(frozen=True)
class TensorEntry:
    """A tensor as a header tells of it. `dtype` as the safetensors format spells it."""

    file: Path
    dtype: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """What it takes in the file."""
        return self.elements * BITS.get(self.dtype, 8) // 8


def checkpoint_tensors(folder: Path) -> dict[str, TensorEntry]:
    """All tensors of the checkpoint in `folder`, which `checkpoint_files.check_weights` has found whole.

    Raises MinimError("damaged_model") for a tensor that two files hold, or that the index names and no file holds.
    """
    index = folder / "model.safetensors.index.json"
    named: dict[str, Any] = {}
    if index.exists():
        named = cast("dict[str, Any]", read_json_object(index).get("weight_map"))
    files = sorted({*folder.glob("model*.safetensors"), *(folder / str(name) for name in named.values())})
    found: dict[str, TensorEntry] = {}
    for file in files:
        for name, entry in _header(file).items():
            if name in found:
                raise damaged(f"{file} and {found[name].file.name} both hold the tensor {name}.")
            found[name] = entry
    absent = sorted(set(named) - set(found))
    if absent:
        raise damaged(f"The weights in {folder} lack {naming(absent)}, which {index.name} names.")
    return found


def check_tensors(folder: Path, config: Mapping[str, Any], tensors: Mapping[str, TensorEntry]) -> None:
    """Check what libraries take on trust, and would make nonsense of without a word: experts and scales of FP8.

    Raises MinimError("damaged_model") that names the tensors.
    """
    inner = config.get("text_config")
    for source in (config, cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}):
        declared = [source[key] for key in _EXPERT_COUNTS if isinstance(source.get(key), int)]
        if declared and declared[0] > 0:
            _check_experts(folder, tensors, declared[0])
    quantization = config.get("quantization_config")
    if isinstance(quantization, dict):
        match cast("dict[str, object]", quantization):
            case {"quant_method": "fp8", "weight_block_size": [int(rows), int(columns)]} if rows > 0 and columns > 0:
                _check_scales(folder, tensors, rows, columns)
            case _:
                pass


def missing_tensors(folder: Path, names: Iterable[str]) -> MinimError:
    """The error for tensors that a model needs and its checkpoint lacks."""
    return damaged(f"The weights in {folder} are not whole: {naming(names)} missing.")


def surplus_tensors(folder: Path, names: Iterable[str]) -> MinimError:
    """The error for tensors that a checkpoint holds and its model knows no place for."""
    return damaged(f"The weights in {folder} do not fit its config.json: there is no place for {naming(names)}.")


def misshapen_tensors(folder: Path, cases: Iterable[tuple[str, Iterable[int], Iterable[int]]]) -> MinimError:
    """The error for tensors of a wrong shape: name, the shape it has, the shape it should have."""
    told = [f"{name} is {_shape(found)} and should be {_shape(wanted)}" for name, found, wanted in sorted(cases)]
    return damaged(f"The weights in {folder} do not fit its config.json: {naming(told)}.")


def naming(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    several = sorted(names)
    more = f" and {len(several) - _SHOWN:,} more" if len(several) > _SHOWN else ""
    return ", ".join(several[:_SHOWN]) + more


def _check_scales(folder: Path, tensors: Mapping[str, TensorEntry], rows: int, columns: int) -> None:
    """Every matrix in FP8 has one scale for each block of rows×columns: unscaled it would be nonsense."""
    missing: list[str] = []
    misshapen: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    for name, entry in tensors.items():
        if not (entry.dtype.startswith("F8") and name.endswith(".weight") and len(entry.shape) == 2):
            continue
        scale = tensors.get(f"{name}_scale_inv")
        wanted = (math.ceil(entry.shape[0] / rows), math.ceil(entry.shape[1] / columns))
        if scale is None:
            missing.append(f"{name}_scale_inv")
        elif scale.shape != wanted:
            misshapen.append((f"{name}_scale_inv", scale.shape, wanted))
    if missing:
        raise missing_tensors(folder, missing)
    if misshapen:
        raise misshapen_tensors(folder, misshapen)


def _check_experts(folder: Path, tensors: Mapping[str, TensorEntry], experts: int) -> None:
    """Each layer's experts are numbered from 0 and of the same shapes: they are stacked whatever the numbers say."""
    stacks: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for name in tensors:
        if match := _EXPERT.match(name):
            stem, number, end = match.groups()
            stacks[stem, end][int(number)] = name
    missing: list[str] = []
    surplus: list[str] = []
    for (stem, end), stack in stacks.items():
        missing += [f"{stem}{number}{end}" for number in range(experts) if number not in stack]
        surplus += [name for number, name in stack.items() if number >= experts]
    if missing:
        raise missing_tensors(folder, missing)
    if surplus:
        raise surplus_tensors(folder, surplus)
    for stack in stacks.values():
        first = tensors[stack[0]]
        for name in stack.values():
            if tensors[name].shape != first.shape:
                raise misshapen_tensors(folder, [(name, tensors[name].shape, first.shape)])


def _shape(sides: Iterable[int]) -> str:
    return "×".join(map(str, sides)) or "a single number"


def _header(file: Path) -> dict[str, TensorEntry]:
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header: dict[str, Any] = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    try:
        return {name: TensorEntry(file, told["dtype"], tuple(told["shape"])) for name, told in header.items()}
    except (KeyError, TypeError):
        raise damaged(f"{file} does not say what its tensors are.") from None
