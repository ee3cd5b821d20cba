# pyright: basic
# basic: torch may be missing, and the sessions are untyped.
"""Loading with Transformers: what it reports, how it is stopped, and what it says of files that are not right."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.errors import MinimError, RequestStopped
from backends.contract.models import ModelFormat
from backends.storage.library import POCKET_FOLDER

pytestmark = pytest.mark.torch


@pytest.fixture(scope="session")
def loading() -> Any:
    """The module, which imports torch."""
    module: Any = importlib.import_module("backends.engines.transformers_loading")
    module.torch.set_num_threads(1)
    return module


@pytest.fixture
def other(loading: Any, new_session: Callable[[Any], Any]) -> Any:
    """A session with an engine of Transformers and nothing loaded."""
    return new_session(importlib.import_module("backends.engines.transformers_engine").TransformersEngine())


def load(session: Any, folder: Path, model_format: ModelFormat = "pytorch", **more: Any) -> Any:
    from backends.contract.models import ModelRef

    return session.load(ModelRef(folder.name, model_format, "none", "folder", str(folder)), **more)


def test_progress_is_monotone_and_complete(
    other: Any, loading: Any, published_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_REPORT_SECONDS", 0.0)
    loaded = load(other, published_folder)
    done = [progress.done_bytes for progress in other.progress]
    total = other.progress[0].total_bytes
    assert (done[0], done[-1]) == (0, total)
    assert done == sorted(done)
    assert len(done) > 30
    assert {(progress.phase, progress.total_bytes) for progress in other.progress} == {("reading", total)}
    assert (published_folder / "model.safetensors").stat().st_size > total > 0
    assert (loaded.engine, loaded.context_length, loaded.supports_tools) == ("Transformers", 4096, True)


@pytest.mark.parametrize("looks", [0, 1, 20])
def test_a_load_is_cancelled_between_tensors(other: Any, published_folder: Path, after: Any, looks: int) -> None:
    load(other, published_folder)
    with pytest.raises(RequestStopped):
        load(other, published_folder, cancelled=after(looks))
    with pytest.raises(MinimError) as caught:
        other.ask("hi")
    assert caught.value.kind == "no_model"
    load(other, published_folder)
    assert other.ask("hi", max_tokens=2).usage.generated_tokens == 2


def test_a_model_outlives_its_files(other: Any, copy_of_published: Path) -> None:
    load(other, copy_of_published)
    before = other.ask("hi", max_tokens=8).text
    file = copy_of_published / "model.safetensors"
    file.write_bytes(bytes(file.stat().st_size))
    assert other.ask("hi there", max_tokens=8).usage.generated_tokens > 0
    assert other.ask("hi", max_tokens=8).text == before


def test_more_weights_than_memory_is_refused_before_reading(
    other: Any, loading: Any, published_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = loading.psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(loading.psutil, "virtual_memory", lambda: memory)
    with pytest.raises(MinimError, match="GiB of RAM") as caught:
        load(other, published_folder)
    assert caught.value.kind == "out_of_memory"
    assert other.progress == []


@pytest.fixture(scope="module")
def forms(mission_forms: Path) -> dict[str, Path]:
    """Pocket M2 in the three formats that Transformers reads."""
    return {
        "pytorch": POCKET_FOLDER,
        "fp8": mission_forms / "pytorch-none",
        "awq": mission_forms / "awq-Int4",
    }


Tensors = dict[str, Any]
EXPERT = "model.layers.1.block_sparse_moe.experts.3.w1."


def change(folder: Path, edit: Callable[[Tensors], None]) -> None:
    """Edit a checkpoint's tensors; they come to lie in one file, with an index if there was one."""
    files: Any = importlib.import_module("safetensors.torch")
    tensors: Tensors = {}
    for file in folder.glob("*.safetensors"):
        tensors |= {name: value.clone() for name, value in files.load_file(file).items()}
        file.unlink()
    (folder / "model.safetensors.index.json").unlink(missing_ok=True)
    edit(tensors)
    files.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def drop(name: str) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.pop(name)


def add(name: str) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.update({name: tensors["model.norm.weight"].clone()})


