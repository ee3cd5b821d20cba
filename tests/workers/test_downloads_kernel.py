"""The kernel that FP8 needs: offered where it is of use, fetched like a model into its own layout, and no model."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec
import pytest

from backends.contract.catalog import FP8_KERNEL, CudaDevice, Hardware, Offer, Source
from backends.contract.commands import (
    CancelDownload,
    DeleteModel,
    FindModels,
    JudgeCatalog,
    ListDownloads,
    PlanDownload,
    StartDownload,
)
from backends.contract.downloads import kernel_ref
from backends.contract.events import (
    CatalogJudged,
    DownloadPlanned,
    DownloadsChanged,
    ModelDeleted,
    ModelsChanged,
    RequestFailed,
    WorkerExited,
)
from backends.engines.fp8_kernel import fp8_kernel_folder
from backends.workers.supervisor import Supervisor
from tests.hub.repositories import Repository
from tests.hub.server import Hub

from .conftest import PATIENCE_SECONDS, Ear, StartWorker
from .hub_models import ref_of, wait_until

REF = kernel_ref(FP8_KERNEL)
H200 = CudaDevice("H200", 141 * 2**30, 9.0)
A100 = CudaDevice("A100", 80 * 2**30, 8.0)
RAM = 2**40
BUILD = "build/torch-cuda"
LARGE = f"{BUILD}/_ops.so"


@pytest.fixture
def downloads(start_worker: StartWorker, hub: Hub, home: Path) -> Supervisor:
    return start_worker("downloads", env={**hub.environment, "MINIM_HOME": str(home)})


@pytest.fixture
def kernel(hub: Hub, tmp_path: Path) -> Repository:
    return hub.add(f"kernels/{FP8_KERNEL.repo}", _files(tmp_path / "kernel", 1), ["huggingface"], branch="v4")


def _files(folder: Path, seed: int) -> Path:
    """What a kernel's repository holds; one file is large enough to be outside of git."""
    build = folder / BUILD
    (build / "__pycache__").mkdir(parents=True)
    (build / "__init__.py").write_text(f"version = {seed}\n")
    (build / "metadata.json").write_text("{}")
    (build / "_ops.so").write_bytes(bytes([seed]) * 11 * 2**20)
    (build / "__pycache__" / "x.pyc").write_bytes(b"never fetched")
    (folder / "README.md").write_text("of no use to an engine")
    return folder


def _offers(downloads: Supervisor, ear: Ear, *cuda: CudaDevice) -> list[Offer | None]:
    """The kernels of MiniMax-M2's forms on a machine, by form."""
    hardware = Hardware("x86_64", RAM, cuda=cuda)
    asked = downloads.send(JudgeCatalog(hardware, names=("MiniMax-M2",)))
    [model] = ear.wait_for(CatalogJudged, asked).models
    return [form.kernel for form in model.forms]


def test_it_is_offered_with_fp8_on_gpus_that_multiply_it_and_nowhere_else(
    downloads: Supervisor, ear: Ear, kernel: Repository
) -> None:
    offered = [offer for offer in _offers(downloads, ear, H200, H200) if offer is not None]
    assert offered == [Offer(FP8_KERNEL, 0, True)], "of all forms only the one in FP8"
    for others in ((), (A100,) * 4, (H200, H200, A100)):
        assert not any(_offers(downloads, ear, *others)), others
    planned = ear.wait_for(DownloadPlanned, downloads.send(PlanDownload(REF)))
    assert (planned.files, planned.here_bytes) == (3, 0)
    assert Offer(FP8_KERNEL, planned.total_bytes, False) in _offers(downloads, ear, H200, H200)


def test_it_is_fetched_into_the_layout_that_its_loader_looks_into_and_is_no_model(
    downloads: Supervisor, ear: Ear, hub: Hub, kernel: Repository
) -> None:
    hub.caches_small_files = True
    assert fp8_kernel_folder() is None
    downloads.send(StartDownload(REF))
    finished = wait_until(ear, lambda d: d.state == "finished", REF.id)
    folder = fp8_kernel_folder()
    assert folder is not None
    assert str(folder) == finished.path
    assert folder.parts[-3:] == ("kernels--kernels-community--finegrained-fp8", "snapshots", kernel.commit)
    assert (folder.parents[1] / "refs" / "v4").read_text() == kernel.commit
    found = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    assert found == [f"{BUILD}/__init__.py", LARGE, f"{BUILD}/metadata.json"]
    assert (folder / LARGE).read_bytes() == (kernel.folder / LARGE).read_bytes()
    models = ear.wait_for(ModelsChanged, downloads.send(FindModels())).models
    assert not [model for model in models if model.ref.source == "huggingface"]
    [offer] = [offer for offer in _offers(downloads, ear, H200, H200) if offer is not None]
    assert (offer.presence, offer.path) == ("here", str(folder))


