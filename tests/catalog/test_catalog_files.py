"""Minim's own catalogue: MiniMax-M2 exactly, and every entry as Xinference would take it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backends.catalog.specs import CATALOG_FOLDER, read_specs
from backends.contract.catalog import ModelSpec

FILES = sorted(CATALOG_FOLDER.glob("*.json"))

# Format, quantization, Hugging Face, ModelScope, GB: the card of MiniMax-M2.
M2 = [
    ("pytorch", "none", "MiniMaxAI/MiniMax-M2", "MiniMax/MiniMax-M2", 230),
    ("awq", "Int4", "QuantTrio/MiniMax-M2-AWQ", "tclf90/MiniMax-M2-AWQ", 124),
    *(
        ("mlx", f"{bits}bit", f"mlx-community/MiniMax-M2-{bits}bit", f"mlx-community/MiniMax-M2-{bits}bit", size)
        for bits, size in ((3, 100), (4, 129), (5, 157), (6, 186), (8, 243))
    ),
]


def test_minimax_m2_has_its_seven_forms_at_both_hubs(catalog: tuple[ModelSpec, ...]) -> None:
    model = catalog[0]
    assert (model.name, model.context_length, model.kv_bytes_per_token) == ("MiniMax-M2", 196_608, 253_952)
    assert (model.languages, model.abilities) == (("en", "zh"), ("chat", "tools", "reasoning"))
    assert {(form.size_in_billions, form.active_in_billions) for form in model.forms} == {(230.0, 10.0)}
    assert [
        (form.format, form.quantization, *(source.repo for source in form.sources), round(form.weights_bytes / 1e9))
        for form in model.forms
    ] == M2
    assert {tuple(source.hub for source in form.sources) for form in model.forms} == {("huggingface", "modelscope")}


def test_the_order_is_m2_then_chat_models_then_the_pocket(catalog: tuple[ModelSpec, ...]) -> None:
    names = [model.name for model in catalog]
    assert names[:4] == ["MiniMax-M2", "MiniMax-M2.7", "MiniMax-M2.5", "MiniMax-M2.1"]
    assert names[-1] == "Pocket M2"
    assert len(names) == len({name.casefold() for name in names}) >= 20


def test_nothing_of_our_own_is_left_out() -> None:
    assert [file.name for file in FILES] == ["chat.json", "minimax.json", "pocket.json"]
    assert [words for file in FILES for words in read_specs(file.read_bytes(), file.name, "")[1]] == []


def test_each_model_says_what_it_is(catalog: tuple[ModelSpec, ...]) -> None:
    for model in catalog:
        assert model.description.endswith("."), model.name
        assert model.kv_bytes_per_token, model.name
        assert model.origin == ""
        assert all(form.sources for form in model.forms) or model.name == "Pocket M2"
        repos = [(source.hub, source.repo) for form in model.forms for source in form.sources]
        assert len(repos) == len(set(repos)), model.name
        assert all(repo.count("/") == 1 and "{" not in repo for _, repo in repos)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_sizes_are_written_as_xinference_wants_them(file: Any) -> None:
    """A whole number, or a string with "_" for the point: its own classes take no 3.6."""
    for family in json.loads(file.read_bytes()):
        assert family["version"] == 2
        for spec in family["model_specs"]:
            for key in ("model_size_in_billions", "activated_size_in_billions"):
                size = spec.get(key, 1)
                assert isinstance(size, int) or (isinstance(size, str) and "_" in size), (family["model_name"], size)
