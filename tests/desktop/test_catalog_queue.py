"""What is asked about models is answered once and to whom it concerns, whatever comes late or not at all."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.catalog import Hardware, JudgedForm, JudgedModel, ModelForm, ModelSpec, Offer, Verdict
from backends.contract.commands import (
    Command,
    FindModels,
    JudgeCatalog,
    KeepToken,
    PlanDownload,
    SearchHub,
)
from backends.contract.events import (
    CatalogImported,
    CatalogJudged,
    DownloadPlanned,
    Envelope,
    Event,
    HubFound,
    ModelDeleted,
    ModelInspected,
    ModelsChanged,
    RequestFailed,
    TokenKept,
    TokenNeeded,
    WorkerExited,
)
from backends.contract.models import InstalledModel, ModelRef
from backends.contract.preferences import Preferences
from desktop.controllers.catalog_queue import CatalogQueue
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.preference_state import PreferenceState
from tests.desktop.downloads_to_show import AWQ, M2

MACHINE = Hardware("Apple M3", 64 << 30, 48 << 30, disk_free_bytes=500_000_000_000)
VERDICT = Verdict("fits", "fits", "MLX", 1, 0, 0, 0, 1, "working_set", 2, 8192, 8192, 0.0, "")
NEEDED = TokenNeeded("huggingface", M2.source.repo, "The repository is gated.", "https://hub.test/tokens")


def judged(name: str, size: int = 1, best: bool = False) -> JudgedModel:
    form = ModelForm("mlx", "4bit", 8.0, 8.0, size, (M2.source,))
    spec = ModelSpec(name, "", 8192, (), ("chat",), (form,))
    return JudgedModel(spec, (JudgedForm(form, VERDICT, (Offer(M2.source, size, True),)),), best)


class Desk:
    """A queue with its models, a worker that is only written down, and what was told."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.catalog, self.downloads = CatalogModel(), DownloadModel()
        preferences = PreferenceState(Preferences(model_folders=("/mine",), download_folder="/disk"))
        self.queue = CatalogQueue(self, self.catalog, self.downloads, preferences)
        self.told: list[tuple[str, tuple[object, ...]]] = []
        for name in ("planned", "plan_failed", "token_needed", "token_kept", "imported", "failed", "models_found"):
            getattr(self.queue, name).connect(partial(self._tell, name))

    def send(self, command: Command) -> int:
        self.sent.append(command)
        return len(self.sent)

    def hear(self, event: Event, answers: Command | int) -> None:
        """An event that answers the last command like this one, or the command of this id."""
        request = answers if isinstance(answers, int) else len(self.sent) - self.sent[::-1].index(answers)
        self.queue.handle(Envelope(request, event))

    def judge(self, *models: JudgedModel) -> None:
        self.queue.judge()
        self.hear(CatalogJudged(MACHINE, models), len(self.sent))

    def names(self) -> list[str]:
        return [name for name, _ in self.told]

    def _tell(self, name: str, *values: object) -> None:
        self.told.append((name, values))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def plan(**fields: Any) -> DownloadPlanned:
    return replace(DownloadPlanned(M2, 100, 0, 1000, 3), **fields)


def test_the_whole_catalogue_is_judged_for_the_folders_and_the_disk_that_were_chosen(desk: Desk) -> None:
    desk.judge(judged("MiniMax-M2"), judged("Qwen3-8B", best=True))
    assert desk.sent == [JudgeCatalog(folders=("/mine",), download_folder="/disk")]
    assert [family.spec.name for family in desk.catalog.families()] == ["MiniMax-M2", "Qwen3-8B"]
    assert desk.catalog.disk_free() == 500_000_000_000


def test_one_model_judged_anew_takes_its_place_among_the_others(desk: Desk) -> None:
    desk.judge(judged("MiniMax-M2"), judged("Qwen3-8B", best=True))
    desk.queue.judge("Qwen3-8B")
    desk.hear(CatalogJudged(MACHINE, (judged("Qwen3-8B", size=7),)), len(desk.sent))
    families = desk.catalog.families()
    assert [family.spec.name for family in families] == ["MiniMax-M2", "Qwen3-8B"]
    assert families[1].forms[0].form.weights_bytes == 7
    assert families[1].best


def test_of_two_judgements_the_later_one_holds(desk: Desk) -> None:
    desk.queue.judge()
    desk.judge(judged("New"))
    desk.hear(CatalogJudged(MACHINE, (judged("Old"),)), 1)
    assert [family.spec.name for family in desk.catalog.families()] == ["New"]


def test_plans_are_asked_once_and_judged_when_the_last_has_come(desk: Desk) -> None:
    desk.judge(judged("MiniMax-M2"))
    desk.queue.plan((M2, AWQ))
    desk.queue.plan((M2, AWQ))
    assert desk.sent[1:] == [PlanDownload(M2), PlanDownload(AWQ)]
    desk.hear(plan(), PlanDownload(M2))
    assert len(desk.sent) == 3
    desk.hear(plan(ref=AWQ), PlanDownload(AWQ))
    assert isinstance(desk.sent[-1], JudgeCatalog)
    assert desk.sent[-1].names == ("MiniMax-M2",)
    assert desk.names() == ["planned", "planned"]


