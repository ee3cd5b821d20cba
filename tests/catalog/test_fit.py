"""The arithmetic of a verdict holds whatever the model and the machine, and the right form is recommended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backends.catalog.fit import judge
from backends.catalog.kv_cache import estimated_kv_bytes, kv_bytes_of_config
from backends.catalog.quantization import bits_per_weight
from backends.catalog.verdicts import judged, overhead_bytes, usable_ram
from backends.contract.catalog import CudaDevice, Hardware, JudgedForm, JudgedModel, ModelForm, ModelSpec

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


def one_model(models: tuple[JudgedModel, ...]) -> dict[str, JudgedForm]:
    [model] = models
    return {form.form.quantization: form for form in model.forms}


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
    lossy = replace(large, quantization="3bit", size_in_billions=30.0)
    [model] = judge([replace(one, forms=(one.forms[0], lossy))], mac(32))
    assert model.forms[0].form.quantization == "4bit"


def test_speed_goes_before_quality_that_nobody_waits_for(a_spec: Spec, mac: Machine) -> None:
    """On 100 GB/s, 8 bits would come at 11 tokens a second; all of a short context is a long one."""
    [model] = judge([a_spec("4bit", "8bit", kv=16384, context=8192)], mac(64, "Apple M3"))
    assert model.forms[0].form.quantization == "4bit"
    assert 15 < model.forms[0].verdict.tokens_per_second < 100e9 / model.forms[0].verdict.weights_bytes


def test_on_cuda_a_form_for_the_cards_goes_before_a_better_one_for_the_cpu(a_spec: Spec, cuda: Machine) -> None:
    size = {"size_in_billions": 0.3, "active_in_billions": 0.3}
    better = replace(a_spec("8bit").forms[0], weights_bytes=318_750_000, **size)
    native = replace(a_spec("Int4", model_format="awq").forms[0], weights_bytes=165_000_000, **size)
    spec = replace(a_spec("8bit"), forms=(better, native))
    forms = one_model(judge([spec], cuda(1, 24)))
    assert {form.verdict.zone for form in forms.values()} == {"fits"}
    assert forms["Int4"].recommended


def test_a_cpu_is_judged_by_the_speed_that_was_measured_there(a_spec: Spec, pc: Machine) -> None:
    small = replace(a_spec("4bit").forms[0], size_in_billions=0.5, active_in_billions=0.5, weights_bytes=281_250_000)
    spec = replace(a_spec("4bit"), forms=(small,))
    fits = judged(spec, small, small.weights_bytes, pc(64), {"MLX"})
    assert (fits.zone, fits.tokens_per_second) == ("fits", 2.1)
    large = judged(spec, replace(small, active_in_billions=1.0, size_in_billions=1.0), 562_500_000, pc(64), {"MLX"})
    assert (large.zone, large.why) == ("will_crawl", "slow_on_cpu")


def test_a_short_context_needs_no_room_for_a_longer_one(a_spec: Spec) -> None:
    spec = a_spec("4bit", context=2048)
    weights = spec.forms[0].weights_bytes
    machine = Hardware("Apple M1", 8 * GIB, weights + overhead_bytes(weights) + 131072 * 2100)
    verdict = judged(spec, spec.forms[0], weights, machine, {"MLX"})
    assert (verdict.zone, verdict.why, verdict.max_context) == ("fits", "fits", 2048)


def test_the_kv_cache_of_a_size_goes_before_that_of_the_model(a_spec: Spec, mac: Machine) -> None:
    spec = a_spec("4bit")
    form = replace(spec.forms[0], kv_bytes_per_token=1000)
    assert judged(spec, form, form.weights_bytes, mac(16), {"MLX"}).kv_bytes_per_token == 1000
    assert judged(spec, spec.forms[0], form.weights_bytes, mac(16), {"MLX"}).kv_bytes_per_token == 131072


def test_plain_weights_become_float32_on_a_cpu(a_spec: Spec, pc: Machine, mac: Machine) -> None:
    spec = a_spec("none", model_format="pytorch")
    form = replace(spec.forms[0], size_in_billions=1.0, active_in_billions=0.1, weights_bytes=2 * 10**9)
    mixture = replace(spec, forms=(form,))
    verdict = one_model(judge([mixture], pc(64)))["none"].verdict
    assert (verdict.zone, verdict.engine, verdict.weights_bytes) == ("fits", "MLX", 4 * 10**9)
    assert one_model(judge([mixture], mac(64)))["none"].verdict.weights_bytes == 2 * 10**9


@pytest.mark.parametrize(("billions", "zone", "why"), [
    (0.003, "fits", "fits"), (1.0, "will_crawl", "slow_on_cpu"), (100.0, "will_not_load", "over_memory"),
])  # fmt: skip
def test_a_cpu_runs_small_models_in_awq(
    a_spec: Spec, pc: Machine, mac: Machine, billions: float, zone: str, why: str
) -> None:
    spec = a_spec("Int4", model_format="awq")
    form = replace(
        spec.forms[0],
        size_in_billions=billions,
        active_in_billions=billions,
        weights_bytes=round(billions * 4.34e9 / 8),
    )
    small = replace(spec, forms=(form,))
    verdict = one_model(judge([small], pc(32), engines={"MLX", "Transformers"}))["Int4"].verdict
    assert (verdict.zone, verdict.why, verdict.engine) == (zone, why, "Transformers")
    without = one_model(judge([small], pc(32)))["Int4"].verdict
    assert (without.zone, without.why) == (zone, "engine_missing" if zone == "fits" else why)
    assert one_model(judge([small], mac(32)))["Int4"].verdict.why == "needs_cuda"
