"""A person turns to the other hub: one download goes on, and what is the same at both is not fetched again."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError
from backends.contract.events import UNASKED, DownloadsChanged, Envelope
from backends.contract.models import Hub as HubName
from backends.hubs import open_hub
from backends.hubs.cache_layout import cache_root
from backends.hubs.transfer import Patience
from backends.storage.journal import Journal
from backends.workers.download_queue import DownloadQueue
from tests.hub.server import Hub

from .conftest import PATIENCE_SECONDS, Ear
from .hub_models import latest, make_repository, ref_of, same_files, wait_until

REPO, OTHER = "org/Small-4bit", "Org2/Same"
FILE_BYTES = 1_000_000
HALF = 600_000


@pytest.fixture
def original(hub: Hub, tmp_path: Path) -> Path:
    """The folder of a model that both hubs have, under other names."""
    folder = make_repository(tmp_path / "original", FILE_BYTES)
    hub.add(REPO, folder, ("huggingface",))
    hub.add(OTHER, folder, ("modelscope",))
    return folder


@pytest.fixture
def queue(hub: Hub, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> DownloadQueue:
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    brief = Patience(stall_seconds=60, connect_seconds=60, attempts=2, first_wait=0.01, longest_wait=0.01)
    return DownloadQueue(lambda event: ear(Envelope(UNASKED, event)), Journal(), open_hub, patience=brief)


def refs(side: HubName) -> tuple[DownloadRef, DownloadRef]:
    """The download from a hub, and the same from the other, as the window asks for them."""
    first, second = ref_of(REPO), ref_of(OTHER, "modelscope")
    if side == "modelscope":
        first, second = second, first
    return first, second


def stops_halfway(queue: DownloadQueue, ear: Ear, hub: Hub, ref: DownloadRef) -> None:
    """Fetch until two files are whole, and half of the last has come."""
    hub.misbehave(f"{ref.source.repo}/model-2.safetensors", stall_after=HALF)
    queue.start(ref)
    wait_until(ear, lambda d: d.done_bytes >= 2 * FILE_BYTES + HALF, ref.id)
    queue.pause(ref.id)
    await_stop()
    hub.behave()


def await_stop() -> None:
    """Until no download runs."""
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join(PATIENCE_SECONDS)


def ends(ear: Ear, ref: DownloadRef) -> Path:
    """The folder of the model when it has come."""
    ended = wait_until(ear, lambda d: d.state in ("finished", "failed"), ref.id)
    assert ended.state == "finished", ended.problem
    return Path(ended.path)


def rests(hub_name: HubName) -> list[Path]:
    """What lies in a hub's cache beside empty folders."""
    return [file for file in cache_root(hub_name).rglob("*") if file.is_file()]


@pytest.mark.parametrize("side", ["huggingface", "modelscope"])
def test_one_download_goes_on_and_fetches_only_what_is_missing(
    queue: DownloadQueue, ear: Ear, hub: Hub, original: Path, side: HubName
) -> None:
    first, second = refs(side)
    stops_halfway(queue, ear, hub, first)
    before = hub.bytes_served()
    queue.start(second, first.id)
    told = len(ear.of(DownloadsChanged))
    queue.tell()
    assert same_files(ends(ear, second), original)
    assert hub.bytes_served() - before < FILE_BYTES - HALF + 10_000
    assert all([d.ref for d in changed.downloads] == [second] for changed in ear.of(DownloadsChanged)[told:])
    assert not rests(side), "nothing of the first is left when the other is whole"
    assert [entry.ref for entry in Journal().read_all()] == [second]


def test_what_is_not_the_same_is_fetched_and_nothing_wrong_is_taken(
    queue: DownloadQueue, ear: Ear, hub: Hub, original: Path, tmp_path: Path
) -> None:
    first, second = refs("huggingface")
    stops_halfway(queue, ear, hub, first)
    [damaged] = cache_root("huggingface").rglob("model-0.safetensors")
    content = bytearray(damaged.read_bytes())
    content[500_000] ^= 1
    damaged.write_bytes(content)
    [part] = cache_root("huggingface").rglob("*.part")
    part.write_bytes(b"?" * HALF)
    changed = tmp_path / "changed"
    shutil.copytree(original, changed)
    (changed / "model-1.safetensors").write_bytes((original / "model-1.safetensors").read_bytes()[::-1])
    hub.add(OTHER, changed, ("modelscope",))
    queue.start(second, first.id)
    assert same_files(ends(ear, second), changed)


