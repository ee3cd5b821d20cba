"""A person's Xinference JSON is taken in all its variety; what cannot be is left out, in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backends.catalog.specs import merged, read_specs
from backends.contract.catalog import ModelForm, ModelSpec, Source
from backends.contract.errors import MinimError


def family(**changes: Any) -> dict[str, Any]:
    """A small family in version 2."""
    return {
        "version": 2,
        "model_name": "swan",
        "context_length": 4096,
        "model_lang": ["en"],
        "model_ability": ["chat"],
        "model_description": "Swims.",
        "model_specs": [spec()],
        "stop": ["<end>"],
        "virtualenv": {"packages": ["swan==1"]},
        **changes,
    }


def spec(**changes: Any) -> dict[str, Any]:
    hub = {"model_id": "lake/swan-{quantization}", "quantizations": ["4bit", "8bit"]}
    return {
        "model_format": "mlx",
        "model_size_in_billions": 8,
        "model_src": {"huggingface": hub},
        **changes,
    }


def read(value: Any) -> tuple[tuple[ModelSpec, ...], tuple[str, ...]]:
    return read_specs(json.dumps(value, indent=1).encode(), "mine.json", "imported")


def forms(value: Any) -> list[ModelForm]:
    models, left_out = read(value)
    assert left_out == ()
    return [form for model in models for form in model.forms]


def test_one_family_or_a_list_of_them() -> None:
    assert read(family()) == read([family()])
    model = read(family())[0][0]
    assert (model.name, model.description, model.context_length) == ("swan", "Swims.", 4096)
    assert (model.languages, model.abilities, model.origin) == (("en",), ("chat",), "imported")
    assert len(read([family(model_name=f"swan {n}") for n in range(300)])[0]) == 300


def test_each_quantization_of_each_hub_is_a_form_with_its_sources() -> None:
    source = {
        "huggingface": {"model_id": "lake/swan-{quantization}", "quantizations": ["4bit", "8bit"]},
        "modelscope": {"model_id": "pond/swan", "quantizations": ["8bit"], "model_revision": "v2"},
        "csghub": {"model_id": "elsewhere/swan", "quantizations": ["2bit"]},
    }
    found = {form.quantization: form.sources for form in forms(family(model_specs=[spec(model_src=source)]))}
    assert found == {
        "4bit": (Source("huggingface", "lake/swan-4bit"),),
        "8bit": (Source("huggingface", "lake/swan-8bit"), Source("modelscope", "pond/swan", "v2")),
    }


@pytest.mark.parametrize(
    ("written", "meant"), [(230, 230.0), (0.6, 0.6), ("0_6", 0.6), ("141", 141.0), ("1058_59", 1058.59), ("1.5", 1.5)]
)
def test_sizes_are_numbers_or_have_a_line_for_the_point(written: Any, meant: float) -> None:
    found = forms(family(model_specs=[spec(model_size_in_billions=written)]))
    assert {(form.size_in_billions, form.active_in_billions) for form in found} == {(meant, meant)}


def test_the_active_size_is_no_larger_than_the_whole() -> None:
    found = forms(family(model_specs=[spec(activated_size_in_billions="0_5")]))
    assert found[0].active_in_billions == 0.5
    found = forms(family(model_specs=[spec(activated_size_in_billions=80)]))
    assert found[0].active_in_billions == 8.0


@pytest.mark.parametrize(
    "older",
    [
        {"model_id": "lake/swan-{quantization}", "quantizations": ["4bit", "8bit"]},
        {"model_id": "lake/swan-{quantization}", "quantizations": ["4bit", "8bit"], "model_hub": "huggingface"},
    ],
)
def test_the_older_flat_shape_is_one_hub(older: dict[str, Any]) -> None:
    assert forms(family(model_specs=[spec(model_src=None, **older)])) == forms(family())


def test_a_flattened_spec_has_one_quantization() -> None:
    flat = spec(
        model_src=None, model_id="pond/swan", model_hub="modelscope", quantization="4bit", model_revision="master"
    )
    found = forms(family(model_specs=[flat]))
    assert [(form.quantization, form.sources) for form in found] == [("4bit", (Source("modelscope", "pond/swan"),))]


def test_quantizations_beside_the_hubs_are_those_of_the_hubs_that_name_none() -> None:
    flat = spec(quantizations=["none"], model_format="pytorch", model_src={"modelscope": {"model_id": "pond/swan"}})
    assert [form.sources for form in forms(family(model_specs=[flat]))] == [(Source("modelscope", "pond/swan"),)]


@pytest.mark.parametrize(
    ("model_format", "quantization", "bits"),
    [
        ("ggufv2", "Q4_K_M", 4.5),
        ("ggufv2", "UD-IQ2_XXS", 2.5),
        ("ggufv2", "BF16", 16),
        ("gptq", "Int4-Int8Mix", 4.5),
        ("gptq", "8bits", 8.5),
        ("bnb", "4-bit", 4.5),
        ("fp4", "FP4", 4.5),
        ("fp8", "fp8", 8.05),
        ("awq", "Int4", 4.34),
        ("awq", "AWQ-FP16Mix", 4.34),
        ("mlx", "3bit", 3.5),
        ("mlx", "mxfp4", 4.25),
        ("mlx", "8bit-MXFP8", 8.25),
        ("mlx", "bf16", 16),
        ("pytorch", "none", 16),
        ("pytorch", "fp8", 8.05),
    ],
)
def test_every_format_becomes_a_form_of_its_size(model_format: str, quantization: str, bits: float) -> None:
    source = {"huggingface": {"model_id": "lake/swan", "quantizations": [quantization]}}
    [form] = forms(family(model_specs=[spec(model_format=model_format, model_src=source)]))
    assert (form.format, form.quantization) == (model_format, quantization)
    assert form.weights_bytes == pytest.approx(1e9 * bits)


@pytest.mark.parametrize(
    ("architecture", "size", "gigabytes"),
    [("MiniMaxM2ForCausalLM", 230, 231), ("DeepseekV3ForCausalLM", 671, 675), ("DeepseekV3ForCausalLM", 16, 32)],
)
def test_originals_that_are_published_in_fp8_are_known_by_their_class(
    architecture: str, size: int, gigabytes: int
) -> None:
    source = {"huggingface": {"model_id": "lake/swan", "quantizations": ["none"]}}
    one = spec(model_format="pytorch", model_size_in_billions=size, model_src=source)
    [form] = forms(family(model_specs=[one], architectures=[architecture]))
    assert round(form.weights_bytes / 1e9) == gigabytes


def test_dimensions_that_newer_lists_give_make_the_kv_cache() -> None:
    config = {"num_hidden_layers": 62, "num_key_value_heads": 8, "head_dim": 128, "num_attention_heads": 48}
    hub = {"model_id": "lake/swan", "quantizations": ["4bit", "8bit"]}
    whole = spec(model_src={"huggingface": {**hub, "model_metadata": config}})
    assert [form.kv_bytes_per_token for form in forms(family(model_specs=[whole]))] == [253_952, 253_952]
    each = spec(model_src={"huggingface": {**hub, "model_metadata_by_quantization": {"8bit": config}}})
    assert [form.kv_bytes_per_token for form in forms(family(model_specs=[each]))] == [0, 253_952]
    endless = {**config, "num_hidden_layers": 10**20}
    wrong = spec(model_src={"huggingface": {**hub, "model_metadata": endless}})
    assert [form.kv_bytes_per_token for form in forms(family(model_specs=[wrong]))] == [0, 0]


def test_specs_of_one_form_become_one_with_one_repository_a_hub() -> None:
    again = spec(model_src={"huggingface": {"model_id": "fork/swan", "quantizations": ["4bit"]}})
    other = spec(model_src={"modelscope": {"model_id": "pond/swan", "quantizations": ["4bit"]}})
    found = forms(family(model_specs=[spec(), again, other]))
    assert [form.sources for form in found if form.quantization == "4bit"] == [
        (Source("huggingface", "lake/swan-4bit"), Source("modelscope", "pond/swan"))
    ]


def test_families_of_several_sizes_keep_a_form_for_each() -> None:
    sizes = [spec(model_size_in_billions=size) for size in ("0_6", 8, 32)]
    found = forms(family(model_specs=sizes))
    assert [form.size_in_billions for form in found] == [0.6, 0.6, 8, 8, 32, 32]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (family(model_ability=["embed"]), "swan was left out: it is no chat model"),
        (family(model_ability=["generate"]), "it is no chat model"),
        ({"model_name": "bge", "dimensions": 1024, "max_tokens": 512}, "bge was left out"),
        (family(model_name="  "), "model_name is empty"),
        (family(context_length="long"), "swan was left out: Expected int | null, got str - at context_length"),
        (family(model_specs={"a": 1}), "swan was left out: Expected array"),
        (family(model_specs=[]), "none of its model_specs can be used"),
        (family(model_specs=[spec(model_size_in_billions="big")]), "model_specs[0] was left out: could not convert"),
        (family(model_specs=[spec(model_size_in_billions=-1)]), "model_specs[0] was left out: -1"),
        (family(model_specs=[spec(model_src={"csghub": {"model_id": "a/b"}})]), "neither Hugging Face nor ModelScope"),
        (family(model_specs=[spec(model_src=None, model_uri="file:///swan")]), "add that folder in the settings"),
        (family(model_specs=[spec(model_src={"huggingface": {"model_id": "a/b"}})]), "it names no quantizations"),
        (family(model_specs=[spec(model_src={"huggingface": {"quantizations": ["4bit"]}})]), "missing required field"),
        ("swan", "an entry was left out"),
        (family(context_length=10**30), "at context_length"),
        (family(kv_bytes_per_token=-5), "at kv_bytes_per_token"),
        (family(model_specs=[spec(parameters_in_billions=1e300)]), "at parameters_in_billions"),
        (family(model_specs=[spec(parameters_in_billions=float("inf"))]), "at parameters_in_billions"),
        (family(model_specs=[spec(weights_bytes={"4bit": -3})]), "at weights_bytes"),
    ],
)
def test_a_broken_entry_is_left_out_with_its_line_and_the_rest_stays(entry: Any, words: str) -> None:
    models, left_out = read([family(model_name="duck"), entry, family(model_name="goose")])
    assert [model.name for model in models] == ["duck", "goose"]
    text = "\n".join(left_out)
    assert words in text
    second = json.dumps([family(model_name="duck")], indent=1).count("\n") + 1
    assert f"mine.json, line {second}: " in text


def test_a_broken_spec_leaves_the_others_of_its_family() -> None:
    models, left_out = read(family(model_specs=[spec(model_format=3), spec()]))
    assert [form.quantization for form in models[0].forms] == ["4bit", "8bit"]
    assert left_out == (
        "mine.json, line 1: swan, model_specs[0] was left out: Expected str, got int - at model_format.",
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "mine.json, line 1, column 1: this is no JSON"),
        (b'[\n {"model_name": "swan",\n  oops}]', "mine.json, line 3, column 3: this is no JSON"),
        (b'[{"model_name": "swan", "model_specs": []},', "mine.json, line 1"),
        (b'[{"model_specs": []}] x', "mine.json, line 1, column 23: this is no JSON"),
        (b'{"model_name": "\n\xff"}', "mine.json, line 2: this is no JSON in UTF-8"),
        (b"[" * 100_000, "mine.json, line 1: this is no JSON"),
        (b"{}", "mine.json, line 1: there are no model specs"),
        (b"[]", "there are no model specs"),
        (b'"swan"', "there are no model specs"),
        (b"[1, 2]", "there are no model specs"),
        (b'{"chip": "Apple M4"}', "there are no model specs"),
    ],
)
def test_what_is_no_such_file_is_refused_with_file_line_and_what_is_expected(data: bytes, words: str) -> None:
    with pytest.raises(MinimError) as caught:
        read_specs(data, "mine.json", "imported")
    assert caught.value.kind == "bad_request"
    assert words in caught.value.message
    assert "Xinference" in caught.value.hint


def test_a_byte_order_mark_does_no_harm() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(family()).encode()
    assert len(read_specs(data, "mine.json", "imported")[0]) == 1


def test_models_of_one_name_are_one_with_the_forms_of_all() -> None:
    ours = read(family(model_description="Ours."))[0]
    theirs = read(family(model_name="Swan", model_specs=[spec(), spec(model_format="gptq")]))[0]
    [model] = merged((*ours, *theirs))
    assert (model.name, model.description) == ("swan", "Ours.")
    assert [(form.format, form.quantization) for form in model.forms] == [
        ("mlx", "4bit"),
        ("mlx", "8bit"),
        ("gptq", "4bit"),
        ("gptq", "8bit"),
    ]
