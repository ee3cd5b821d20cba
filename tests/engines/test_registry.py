"""Which engine is opened for which form."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from backends.contract.errors import MinimError
from backends.contract.models import EngineName, ModelFormat, ModelRef
from backends.engines import registry
from backends.engines.registry import choose_engine, open_engine


def reference(model_format: ModelFormat, quantization: str = "none") -> ModelRef:
    return ModelRef("M", model_format, quantization, "folder", ".")


@pytest.mark.parametrize("model_format", ["mlx", "pytorch"])
def test_mlx_runs_its_own_and_plain_checkpoints(model_format: ModelFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_has_cuda", lambda: False)
    assert type(open_engine(reference(model_format))).__name__ == "MlxEngine"


@pytest.mark.parametrize(
    ("model_format", "wished", "has_cuda", "chosen"),
    [
        ("mlx", None, True, "MLX"),
        ("pytorch", None, True, "Transformers"),
        ("pytorch", "MLX", True, "MLX"),
        ("pytorch", "Transformers", False, "Transformers"),
        ("awq", None, False, "Transformers"),
    ],
)
def test_the_form_the_wish_and_the_machine_decide(
    monkeypatch: pytest.MonkeyPatch,
    model_format: ModelFormat,
    wished: EngineName | None,
    has_cuda: bool,
    chosen: EngineName,
) -> None:
    monkeypatch.setattr(registry, "_has_cuda", lambda: has_cuda)
    assert choose_engine(reference(model_format), wished) == chosen


@pytest.mark.parametrize(("model_format", "wished"), [("mlx", "Transformers"), ("awq", "MLX")])
def test_an_engine_that_cannot_read_a_form_says_so(model_format: ModelFormat, wished: EngineName) -> None:
    with pytest.raises(MinimError, match=f"{wished} does not read M in {model_format.upper()}") as caught:
        choose_engine(reference(model_format), wished)
    assert caught.value.kind == "unsupported_model"
    assert caught.value.hint


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(name: str) -> None:
        assert name in ("torch", "accelerate")

    monkeypatch.setattr(importlib.util, "find_spec", find_nothing)
    with pytest.raises(MinimError, match=r"AWQ Int4 needs .* torch and accelerate missing") as caught:
        open_engine(reference("awq", "Int4"))
    assert caught.value.kind == "engine_missing"
    assert "minim engines --install transformers" in caught.value.hint
    assert "MLX" in caught.value.hint


@pytest.mark.parametrize(
    ("version", "source", "form", "words"),
    [
        ("2.13.0", "raise OSError('libtorch.so: cannot open')", "mlx", "MLX, which .* libtorch.so: cannot open"),
        ("2.1.0", "__version__ = '2.1.0'", "awq", "Transformers engine, which .* torch 2.1.0 is older than"),
    ],
)
def test_a_torch_that_does_not_fit_is_told_with_a_way_out(
    tmp_path: Path, version: str, source: str, form: str, words: str
) -> None:
    """An engine's environment comes before Minim's own packages, and mlx-lm imports the torch that lies there."""
    for name, text in (("torch", source), ("accelerate", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
        about = tmp_path / f"{name}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from backends.contract.models import ModelRef\n"
        "from backends.contract.errors import MinimError\n"
        "from backends.engines.registry import open_engine\n"
        "try: open_engine(ModelRef('M', sys.argv[2], '4bit', 'folder', '.'))\n"
        "except MinimError as error: print(error.message, error.hint)\n"
    )
    asked = [sys.executable, "-c", code, str(tmp_path), form]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    assert re.search(words, told)
    assert "minim engines --remove transformers" in told


def test_no_engine_is_imported_before_it_is_chosen() -> None:
    code = "import sys, backends.engines.registry; assert not {'mlx', 'transformers', 'torch'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
