"""Headers of checkpoints: what is told of tensors before any library takes it on trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.errors import MinimError
from backends.engines.checkpoint_tensors import TensorEntry, check_tensors, checkpoint_tensors, naming

FOLDER = Path("models/m2")
EXPERTS: dict[str, Any] = {"num_local_experts": 3}
FP8: dict[str, Any] = {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}


def write(file: Path, tensors: dict[str, tuple[str, list[int], int]]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    told = json.dumps(header).encode()
    file.write_bytes(len(told).to_bytes(8, "little") + told + bytes(end))


def test_all_files_are_read(tmp_path: Path) -> None:
    write(tmp_path / "model-1.safetensors", {"a": ("BF16", [2, 3], 12)})
    write(tmp_path / "model-2.safetensors", {"b": ("F4", [4], 2)})
    found = checkpoint_tensors(tmp_path)
    assert found["a"] == TensorEntry(tmp_path / "model-1.safetensors", "BF16", (2, 3))
    assert (found["a"].bytes, found["b"].bytes, found["a"].elements) == (12, 2, 6)


def test_a_tensor_in_two_files_is_refused(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / f"model-{number}.safetensors", {"norm.weight": ("F32", [1], 4)})
    with pytest.raises(MinimError, match=r"model-1\.safetensors both hold the tensor norm\.weight") as caught:
        checkpoint_tensors(tmp_path)
    assert caught.value.kind == "damaged_model"


def test_a_tensor_that_only_the_index_knows_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "model-1.safetensors", {"a": ("F32", [1], 4)})
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-1.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(MinimError, match="lack b, which"):
        checkpoint_tensors(tmp_path)


def experts(shape: tuple[int, ...] = (4, 4)) -> dict[str, TensorEntry]:
    return {
        f"layers.{layer}.experts.{number}.w{part}.weight": TensorEntry(FOLDER, "BF16", shape)
        for layer in range(2)
        for number in range(3)
        for part in (1, 2, 3)
    }


def drop(tensors: dict[str, TensorEntry]) -> None:
    del tensors["layers.1.experts.1.w2.weight"]


def add(tensors: dict[str, TensorEntry]) -> None:
    tensors["layers.0.experts.3.w1.weight"] = tensors["layers.0.experts.0.w1.weight"]


def misshape(tensors: dict[str, TensorEntry]) -> None:
    tensors["layers.0.experts.2.w3.weight"] = TensorEntry(FOLDER, "BF16", (4, 8))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop, r"layers\.1\.experts\.1\.w2\.weight missing"),
        (add, r"no place for layers\.0\.experts\.3\.w1\.weight"),
        (misshape, r"layers\.0\.experts\.2\.w3\.weight is 4×8 and should be 4×4"),
    ],
)
def test_experts_are_all_there_and_alike(change: Callable[[dict[str, TensorEntry]], None], words: str) -> None:
    tensors = experts()
    check_tensors(FOLDER, EXPERTS, tensors)
    check_tensors(FOLDER, {"text_config": EXPERTS}, tensors)
    change(tensors)
    with pytest.raises(MinimError, match=words) as caught:
        check_tensors(FOLDER, EXPERTS, tensors)
    assert caught.value.kind == "damaged_model"
    assert str(FOLDER) in caught.value.message


def test_weights_in_fp8_have_their_scales() -> None:
    weight = TensorEntry(FOLDER, "F8_E4M3", (200, 256))
    whole = {"q.weight": weight, "q.weight_scale_inv": TensorEntry(FOLDER, "F32", (2, 2))}
    check_tensors(FOLDER, FP8, whole)
    with pytest.raises(MinimError, match=r"q\.weight_scale_inv missing"):
        check_tensors(FOLDER, FP8, {"q.weight": weight})
    with pytest.raises(MinimError, match=r"q\.weight_scale_inv is 1×2 and should be 2×2"):
        check_tensors(FOLDER, FP8, whole | {"q.weight_scale_inv": TensorEntry(FOLDER, "F32", (1, 2))})
    check_tensors(FOLDER, {}, {"q.weight": weight})


def test_many_names_are_counted() -> None:
    assert naming(["b", "a"]) == "a, b"
    assert naming(str(number) for number in range(9)) == "0, 1, 2, 3 and 5 more"
