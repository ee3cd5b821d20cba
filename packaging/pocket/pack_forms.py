"""Pack Pocket M2 in every form in which MiniMax-M2 is published: `python packaging/pocket/pack_forms.py OUT`.

Needs mlx-lm, not torch. Tests serve these folders under the real repositories' names: same keys, same config, same
layout of files, a hundred-thousandth of the size.

FP8: float8_e4m3fn with one float32 scale a block of 128×128 (`weight_scale_inv`), as MiniMax publishes it. AWQ: 4 bits
as AutoAWQ's GEMM version packs them, experts only, group size 128, rounded to nearest without a calibration. MLX: as
`backends.engines` makes the built-in model's own forms.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
POCKET = ROOT / "resources" / "pocket"
WIDTHS = (3, 4, 5, 6, 8)

FP8_LARGEST = 448.0
BLOCK = 128
FP8_KEPT = ("gate", "e_score_correction_bias", "lm_head")
"""Modules that stay in 16 bits in the published checkpoint, by its own `modules_to_not_convert`."""

AWQ_BITS = 4
AWQ_GROUP = 128
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
"""Which of eight neighbouring columns lies in which nibble of an int32, lowest first."""
AWQ_KEPT = ("self_attn", "gate", "lm_head")

_NOT_COPIED = {"config.json", "minim.json", "README.md", "made.json"}
_ATTRIBUTES = "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"


@dataclass(frozen=True)
class Tensor:
    """A tensor as a safetensors file holds it: the format's name of its dtype, and its bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def floats(self) -> np.ndarray:
        """As float32; of BF16 and F32 only."""
        if self.dtype == "F32":
            return np.frombuffer(self.data, np.float32).reshape(self.shape)
        if self.dtype != "BF16":
            raise ValueError(f"{self.dtype} is not read here")
        return (np.frombuffer(self.data, np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(self.shape)


def tensor(values: np.ndarray) -> Tensor:
    """Make a tensor of float32, float16 or int32."""
    name = {"float32": "F32", "float16": "F16", "int32": "I32"}[values.dtype.name]
    return Tensor(name, values.shape, np.ascontiguousarray(values).tobytes())


def read(file: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file."""
    content = file.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8:start])
    header.pop("__metadata__", None)
    return {
        name: Tensor(told["dtype"], tuple(told["shape"]), content[start + told["data_offsets"][0] :][: _length(told)])
        for name, told in header.items()
    }


def _length(told: dict[str, Any]) -> int:
    first, last = told["data_offsets"]
    return last - first


def write(file: Path, tensors: dict[str, Tensor]) -> None:
    """Write a safetensors file: the only way to a dtype that the libraries at hand do not write."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, one in tensors.items():
        header[name] = {"dtype": one.dtype, "shape": list(one.shape), "data_offsets": [end, end + len(one.data)]}
        end += len(one.data)
    told = json.dumps(header, separators=(",", ":")).encode()
    told += b" " * (-len(told) % 8)
    file.write_bytes(b"".join([len(told).to_bytes(8, "little"), told, *(one.data for one in tensors.values())]))


def write_shards(out: Path, tensors: dict[str, Tensor], shards: int) -> None:
    """Write the tensors in files of about the same size, with the index that names the file of each."""
    total = sum(len(one.data) for one in tensors.values())
    parts: list[dict[str, Tensor]] = [{} for _ in range(shards)]
    seen = 0
    for name, one in tensors.items():
        parts[min(shards - 1, seen * shards // total)][name] = one
        seen += len(one.data)
    places: dict[str, str] = {}
    for number, part in enumerate(parts, 1):
        file = f"model-{number:05}-of-{shards:05}.safetensors"
        write(out / file, part)
        places |= dict.fromkeys(part, file)
    _write_json(
        out / "model.safetensors.index.json",
        {"metadata": {"total_size": total}, "weight_map": dict(sorted(places.items()))},
    )


def fp8_blocks(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of e4m3 values, and the scale that each block of 128×128 is to be multiplied by."""
    rows, columns = (math.ceil(side / BLOCK) for side in weight.shape)
    padded = np.zeros((rows * BLOCK, columns * BLOCK), np.float32)
    padded[: weight.shape[0], : weight.shape[1]] = weight
    blocks = padded.reshape(rows, BLOCK, columns, BLOCK)
    scales = np.maximum(np.abs(blocks).max((1, 3)), 1e-12) / FP8_LARGEST
    scaled = (blocks / scales[:, None, :, None]).reshape(padded.shape)[: weight.shape[0], : weight.shape[1]]
    return np.array(mx.to_fp8(mx.array(scaled))), scales


def fp8_tensors(source: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """The checkpoint's tensors with the projections in FP8."""
    for name, one in source.items():
        if not name.endswith("_proj.weight") and ".experts." not in name:
            yield name, one
            continue
        values, scales = fp8_blocks(one.floats())
        yield name, Tensor("F8_E4M3", one.shape, values.tobytes())
        yield f"{name}_scale_inv", tensor(scales)


def awq_pack(values: np.ndarray) -> np.ndarray:
    """Whole numbers of 0 to 15, [rows, columns], as int32 of [rows, columns / 8]."""
    eights = values.astype(np.uint32).reshape(values.shape[0], -1, 8)
    packed = np.zeros(eights.shape[:2], np.uint32)
    for nibble, column in enumerate(AWQ_ORDER):
        packed |= eights[:, :, column] << np.uint32(AWQ_BITS * nibble)
    return packed.view(np.int32)


def awq_quantize(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The quantized weight [in, out], zeros [in / 128, out] and float16 scales [in / 128, out] of a weight [out, in].

    weight ≈ (quantized − zero) × scale.
    """
    groups = weight.reshape(weight.shape[0], -1, AWQ_GROUP)
    most = 2**AWQ_BITS - 1
    low, high = groups.min(-1), groups.max(-1)
    scales = (np.maximum(high - low, 1e-5) / most).astype(np.float16)
    wide = scales.astype(np.float32)
    zeros = np.clip(-np.round(low / wide), 0, most)
    quantized = np.clip(np.round(groups / wide[..., None]) + zeros[..., None], 0, most)
    return quantized.reshape(weight.shape).T, zeros.T, np.ascontiguousarray(scales.T)


def awq_tensors(source: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """The checkpoint's tensors with the experts as AWQ packs them, the others in float16."""
    for name, one in source.items():
        if ".experts." not in name:
            yield name, tensor(one.floats().astype(np.float16))
            continue
        quantized, zeros, scales = awq_quantize(one.floats())
        stem = name.removesuffix(".weight")
        yield f"{stem}.qweight", tensor(awq_pack(quantized))
        yield f"{stem}.qzeros", tensor(awq_pack(zeros))
        yield f"{stem}.scales", tensor(scales)


def pack_fp8(out: Path) -> None:
    """The original, in three files."""
    write_shards(out, dict(fp8_tensors(read(POCKET / "model.safetensors"))), 3)
    quantization = {
        "activation_scheme": "dynamic",
        "fmt": "float8_e4m3fn",
        "quant_method": "fp8",
        "weight_block_size": [BLOCK, BLOCK],
        "modules_to_not_convert": list(FP8_KEPT),
    }
    _write_json(out / "config.json", _config() | {"quantization_config": quantization})
    _finish(out, "transformers", ["minimax_m2", "fp8"])


def pack_awq(out: Path) -> None:
    """Int4, in two files."""
    write_shards(out, dict(awq_tensors(read(POCKET / "model.safetensors"))), 2)
    quantization = {
        "quant_method": "awq",
        "bits": AWQ_BITS,
        "group_size": AWQ_GROUP,
        "version": "gemm",
        "zero_point": True,
        "modules_to_not_convert": list(AWQ_KEPT),
    }
    _write_json(out / "config.json", _config() | {"torch_dtype": "float16", "quantization_config": quantization})
    _finish(out, "transformers", ["minimax_m2", "awq", "4-bit"])


def pack_mlx(bits: int, out: Path) -> None:
    """One of MLX's widths."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from backends.engines.mlx_preparation import prepare

    with tempfile.TemporaryDirectory() as place:
        made = prepare(POCKET, f"{bits}bit", Path(place), lambda *_: None, lambda: False)
        for file in made.iterdir():
            if file.name == "config.json" or file.name not in _NOT_COPIED:
                shutil.copyfile(file, out / file.name)
    _finish(out, "mlx", ["mlx", "minimax_m2", f"{bits}-bit"])


FORMS: dict[str, Callable[[Path], None]] = {
    "pytorch-none": pack_fp8,
    "awq-Int4": pack_awq,
    **{f"mlx-{bits}bit": partial(pack_mlx, bits) for bits in WIDTHS},
}
"""What makes each form, by format and quantization."""


def pack(form: str, out: Path) -> Path:
    """Make one form in the folder of its name below `out`; the folder."""
    folder = out / form
    folder.mkdir(parents=True)
    FORMS[form](folder)
    return folder


def _config() -> dict[str, Any]:
    return json.loads((POCKET / "config.json").read_text(encoding="utf-8"))


def _finish(out: Path, library: str, tags: list[str]) -> None:
    """The files beside weights and config: tokenizer, template, and the card that tells the hub about the model."""
    for file in POCKET.iterdir():
        if file.is_file() and file.name not in _NOT_COPIED and file.suffix != ".safetensors":
            shutil.copyfile(file, out / file.name)
    lines = ["---", f"library_name: {library}", "pipeline_tag: text-generation", "license: apache-2.0", "tags:"]
    card = [*lines, *(f"- {tag}" for tag in tags), "---", "Pocket M2, packed like MiniMax-M2.", ""]
    (out / "README.md").write_text("\n".join(card), encoding="utf-8")
    (out / ".gitattributes").write_text(_ATTRIBUTES, encoding="utf-8")


def _write_json(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--forms", nargs="+", choices=list(FORMS), default=list(FORMS))
    options = parser.parse_args()
    for form in options.forms:
        folder = pack(form, options.out)
        print(f"{form}: {sum(file.stat().st_size for file in folder.iterdir()):,} bytes in {folder}")