def halve(name: str) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.update({name: tensors[name][: len(tensors[name]) // 2].clone()})


DAMAGES: list[tuple[str, Callable[[Tensors], None], str]] = [
    *((form, drop("model.norm.weight"), "not whole: model.norm.weight missing") for form in ("pytorch", "fp8", "awq")),
    *((form, add("model.nonsense"), "no place for model.nonsense") for form in ("pytorch", "fp8", "awq")),
    *(
        (form, halve("model.layers.0.self_attn.q_norm.weight"), "q_norm.weight is 128 and should be 256")
        for form in ("pytorch", "fp8", "awq")
    ),
    ("pytorch", drop(EXPERT + "weight"), f"{EXPERT}weight missing"),
    ("pytorch", halve(EXPERT + "weight"), f"{EXPERT}weight is 64×256 and should be 128×256"),
    ("pytorch", halve("model.layers.0.self_attn.q_proj.weight"), "q_proj.weight is 128×256 and should be 256×256"),
    ("fp8", drop(EXPERT + "weight_scale_inv"), f"{EXPERT}weight_scale_inv missing"),
    ("fp8", drop("model.layers.0.self_attn.q_proj.weight_scale_inv"), "q_proj.weight_scale_inv missing"),
    ("fp8", halve("model.layers.0.self_attn.q_proj.weight_scale_inv"), "weight_scale_inv is 1×2 and should be 2×2"),
    ("fp8", add("model.layers.0.self_attn.x_proj.weight_scale_inv"), "x_proj"),
    ("awq", drop(EXPERT + "qweight"), f"{EXPERT}qweight missing"),
    ("awq", drop(EXPERT + "scales"), f"{EXPERT}scales missing"),
    ("awq", halve(EXPERT + "qzeros"), f"{EXPERT}qzeros"),
    ("awq", add("model.layers.0.self_attn.q_proj.qweight"), "q_proj"),
]


@pytest.mark.parametrize("case", range(len(DAMAGES)), ids=[f"{form}: {words}" for form, _, words in DAMAGES])
def test_a_tensor_too_few_too_many_or_misshapen_is_refused_by_name(
    other: Any, forms: dict[str, Path], tmp_path: Path, case: int
) -> None:
    form, edit, words = DAMAGES[case]
    folder = Path(shutil.copytree(forms[form], tmp_path / "model"))
    change(folder, edit)
    with pytest.raises(MinimError) as caught:
        load(other, folder, "awq" if form == "awq" else "pytorch")
    assert caught.value.kind == "damaged_model"
    assert words in caught.value.message
    assert str(folder) in caught.value.message
    with pytest.raises(MinimError, match="No model is loaded"):
        other.ask("hi")


def rewrite(name: str, **changes: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return edit


WRONG: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no config": (lambda folder: (folder / "config.json").unlink(), "not_a_model", "config.json"),
    "unknown type": (rewrite("config.json", model_type="frobnicator"), "unsupported_model", "frobnicator"),
    "no language model": (rewrite("config.json", model_type="clip"), "unsupported_model", "clip"),
    "own code": (rewrite("config.json", model_file="x.py"), "unsupported_model", "code"),
    "another size": (rewrite("config.json", vocab_size=300), "damaged_model", "embed_tokens"),
    "no such activation": (rewrite("config.json", hidden_act="frob"), "damaged_model", "frob"),
    "truncated": (lambda folder: (folder / "model.safetensors").write_bytes(b"x" * 99), "damaged_model", "truncated"),
    "tokenizer": (lambda folder: (folder / "tokenizer.json").write_text("{}"), "damaged_model", "tokenizer"),
    "no template": (lambda folder: (folder / "chat_template.jinja").unlink(), "unsupported_model", "chat template"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_words_and_by_file(other: Any, copy_of_published: Path, name: str) -> None:
    damage, kind, words = WRONG[name]
    damage(copy_of_published)
    with pytest.raises(MinimError) as caught:
        load(other, copy_of_published)
    assert (caught.value.kind, words in caught.value.message) == (kind, True), caught.value.message
    assert str(copy_of_published) in caught.value.message
    assert caught.value.hint


def test_loading_reaches_no_network(other: Any, published_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def refuse(*address: Any, **_: Any) -> None:
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    load(other, published_folder)
    assert other.ask("hi", max_tokens=2).usage.generated_tokens == 2
    assert asked == []


def test_tied_embeddings_are_not_missing(other: Any, published_folder: Path, tmp_path: Path) -> None:
    transformers: Any = importlib.import_module("transformers")
    config = transformers.LlamaConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, vocab_size=263,
        tie_word_embeddings=True,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path / "tied")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(published_folder / name, tmp_path / "tied" / name)
    load(other, tmp_path / "tied")
    assert other.ask("hi", max_tokens=3, ignore_end=True).usage.generated_tokens == 3


def test_code_of_the_model_s_own_is_never_run(other: Any, copy_of_published: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    (copy_of_published / "modeling_x.py").write_text(f"open({str(trap)!r}, 'w')\n")
    own = {"AutoConfig": "modeling_x.C", "AutoModelForCausalLM": "modeling_x.M"}
    rewrite("config.json", auto_map=own)(copy_of_published)
    load(other, copy_of_published)
    assert not trap.exists()


def test_an_fp8_model_is_in_one_type(other: Any, loading: Any, forms: dict[str, Path]) -> None:
    load(other, forms["fp8"])
    types = {parameter.dtype for parameter in other.engine._loaded.model.parameters()}
    assert types == {loading.torch.float32}


def test_the_built_in_model_s_mlx_forms_are_not_for_this_engine(other: Any, refer: Any) -> None:
    with pytest.raises(MinimError, match="made for MLX") as caught:
        other.load(refer(POCKET_FOLDER, "4bit", "builtin"))
    assert caught.value.kind == "unsupported_model"


def test_layers_that_gpus_cannot_divide_are_no_damage(tmp_path: Path) -> None:
    library: Any = importlib.import_module("backends.engines.torch_library")
    accelerated: Any = importlib.import_module("transformers.integrations.accelerate")
    with pytest.raises(ValueError, match="offload_folder") as raised:
        accelerated.offload_weight(None, "weight", None, {})
    assert library.in_words(raised.value, tmp_path).kind == "out_of_memory"
