"""MiniMax-M2 on every machine: the zones that the model's card and MINIMAX_M2's page give, and what is recommended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from backends.catalog.fit import judge
from backends.catalog.hardware import this_machine
from backends.contract.catalog import Hardware, JudgedForm, JudgedModel, ModelSpec

Machine = Callable[..., Hardware]
FORMS = ("3bit", "4bit", "5bit", "6bit", "8bit", "Int4", "none")
F, C, L, N = "fits", "will_crawl", "will_not_load", "no_engine"

# GiB: zones of 3, 4, 5, 6, 8 bit, AWQ, FP8 · the form recommended · the model to open on.
MACS: dict[int, tuple[str, str, str]] = {
    8: ("LLLLL NN", "", "Qwen3.5-4B"),
    16: ("LLLLL NN", "", "Qwen3.5-9B"),
    24: ("LLLLL NN", "", "gpt-oss-20b"),
    32: ("LLLLL NN", "", "Qwen3.6-35B-A3B"),
    64: ("LLLLL NN", "", "Qwen3.6-35B-A3B"),
    96: ("CLLLL NN", "", "GLM-4.5-Air"),
    128: ("FCLLL NN", "3bit", "MiniMax-M2"),
    192: ("FFCCL NN", "4bit", "MiniMax-M2"),
    256: ("FFFFC NN", "6bit", "MiniMax-M2"),
    512: ("FFFFF NN", "8bit", "MiniMax-M2"),
}

# Cards, GB each, compute capability, GiB of RAM (0: as much as on the cards).
CARDS: dict[tuple[int, int, float, int], tuple[str, str, str]] = {
    (2, 80, 9.0, 0): ("CCLLL FC", "Int4", "MiniMax-M2"),
    (2, 80, 8.0, 0): ("CCLLL FL", "Int4", "MiniMax-M2"),
    (2, 80, 8.0, 512): ("CCCCC FC", "Int4", "MiniMax-M2"),
    (4, 80, 9.0, 0): ("CCCCC FF", "none", "MiniMax-M2"),
    (4, 80, 8.0, 512): ("CCCCC FC", "Int4", "MiniMax-M2"),
    (8, 80, 8.0, 0): ("CCCCC FF", "none", "MiniMax-M2"),
    (1, 141, 9.0, 0): ("CLLLL FC", "Int4", "MiniMax-M2"),
    (2, 141, 9.0, 0): ("CCCCC FF", "none", "MiniMax-M2"),
    (4, 48, 8.9, 0): ("CCCLL FC", "Int4", "MiniMax-M2"),
    (1, 80, 9.0, 64): ("LLLLL CL", "", "Qwen3.6-35B-A3B"),
    (1, 24, 8.9, 64): ("LLLLL LL", "", "gpt-oss-20b"),
}


def m2_of(models: tuple[JudgedModel, ...]) -> dict[str, JudgedForm]:
    [model] = [model for model in models if model.spec.name == "MiniMax-M2"]
    return {form.form.quantization: form for form in model.forms}


def check(models: tuple[JudgedModel, ...], expected: tuple[str, str, str]) -> None:
    zones, recommended, best = expected
    forms = m2_of(models)
    letters = {"F": F, "C": C, "L": L, "N": N}
    assert {name: forms[name].verdict.zone for name in FORMS} == dict(
        zip(FORMS, (letters[letter] for letter in zones.replace(" ", "")), strict=True)
    )
    assert "".join(name for name, form in forms.items() if form.recommended) == recommended
    assert [model.spec.name for model in models if model.best] == [best]
    assert models[0].best


@pytest.mark.parametrize("size", MACS)
def test_macs(size: int, mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    models = judge(catalog, mac(size))
    check(models, MACS[size])
    forms = m2_of(models)
    assert {forms[name].verdict.why for name in ("Int4", "none")} == {"needs_cuda"}
    assert {forms[name].verdict.limit_kind for name in FORMS[:5]} == {"working_set"}


@pytest.mark.parametrize("machine", CARDS)
def test_cuda(machine: tuple[int, int, float, int], cuda: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    models = judge(catalog, cuda(*machine), engines=frozenset({"MLX", "Transformers"}))
    check(models, CARDS[machine])


def test_this_kind_of_machine(pc: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    check(judge(catalog, pc(24)), ("LLLLL LL", "", "Qwen3-0.6B"))


def test_this_machine(catalog: tuple[ModelSpec, ...]) -> None:
    """Whatever it is: something is to be had on it, and nothing that fits is larger than it."""
    machine = this_machine(None)
    models = judge(catalog, machine)
    assert models[0].best
    room = machine.memory_bytes + sum(card.memory_bytes for card in machine.cuda)
    fitting = [form.verdict for model in models for form in model.forms if form.verdict.zone == F]
    assert all(verdict.memory_bytes <= verdict.limit_bytes <= room for verdict in fitting)


@pytest.mark.parametrize(
    ("size", "quantization", "context"),
    [(128, "3bit", 52_000), (192, "4bit", 94_000), (256, "6bit", 71_600), (512, "8bit", 196_608)],
)
def test_how_much_context_a_mac_has_room_for(
    size: int, quantization: str, context: int, mac: Machine, catalog: tuple[ModelSpec, ...]
) -> None:
    assert m2_of(judge(catalog, mac(size)))[quantization].verdict.max_context == pytest.approx(context, rel=0.005)


def test_a_raised_limit_counts(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    raised = replace(mac(128), working_set_bytes=124 * 1024**3)
    forms = m2_of(judge(catalog, raised))
    assert forms["4bit"].verdict.why == "short_context"
    assert forms["4bit"].verdict.max_context < 16_384
    assert forms["3bit"].recommended  # 4 bits fit, and leave no room to talk


def test_four_bits_with_some_room_go_before_three_with_much(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    forms = m2_of(judge(catalog, replace(mac(192), working_set_bytes=141 * 10**9)))
    assert 16_384 < forms["4bit"].verdict.max_context < 65_536 < forms["3bit"].verdict.max_context
    assert forms["4bit"].recommended


def test_why_it_is_so(mac: Machine, cuda: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    def why(machine: Hardware, quantization: str) -> str:
        models = judge(catalog, machine, engines=frozenset({"MLX", "Transformers"}))
        return m2_of(models)[quantization].verdict.why

    assert why(mac(128), "3bit") == "fits"
    assert why(mac(128), "4bit") == "over_working_set"
    assert why(mac(128), "5bit") == "over_memory"
    assert why(cuda(4, 80, 9.0), "none") == "fits"
    assert why(cuda(2, 80, 9.0), "none") == "offloaded"
    assert why(cuda(4, 80, 8.0), "none") == "needs_fp8"
    assert why(cuda(4, 80, 8.0, 512), "none") == "needs_fp8"
    assert why(cuda(2, 80, 8.0), "none") == "over_memory"  # FP8 units would not save it
    assert why(cuda(2, 80, 7.0), "Int4") == "needs_cuda"
    assert why(cuda(4, 80, 9.0), "3bit") == "slow_on_cpu"


def test_in_bf16_the_weights_are_457_gb(cuda: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    forms = m2_of(judge(catalog, cuda(8, 80, 8.0)))
    assert forms["none"].verdict.weights_bytes == pytest.approx(457e9, rel=0.001)
    assert forms["none"].offers[0].download_bytes == 230 * 10**9


def test_zones_are_the_hardwares_also_without_the_engine(cuda: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    models = judge(catalog, cuda(2, 80, 9.0))
    check(models, CARDS[(2, 80, 9.0, 0)])
    assert m2_of(models)["Int4"].verdict.why == "engine_missing"
    assert m2_of(models)["none"].verdict.why == "offloaded"


def test_the_mac_that_a_form_needs(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    forms = m2_of(judge(catalog, mac(16)))
    needed = {name: forms[name].verdict.smallest_machine_bytes // 1024**3 for name in FORMS}
    assert needed == {"3bit": 128, "4bit": 192, "5bit": 256, "6bit": 256, "8bit": 512, "Int4": 0, "none": 0}


def test_quality_is_told(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    forms = m2_of(judge(catalog, mac(16)))
    assert {name: forms[name].verdict.quality for name in FORMS} == {
        "3bit": "reduced",
        "4bit": "good",
        "5bit": "good",
        "6bit": "near_original",
        "8bit": "near_original",
        "Int4": "good",
        "none": "original",
    }


def test_speed_is_bounded_by_what_a_token_reads(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    """M2 Ultra: 800 GB/s; a token reads 10 of 230 parts of 129 GB, and the KV cache of 16,384 tokens."""
    verdict = m2_of(judge(catalog, mac(192)))["4bit"].verdict
    read = 128.64e9 * 10 / 230 + 16_384 * 253_952
    assert verdict.tokens_per_second == pytest.approx(800e9 / read, rel=0.01)
    assert m2_of(judge(catalog, mac(192)))["5bit"].verdict.tokens_per_second == 0  # it crawls: bandwidth is no bound
    assert m2_of(judge(catalog, mac(192, "Apple M99")))["4bit"].verdict.tokens_per_second == 0


def test_the_recommended_form_comes_first_then_what_fits_then_what_nearly_does(
    mac: Machine, catalog: tuple[ModelSpec, ...]
) -> None:
    def order(machine: Hardware) -> list[str]:
        return list(m2_of(judge(catalog, machine)))

    assert order(mac(256)) == ["6bit", "5bit", "4bit", "3bit", "8bit", "Int4", "none"]
    assert order(mac(16))[:5] == ["3bit", "4bit", "5bit", "6bit", "8bit"]


def test_models_are_in_order_of_use(mac: Machine, catalog: tuple[ModelSpec, ...]) -> None:
    names = [model.spec.name for model in judge(catalog, mac(32))]
    assert names[0] == "Qwen3.6-35B-A3B"
    assert names[1:5] == ["MiniMax-M2", "MiniMax-M2.7", "MiniMax-M2.5", "MiniMax-M2.1"]
    order = [F, C, L, N]
    zones = [min(order.index(form.verdict.zone) for form in model.forms) for model in judge(catalog, mac(32))[5:]]
    assert zones == sorted(zones)
    assert set(zones) == {0, 2}