def test_it_is_deleted_like_a_model_and_can_be_fetched_again(
    downloads: Supervisor, ear: Ear, kernel: Repository
) -> None:
    downloads.send(StartDownload(REF))
    finished = wait_until(ear, lambda d: d.state == "finished", REF.id)
    repository = Path(finished.path).parents[1]
    elsewhere = repository.parents[1] / "mine" / repository.name / "snapshots" / "abc"
    elsewhere.mkdir(parents=True)
    refused = ear.wait_for(RequestFailed, downloads.send(DeleteModel(str(elsewhere))))
    assert refused.kind == "bad_request", "what lies in no cache is a person's own"
    deleted = ear.wait_for(ModelDeleted, downloads.send(DeleteModel(finished.path)))
    assert deleted.freed_bytes >= 11 * 2**20
    assert not repository.exists()
    assert fp8_kernel_folder() is None
    [offer] = [offer for offer in _offers(downloads, ear, H200, H200) if offer is not None]
    assert (offer.presence, offer.path, offer.is_estimate) == ("absent", "", False), "its size stays known"
    ear.heard.clear()
    downloads.send(StartDownload(REF))
    assert wait_until(ear, lambda d: d.state == "finished", REF.id).path == finished.path


def test_a_kernel_that_another_program_fetched_is_here_too(
    downloads: Supervisor, ear: Ear, home: Path, kernel: Repository
) -> None:
    downloads.send(StartDownload(REF))
    path = wait_until(ear, lambda d: d.state == "finished", REF.id).path
    downloads.end()
    ear.wait_for(WorkerExited)
    for file in (home / "downloads").glob("*.json"):
        file.unlink()
    [offer] = [offer for offer in _offers(downloads, ear, H200, H200) if offer is not None]
    assert (offer.presence, offer.path) == ("here", path)


def test_one_that_was_begun_keeps_to_its_commit_when_the_branch_moves(
    downloads: Supervisor, ear: Ear, hub: Hub, kernel: Repository, tmp_path: Path
) -> None:
    begun = kernel.commit
    rule = hub.misbehave(f"*/{LARGE}", stall_after=6 * 2**20, on=[1])
    downloads.send(StartDownload(REF))
    assert rule.reached.wait(PATIENCE_SECONDS)
    wait_until(ear, lambda d: d.done_bytes > 5 * 2**20, REF.id)
    assert fp8_kernel_folder() is None, "half a kernel is none"
    assert downloads.pid is not None
    os.kill(downloads.pid, signal.SIGKILL)
    ear.wait_for(WorkerExited)
    kernel.move(_files(tmp_path / "newer", 2))
    assert kernel.commit != begun
    downloads.send(ListDownloads(resume=True))
    finished = wait_until(ear, lambda d: d.state == "finished", REF.id)
    assert Path(finished.path).name == begun
    assert set((Path(finished.path) / LARGE).read_bytes()) == {1}
    assert hub.bytes_served() < 1.2 * finished.total_bytes, "it goes on where it was"
    downloads.send(StartDownload(REF))
    wait_until(ear, lambda d: d.state == "finished", REF.id)
    folder = fp8_kernel_folder()
    assert folder is not None
    assert folder.name == begun, "what is here stays the one that was consented to"


def test_what_is_cancelled_leaves_nothing_behind(
    downloads: Supervisor, ear: Ear, hub: Hub, home: Path, kernel: Repository
) -> None:
    rule = hub.misbehave(f"*/{LARGE}", stall_after=2**20)
    downloads.send(StartDownload(REF))
    assert rule.reached.wait(PATIENCE_SECONDS)
    assert ear.wait_for(DownloadsChanged, downloads.send(CancelDownload(REF.id))).downloads == ()
    absent = ref_of("org/absent")
    downloads.send(StartDownload(absent))
    wait_until(ear, lambda d: d.state == "failed", absent.id)  # its turn comes when the other is gone
    assert not list((home / "huggingface" / "hub").iterdir())


@pytest.mark.parametrize(
    "ref",
    [
        kernel_ref(msgspec.structs.replace(FP8_KERNEL, hub="modelscope")),
        msgspec.structs.replace(REF, folder="/somewhere"),
    ],
)
def test_it_comes_from_hugging_face_into_its_own_cache_only(downloads: Supervisor, ear: Ear, ref: object) -> None:
    failed = ear.wait_for(RequestFailed, downloads.send(StartDownload(ref)))  # pyright: ignore[reportArgumentType] # one of those above
    assert failed.kind == "bad_request"


def test_a_model_of_the_same_name_is_another_download() -> None:
    assert REF.id != kernel_ref(Source("huggingface", FP8_KERNEL.repo, "v4")).id
