"""Loading: one at a time, never by itself, and an old process's end is not the new load's end."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from backends.contract.commands import LoadModel
from backends.contract.events import LoadProgress, ModelLoaded, RequestCancelled, RequestFailed, UnloadSuggested
from backends.contract.memory import KeepLimits
from backends.contract.models import ModelRef
from backends.conversation.changes import Change, ModelStateChanged, SessionFailed
from backends.conversation.model_session import ModelSession
from tests.conversation.conftest import WorkerSeat

FOUR = ModelRef("Pocket M2", "mlx", "4bit", "builtin", "/pocket")
EIGHT = ModelRef("Pocket M2", "mlx", "8bit", "builtin", "/pocket")


def loaded(model: ModelRef) -> ModelLoaded:
    return ModelLoaded(model, "MLX", "minimax-m2", 196_608, 1_000, 0.5)


@dataclass
class Stand:
    engine: WorkerSeat = field(default_factory=WorkerSeat)
    changes: list[Change] = field(default_factory=list[Change])

    def __post_init__(self) -> None:
        self.session = ModelSession(self.engine, self.changes.append)
        self.engine.handle = self.session.handle_engine

    @property
    def failures(self) -> list[SessionFailed]:
        return [change for change in self.changes if isinstance(change, SessionFailed)]


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_a_load_with_its_progress(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.engine.say(LoadProgress("preparing", 1, 2), LoadProgress("reading", 5, 10), loaded(FOUR))
    assert stand.changes == [
        ModelStateChanged("loading", FOUR),
        ModelStateChanged("loading", FOUR, "preparing", 1, 2),
        ModelStateChanged("loading", FOUR, "reading", 5, 10),
        ModelStateChanged("ready", FOUR, loaded=loaded(FOUR)),
    ]
    assert stand.session.state == stand.changes[-1]


def test_the_engine_that_was_chosen_loads_it_also_when_it_has_rested() -> None:
    stand = Resting()
    plain = ModelRef("Pocket M2", "pytorch", "none", "folder", "/pocket")
    stand.session.load(plain, "Transformers")
    stand.engine.say(ModelLoaded(plain, "Transformers", "minimax-m2", 196_608, 1_000, 0.5))
    stand.engine.say_unasked(UnloadSuggested("idle"))
    stand.session.wake(lambda: None)
    assert stand.engine.asked(LoadModel)[1:] == [LoadModel(plain, LIMITS, "Transformers")] * 2
    stand.session.load(FOUR)
    assert stand.engine.asked(LoadModel)[-1].engine is None


PLAIN = ModelRef("Pocket M2", "pytorch", "none", "folder", "/pocket")
MISSING = RequestFailed("engine_missing", "It needs the Transformers engine.", "Install it.")


def test_an_engine_of_another_day_that_is_gone_gives_way_in_silence(stand: Stand) -> None:
    stand.session.load(PLAIN, "Transformers", as_before=True)
    stand.engine.say(MISSING)
    assert [command.engine for command in stand.engine.asked(LoadModel)] == ["Transformers", None]
    assert (stand.session.state, stand.failures) == (ModelStateChanged("loading", PLAIN), [])
    stand.engine.say(RequestFailed("unsupported_model", "Nor does MLX.", ""))
    assert [failure.message for failure in stand.failures] == ["Nor does MLX."], "and it is tried once"


@pytest.mark.parametrize(
    ("as_before", "failure"),
    [(False, MISSING), (True, RequestFailed("out_of_memory", "There is no room.", ""))],
)
def test_what_else_goes_wrong_is_told(stand: Stand, as_before: bool, failure: RequestFailed) -> None:
    stand.session.load(PLAIN, "Transformers", as_before=as_before)
    stand.engine.say(failure)
    assert len(stand.engine.asked(LoadModel)) == 1
    assert [told.message for told in stand.failures] == [failure.message]


def test_a_model_that_was_only_chosen_wakes_in_the_engine_of_another_day_or_without_it(stand: Stand) -> None:
    woken: list[str] = []
    stand.session.choose(PLAIN, "Transformers")
    stand.session.wake(lambda: woken.append("go on"))
    stand.engine.say(MISSING)
    assert [command.engine for command in stand.engine.asked(LoadModel)] == ["Transformers", None]
    assert woken == [], "it is still being loaded"
    stand.engine.say(loaded(PLAIN))
    assert (woken, stand.failures) == (["go on"], [])


def test_after_an_engine_was_installed_the_next_load_is_a_new_processs(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.engine.say(loaded(FOUR))
    stand.session.renew()
    assert (stand.engine.ended, stand.session.state.state) == (0, "ready")
    stand.session.load(EIGHT)
    assert stand.engine.ended == 1
    stand.engine.die(expected=True)
    assert stand.session.state == ModelStateChanged("loading", EIGHT)
    assert [
        change for change in stand.changes if isinstance(change, ModelStateChanged) and change.state == "none"
    ] == []
    stand.session.load(FOUR)
    assert stand.engine.ended == 1


def test_after_an_engine_was_installed_a_process_that_holds_nothing_ends(stand: Stand) -> None:
    stand.session.renew()
    assert stand.engine.ended == 1
    stand.engine.die(expected=True)
    assert stand.changes == []


def test_a_load_that_is_cancelled(stand: Stand) -> None:
    stand.session.cancel_load()
    assert stand.engine.cancelled == []
    stand.session.load(FOUR)
    stand.session.cancel_load()
    assert stand.engine.cancelled == [1]
    stand.engine.say(RequestCancelled())
    assert stand.session.state == ModelStateChanged("none")
    assert stand.failures == []


def test_a_new_load_cancels_the_one_before(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.session.load(EIGHT)
    assert stand.engine.cancelled == [1]
    stand.engine.say(LoadProgress("reading", 1, 2), RequestCancelled(), to=1)
    assert stand.session.state == ModelStateChanged("loading", EIGHT)
    stand.engine.say(loaded(EIGHT))
    assert stand.session.state.model == EIGHT
    stand.session.load(FOUR)
    assert stand.engine.cancelled == [1], "what has ended is not cancelled"


def test_a_load_that_fails(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.engine.say(RequestFailed("damaged_model", "model.safetensors is truncated.", "Get it again."))
    assert stand.session.state == ModelStateChanged("none")
    assert stand.failures == [SessionFailed("damaged_model", "model.safetensors is truncated.", "Get it again.")]


def test_unloading_ends_the_worker(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.engine.say(loaded(FOUR))
    stand.session.unload()
    assert stand.engine.ended == 1
    assert stand.session.state == ModelStateChanged("none")
    stand.engine.die(expected=True)
    assert stand.failures == []


def test_the_end_of_the_old_process_is_not_the_end_of_the_next_load(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.session.unload()
    stand.session.load(EIGHT)
    stand.engine.die(expected=True)
    assert stand.session.state == ModelStateChanged("loading", EIGHT)
    stand.engine.say(loaded(EIGHT))
    stand.engine.die()
    assert stand.session.state == ModelStateChanged("none")


def test_unloading_takes_back_a_load_that_waits_for_the_old_process_to_end(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.session.unload()
    stand.engine.running = False
    stand.session.load(EIGHT)
    stand.session.unload()
    assert stand.engine.ended == 2
    stand.engine.die(expected=True)
    assert stand.session.state == ModelStateChanged("none")
    assert stand.failures == []


def test_unloading_nothing_does_not_hide_a_later_death(stand: Stand) -> None:
    stand.engine.running = False
    stand.session.unload()
    assert stand.changes == []
    stand.session.load(FOUR)
    stand.engine.die()
    assert len(stand.failures) == 1


@pytest.mark.parametrize("ready", [True, False])
def test_a_death_is_told_and_nothing_is_loaded_again(stand: Stand, ready: bool) -> None:
    stand.session.load(FOUR)
    if ready:
        stand.engine.say(loaded(FOUR))
    stand.engine.die("It was killed by SIGKILL.")
    assert stand.session.state == ModelStateChanged("none")
    [failed] = stand.failures
    assert failed.kind == "worker_died"
    assert "SIGKILL" in failed.message
    assert len(stand.engine.asked(LoadModel)) == 1


@dataclass
class Resting(Stand):
    """A stand whose model may be unloaded, unless it is busy."""

    busy: bool = False

    def __post_init__(self) -> None:
        self.session = ModelSession(self.engine, self.changes.append, may_unload=lambda: not self.busy)
        self.engine.handle = self.session.handle_engine
        self.session.configure(LIMITS)
        self.session.load(FOUR)
        self.engine.say(loaded(FOUR))


LIMITS = KeepLimits(1, 2, 3)


def test_a_model_that_nobody_uses_is_unloaded_and_woken_by_the_next_message() -> None:
    stand = Resting()
    stand.engine.say_unasked(UnloadSuggested("idle"))
    assert stand.session.state == ModelStateChanged("none", FOUR, resting="idle")
    assert stand.engine.ended == 1
    begun: list[int] = []
    stand.session.wake(lambda: begun.append(1))
    stand.session.wake(lambda: begun.append(2))
    assert stand.engine.asked(LoadModel) == [LoadModel(FOUR, LIMITS)] * 2
    stand.engine.die(expected=True)
    stand.engine.say(LoadProgress("reading", 5, 10))
    assert stand.session.state == ModelStateChanged("loading", FOUR, "reading", 5, 10)
    assert begun == []
    stand.engine.say(loaded(FOUR))
    assert begun == [1, 2]
    stand.session.wake(lambda: begun.append(3))
    assert begun == [1, 2, 3]
    assert stand.failures == []


def test_a_model_that_is_used_stays() -> None:
    stand = Resting(busy=True)
    stand.engine.say_unasked(UnloadSuggested("memory"))
    assert (stand.session.state.state, stand.engine.ended) == ("ready", 0)


def test_a_front_end_that_cannot_wake_it_keeps_its_model(stand: Stand) -> None:
    stand.session.load(FOUR)
    stand.engine.say(loaded(FOUR))
    stand.engine.say_unasked(UnloadSuggested("idle"))
    assert (stand.session.state.state, stand.engine.ended) == ("ready", 0)


@pytest.mark.parametrize("how", ["fails", "cancelled", "dies", "unloaded"])
def test_whoever_waits_for_a_resting_model_is_told_when_it_does_not_come(how: str) -> None:
    stand = Resting()
    stand.engine.say_unasked(UnloadSuggested("memory"))
    stand.engine.die(expected=True)
    begun: list[str] = []
    stand.session.wake(lambda: begun.append(how))
    match how:
        case "fails":
            stand.engine.say(RequestFailed("damaged_model", "It is damaged."))
        case "cancelled":
            stand.engine.say(RequestCancelled())
        case "dies":
            stand.engine.die()
        case _:
            stand.session.unload()
    assert begun == [how]
    assert stand.session.state == ModelStateChanged("none")


def test_a_model_that_was_only_chosen_is_loaded_when_it_is_needed(stand: Stand) -> None:
    stand.session.choose(FOUR)
    assert stand.session.state == ModelStateChanged("none", FOUR, resting="unasked")
    assert stand.engine.asked(LoadModel) == []
    begun: list[int] = []
    stand.session.wake(lambda: begun.append(1))
    stand.engine.say(loaded(FOUR))
    assert begun == [1]
    stand.session.choose(EIGHT)
    assert stand.session.state.model == FOUR, "one that is loaded stays"
