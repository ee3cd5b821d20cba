"""What the first run offers: the real catalogue, judged for the machines that people have."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from backends.catalog import fit, specs
from backends.contract.catalog import Hardware, JudgedModel
from backends.contract.models import Hub, InstalledModel, ModelRef
from desktop.models.first_offers import FirstOffer, first_offers
from tests.desktop.picture_first_run import PC, POCKET, mac, with_gpus

GB = 1_000_000_000
MACS = {
    8: ["recommended Qwen3.5-4B 4bit", "quick Qwen3-1.7B 4bit", "flagship MiniMax-M2 3bit -"],
    16: ["recommended Qwen3.5-9B 4bit", "quick Qwen3.5-4B 4bit", "flagship MiniMax-M2 3bit -"],
    24: ["recommended gpt-oss-20b MXFP4-Q8", "quick Qwen3.5-4B 4bit", "flagship MiniMax-M2 3bit -"],
    36: ["recommended Qwen3.6-35B-A3B 5bit", "quick Qwen3.5-4B 4bit", "flagship MiniMax-M2 3bit -"],
    64: ["recommended Qwen3.6-35B-A3B 8bit", "quick Qwen3.5-4B 4bit", "flagship MiniMax-M2 3bit -"],
    128: ["recommended MiniMax-M2 3bit", "smaller Qwen3.6-35B-A3B 8bit", "quick Qwen3.5-4B 4bit"],
    192: ["recommended MiniMax-M2 4bit", "smaller Qwen3.6-35B-A3B 8bit", "quick Qwen3.5-4B 4bit"],
    512: ["recommended MiniMax-M2 8bit", "smaller GLM-4.5-Air 8bit", "quick Qwen3.5-4B 4bit"],
}
CHIPS = {8: "M1", 16: "M2", 24: "M4", 36: "M3 Pro", 64: "M4 Max", 128: "M4 Max", 192: "M2 Ultra", 512: "M3 Ultra"}


def judged(hardware: Hardware, *here: InstalledModel) -> tuple[JudgedModel, ...]:
    return fit.judge(specs.built_in(), hardware, installed=(POCKET, *here), engines=frozenset({"MLX"}))


def told(offers: tuple[FirstOffer, ...]) -> list[str]:
    """Each offer in a few words; "-" where there is no button."""
    return [
        f"{offer.role} {offer.family.spec.name} {offer.form.form.quantization}{'' if offer.can_be_had else ' -'}"
        for offer in offers
    ]


def offers_of(hardware: Hardware, hub: Hub = "huggingface", disk_free: int = 0) -> list[str]:
    return told(first_offers(judged(hardware), hub, disk_free))


@pytest.mark.parametrize("memory", MACS)
def test_a_mac_is_offered_what_runs_well_on_it(memory: int) -> None:
    assert offers_of(mac(CHIPS[memory], memory)) == MACS[memory]


@pytest.mark.parametrize(
    ("card", "memory", "capability", "count", "expected"),
    [
        ("NVIDIA GeForce RTX 3060", 12, 8.6, 1, ["recommended Qwen3-14B Int4", "quick Qwen3-1.7B none"]),
        ("NVIDIA GeForce RTX 4090", 24, 8.9, 1, ["recommended", "quick", "flagship"]),
        ("NVIDIA H100 80GB HBM3", 80, 9.0, 1, ["recommended Qwen3.6-35B-A3B none", "quick Qwen3-1.7B none"]),
        ("NVIDIA H100 80GB HBM3", 80, 9.0, 4, ["recommended MiniMax-M2 none", "smaller Qwen3.6-35B-A3B none"]),
    ],
)
def test_gpus_are_offered_what_runs_on_them(
    card: str, memory: int, capability: float, count: int, expected: list[str]
) -> None:
    offers = first_offers(judged(with_gpus(card, memory, capability, count)), "huggingface")
    assert len(offers) == 3
    for said, start in zip(told(offers), expected, strict=False):
        assert said.startswith(start)
    assert all(offer.form.verdict.engine == "Transformers" for offer in offers)


def test_a_machine_without_a_gpu_is_offered_what_little_runs_there() -> None:
    assert offers_of(PC) == ["recommended Qwen3-0.6B 4bit", "flagship MiniMax-M2 3bit -"]


def test_the_flagship_in_reach_of_gpus_only_is_judged_for_them() -> None:
    flagship = first_offers(judged(with_gpus("NVIDIA GeForce RTX 4090", 24, 8.9)), "huggingface")[-1]
    assert flagship.family.spec.name == "MiniMax-M2"
    assert flagship.form.verdict.limit_kind == "cuda"
    assert not flagship.can_be_had


def test_what_the_hub_lacks_is_not_offered_from_there() -> None:
    """gpt-oss-20b for MLX is at Hugging Face only, which cannot be reached from China."""
    assert offers_of(mac("M4", 24), "modelscope")[0].startswith("recommended Qwen3.5-9B")


def test_what_the_disk_has_no_room_for_is_not_offered() -> None:
    assert offers_of(mac("M2", 16), disk_free=3 * GB)[0] == "recommended Qwen3-1.7B 8bit"
    assert offers_of(mac("M2", 16), disk_free=GB // 5) == ["flagship MiniMax-M2 3bit -"]


def test_what_is_here_is_offered_before_what_would_be_fetched() -> None:
    ref = ModelRef("mlx-community/Qwen3-8B-4bit", "mlx", "4bit", "huggingface", "/cache/Qwen3-8B-4bit")
    here = InstalledModel(ref, "MLX", "qwen3", 4_600_000_000, 40_960)
    offers = told(first_offers(judged(mac("M2", 16), here), "huggingface"))
    assert offers[:2] == ["recommended Qwen3.5-9B 4bit", "here Qwen3-8B 4bit"]
    broken = replace(here, problem="Its files are damaged.")
    assert told(first_offers(judged(mac("M2", 16), broken), "huggingface"))[1] == "quick Qwen3.5-4B 4bit"
