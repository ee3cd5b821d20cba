"""What a download asks of the disk, where the disk answers oddly."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import cast

import pytest

from backends.contract.catalog import Source
from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError
from backends.contract.events import UNASKED, Envelope
from backends.hubs import open_hub
from backends.hubs.base import HubClient, Listing, RemoteFile
from backends.storage.journal import Journal, JournalEntry
from backends.workers import download_disk, download_job
from backends.workers.download_disk import free_bytes
from backends.workers.download_queue import DownloadQueue
from backends.workers.download_sources import list_for
from tests.hub.server import Hub

from .conftest import PATIENCE_SECONDS, Ear
from .hub_models import latest, make_repository, ref_of, same_files, wait_until

REPO = "org/Small-4bit"


@pytest.fixture
def original(hub: Hub, tmp_path: Path) -> Path:
    """The folder of a model that both sides of the hub serve."""
    folder = make_repository(tmp_path / "original", 1_000_000)
    hub.add(REPO, folder)
    return folder


@pytest.fixture
def queue(hub: Hub, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> DownloadQueue:
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    return DownloadQueue(lambda event: ear(Envelope(UNASKED, event)), Journal(), open_hub)


def test_free_space_is_told_of_a_folder_that_cannot_be(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / ("x" * 300) / "y") > 0


@pytest.mark.parametrize("side", ["huggingface", "modelscope"])
def test_no_folder_is_made_in_the_place_of_a_disk_that_went_away(
    queue: DownloadQueue, ear: Ear, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()

    def unplug(*_: object) -> None:
        shutil.rmtree(disk)

    monkeypatch.setattr(download_job, "check_room", unplug)
    ref = ref_of(REPO, "modelscope" if side == "modelscope" else "huggingface", folder=str(disk))
    queue.start(ref)
    assert wait_until(ear, lambda d: d.state == "failed", ref.id).kind == "disk_missing"
    assert not disk.exists()


def test_a_full_disk_keeps_nobody_from_cancelling(
    queue: DownloadQueue, ear: Ear, hub: Hub, original: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    rule = hub.misbehave(f"{REPO}/model-1.safetensors", stall_after=300_000)
    queue.start(ref := ref_of(REPO))
    assert rule.reached.wait(PATIENCE_SECONDS)

    def refuse(*_: object, **__: object) -> None:
        raise MinimError("disk_full", "The disk is full.")

    monkeypatch.setattr(Journal, "write", refuse)
    queue.cancel(ref.id)
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join(PATIENCE_SECONDS)
    assert latest(ear) == ()
    assert Journal().read_all() == []
    assert not [file for file in home.rglob("*Small-4bit*") if file.suffix != ".lock"]


def test_the_other_hubs_copy_that_cannot_be_read_is_passed_over(
    queue: DownloadQueue, ear: Ear, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.start(other := ref_of(REPO, "modelscope"))
    wait_until(ear, lambda d: d.state == "finished", other.id)

    def refuse(*_: object) -> bool:
        raise MinimError("internal", "Permission denied")

    monkeypatch.setattr(download_disk, "rehash", refuse)
    queue.start(ref := ref_of(REPO, alternates=(other.source,)))
    ended = wait_until(ear, lambda d: d.state in ("finished", "failed"), ref.id)
    assert ended.state == "finished", ended.problem
    assert same_files(Path(ended.path), original)


def test_a_clock_that_was_set_back_changes_no_order(queue: DownloadQueue, ear: Ear, original: Path) -> None:
    Journal().write(ahead := JournalEntry(ref_of("org/Other"), "paused", order=9e9))
    queue.start(ref := ref_of(REPO))
    assert [entry.ref for entry in Journal().read_all()] == [ahead.ref, ref]
    wait_until(ear, lambda d: d.state == "finished", ref.id)


@pytest.mark.parametrize(
    "ref",
    [ref_of("../../etc"), ref_of(REPO, endpoint="https://me:secret@mirror.example"), ref_of(REPO, endpoint="a b")],
)
def test_what_no_hub_can_have_is_not_written_down(queue: DownloadQueue, home: Path, ref: DownloadRef) -> None:
    with pytest.raises(MinimError) as caught:
        queue.start(ref)
    assert caught.value.kind == "bad_request"
    assert "secret" not in caught.value.message
    assert Journal().read_all() == []


@pytest.mark.parametrize(("names", "words"), [([f"{n}.json" for n in range(10_001)], "10,001 files"), ([], "safetens")])
def test_a_list_that_is_no_models_is_refused(names: list[str], words: str) -> None:
    class Odd:
        """A hub that lists what no hub should."""

        def list_files(self, source: Source) -> Listing:
            return Listing(source, "c0ffee", tuple(RemoteFile(name, 1) for name in names))

    with pytest.raises(MinimError, match=words):
        list_for(JournalEntry(ref_of(REPO)), lambda _hub, _endpoint: cast("HubClient", Odd()))
