"""What has come is offered, and what `minim launch` asks for is fetched and loaded only where that is right."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace

from backends.contract.catalog import Hardware, JudgedForm, JudgedModel, ModelForm, ModelSpec, Offer, Verdict, Zone
from backends.contract.events import DownloadPlanned
from backends.contract.models import POCKET, InstalledModel, LaunchChoice, ModelRef
from backends.contract.preferences import Preferences
from desktop.controllers.model_arrival import ModelArrival
from desktop.models.catalog_model import CatalogModel
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState
from tests.desktop.downloads_to_show import AWQ, M2, QWEN, running
from tests.desktop.judged import TRANSFORMERS

MACHINE = Hardware("Apple M3", 64 << 30, 48 << 30, disk_free_bytes=500_000_000_000)
CHOICE = LaunchChoice("MiniMax-M2", "mlx", "4bit", "MLX")
HERE = InstalledModel(ModelRef("MiniMax-M2", "mlx", "4bit", "huggingface", "/models/m2"), "MLX", "minimax_m2", 1)
CAME = replace(running(), state="finished", path="/models/m2")
PLAN = DownloadPlanned(M2, 100, 30, 1000, 3)


class Desk:
    """An arrival with its models, and what it asked for in their order."""

    def __init__(self) -> None:
        self.catalog, self.state = CatalogModel(), SessionState()
        self.preferences = PreferenceState(Preferences())
        self.answering = False
        self.arrival = ModelArrival(self.catalog, self.state, self.preferences, lambda: self.answering)
        self.asked: list[tuple[object, ...]] = []
        for name in ("form", "judge", "plan", "start", "load", "load_question", "engine_plan", "engine_offer"):
            getattr(self.arrival, f"{name}_requested").connect(partial(self._ask, name))
        self.arrival.problem_found.connect(partial(self._ask, "problem"))

    def names(self) -> list[object]:
        return [name for name, *_ in self.asked]

    def judge(self, zone: Zone = "fits", *here: InstalledModel) -> None:
        """The catalogue is judged: MiniMax-M2 in one form, on both hubs."""
        form = ModelForm("mlx", "4bit", 230.0, 10.0, 1, (M2.source, *M2.alternates))
        verdict = Verdict(zone, "fits", "MLX", 1, 0, 0, 0, 1, "working_set", 2, 8192, 8192, 0.0, "")
        offers = tuple(Offer(source, 1, True) for source in form.sources)
        spec = ModelSpec("MiniMax-M2", "", 8192, (), ("chat",), (form,))
        self.catalog.show_judged(MACHINE, (JudgedModel(spec, (JudgedForm(form, verdict, offers, here),)),))
        self.arrival.go_on()
        self.arrival.take_models()

    def come(self, zone: Zone = "fits") -> None:
        """A download has ended, this machine was looked through, and the model was judged as it is here."""
        self.arrival.expect(CAME)
        self.catalog.show_found((HERE,))
        self.arrival.take_models()
        assert self.state.notice is None, "what it was judged to be by its estimate says nothing of it"
        self.judge(zone, HERE)

    def _ask(self, name: str, *values: object) -> None:
        self.asked.append((name, *values))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_has_come_is_offered(desk: Desk) -> None:
    desk.judge()
    desk.come()
    assert desk.names() == []
    assert desk.state.notice is not None
    assert (desk.state.notice.offers, desk.state.notice.is_error) == (HERE.ref, False)


def test_what_does_not_fit_is_told_and_not_offered(desk: Desk) -> None:
    desk.judge()
    desk.come("will_crawl")
    assert desk.state.notice is not None
    assert desk.state.notice.offers is None
    assert "is here" in desk.state.notice.message


def test_launch_loads_what_is_here_and_fits(desk: Desk) -> None:
    desk.arrival.launch(CHOICE)
    desk.judge("fits", HERE)
    desk.judge("fits", HERE)
    assert desk.names() == ["form", "judge", "form", "load"]
    assert desk.asked[-1] == ("load", HERE.ref, "MLX")


def test_launch_leaves_what_does_not_fit_to_the_picker(desk: Desk) -> None:
    desk.arrival.launch(CHOICE)
    desk.judge("will_not_load", HERE)
    assert desk.names() == ["form", "judge", "form"]


def test_launch_fetches_and_loads_when_it_has_come(desk: Desk) -> None:
    desk.arrival.launch(CHOICE)
    desk.judge()
    desk.judge()
    assert desk.asked[-1] == ("plan", M2)
    desk.arrival.take_plan(replace(PLAN, ref=replace(M2, quantization="8bit", folder="/another")))
    desk.arrival.take_plan(PLAN)
    assert desk.asked[-1] == ("start", M2)
    desk.come()
    assert desk.asked[-1] == ("load", HERE.ref, "MLX")
    assert desk.names().count("plan") == 1
    assert desk.state.notice is None


def test_launch_never_loads_over_an_answer_that_is_being_written(desk: Desk) -> None:
    desk.arrival.launch(CHOICE)
    desk.judge()
    desk.arrival.take_plan(PLAN)
    desk.answering = True
    desk.come()
    assert "load" not in desk.names()
    assert desk.state.notice is not None
    assert desk.state.notice.offers == HERE.ref


def test_launch_takes_the_hub_that_was_named(desk: Desk) -> None:
    def choose(value: Preferences) -> None:
        desk.catalog.show_choices(value.hub, "", "")

    desk.preferences.preferences_changed.connect(choose)
    desk.arrival.launch(replace(CHOICE, hub="modelscope"))
    desk.judge()
    assert desk.asked[-1] == ("plan", replace(M2, source=M2.alternates[0], alternates=(M2.source,)))


def test_launch_says_when_the_disk_is_too_small(desk: Desk) -> None:
    desk.arrival.launch(CHOICE)
    desk.judge()
    desk.arrival.take_plan(replace(PLAN, total_bytes=2_000, here_bytes=999, disk_free_bytes=1_000))
    assert desk.names()[-1] == "problem"
    assert "no room" in str(desk.asked[-1])
    assert "start" not in desk.names()


def test_launch_says_what_the_hub_says(desk: Desk) -> None:
    desk.arrival.launch(CHOICE)
    desk.judge()
    desk.arrival.give_up(M2, "Not there.", "Look elsewhere.")
    assert desk.asked[-1] == ("problem", "Not there.", "Look elsewhere.")
    desk.arrival.take_plan(PLAN)
    assert "start" not in desk.names()


def test_launch_says_when_there_is_no_such_form(desk: Desk) -> None:
    desk.arrival.launch(replace(CHOICE, quantization="2bit"))
    desk.judge()
    assert desk.asked[-1] == ("problem", "The catalogue has no MiniMax-M2 as mlx 2bit.", "")


def test_launch_asks_again_when_a_token_was_given(desk: Desk) -> None:
    desk.arrival.launch(CHOICE)
    desk.judge()
    desk.arrival.try_again()
    assert desk.names().count("plan") == 2


def test_a_folder_is_loaded_where_it_fits_and_asked_about_where_it_does_not(desk: Desk) -> None:
    desk.arrival.load_folder("/models/m2")
    assert desk.names() == ["problem"]
    desk.judge("fits", HERE)
    desk.arrival.load_folder("/models/m2")
    assert desk.asked[-1] == ("load", HERE.ref, None)
    desk.judge("will_crawl", HERE)
    desk.arrival.load_folder("/models/m2")
    asked = ("MiniMax-M2", "mlx", "4bit", 230.0)
    assert desk.asked[-1] == ("load_question", HERE.ref, *asked)
    behind_a_link = replace(HERE, ref=replace(HERE.ref, name="link", source="folder", path="/link"))
    desk.catalog.show_opened(behind_a_link)
    desk.arrival.load_model(behind_a_link)
    assert desk.asked[-1] == ("load_question", behind_a_link.ref, *asked), "it is known by another path"


PLAIN = replace(CHOICE, engine="Transformers")
OFFER = ("engine_offer", "Transformers", "MiniMax-M2", "mlx", "4bit", 230.0)


def test_launch_offers_the_engine_that_was_named_where_it_is_not_installed(desk: Desk) -> None:
    desk.arrival.launch(PLAIN)
    assert ("engine_plan", "Transformers") in desk.asked
    desk.judge("fits", HERE)
    assert "load" not in desk.names(), "it is not known yet whether it is installed"
    desk.catalog.engines.show_plan(TRANSFORMERS)
    desk.arrival.take_engine_plan()
    assert desk.asked[-1] == OFFER
    assert "load" not in desk.names()
    desk.arrival.take_engine("Transformers", HERE.ref)
    assert desk.asked[-1] == ("load", HERE.ref, "Transformers")


def test_launch_loads_with_the_engine_that_was_named(desk: Desk) -> None:
    desk.arrival.launch(PLAIN)
    desk.judge("fits", HERE)
    desk.catalog.engines.show_plan(replace(TRANSFORMERS, installed=True))
    desk.arrival.take_engine_plan()
    assert desk.asked[-1] == ("load", HERE.ref, "Transformers")


def test_launch_fetches_and_then_offers_the_engine(desk: Desk) -> None:
    desk.catalog.engines.show_plan(TRANSFORMERS)
    desk.arrival.launch(PLAIN)
    desk.arrival.take_engine_plan()
    desk.judge()
    desk.arrival.take_plan(PLAN)
    desk.come()
    assert desk.asked[-1] == OFFER
    assert "load" not in desk.names()


def test_launch_fetches_nothing_for_an_engine_that_cannot_be_installed(desk: Desk) -> None:
    desk.catalog.engines.show_plan(replace(TRANSFORMERS, problem="This Python is too new."))
    desk.arrival.launch(PLAIN)
    desk.arrival.take_engine_plan()
    desk.judge()
    assert desk.names()[-1] == "problem"
    assert "This Python is too new." in str(desk.asked[-1])
    assert "plan" not in desk.names()


def test_launch_goes_on_where_nobody_can_say_whether_the_engine_is_installed(desk: Desk) -> None:
    desk.arrival.launch(PLAIN)
    desk.judge("fits", HERE)
    desk.arrival.take_engine_plan()
    assert desk.asked[-1] == ("load", HERE.ref, "Transformers")


def test_an_engine_that_came_during_an_answer_offers_its_model(desk: Desk) -> None:
    desk.answering = True
    desk.arrival.take_engine("Transformers", HERE.ref)
    assert desk.names() == []
    assert desk.state.notice is not None
    assert (desk.state.notice.offers, desk.state.notice.offers_engine) == (HERE.ref, "Transformers")


def test_what_has_come_without_its_engine_says_so_and_its_folder_leads_to_the_offer(desk: Desk) -> None:
    desk.catalog.engines.show_plan(TRANSFORMERS)
    lacking = replace(HERE, engine="Transformers")
    desk.judge("fits", lacking)
    desk.arrival.expect(CAME)
    desk.arrival.take_models()
    assert desk.state.notice is not None
    assert desk.state.notice.offers is None
    assert "needs the Transformers engine" in desk.state.notice.hint
    desk.arrival.load_folder("/models/m2")
    assert desk.asked[-1] == OFFER


def test_what_a_person_waits_for_is_loaded_when_it_has_come(desk: Desk) -> None:
    desk.arrival.want(M2)
    desk.judge()
    desk.come()
    assert desk.asked == [("load", HERE.ref, None)]
    desk.judge("fits", HERE)
    assert len(desk.asked) == 1


def test_what_is_waited_for_may_come_from_the_other_hub(desk: Desk) -> None:
    first = replace(M2, source=M2.alternates[0], alternates=(M2.source,))
    desk.arrival.follow(AWQ, QWEN)
    desk.arrival.want(first)
    desk.arrival.follow(first, M2)
    desk.judge()
    desk.come()
    assert desk.asked == [("load", HERE.ref, None)]


def test_what_a_person_waits_for_takes_no_answer_away(desk: Desk) -> None:
    desk.arrival.want(M2)
    desk.judge()
    desk.answering = True
    desk.come()
    assert desk.asked == []
    assert desk.state.notice is not None
    assert desk.state.notice.offers == HERE.ref


def test_what_a_person_waits_for_is_not_loaded_without_its_engine(desk: Desk) -> None:
    desk.catalog.engines.show_plan(TRANSFORMERS)
    desk.arrival.want(M2)
    desk.judge("fits", replace(HERE, engine="Transformers"))
    desk.arrival.expect(CAME)
    desk.arrival.take_models()
    assert desk.asked == []
    assert desk.state.notice is not None
    assert "needs the Transformers engine" in desk.state.notice.hint


@pytest.mark.parametrize(
    ("meanwhile", "becomes"),
    [
        (ModelRef(POCKET, "mlx", "8bit", "builtin", "/pocket"), ["load"]),
        (ModelRef("Qwen", "mlx", "4bit", "folder", "/models/qwen"), []),
    ],
    ids=("built-in", "another"),
)
def test_what_a_person_loads_meanwhile_is_not_taken_away(desk: Desk, meanwhile: ModelRef, becomes: list[str]) -> None:
    desk.arrival.want(M2)
    desk.arrival.take_choice(meanwhile)
    desk.judge()
    desk.come()
    assert desk.names() == becomes
    assert (desk.state.notice is not None) == (not becomes)