def test_a_hub_that_cannot_be_reached_is_not_asked_again_and_again(desk: Desk) -> None:
    desk.judge(judged("MiniMax-M2"))
    desk.queue.plan((M2,))
    desk.hear(RequestFailed("offline", "No network."), PlanDownload(M2))
    assert desk.downloads.offline
    assert "failed" not in desk.names()
    desk.queue.plan((M2,))
    assert desk.sent[1:] == [PlanDownload(M2)]
    desk.queue.plan_anew()
    desk.queue.plan((M2,))
    desk.hear(plan(), PlanDownload(M2))
    assert not desk.downloads.offline


def test_a_token_that_is_wanted_is_told_and_when_it_is_kept_the_hub_is_asked_again(desk: Desk) -> None:
    desk.queue.plan((M2,))
    desk.hear(NEEDED, PlanDownload(M2))
    assert desk.catalog.token_needed == NEEDED
    desk.queue.keep_token("huggingface", "hf_secret")
    desk.hear(TokenKept("the keyring"), KeepToken("huggingface", "hf_secret"))
    assert desk.catalog.token_needed is None
    assert desk.told[-1] == ("token_kept", ("huggingface", ""))
    desk.queue.plan((M2,))
    assert desk.sent[-1] == PlanDownload(M2)


def test_the_chosen_hub_is_searched_and_an_older_search_is_not_shown(desk: Desk) -> None:
    desk.catalog.show_choices("mirror", "https://mirror.test", "")
    desk.queue.search_hub("first")
    desk.queue.search_hub("second")
    assert desk.sent == [SearchHub("huggingface", words, "https://mirror.test") for words in ("first", "second")]
    desk.hear(HubFound((judged("second/model"),)), 2)
    desk.hear(HubFound((judged("first/model"),)), 1)
    assert [hit.spec.name for hit in desk.catalog.hits] == ["second/model"]


def test_a_search_that_fails_says_so_where_it_was_asked(desk: Desk) -> None:
    desk.queue.search_hub("first")
    desk.hear(RequestFailed("hub_failed", "The hub answered 500.", "Try later."), 1)
    assert desk.catalog.search_problem == "The hub answered 500. Try later."
    assert desk.told == []


def test_after_a_deletion_this_machine_is_looked_through_again(desk: Desk) -> None:
    desk.judge(judged("MiniMax-M2"))
    freed: list[object] = []
    desk.catalog.deleted.connect(freed.append)
    desk.queue.delete("/models/m2")
    desk.hear(ModelDeleted("/models/m2", 128_700_000_000), len(desk.sent))
    assert desk.sent[-2] == FindModels(("/mine",))
    assert isinstance(desk.sent[-1], JudgeCatalog)
    assert freed == [128_700_000_000]


def test_what_was_imported_is_judged_and_told(desk: Desk) -> None:
    desk.queue.import_catalog("/models.json")
    desk.hear(CatalogImported(("One", "Two"), ("Three has no forms.",)), 1)
    assert isinstance(desk.sent[-1], JudgeCatalog)
    assert desk.names() == ["imported"]


def test_of_two_searches_of_this_machine_the_later_one_holds(desk: Desk) -> None:
    model = InstalledModel(ModelRef("Mine", "mlx", "4bit", "folder", "/mine"), "MLX", "llama", 1)
    desk.queue.find_models(())
    desk.queue.find_models(())
    desk.hear(ModelsChanged((model,)), 2)
    assert desk.catalog.models == (model,)
    desk.hear(ModelsChanged(()), 1)
    assert desk.catalog.models == (model,)


def test_a_worker_that_ends_is_told_where_something_was_asked(desk: Desk) -> None:
    desk.queue.search_hub("first")
    desk.queue.plan((M2,))
    desk.hear(WorkerExited(-9, False, "It was killed."), 0)
    assert desk.catalog.search_problem == "It was killed."
    assert desk.told == []
    desk.queue.find_models(())
    desk.hear(WorkerExited(-9, False, "It was killed."), 0)
    told = ("failed", ("Minim could not look for models.", "It was killed."))
    assert desk.told == [told]
    desk.queue.judge()
    desk.hear(WorkerExited(-9, False, "It was killed."), 0)
    assert desk.told == [told, told]


@pytest.mark.parametrize(
    "answer", [CatalogJudged(MACHINE, (judged("Mine"),)), RequestFailed("internal", "No.", "")], ids=("judged", "not")
)
def test_what_an_opened_folder_holds_is_judged_before_it_is_told(desk: Desk, answer: Event) -> None:
    model = InstalledModel(ModelRef("Mine", "mlx", "4bit", "folder", "/mine"), "MLX", "llama", 1)
    told: list[object] = []

    def tell(model: InstalledModel) -> None:
        told.append((model, len(desk.catalog.families())))

    desk.queue.folder_inspected.connect(told.append)
    desk.queue.folder_judged.connect(tell)
    desk.queue.judge()
    desk.queue.open_folder("/mine")
    desk.hear(ModelInspected(model), 2)
    assert isinstance(desk.sent[2], JudgeCatalog)
    desk.hear(CatalogJudged(MACHINE, ()), 1)
    assert told == [model], "that judgement was asked for before, and may not know of the folder"
    desk.hear(answer, 3)
    assert told[1:] == [(model, 2 if isinstance(answer, CatalogJudged) else 1)]
    desk.queue.open_folder("/mine")
    desk.hear(ModelInspected(replace(model, problem="It is damaged.")), 4)
    assert len(desk.sent) == 4, "what cannot be loaded is not judged for that"
