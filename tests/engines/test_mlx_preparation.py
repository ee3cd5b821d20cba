# pyright: basic
# basic: the session fixture is untyped.
"""The built-in model's quantized forms: made once, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.errors import MinimError, RequestStopped
from backends.contract.models import ModelRef
from backends.engines import mlx_preparation
from backends.engines.mlx_library import mx


@pytest.fixture
def builtin(copy_of_minimax: Path) -> Path:
    """A built-in model as it is shipped: bf16, with minim.json."""
    file = copy_of_minimax / "model.safetensors"
    weights: Any = mx.load(str(file))
    weights = {name: value.astype(mx.bfloat16) for name, value in weights.items()}
    mx.eval(weights)
    mx.save_safetensors(str(file), weights, metadata={"format": "mlx"})
    settings = {"name": "Tiny", "quantizations": ["3bit", "4bit", "5bit", "6bit", "8bit"], "group_size": 64}
    (copy_of_minimax / "minim.json").write_text(json.dumps(settings))
    return copy_of_minimax


@pytest.fixture
def pick(builtin: Path, refer: Callable[..., ModelRef]) -> Callable[[str], ModelRef]:
    """Makes a ModelRef of the built-in model in a quantization."""
    return lambda quantization: refer(builtin, quantization, "builtin")


def names(prepared: Path) -> list[str]:
    return sorted(folder.name for folder in prepared.iterdir())


@pytest.mark.parametrize("quantization", ["3bit", "4bit", "5bit", "6bit", "8bit"])
def test_each_form_is_made_and_answers(session: Any, pick: Any, tmp_path: Path, quantization: str) -> None:
    session.load(pick(quantization), tmp_path / "prepared")
    assert {progress.phase for progress in session.progress} == {"preparing", "reading"}
    assert session.ask("hi", max_tokens=3).usage.generated_tokens == 3
    head = session.engine._loaded.model.lm_head
    assert (head.bits, head.group_size) == (int(quantization[0]), 64)


def test_a_form_is_made_once(session: Any, pick: Any, tmp_path: Path) -> None:
    session.load(pick("4bit"), tmp_path / "prepared")
    first = session.ask("hi", max_tokens=8).text
    session.load(pick("4bit"), tmp_path / "prepared")
    assert {progress.phase for progress in session.progress} == {"reading"}
    assert session.ask("hi", max_tokens=8).text == first
    assert len(names(tmp_path / "prepared")) == 1


def test_a_new_source_makes_new_forms_and_removes_the_old(
    session: Any, pick: Any, builtin: Path, tmp_path: Path
) -> None:
    prepared = tmp_path / "prepared"
    session.load(pick("4bit"), prepared)
    session.load(pick("8bit"), prepared)
    [old4, old8] = names(prepared)
    settings = json.loads((builtin / "minim.json").read_text())
    (builtin / "minim.json").write_text(json.dumps({**settings, "group_size": 32}))
    session.load(pick("4bit"), prepared)
    assert session.engine._loaded.model.lm_head.group_size == 32
    [new4, still8] = names(prepared)
    assert new4 != old4
    assert still8 == old8


@pytest.mark.parametrize("harm", ["file missing", "file cut", "no manifest"])
def test_a_half_made_form_is_made_again(session: Any, pick: Any, tmp_path: Path, harm: str) -> None:
    prepared = tmp_path / "prepared"
    session.load(pick("4bit"), prepared)
    [name] = names(prepared)
    weights = prepared / name / "model.safetensors"
    if harm == "file missing":
        weights.unlink()
    elif harm == "file cut":
        os.truncate(weights, 1000)
    else:
        (prepared / name / "made.json").unlink()
    session.load(pick("4bit"), prepared)
    assert session.ask("hi", max_tokens=2).usage.generated_tokens == 2
    assert names(prepared) == [name]


def test_making_is_cancelled_and_leaves_nothing(session: Any, pick: Any, tmp_path: Path, after: Any) -> None:
    prepared = tmp_path / "prepared"
    with pytest.raises(RequestStopped):
        session.load(pick("4bit"), prepared, cancelled=after(3))
    assert names(prepared) == []


def test_a_draft_of_another_process_is_left_alone_unless_it_is_old(session: Any, pick: Any, tmp_path: Path) -> None:
    prepared = tmp_path / "prepared"
    for name in (".making-old", ".making-new"):
        (prepared / name).mkdir(parents=True)
    os.utime(prepared / ".making-old", (0, 0))
    session.load(pick("4bit"), prepared)
    assert names(prepared)[0] == ".making-new"
    assert len(names(prepared)) == 2


def test_two_at_once_agree(pick: Any, builtin: Path, tmp_path: Path) -> None:
    prepared = tmp_path / "prepared"
    model = pick("4bit")
    finished: list[Path] = []

    def other_process(_: object) -> None:
        if not finished:  # while the first is at work, a second one begins and ends
            finished.append(builtin)
            finished.append(mlx_preparation.prepare(builtin, "4bit", prepared, lambda _: None, lambda: False))
            (finished[1] / "mark").touch()

    first = mlx_preparation.prepare(builtin, model.quantization, prepared, other_process, lambda: False)
    assert first == finished[1]
    assert (first / "mark").exists()
    assert names(prepared) == [first.name]


def test_a_full_disk_is_said_in_words(session: Any, pick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(mlx_preparation.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(MinimError, match="free disk space") as caught:
        session.load(pick("4bit"), tmp_path / "prepared")
    assert caught.value.kind == "disk_full"


def test_a_place_that_cannot_be_written_is_said_in_words(session: Any, pick: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MinimError, match="file") as caught:
        session.load(pick("4bit"), tmp_path / "file")
    assert caught.value.kind == "internal"


def test_an_unknown_form_is_refused(session: Any, pick: Any, tmp_path: Path) -> None:
    with pytest.raises(MinimError, match="2bit") as caught:
        session.load(pick("2bit"), tmp_path / "prepared")
    assert caught.value.kind == "unsupported_model"
    assert "3bit, 4bit" in caught.value.hint
