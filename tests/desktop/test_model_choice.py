"""What is loaded at start: the built-in model at once, another only where the machine has twice its size."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from backends.contract.catalog import CudaDevice, Hardware
from backends.contract.models import EngineName, InstalledModel, ModelRef
from backends.contract.preferences import Preferences
from desktop.controllers.model_choice import ModelChoice
from desktop.models.catalog_model import CatalogModel
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from tests.desktop.judged import TRANSFORMERS

GB = 10**9
POCKET = ModelRef("Pocket M2", "mlx", "4bit", "builtin", "/pocket")
MAC = Hardware("Apple M3 Ultra", 256 * GB, 200 * GB)


class Start:
    """A choice with its models, and what it asked for."""

    def __init__(self, last: ModelRef | None, engine: EngineName | None = None) -> None:
        self.catalog, self.state = CatalogModel(), SessionState()
        self.choice = ModelChoice(self.catalog, self.state, PreferenceState(Preferences(model=last, engine=engine)))
        self.asked: list[object] = []
        self.engines: list[EngineName | None] = []
        self.choice.load_requested.connect(self._load)
        self.choice.choose_requested.connect(self._choose)
        self.choice.begin()

    def find(self, *models: InstalledModel) -> None:
        self.catalog.show_found(models)
        self.choice.load_first()

    def judge(self, machine: Hardware = MAC) -> None:
        self.catalog.show_judged(machine, ())
        self.choice.load_first()

    def _load(self, model: ModelRef, engine: EngineName | None) -> None:
        self.asked.append(model)
        self.engines.append(engine)

    def _choose(self, model: ModelRef, engine: EngineName | None) -> None:
        self.engines.append(engine)
        self.asked.append(("shown", model))
        self.state.show_resting(model, "unasked", cache_kept=False)


def installed(ref: ModelRef, size: int = 2_000_000) -> InstalledModel:
    return InstalledModel(ref, "MLX", "minimax_m2", size)


@pytest.fixture
def last(tmp_path: Path) -> ModelRef:
    return ModelRef("MiniMax-M2", "mlx", "4bit", "huggingface", str(tmp_path))


def test_the_built_in_model_waits_for_no_judgement() -> None:
    start = Start(POCKET)
    start.find(installed(POCKET))
    assert start.asked == [POCKET]


def test_the_engine_that_was_chosen_is_remembered(last: ModelRef) -> None:
    start = Start(last, "Transformers")
    start.find(installed(last))
    start.judge()
    assert start.engines == ["Transformers", "Transformers"]
    moved = Start(replace(POCKET, path="/elsewhere"), "MLX")
    moved.find(installed(POCKET))
    assert (moved.asked, moved.engines) == ([POCKET], ["MLX"])
    gone = Start(replace(POCKET, quantization="3bit"), "Transformers")
    gone.find(installed(POCKET))
    assert (gone.asked, gone.engines) == ([POCKET], [None]), "it was chosen for another form"


@pytest.mark.parametrize(("size", "loads"), [(100 * GB, True), (101 * GB, False)])
@pytest.mark.parametrize("judged_first", [True, False])
def test_half_of_what_models_may_use(last: ModelRef, size: int, loads: bool, judged_first: bool) -> None:
    start = Start(last)
    assert start.asked == [("shown", last)]
    if judged_first:
        start.judge()
        start.find(installed(last, size))
    else:
        start.find(installed(last, size))
        start.judge()
    assert start.asked[1:] == ([last] if loads else [])
    start.find(installed(last, GB))
    assert len(start.asked) == 1 + loads, "only once"


def test_a_graphics_card_counts_before_the_memory(last: ModelRef) -> None:
    start = Start(last)
    start.find(installed(last, 20 * GB))
    start.judge(Hardware("x86", 256 * GB, cuda=(CudaDevice("RTX 4090", 24 * GB, 8.9),)))
    assert start.asked == [("shown", last)]


def test_a_model_that_is_gone_is_loaded_to_be_told(tmp_path: Path) -> None:
    gone = ModelRef("Gone", "mlx", "4bit", "folder", str(tmp_path / "gone"))
    start = Start(gone)
    start.find(installed(POCKET))
    start.judge()
    assert start.asked == [("shown", gone), gone]


def test_what_a_person_loads_meanwhile_stays(last: ModelRef) -> None:
    start = Start(last)
    start.state.show_model("loading", POCKET)
    start.find(installed(last))
    start.judge()
    assert start.asked == [("shown", last)]


@pytest.mark.parametrize("judged_first", [True, False])
def test_a_folder_waits_until_all_is_known_that_decides_on_it(last: ModelRef, judged_first: bool) -> None:
    start = Start(POCKET)
    start.choice.engines_requested.connect(lambda: start.asked.append("engines"))
    start.choice.folder_ready.connect(start.asked.append)
    opened = installed(last)
    answers = [partial(start.choice.take_judged, opened), start.choice.take_engine_plan]
    first, second = answers if judged_first else reversed(answers)
    start.choice.take_folder(opened)
    first()
    assert start.asked == ["engines"]
    second()
    assert start.asked == ["engines", opened]
    start.choice.take_engine_plan()
    start.catalog.engines.show_plan(TRANSFORMERS)
    start.choice.take_folder(opened)
    start.choice.take_judged(opened)
    assert start.asked == ["engines", opened, opened], "what is known is not asked about"
