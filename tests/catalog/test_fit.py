"""The arithmetic of a verdict holds whatever the model and the machine; what is here is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backends.catalog.fit import Here, judge
from backends.catalog.kv_cache import estimated_kv_bytes, kv_bytes_of_config
from backends.catalog.quantization import bits_per_weight
from backends.catalog.verdicts import judged, overhead_bytes, usable_ram
from backends.contract.catalog import CudaDevice, Hardware, JudgedForm, JudgedModel, ModelForm, ModelSpec, Source
from backends.contract.models import EngineName, InstalledModel, ModelFormat, ModelRef, ModelSource

GIB = 1024**3
Spec = Callable[..., ModelSpec]
Machine = Callable[..., Hardware]

sizes = st.floats(0.1, 1000)
memories = st.integers(1, 1024).map(lambda size: size * GIB)
quantizations = st.sampled_from(["3bit", "4bit", "6bit", "8bit", "none", "Int4"])


@st.composite
def forms(draw: st.DrawFn) -> ModelForm:
    size, quantization = draw(sizes), draw(quantizations)
    model_format = "awq" if quantization == "Int4" else draw(st.sampled_from(["mlx", "pytorch", "ggufv2"]))
    weights = round(size * 1e9 * bits_per_weight(model_format, quantization) / 8)
    return ModelForm(model_format, quantization, size, size * draw(st.floats(0.01, 1)), weights, ())


@st.composite
def machines(draw: st.DrawFn) -> Hardware:
    memory = draw(memories)
    cards = draw(
        st.lists(st.builds(CudaDevice, st.just("card"), memories, st.sampled_from([7.0, 8.0, 9.0])), max_size=3)
    )
    working_set = 0 if cards else draw(st.sampled_from([0, memory * 3 // 4]))
    return Hardware("", memory, working_set, draw(st.sampled_from([0, 10**11])), cuda=tuple(cards))


@st.composite
def specs(draw: st.DrawFn) -> ModelSpec:
    context, kv = draw(st.integers(0, 300_000)), draw(st.integers(0, 300_000))
    return ModelSpec("swan", "", context, (), ("chat",), (draw(forms()),), kv_bytes_per_token=kv)


@given(specs(), machines())
def test_the_sum_is_the_sum_and_what_fits_is_within_the_limit(spec: ModelSpec, machine: Hardware) -> None:
    form = spec.forms[0]
    verdict = judged(spec, form, form.weights_bytes, machine, {"MLX"})
    assert verdict.memory_bytes == verdict.weights_bytes + verdict.overhead_bytes + verdict.kv_bytes
    assert verdict.kv_bytes == verdict.kv_bytes_per_token * verdict.judged_context
    assert verdict.kv_bytes_per_token > 0
    assert (verdict.zone == "no_engine") == (verdict.engine is None) == (verdict.limit_kind == "")
    beside_kv = verdict.weights_bytes + verdict.overhead_bytes
    if verdict.zone == "fits":
        assert beside_kv + verdict.kv_bytes_per_token * verdict.max_context <= verdict.limit_bytes
        assert verdict.judged_context <= verdict.max_context <= (spec.context_length or 32_768)
        more = beside_kv + verdict.kv_bytes_per_token * (verdict.max_context + 1)
        assert verdict.max_context == (spec.context_length or 32_768) or more > verdict.limit_bytes
    else:
        assert (verdict.max_context, verdict.tokens_per_second) == (0, 0)


@given(specs(), machines(), st.integers(1, 64))
def test_more_memory_never_leaves_less_room(spec: ModelSpec, machine: Hardware, more: int) -> None:
    form = spec.forms[0]
    larger = replace(
        machine,
        memory_bytes=machine.memory_bytes + more * GIB,
        working_set_bytes=machine.working_set_bytes and machine.working_set_bytes + more * GIB,
        cuda=tuple(replace(card, memory_bytes=card.memory_bytes + more * GIB) for card in machine.cuda),
    )
    before = judged(spec, form, form.weights_bytes, machine, {"MLX"})
    after = judged(spec, form, form.weights_bytes, larger, {"MLX"})
    assert after.max_context >= before.max_context
    order = ("fits", "will_crawl", "will_not_load", "no_engine")
    assert order.index(after.zone) <= order.index(before.zone)


@given(specs(), machines())
def test_at_most_one_form_is_recommended_and_it_fits(spec: ModelSpec, machine: Hardware) -> None:
    [model] = judge([spec], machine)
    chosen = [form for form in model.forms if form.recommended]
    assert len(chosen) == any(form.verdict.zone == "fits" for form in model.forms)
    assert all(form.verdict.zone == "fits" for form in chosen)


def test_overhead_is_two_gib_for_large_models_and_small_for_small_ones() -> None:
    assert overhead_bytes(100 * 10**9) == 2 * GIB
    assert overhead_bytes(10**9) == GIB // 4 + 60_000_000
    assert overhead_bytes(100 * 10**9, 4) == 8 * GIB


def test_a_computer_keeps_some_ram_for_itself() -> None:
    assert (usable_ram(24 * GIB), usable_ram(8 * GIB), usable_ram(GIB)) == (21 * GIB, 6 * GIB, 0)


def test_kv_cache_from_dimensions() -> None:
    m2 = {"num_hidden_layers": 62, "num_key_value_heads": 8, "head_dim": 128, "num_attention_heads": 48}
    assert kv_bytes_of_config(m2) == 253_952
    old = {"num_hidden_layers": 32, "num_attention_heads": 32, "hidden_size": 4096}
    assert kv_bytes_of_config(old) == 32 * 32 * 128 * 4
    latent = {**m2, "num_hidden_layers": 61, "kv_lora_rank": 512, "qk_rope_head_dim": 64}
    assert kv_bytes_of_config(latent) == 61 * 576 * 2
    assert kv_bytes_of_config({"num_hidden_layers": "62"}) == 0


@pytest.mark.parametrize(("billions", "real"), [(8, 147_456), (32, 262_144), (230, 253_952), (0.6, 52_000)])
def test_the_guessed_kv_cache_is_on_the_safe_side(billions: float, real: int) -> None:
    assert real <= estimated_kv_bytes(billions) * 1.02 <= 2.2 * real


# What is on this machine.


def installed(
    name: str,
    source: ModelSource = "huggingface",
    form: tuple[ModelFormat, str] = ("mlx", "4bit"),
    *,
    engine: EngineName | None = "MLX",
    size_bytes: int = 4 * 10**9,
    context_length: int = 0,
    problem: str = "",
) -> InstalledModel:
    ref = ModelRef(name, *form, source, f"/models/{name}")
    return InstalledModel(ref, engine, "swan", size_bytes, context_length, problem)


def one_model(models: tuple[JudgedModel, ...]) -> dict[str, JudgedForm]:
    [model] = models
    return {form.form.quantization: form for form in model.forms}


def test_the_hubs_own_size_counts(a_spec: Spec, mac: Machine) -> None:
    form = one_model(judge([a_spec("4bit")], mac(16), sizes={Source("modelscope", "org/swan-4bit"): 5 * 10**9}))["4bit"]
    assert form.verdict.weights_bytes == 5 * 10**9
    assert [(offer.download_bytes, offer.is_estimate) for offer in form.offers] == [
        (4_500_000_000, True),
        (5 * 10**9, False),
    ]


def test_what_a_hubs_cache_holds_is_its_form(a_spec: Spec, mac: Machine) -> None:
    model = installed("org/swan-4bit")
    found = one_model(judge([a_spec("4bit", "8bit")], mac(64), installed=[model]))
    assert found["4bit"].here == (model,)
    assert found["8bit"].here == ()
    assert [(offer.presence, offer.path) for offer in found["4bit"].offers] == [
        ("here", "/models/org/swan-4bit"),
        ("absent", ""),
    ]
    assert found["4bit"].verdict.weights_bytes == 4 * 10**9


def test_a_folder_is_a_form_by_its_name_format_and_quantization(a_spec: Spec, mac: Machine) -> None:
    right = installed("Swan-4bit", "folder")
    wrong = installed("swan-4bit", "folder", form=("mlx", "8bit"))
    models = judge([a_spec("4bit", "8bit")], mac(64), installed=[right, wrong])
    assert [model.spec.origin for model in models] == ["", "here"]
    assert {form.form.quantization: form.here for form in models[0].forms} == {"4bit": (right,), "8bit": ()}
    assert models[1].forms[0].here == (wrong,)


def test_the_same_repository_at_the_other_hub_is_the_form_too(a_spec: Spec, mac: Machine) -> None:
    both = [installed("org/swan-4bit", "modelscope"), installed("org/swan-4bit")]
    form = one_model(judge([a_spec("4bit")], mac(64), installed=both))["4bit"]
    assert len(form.here) == 2
    assert [offer.presence for offer in form.offers] == ["here", "here"]


def test_what_is_wrong_with_it_is_said(a_spec: Spec, mac: Machine) -> None:
    broken = installed("org/swan-4bit", engine=None, problem="A file is cut short.")
    form = one_model(judge([a_spec("4bit")], mac(64), installed=[broken]))["4bit"]
    assert (form.offers[0].presence, form.offers[0].problem) == ("damaged", "A file is cut short.")
    assert form.verdict.weights_bytes == 4_500_000_000  # not what is left of it
    awq = installed("org/swan-Int4", form=("awq", "Int4"), engine=None, problem="No engine.")
    form = one_model(judge([a_spec("Int4", model_format="awq")], mac(64), installed=[awq]))["Int4"]
    assert (form.offers[0].presence, form.offers[0].problem) == ("here", "No engine.")


def test_a_whole_one_goes_before_a_damaged_one(a_spec: Spec, mac: Machine) -> None:
    broken = installed("org/swan-4bit", engine=None, problem="A file is cut short.")
    whole = installed("org/swan-4bit", "modelscope")
    form = one_model(judge([a_spec("4bit")], mac(64), installed=[broken, whole]))["4bit"]
    assert form.here == (whole, broken)


def test_what_the_downloads_know_goes_before_what_is_found(a_spec: Spec, mac: Machine) -> None:
    known = {
        Source("huggingface", "org/swan-4bit"): Here("damaged", "/cache/swan", "One file is missing."),
        Source("modelscope", "org/swan-4bit"): Here("disconnected", "/Volumes/Away/swan"),
    }
    form = one_model(judge([a_spec("4bit")], mac(64), here=known, installed=[installed("org/swan-4bit")]))["4bit"]
    assert [(offer.presence, offer.path, offer.problem) for offer in form.offers] == [
        ("damaged", "/cache/swan", "One file is missing."),
        ("disconnected", "/Volumes/Away/swan", ""),
    ]


def test_models_that_no_catalogue_knows_are_judged_by_their_size(mac: Machine) -> None:
    small = installed("me/goose-4bit", context_length=8192)
    large = installed("me/ostrich", "folder", size_bytes=60 * 10**9)
    strange = installed("me/dodo", engine=None, problem="MLX does not know it.")
    found = {model.spec.name: model for model in judge([], mac(32), installed=[small, large, strange])}
    assert {name: model.forms[0].verdict.zone for name, model in found.items()} == {
        "me/goose-4bit": "fits",
        "me/ostrich": "will_not_load",
        "me/dodo": "no_engine",
    }
    goose = found["me/goose-4bit"]
    assert (goose.spec.origin, goose.spec.context_length, goose.best) == ("here", 8192, False)
    assert goose.forms[0].verdict.weights_bytes == 4 * 10**9
    assert goose.forms[0].offers[0].source == Source("huggingface", "me/goose-4bit")
    assert found["me/ostrich"].forms[0].offers == ()


def test_two_forms_of_one_name_are_one_model(mac: Machine) -> None:
    pair = [installed("goose", "folder"), installed("goose", "folder", form=("mlx", "8bit"))]
    [model] = judge([], mac(32), installed=pair)
    assert sorted(form.form.quantization for form in model.forms) == ["4bit", "8bit"]
    assert set(model.spec.forms) == {form.form for form in model.forms}


def test_the_built_in_model_is_found_in_each_quantization(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    pocket = [
        installed("Pocket M2", "builtin", ("mlx", f"{bits}bit"), size_bytes=3 * 10**6) for bits in (3, 4, 5, 6, 8)
    ]
    [model] = [model for model in judge(catalog, mac(8), installed=pocket) if model.spec.name == "Pocket M2"]
    assert {form.form.quantization: form.here for form in model.forms} == {
        one.ref.quantization: (one,) for one in pocket
    }
    assert all(form.verdict.zone == "fits" and form.offers == () for form in model.forms)
    assert not model.best


def test_the_pocket_is_best_where_nothing_else_fits(catalog: tuple[ModelSpec, ...]) -> None:
    tiny = Hardware("Apple M0", GIB, GIB // 2)
    assert judge(catalog, tiny)[0].spec.name == "Pocket M2"
    assert not judge(catalog, Hardware("Apple M0", GIB // 8, GIB // 16))[0].best


def test_imports_are_never_best_and_add_their_forms(a_spec: Spec, mac: Machine) -> None:
    own = a_spec("4bit")
    theirs = replace(a_spec("4bit", "Int4", model_format="gptq"), origin="imported", name="SWAN")
    [model] = judge([own, theirs], mac(32))
    assert model.best
    assert [form.verdict.why for form in model.forms] == ["fits", "unknown_format", "unknown_format"]
    [other] = judge([replace(own, origin="imported")], mac(32))
    assert not other.best


def test_plain_checkpoints_run_in_mlx_but_on_cuda_in_transformers(
    a_spec: Spec, mac: Machine, cuda: Machine, pc: Machine
) -> None:
    spec = a_spec("none", model_format="pytorch")
    assert one_model(judge([spec], mac(64)))["none"].verdict.engine == "MLX"
    assert one_model(judge([spec], cuda(1, 80)))["none"].verdict.engine == "Transformers"
    assert one_model(judge([spec], pc(64)))["none"].verdict.engine == "MLX"


def test_a_mac_prefers_eight_bits_to_sixteen_and_four_to_three(a_spec: Spec, mac: Machine) -> None:
    def recommended(*quantizations: str, memory: int) -> str:
        [model] = judge([a_spec(*quantizations)], mac(memory))
        return "".join(form.form.quantization for form in model.forms if form.recommended)

    assert recommended("4bit", "8bit", "bf16", memory=64) == "8bit"
    assert recommended("4bit", "bf16", memory=64) == "4bit"
    assert recommended("3bit", "bf16", memory=64) == "bf16"
    assert recommended("3bit", "4bit", memory=16) == "4bit"
    assert recommended("3bit", "4bit", "6bit", memory=16) == "6bit"
    assert recommended("8bit", memory=8) == ""


def test_of_several_sizes_the_largest_that_fits_is_recommended(a_spec: Spec, mac: Machine) -> None:
    one = a_spec("4bit")
    large = replace(one.forms[0], size_in_billions=14.0, weights_bytes=7_900_000_000)
    [model] = judge([replace(one, forms=(one.forms[0], large))], mac(32))
    assert model.forms[0].recommended
    assert model.forms[0].form.size_in_billions == 14.0
