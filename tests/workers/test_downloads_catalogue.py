"""What the worker says of the catalogue: sizes, what is here, damaged or unplugged, searches, tokens, deletion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from backends.contract.catalog import JudgedModel, Offer
from backends.contract.commands import (
    CancelDownload,
    DeleteModel,
    FindModels,
    ImportCatalog,
    JudgeCatalog,
    KeepToken,
    ListDownloads,
    PlanDownload,
    SearchHub,
    StartDownload,
)
from backends.contract.events import (
    CatalogImported,
    CatalogJudged,
    DownloadPlanned,
    DownloadsChanged,
    HubFound,
    ModelDeleted,
    ModelsChanged,
    RequestFailed,
    TokenKept,
    TokenNeeded,
)
from backends.contract.models import Hub as HubName
from backends.workers.supervisor import Supervisor
from tests.hub.mission import GATED
from tests.hub.server import Hub

from .conftest import PATIENCE_SECONDS, Ear, StartWorker
from .hub_models import make_repository, ref_of, wait_until

M2 = "mlx-community/MiniMax-M2-4bit"


@pytest.fixture
def downloads(start_worker: StartWorker, mission_hub: Hub, home: Path) -> Supervisor:
    return start_worker("downloads", env={**mission_hub.environment, "MINIM_HOME": str(home)})


def _m2(downloads: Supervisor, ear: Ear) -> JudgedModel:
    [model] = ear.wait_for(CatalogJudged, downloads.send(JudgeCatalog(names=("MiniMax-M2",)))).models
    return model


def _offer(model: JudgedModel, repo: str, hub: HubName) -> Offer:
    offers = [offer for form in model.forms for offer in form.offers]
    return next(offer for offer in offers if (offer.source.repo, offer.source.hub) == (repo, hub))


@pytest.mark.parametrize("side", ["huggingface", "modelscope"])
def test_a_form_is_planned_fetched_and_then_here_until_it_is_deleted(
    downloads: Supervisor, ear: Ear, mission_hub: Hub, side: HubName
) -> None:
    ref = ref_of(M2, side)
    planned = ear.wait_for(DownloadPlanned, downloads.send(PlanDownload(ref)))
    assert (planned.here_bytes, planned.files > 3, planned.disk_free_bytes > 0) == (0, True, True)
    offer = _offer(_m2(downloads, ear), M2, side)
    assert (offer.download_bytes, offer.is_estimate, offer.presence) == (planned.total_bytes, False, "absent")
    downloads.send(StartDownload(ref))
    path = wait_until(ear, lambda d: d.state == "finished", ref.id).path
    model = _m2(downloads, ear)
    offer = _offer(model, M2, side)
    assert (offer.presence, offer.path, offer.problem) == ("here", path, "")
    assert [here.ref.path for form in model.forms for here in form.here] == [path]
    again = ear.wait_for(DownloadPlanned, downloads.send(PlanDownload(ref)))
    assert again.here_bytes == again.total_bytes
    deleted = ear.wait_for(ModelDeleted, downloads.send(DeleteModel(path)))
    assert 0 <= deleted.freed_bytes - planned.total_bytes < 100, "the model and its ref"
    assert not Path(path).exists()
    assert _offer(_m2(downloads, ear), M2, side).presence == "absent"
    assert ear.wait_for(DownloadsChanged, downloads.send(ListDownloads())).downloads == ()


def test_damage_and_missing_disks_are_told(downloads: Supervisor, ear: Ear, mission_hub: Hub, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    ref = ref_of(M2, folder=str(disk))
    downloads.send(StartDownload(ref))
    folder = Path(wait_until(ear, lambda d: d.state == "finished", ref.id).path)
    found = ear.wait_for(ModelsChanged, downloads.send(FindModels()))
    assert str(folder) in [model.ref.path for model in found.models], "a download folder is looked through as well"
    weights = next(folder.glob("*.safetensors")).resolve()
    weights.write_bytes(weights.read_bytes()[:-1])
    damaged = _offer(_m2(downloads, ear), M2, "huggingface")
    assert damaged.presence == "damaged"
    assert "bytes instead of" in damaged.problem
    shutil.move(disk, tmp_path / "unplugged")
    gone = _offer(_m2(downloads, ear), M2, "huggingface")
    assert (gone.presence, gone.path) == ("disconnected", str(folder))
    assert str(disk) in gone.problem
    failed = ear.wait_for(RequestFailed, downloads.send(DeleteModel(str(folder))))
    assert failed.kind == "disk_missing"
    assert ear.wait_for(DownloadsChanged, downloads.send(CancelDownload(ref.id))).downloads == ()
    assert _offer(_m2(downloads, ear), M2, "huggingface").presence == "disconnected", "what was fetched stays known"


def test_half_a_model_is_none(downloads: Supervisor, ear: Ear, mission_hub: Hub, home: Path) -> None:
    ref = ref_of(M2)
    rule = mission_hub.misbehave(f"{M2}/*.safetensors", stall_after=1000)
    downloads.send(StartDownload(ref))
    assert rule.reached.wait(PATIENCE_SECONDS)
    model = _m2(downloads, ear)
    assert _offer(model, M2, "huggingface").presence == "absent"
    assert not [here for form in model.forms for here in form.here]
    found = ear.wait_for(ModelsChanged, downloads.send(FindModels()))
    assert not [model for model in found.models if model.ref.source == "huggingface"]
    wait_until(ear, lambda d: [file.path for file in d.files if file.done_bytes == 0] == ["config.json"], ref.id)
    ear.wait_for(HubFound, downloads.send(SearchHub("modelscope", "MiniMax")))  # there was time for it to come
    assert not list((home / "huggingface").rglob("config.json")), "nor is it one for another program"


def test_only_what_lies_in_a_cache_is_deleted(
    downloads: Supervisor, ear: Ear, tmp_path: Path, mission_hub: Hub, home: Path
) -> None:
    mine = make_repository(tmp_path / "mine")
    assert ear.wait_for(RequestFailed, downloads.send(DeleteModel(str(mine)))).kind == "bad_request"
    assert (mine / "config.json").exists()
    ref = ref_of(M2)
    rule = mission_hub.misbehave(f"{M2}/*.safetensors", stall_after=1000)
    downloads.send(StartDownload(ref))
    assert rule.reached.wait(PATIENCE_SECONDS)
    repository = mission_hub.repository("huggingface", M2)
    assert repository is not None
    snapshot = f"{home}/huggingface/hub/models--{M2.replace('/', '--')}/snapshots/{repository.commit}"
    assert ear.wait_for(RequestFailed, downloads.send(DeleteModel(snapshot))).kind == "busy"


def test_a_model_of_the_chosen_folder_can_be_deleted_whoever_fetched_it(
    downloads: Supervisor, ear: Ear, tmp_path: Path
) -> None:
    folder = make_repository(tmp_path / "disk" / "models--org--Small-4bit" / "snapshots" / "c0ffee")
    judge = JudgeCatalog(download_folder=str(tmp_path / "disk"))
    judged = ear.wait_for(CatalogJudged, downloads.send(judge))
    here = [model.ref.path for judged in judged.models for form in judged.forms for model in form.here]
    assert str(folder) in here
    assert ear.wait_for(ModelDeleted, downloads.send(DeleteModel(str(folder)))).freed_bytes > 900_000
    assert not folder.exists()


def test_what_a_person_made_in_the_chosen_folder_is_not_deleted(
    downloads: Supervisor, ear: Ear, tmp_path: Path, mission_hub: Hub
) -> None:
    disk = tmp_path / "disk"
    mine = make_repository(disk / "tunes" / "mine")
    (disk / "models" / "tunes").mkdir(parents=True)
    ear.wait_for(CatalogJudged, downloads.send(JudgeCatalog(download_folder=str(disk))))
    refused = ear.wait_for(RequestFailed, downloads.send(DeleteModel(str(mine))))
    assert refused.kind == "bad_request"
    assert (mine / "config.json").exists()
    ref = ref_of(M2, "modelscope", folder=str(disk))
    downloads.send(StartDownload(ref))
    path = wait_until(ear, lambda d: d.state == "finished", ref.id).path
    assert ear.wait_for(ModelDeleted, downloads.send(DeleteModel(path))).freed_bytes > 0
    assert (mine / "config.json").exists()


def test_a_search_is_judged_in_the_hubs_order(downloads: Supervisor, ear: Ear) -> None:
    found = ear.wait_for(HubFound, downloads.send(SearchHub("huggingface", "MiniMax-M2"))).models
    names = [model.spec.name for model in found]
    assert names[:2] == ["MiniMaxAI/MiniMax-M2", "QuantTrio/MiniMax-M2-AWQ"]
    forms = {model.spec.name: model.forms[0].form for model in found}
    assert (forms[M2].format, forms[M2].quantization) == ("mlx", "4bit")
    assert (forms["QuantTrio/MiniMax-M2-AWQ"].format, forms["QuantTrio/MiniMax-M2-AWQ"].quantization) == ("awq", "Int4")
    assert all(model.spec.origin == "hub" and not model.best for model in found)
    none = ear.wait_for(HubFound, downloads.send(SearchHub("huggingface", "no such thing at all")))
    assert none.models == ()


def test_a_gated_repository_asks_for_a_token_and_takes_it(downloads: Supervisor, ear: Ear, mission_hub: Hub) -> None:
    ref = ref_of(GATED)
    needed = ear.wait_for(TokenNeeded, downloads.send(PlanDownload(ref)))
    assert (needed.hub, needed.repo) == ("huggingface", GATED)
    assert needed.address.endswith(GATED)
    downloads.send(StartDownload(ref))
    failed = wait_until(ear, lambda d: d.state == "failed", ref.id)
    assert failed.kind == "token_needed"
    kept = ear.wait_for(TokenKept, downloads.send(KeepToken("huggingface", mission_hub.token)))
    assert kept.where
    assert mission_hub.token not in repr(ear.heard)
    assert ear.wait_for(DownloadPlanned, downloads.send(PlanDownload(ref))).files
    downloads.send(StartDownload(ref))
    wait_until(ear, lambda d: d.state == "finished", ref.id)
    assert ear.wait_for(TokenKept, downloads.send(KeepToken("huggingface", ""))).where
    ear.wait_for(TokenNeeded, downloads.send(PlanDownload(ref)))


def test_a_catalogue_is_taken_in_for_good_and_again(downloads: Supervisor, ear: Ear, tmp_path: Path) -> None:
    family = {
        "version": 2,
        "model_name": "Home-Made",
        "context_length": 4096,
        "model_lang": ["en"],
        "model_ability": ["chat"],
        "model_specs": [
            {
                "model_format": "gptq",
                "model_size_in_billions": "0_6",
                "model_src": {"huggingface": {"model_id": "me/Home-{quantization}", "quantizations": ["Int4"]}},
            }
        ],
    }
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(family))
    assert ear.wait_for(CatalogImported, downloads.send(ImportCatalog(str(file)))).names == ("Home-Made",)
    downloads.end()
    [mine] = ear.wait_for(CatalogJudged, downloads.send(JudgeCatalog(names=("home-made",)))).models
    assert mine.spec.origin == "imported"
    assert [form.offers[0].source.repo for form in mine.forms] == ["me/Home-Int4"]
    file.write_text(json.dumps([{**family, "context_length": 8192}]))
    ear.wait_for(CatalogImported, downloads.send(ImportCatalog(str(file))))
    [mine] = ear.wait_for(CatalogJudged, downloads.send(JudgeCatalog(names=("home-made",)))).models
    assert mine.spec.context_length == 8192
    file.write_text("{")
    assert "line 1" in ear.wait_for(RequestFailed, downloads.send(ImportCatalog(str(file)))).message
    gone = ear.wait_for(RequestFailed, downloads.send(ImportCatalog(str(tmp_path / "gone.json"))))
    assert str(tmp_path / "gone.json") in gone.message


def test_a_catalogue_that_is_too_long_to_be_told_is_refused_while_it_can_be(
    downloads: Supervisor, ear: Ear, tmp_path: Path, home: Path
) -> None:
    many = {"quantizations": [f"q{number}" for number in range(9000)], "model_id": "me/M-{quantization}"}
    spec = {"model_format": "mlx", "model_size_in_billions": 1, "model_src": {"huggingface": many}}
    family = {"model_name": "Endless", "model_ability": ["chat"], "model_specs": [spec]}
    file = tmp_path / "endless.json"
    file.write_text(json.dumps(family))
    assert "too many forms" in ear.wait_for(RequestFailed, downloads.send(ImportCatalog(str(file)))).message
    assert not list(home.rglob("endless.json"))
    assert ear.wait_for(CatalogJudged, downloads.send(JudgeCatalog())).models


def test_a_hub_that_does_not_answer_holds_up_nothing_else(downloads: Supervisor, ear: Ear, mission_hub: Hub) -> None:
    rule = mission_hub.misbehave("/api/models*", host="huggingface", stall_after=0)
    asked = downloads.send(SearchHub("huggingface", "MiniMax"))
    assert rule.reached.wait(PATIENCE_SECONDS)
    ear.wait_for(ModelsChanged, downloads.send(FindModels()))
    ear.wait_for(DownloadsChanged, downloads.send(ListDownloads()))
    ear.wait_for(HubFound, downloads.send(SearchHub("modelscope", "MiniMax")))
    assert ear.kinds(asked) == []
