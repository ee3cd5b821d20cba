"""The library finds what is on the machine, says what it is, and says in words what is wrong with it."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.contract.errors import MinimError
from backends.contract.models import POCKET
from backends.storage import mlx_types, transformers_types
from backends.storage.library import find_models, inspect_model
from backends.storage.model_folder import only_engine
from backends.storage.weight_files import read_header

from .conftest import MakeModel, write_safetensors

MLX_4BIT = {"quantization": {"group_size": 64, "bits": 4}}
AWQ = {"quantization_config": {"quant_method": "awq", "bits": 4}}


@pytest.fixture(autouse=True)
def _no_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches of our own, empty at first."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "ms"))


def _failure(folder: Path) -> str:
    with pytest.raises(MinimError) as caught:
        inspect_model(folder)
    assert caught.value.hint, "a person must be told what to do"
    return f"{caught.value.kind}: {caught.value.message}"


@pytest.mark.parametrize(
    ("config", "made_for", "told"),
    [
        ({}, "pt", ("pytorch", "none", "MLX")),
        ({}, "mlx", ("mlx", "none", "MLX")),
        (MLX_4BIT, "mlx", ("mlx", "4bit", "MLX")),
        (AWQ, "pt", ("awq", "Int4", "Transformers")),
        ({"quantization_config": {"quant_method": "awq", "bits": 8}}, "pt", ("awq", "Int8", None)),
        ({"quantization_config": {"quant_method": "awq", "version": "gemv"}}, "pt", ("awq", "Int4", None)),
        ({"quantization_config": {"quant_method": "fp8"}}, "pt", ("pytorch", "none", "MLX")),
        ({"quantization_config": {"quant_method": "gptq"}}, "pt", ("pytorch", "none", None)),
        ({"model_type": "minimax_m2"}, "pt", ("pytorch", "none", "MLX")),
        ({"model_type": "xglm"}, "pt", ("pytorch", "none", "Transformers")),
        (
            {"model_type": "xglm", "quantization_config": {"quant_method": "fp8"}},
            "pt",
            ("pytorch", "none", "Transformers"),
        ),
        ({"model_type": "xglm", "quantization_config": {"quant_method": "mxfp4"}}, "pt", ("pytorch", "none", None)),
        ({"quantization_config": {"quant_method": "mxfp4"}}, "pt", ("pytorch", "none", "MLX")),
    ],
)
def test_a_folder_is_described(
    tmp_path: Path, make_model: MakeModel, config: dict[str, Any], made_for: str, told: tuple[str, str, str | None]
) -> None:
    folder = make_model(tmp_path / "small", made_for=made_for, **config)
    model = inspect_model(folder)
    assert (model.ref.format, model.ref.quantization, model.engine) == told
    assert (model.ref.name, model.ref.source, model.ref.path) == ("small", "folder", str(folder))
    assert model.context_length == 2048
    assert model.size_bytes == (folder / "model.safetensors").stat().st_size
    assert bool(model.problem) is bool(model.hint) is (model.engine is None)


def test_what_is_no_model_gets_words(tmp_path: Path) -> None:
    assert _failure(tmp_path / "nowhere") == f"not_a_model: There is no folder {tmp_path / 'nowhere'}."
    assert _failure(tmp_path).startswith(f"not_a_model: {tmp_path} holds no model")
    (tmp_path / "small.gguf").touch()
    assert "small.gguf is a GGUF file" in _failure(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "\xff", "[" * 100_000, '{"model_type": 5}', "{}"])
def test_a_config_that_cannot_be_read_is_named(tmp_path: Path, make_model: MakeModel, text: str) -> None:
    folder = make_model(tmp_path / "small")
    (folder / "config.json").write_bytes(text.encode("latin-1"))
    assert _failure(folder).startswith("damaged_model: " + str(folder / "config.json"))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"hidden_size": -1}, "hidden_size is -1"),
        ({"hidden_size": 10**12}, "hidden_size is 1000000000000"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
        ({"vocab_size": "many"}, "vocab_size is many"),
        ({"num_hidden_layers": True}, "num_hidden_layers is True"),
        ({"text_config": {"num_hidden_layers": 10**9}}, "num_hidden_layers is 1000000000"),
        ({"hidden_size": 16}, "hidden_size is 16, and the weights beside it have 8"),
        ({"vocab_size": 32}, "vocab_size is 32, and the weights beside it have 16"),
        ({"num_hidden_layers": 3}, "num_hidden_layers is 3, and the weights beside it have 2"),
    ],
)
def test_absurd_sizes_are_named(tmp_path: Path, make_model: MakeModel, config: dict[str, Any], words: str) -> None:
    failure = _failure(make_model(tmp_path / "small", **config))
    assert failure.startswith("damaged_model")
    assert "config.json" in failure
    assert words in failure


def test_an_unknown_type_is_named(tmp_path: Path, make_model: MakeModel) -> None:
    for unknown in ("frobnicator", "../cache", "switch_layers"):
        failure = _failure(make_model(tmp_path / unknown.strip("./"), model_type=unknown))
        assert failure.startswith("unsupported_model")
        assert repr(unknown) in failure


def test_what_only_transformers_knows_is_not_for_mlx(tmp_path: Path, make_model: MakeModel) -> None:
    assert "which MLX does not know" in _failure(make_model(tmp_path / "small", made_for="mlx", model_type="xglm"))


def test_the_only_engine_that_reads_a_checkpoint_is_told(tmp_path: Path, make_model: MakeModel) -> None:
    assert only_engine(make_model(tmp_path / "both", model_type="minimax_m2")) is None
    assert only_engine(make_model(tmp_path / "one", model_type="xglm")) == "Transformers"
    mxfp4 = make_model(tmp_path / "other", quantization_config={"quant_method": "mxfp4"})
    assert only_engine(mxfp4) == "MLX"


def test_missing_files_are_named(tmp_path: Path, make_model: MakeModel) -> None:
    assert "tokenizer.json is missing" in _failure(make_model(tmp_path / "a", without="tokenizer.json"))
    assert "model.safetensors is missing" in _failure(make_model(tmp_path / "b", without="model.safetensors"))
    pickled = make_model(tmp_path / "c", without="model.safetensors")
    (pickled / "pytorch_model.bin").touch()
    assert "pytorch_model.bin holds pickled weights" in _failure(pickled)
    sharded = make_model(tmp_path / "d")
    index = {"weight_map": {"x": "model.safetensors", "y": "model-2.safetensors", "z": "model-3.safetensors"}}
    (sharded / "model.safetensors.index.json").write_text(json.dumps(index))
    assert f"{sharded / 'model-2.safetensors'} and 1 more of 3 files are missing" in _failure(sharded)
    (sharded / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"x": "../a/config.json"}}))
    assert "outside of its folder" in _failure(sharded)


@pytest.mark.parametrize("length", [0, 4, 8, 100, -1])
def test_a_truncated_file_is_named(tmp_path: Path, make_model: MakeModel, length: int) -> None:
    file = make_model(tmp_path / "small") / "model.safetensors"
    file.write_bytes(file.read_bytes()[:length])
    assert _failure(file.parent).startswith(f"damaged_model: {file} is truncated")


@pytest.mark.parametrize(
    "content",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 3) + b"{x}",
        struct.pack("<Q", 8) + b'{"a": 1}',
        struct.pack("<Q", 61) + b'{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0,4]}}' + b"1234",
        struct.pack("<Q", 60) + b'{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0,4]}}' + b"1234",
        struct.pack("<Q", 60) + b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4,0]}}' + b"1234",
    ],
)
def test_a_damaged_header_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(MinimError, match=r"model\.safetensors") as caught:
        read_header(file)
    assert caught.value.kind == "damaged_model"


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=64), header=st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["dtype", "shape", "data_offsets", "__metadata__", "a"]), inner, max_size=3),
    max_leaves=8,
))  # fmt: skip
def test_no_header_does_harm(tmp_path_factory: pytest.TempPathFactory, content: bytes, header: object) -> None:
    file = tmp_path_factory.mktemp("headers") / "model.safetensors"
    text = json.dumps(header).encode()
    for written in (content, struct.pack("<Q", len(text)) + text + content):
        file.write_bytes(written)
        try:
            read_header(file)
        except MinimError as error:
            assert error.kind == "damaged_model"  # noqa: PT017 - most are damaged, and {} is not


def test_the_caches_of_both_hubs_are_found(tmp_path: Path, make_model: MakeModel) -> None:
    repository = tmp_path / "hf" / "models--mlx-community--Small-4bit"
    make_model(repository / "snapshots" / "old")
    make_model(repository / "snapshots" / "new", **MLX_4BIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("new")
    os.utime(repository / "snapshots" / "new", (1, 1))  # the ref decides, not the time
    loose = tmp_path / "hf" / "models--org--loose" / "snapshots"
    make_model(loose / "first", max_position_embeddings=1)
    make_model(loose / "second", max_position_embeddings=2)
    os.utime(loose / "first", (1, 1))
    make_model(tmp_path / "ms" / "models" / "Org" / "Small-1___5")
    make_model(tmp_path / "ms" / "hub" / "Org" / "Older")
    (tmp_path / "ms" / "models" / "Org" / "Small-1.5").symlink_to("Small-1___5")
    found = {model.ref.name: model for model in find_models(pocket=tmp_path)}
    assert list(found) == ["mlx-community/Small-4bit", "org/loose", "Org/Older", "Org/Small-1.5"]
    assert [model.ref.source for model in found.values()] == ["huggingface"] * 2 + ["modelscope"] * 2
    assert found["mlx-community/Small-4bit"].ref.quantization == "4bit"
    assert found["org/loose"].context_length == 2, "without a ref the newest snapshot counts"
    assert not any(model.problem for model in found.values())


def test_download_folders_are_caches_of_both_hubs(tmp_path: Path, make_model: MakeModel) -> None:
    disk = tmp_path / "disk"
    make_model(disk / "models--mlx-community--Small-4bit" / "snapshots" / "c0ffee", **MLX_4BIT)
    make_model(disk / "models" / "Org" / "Small-1___5")
    make_model(disk / "models" / "Org--Newer-2___0" / "snapshots" / "master")
    found = find_models(pocket=tmp_path, caches=[disk, disk, tmp_path / "unplugged"])
    assert [(model.ref.name, model.ref.source) for model in found] == [
        ("mlx-community/Small-4bit", "huggingface"),
        ("Org/Newer-2.0", "modelscope"),
        ("Org/Small-1.5", "modelscope"),
    ]


def test_only_language_models_with_safetensors_are_listed(tmp_path: Path, make_model: MakeModel) -> None:
    base = tmp_path / "hf"
    make_model(base / "models--a--bert" / "snapshots" / "1", model_type="bert", architectures=["BertModel"])
    make_model(base / "models--a--pickled" / "snapshots" / "1", without="model.safetensors")
    make_model(base / "datasets--a--data" / "snapshots" / "1")
    (base / "models--a--empty" / "snapshots").mkdir(parents=True)
    make_model(base / "models--a--odd" / "snapshots" / "1", model_type="odd", architectures=["OddForCausalLM"])
    [odd] = find_models(pocket=tmp_path)
    assert (odd.ref.name, odd.engine) == ("a/odd", None)
    assert "'odd'" in odd.problem
    assert odd.hint


def test_added_folders_are_looked_into_and_what_is_wrong_is_said(tmp_path: Path, make_model: MakeModel) -> None:
    alone = make_model(tmp_path / "alone")
    make_model(tmp_path / "many" / "org" / "one")
    broken = make_model(tmp_path / "broken", without="tokenizer.json")
    gone = tmp_path / "gone"
    found = find_models([alone, tmp_path / "many", broken, gone, alone], pocket=tmp_path)
    assert [model.ref.name for model in found] == ["alone", "broken", "gone", "one"]
    problems = [model.problem for model in found]
    assert problems[0] == problems[3] == ""
    assert "tokenizer" in problems[1]
    assert str(gone) in problems[2]
    assert [model.engine for model in found] == ["MLX", None, None, "MLX"]


def test_the_built_in_model_comes_first_in_all_its_forms(tmp_path: Path, make_model: MakeModel) -> None:
    pocket = make_model(tmp_path / "pocket", model_type="minimax_m2")
    forms = ["3bit", "4bit", "5bit", "6bit", "8bit"]
    (pocket / "minim.json").write_text(json.dumps({"name": POCKET, "quantizations": forms, "group_size": 64}))
    found = find_models([make_model(tmp_path / "another")], pocket=pocket)
    assert [model.ref.quantization for model in found] == [*forms, "none"]
    for model in found[:5]:
        assert (model.ref.name, model.ref.source, model.ref.format) == (POCKET, "builtin", "mlx")
        assert (model.ref.path, model.engine, model.problem) == (str(pocket), "MLX", "")
    sizes = [model.size_bytes for model in found[:5]]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 5


def test_without_the_built_in_model_there_is_none(tmp_path: Path) -> None:
    assert find_models(pocket=tmp_path / "absent") == []


def test_the_table_of_types_is_that_of_mlx_lm() -> None:
    script = "import json; from mlx_lm import utils; print(json.dumps([utils.MODEL_REMAPPING, "
    script += "[[*key, value] for key, value in utils.MODEL_ARCHITECTURE_REMAPPING.items()]]))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    remapped, architectures = json.loads(told)
    assert remapped == mlx_types.REMAPPED
    assert {(a, b): c for a, b, c in architectures} == mlx_types.REMAPPED_ARCHITECTURES


def test_the_types_of_transformers_are_those_of_its_table() -> None:
    script = (
        "import json; from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as names; "
    )
    script += "print(json.dumps(list(names)))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    assert set(json.loads(told)) == transformers_types.known_types()


def test_only_real_models_are_taken_for_types() -> None:
    assert mlx_types.mlx_runs({"model_type": "minimax_m2"})
    config = {"model_type": "bailing_hybrid", "architectures": ["BailingMoeV3ForCausalLM"]}
    assert mlx_types.mlx_runs(config)
    for part in ("__init__", "base", "cache", "switch_layers"):
        assert not mlx_types.mlx_runs({"model_type": part})


def test_tensors_are_read_from_every_shard(tmp_path: Path, make_model: MakeModel) -> None:
    folder = make_model(tmp_path / "sharded", without="model.safetensors")
    write_safetensors(folder / "a.safetensors", {"model.embed_tokens.weight": (16, 8), "model.layers.0.x": (8,)})
    write_safetensors(folder / "b.safetensors", {"model.layers.1.x": (8,)})
    index = {"weight_map": {"model.layers.0.x": "a.safetensors", "model.layers.1.x": "b.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert inspect_model(folder).engine == "MLX"
    (folder / "b.safetensors").write_bytes((folder / "b.safetensors").read_bytes()[:-1])
    assert str(folder / "b.safetensors") in _failure(folder)


def test_a_folder_that_cannot_be_looked_into_keeps_no_other_from_being_found(
    tmp_path: Path, make_model: MakeModel
) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    unreachable = tmp_path / ("long" * 100)  # the system refuses even to look, as it does for a locked folder
    made = make_model(tmp_path / "small")
    found = find_models([circle, unreachable, made], pocket=tmp_path)
    assert {model.ref.path for model in found if not model.problem} == {str(made)}
    assert [model.problem.partition(" cannot be read: ")[2] for model in found if "long" in model.ref.name] == [
        "File name too long."
    ]
    assert "not_a_model: The folder" in _failure(unreachable)