def test_a_person_turns_back_and_has_lost_nothing(queue: DownloadQueue, ear: Ear, hub: Hub, original: Path) -> None:
    asked, second = refs("huggingface")
    first = replace(asked, endpoint=hub.huggingface_endpoint)
    stops_halfway(queue, ear, hub, first)
    hub.misbehave(f"*{OTHER}*", host="modelscope", status=500)
    queue.start(second, first.id)
    wait_until(ear, lambda d: d.state == "failed", second.id)
    before = hub.bytes_served()
    queue.start(asked, second.id)
    assert same_files(ends(ear, first), original)
    assert hub.bytes_served() - before < FILE_BYTES - HALF + 10_000
    [entry] = Journal().read_all()
    assert (entry.ref.endpoint, entry.earlier) == (first.endpoint, ())


def test_what_is_given_up_leaves_nothing_at_either_hub(
    queue: DownloadQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    first, second = refs("huggingface")
    stops_halfway(queue, ear, hub, first)
    rule = hub.misbehave(f"{OTHER}/model-2.safetensors", stall_after=1)
    queue.start(second, first.id)
    assert rule.reached.wait(PATIENCE_SECONDS)
    assert rests("huggingface"), "kept: a person may turn back"
    queue.cancel(second.id)
    await_stop()
    assert (latest(ear), Journal().read_all()) == ((), [])
    assert not rests("huggingface")
    assert not rests("modelscope")


def test_what_is_begun_anew_is_its_own_again(queue: DownloadQueue, ear: Ear, hub: Hub, original: Path) -> None:
    first, second = refs("huggingface")
    stops_halfway(queue, ear, hub, first)
    rule = hub.misbehave(f"{OTHER}/model-2.safetensors", stall_after=1)
    queue.start(second, first.id)
    assert rule.reached.wait(PATIENCE_SECONDS)
    queue.pause(second.id)
    await_stop()
    queue.start(first)
    folder = ends(ear, first)
    assert str(folder) not in Journal().unfinished_paths()
    queue.cancel(second.id)
    assert same_files(folder, original)


def test_what_another_program_made_a_model_of_stays(queue: DownloadQueue, ear: Ear, hub: Hub, original: Path) -> None:
    first, second = refs("modelscope")
    stops_halfway(queue, ear, hub, first)
    [folder] = (file.parent for file in cache_root("modelscope").rglob("model-0.safetensors"))
    rule = hub.misbehave(f"{REPO}/model-2.safetensors", stall_after=1)
    queue.start(second, first.id)
    assert rule.reached.wait(PATIENCE_SECONDS)
    for file in ("model-2.safetensors", "config.json", "tokenizer.json"):
        shutil.copyfile(original / file, folder / file)
    queue.cancel(second.id)
    await_stop()
    assert same_files(folder, original)


def test_a_journal_that_cannot_be_written_takes_nothing_over(
    queue: DownloadQueue, ear: Ear, hub: Hub, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = refs("huggingface")
    stops_halfway(queue, ear, hub, first)
    with monkeypatch.context() as full:
        full.setattr(Journal, "_write", refuse)
        with pytest.raises(MinimError):
            queue.start(second, first.id)
    queue.cancel(second.id)
    assert [download.ref for download in latest(ear) if download.ref != second] == [first]
    assert rests("huggingface"), "what came of the first is its own"


def refuse(*_: object, **__: object) -> None:
    raise MinimError("disk_full", "The disk is full.")


def test_where_there_are_no_links_whole_files_are_moved(
    queue: DownloadQueue, ear: Ear, hub: Hub, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no links on this disk")

    monkeypatch.setattr(Path, "symlink_to", no_links)
    monkeypatch.setattr(os, "link", no_links)
    first, second = refs("huggingface")
    stops_halfway(queue, ear, hub, first)
    before = hub.bytes_served()
    queue.start(second, first.id)
    assert same_files(ends(ear, second), original)
    assert hub.bytes_served() - before < FILE_BYTES - HALF + 10_000


def test_what_lies_in_the_same_folder_is_not_deleted_with_the_first(
    queue: DownloadQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    _, first = refs("huggingface")
    second = replace(first, source=replace(first.source, revision="master"))
    stops_halfway(queue, ear, hub, first)
    queue.start(second, first.id)
    assert same_files(ends(ear, second), original)
    assert hub.bytes_served() < 3 * FILE_BYTES + 10_000


def test_a_model_that_is_checked_stays_where_it_is(queue: DownloadQueue, ear: Ear, hub: Hub, original: Path) -> None:
    first, second = refs("huggingface")
    queue.start(first)
    folder = ends(ear, first)
    (folder / "model-1.safetensors").resolve().unlink()
    hub.misbehave(f"{REPO}/model-1.safetensors", status=404)
    queue.verify(first)
    wait_until(ear, lambda d: d.state == "failed", first.id)
    queue.start(second, first.id)
    assert same_files(ends(ear, second), original)
    assert (folder / "model-0.safetensors").exists()
    assert {entry.ref for entry in Journal().read_all()} == {first, second}
