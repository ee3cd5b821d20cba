"""The queue itself: other hubs, lost networks, full disks, damaged files, and what may not be asked for."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.downloads import Download, DownloadRef
from backends.contract.errors import ErrorKind, MinimError
from backends.contract.events import UNASKED, DownloadsChanged, Envelope
from backends.contract.models import Hub as HubName
from backends.hubs import open_hub
from backends.hubs.cache_layout import cache_root
from backends.hubs.transfer import Patience
from backends.storage.journal import Journal
from backends.workers import download_disk
from backends.workers.download_queue import DownloadQueue
from tests.hub.server import Hub

from .conftest import PATIENCE_SECONDS, Ear
from .hub_models import make_repository, ref_of, same_files, wait_until

REPO = "org/Small-4bit"
BRIEF = Patience(stall_seconds=1.0, connect_seconds=1.0, attempts=4, first_wait=0.01, longest_wait=0.05)

MakeQueue = Callable[..., DownloadQueue]


@pytest.fixture
def original(hub: Hub, tmp_path: Path) -> Path:
    """The folder of a model that both sides of the hub serve."""
    folder = make_repository(tmp_path / "original", 1_000_000)
    hub.add(REPO, folder)
    return folder


@pytest.fixture
def make_queue(hub: Hub, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> MakeQueue:
    """A function that makes a queue in this process, short of patience; `ear` hears it."""
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)

    def make(**more: Any) -> DownloadQueue:
        settings: dict[str, Any] = {"patience": BRIEF, "probe_pauses": (0.05,), **more}
        return DownloadQueue(lambda event: ear(Envelope(UNASKED, event)), Journal(), open_hub, **settings)

    return make


def _ends(ear: Ear, ref: DownloadRef) -> Download:
    return wait_until(ear, lambda d: d.state in ("finished", "failed"), ref.id)


def _is_right(ear: Ear, ref: DownloadRef, original: Path) -> bool:
    ended = _ends(ear, ref)
    assert ended.state == "finished", ended.problem
    return same_files(Path(ended.path), original)


@pytest.mark.parametrize(
    "how",
    [
        {"drop_after": 300_000, "on": [1, 2]},
        {"end_after": 300_000, "on": [1]},
        {"stall_after": 300_000, "on": [1]},
        {"corrupt_at": 400_000, "on": [1]},
        {"status": 429, "retry_after": "0", "on": [1]},
        {"status": 500, "on": [1]},
        {"expired_link": True, "on": [1]},
        {"drop_after": 300_000, "ignore_range": True, "on": [1]},
        {"longer_by": 100, "on": [1]},
        {"length_off_by": -100, "on": [1]},
    ],
    ids=lambda how: next(iter(how)),
)
def test_a_mishap_ends_in_right_files(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path, how: dict[str, Any]
) -> None:
    hub.misbehave(f"{REPO}/model-1.safetensors", **how)
    make_queue().start(ref := ref_of(REPO))
    assert _is_right(ear, ref, original)


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"status": 401, "host": "huggingface"}, "token_needed"),
        ({"status": 403, "error_code": "GatedRepo", "host": "huggingface"}, "token_needed"),
        ({"status": 404, "host": "huggingface"}, "not_found"),
        ({"status": 500}, "hub_failed"),
        ({"corrupt_at": 400_000}, "hash_mismatch"),
    ],
)
def test_what_cannot_be_mended_is_told_and_can_go_on_later(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path, how: dict[str, Any], kind: ErrorKind
) -> None:
    hub.misbehave(f"{REPO}/model-1.safetensors", **how)
    queue = make_queue()
    queue.start(ref := ref_of(REPO))
    failed = _ends(ear, ref)
    assert (failed.state, failed.kind) == ("failed", kind)
    assert "model-1.safetensors" in failed.problem
    assert failed.hint
    hub.behave()
    queue.start(ref)
    assert _is_right_after(ear, ref, original)


def test_giving_up_on_one_missing_file_keeps_the_others(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    queue = make_queue()
    queue.start(ref := ref_of(REPO))
    folder = Path(_ends(ear, ref).path)
    (folder / "model-1.safetensors").resolve().unlink()
    rule = hub.misbehave(f"{REPO}/model-1.safetensors", stall_after=1000)
    queue.start(ref)
    assert rule.reached.wait(PATIENCE_SECONDS)
    queue.cancel(ref.id)
    ear.wait_until(lambda: ear.of(DownloadsChanged)[-1].downloads == ())
    queue.tell()
    assert (folder / "model-0.safetensors").exists()
    hub.behave()
    queue.start(ref)
    assert _is_right_after(ear, ref, original)


def test_a_lost_network_is_waited_for(make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path) -> None:
    rule = hub.misbehave(f"{REPO}/model-1.safetensors", stall_after=300_000)
    make_queue().start(ref := ref_of(REPO))
    assert rule.reached.wait(PATIENCE_SECONDS)
    hub.go_offline()
    failed = wait_until(ear, lambda d: d.state == "failed", ref.id)
    assert failed.kind == "offline"
    assert failed.problem
    assert failed.done_bytes >= 300_000
    hub.behave()
    assert _is_right_after(ear, ref, original)


def test_without_a_network_it_waits_from_the_first_question_on(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    hub.go_offline()
    make_queue().start(ref := ref_of(REPO))
    assert wait_until(ear, lambda d: d.state == "failed", ref.id).kind == "offline"
    hub.go_online()
    assert _is_right_after(ear, ref, original)


def test_a_download_keeps_to_the_commit_it_began_with_and_only_then(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    rule = hub.misbehave(f"{REPO}/*.safetensors", stall_after=500_000, on=[1, 2, 3])
    queue = make_queue()
    queue.start(ref := ref_of(REPO))
    assert rule.reached.wait(PATIENCE_SECONDS)
    wait_until(ear, lambda d: d.done_bytes > 400_000, ref.id)
    queue.pause(ref.id)
    first = wait_until(ear, lambda d: d.state == "paused", ref.id)
    (original / "tokenizer.json").write_text('{"newer": true}')
    for repository in hub.all("huggingface"):
        repository.refresh()
    queue.start(ref)
    failed = wait_until(ear, lambda d: d.state == "failed", ref.id)
    assert failed.kind == "not_found", "this hub keeps no old commits, and none is spliced with a new one"
    assert failed.done_bytes >= first.done_bytes
    shutil.rmtree(cache_root("huggingface"))
    queue.start(ref)
    assert _is_right_after(ear, ref, original), "nothing is left of the old commit: the new one is fetched"


def test_what_is_started_again_while_it_stops_goes_on(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    rule = hub.misbehave(f"{REPO}/model-1.safetensors", stall_after=500_000, on=[1])
    queue = make_queue(patience=Patience())
    queue.start(ref := ref_of(REPO))
    assert rule.reached.wait(PATIENCE_SECONDS)
    for _ in range(20):
        queue.pause(ref.id)
        assert queue.answer(lambda _: None).downloads[0].state == "paused"
        queue.start(ref)
    assert _is_right_after(ear, ref, original)


def test_files_of_one_content_are_fetched_once_also_where_there_are_no_links(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no links on this disk")

    monkeypatch.setattr(Path, "symlink_to", no_links)
    shutil.copyfile(original / "model-0.safetensors", original / "model-twin.safetensors")
    for repository in hub.all("huggingface"):
        repository.refresh()
    queue = make_queue()
    queue.start(ref := ref_of(REPO))
    assert _is_right(ear, ref, original)
    assert hub.bytes_served() < 3_100_000
    (Path(_ends(ear, ref).path) / "model-twin.safetensors").unlink()
    queue.verify(ref)
    ear.wait_until(lambda: any(told.downloads[0].state == "verifying" for told in ear.of(DownloadsChanged)))
    assert _is_right_after(ear, ref, original)
    assert hub.bytes_served() < 3_100_000


def _is_right_after(ear: Ear, ref: DownloadRef, original: Path) -> bool:
    finished = wait_until(ear, lambda d: d.state == "finished", ref.id)
    return same_files(Path(finished.path), original)


def test_the_other_hub_goes_on_with_what_is_half_fetched(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    hub.add("Org2/Same", original, ("modelscope",))
    hub.misbehave(f"{REPO}/model-*.safetensors", end_after=500_000, on=[1, 2, 3])
    hub.misbehave(f"{REPO}/*.safetensors", host="huggingface", status=503, on=range(4, 1000))
    hub.misbehave(f"{REPO}/*.json", host="huggingface", status=503)
    ref = ref_of(REPO, alternates=(ref_of("Org2/Same", "modelscope").source,))
    make_queue().start(ref)
    assert _is_right(ear, ref, original)
    assert hub.requests("Org2/Same/*") or hub.requests("*Org2/Same*", host="modelscope")
    assert hub.bytes_served("*", "") < 1.1 * 3_000_000


def test_what_lies_in_the_other_hubs_cache_is_not_fetched_again(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    queue = make_queue()
    queue.start(first := ref_of(REPO, "modelscope"))
    assert _is_right(ear, first, original)
    before = hub.bytes_served()
    queue.start(second := ref_of(REPO, alternates=(first.source,)))
    assert _is_right(ear, second, original)
    assert hub.bytes_served() == before
    assert os.stat(Path(_ends(ear, second).path) / "model-0.safetensors").st_nlink == 2  # noqa: PTH116


def test_a_full_disk_is_told_before_and_while_fetching(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = make_queue()
    free = 2_000_000_000

    def free_bytes(_: Path) -> int:
        return free

    monkeypatch.setattr(download_disk, "free_bytes", free_bytes)
    monkeypatch.setattr(download_disk, "MARGIN_BYTES", 2_000_000_000)
    queue.start(ref := ref_of(REPO))
    failed = _ends(ear, ref)
    assert failed.kind == "disk_full"
    assert "needs 3 MB more, and 2.0 GB are free" in failed.problem
    assert hub.bytes_served() == 0
    monkeypatch.setattr(download_disk, "MARGIN_BYTES", 1)
    rule = hub.misbehave(f"{REPO}/model-1.safetensors", stall_after=300_000)
    queue.start(ref)
    assert rule.reached.wait(PATIENCE_SECONDS)
    free = 200_000
    assert wait_until(ear, lambda d: d.state == "failed" and d.done_bytes > 0, ref.id).kind == "disk_full"
    free = 2_000_000_000
    hub.behave()
    queue.start(ref)
    assert _is_right_after(ear, ref, original)


@pytest.mark.parametrize("side", ["huggingface", "modelscope"])
@pytest.mark.parametrize("online", [True, False])
def test_verifying_finds_and_mends_what_is_damaged(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path, side: HubName, online: bool
) -> None:
    queue = make_queue()
    queue.start(ref := ref_of(REPO, side))
    folder = Path(_ends(ear, ref).path)
    before = hub.bytes_served()
    damaged = folder / "model-1.safetensors"
    content = bytearray(damaged.read_bytes())
    content[500_000] ^= 1
    damaged.write_bytes(content)
    (folder / "tokenizer.json").unlink()
    if not online:
        hub.go_offline()
        queue.verify(ref)
        assert wait_until(ear, lambda d: d.state == "failed", ref.id).kind == "offline"
        hub.go_online()
    else:
        told = len(ear.heard)
        queue.verify(ref)
        ear.wait_until(lambda: len(ear.heard) > told)
    assert _is_right_after(ear, ref, original)
    assert any(told.downloads[0].state == "verifying" for told in ear.of(DownloadsChanged))
    assert hub.bytes_served() - before < 1_100_000, "only the damaged file is fetched"


def test_what_another_program_fetched_is_verified_too(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    queue = make_queue()
    queue.start(ref := ref_of(REPO))
    folder = Path(_ends(ear, ref).path)
    queue.forget(str(folder))
    assert Journal().read_all() == []
    hub.go_offline()
    queue.verify(ref)
    assert _is_right_after(ear, ref, original), "offline, by the names of the blobs"
    hub.go_online()
    queue.forget(str(folder))
    (folder / "model-1.safetensors").resolve().unlink()
    (original / "tokenizer.json").write_text('{"newer": true}')
    for repository in hub.all("huggingface"):
        repository.refresh()
    queue.verify(ref)
    ended = wait_until(ear, lambda d: d.state == "failed", ref.id)
    assert ended.kind == "not_found", "this hub has no commits but the newest; none is mixed into the old one"
    queue.cancel(ref.id)
    assert (folder / "model-0.safetensors").exists(), "an installed model is not deleted with its verification"


def test_a_chosen_folder_is_used_and_missed(make_queue: MakeQueue, ear: Ear, original: Path, tmp_path: Path) -> None:
    queue = make_queue()
    (tmp_path / "disk").mkdir()
    for side in ("huggingface", "modelscope"):
        queue.start(ref := ref_of(REPO, side, folder=str(tmp_path / "disk")))
        assert _is_right(ear, ref, original)
        assert _ends(ear, ref).path.startswith(str(tmp_path / "disk"))
    assert not cache_root("huggingface").exists()
    queue.start(gone := ref_of(REPO, folder=str(tmp_path / "gone")))
    failed = _ends(ear, gone)
    assert failed.kind == "disk_missing"
    assert str(tmp_path / "gone") in failed.problem
    assert not (tmp_path / "gone").exists()


def test_what_another_process_runs_is_shown_and_left_alone(
    make_queue: MakeQueue, ear: Ear, hub: Hub, original: Path
) -> None:
    rule = hub.misbehave(f"{REPO}/model-1.safetensors", stall_after=300_000)
    make_queue(patience=Patience()).start(ref := ref_of(REPO))
    assert rule.reached.wait(PATIENCE_SECONDS)
    other_ear = Ear()
    other = DownloadQueue(lambda event: other_ear(Envelope(UNASKED, event)), Journal(), open_hub)
    other.start(ref)
    assert other.answer(lambda _: None).downloads[0].elsewhere
    third = DownloadQueue(lambda _: None, Journal(), open_hub)
    third.refresh()
    assert third.answer(lambda _: None).downloads[0].elsewhere, "also where nobody asked for it"
    for refused in (other.pause, other.cancel):
        with pytest.raises(MinimError, match="another Minim") as caught:
            refused(ref.id)
        assert caught.value.kind == "busy"
    rule.release()
    wait_until(ear, lambda d: d.state == "finished", ref.id)
    finished = wait_until(other_ear, lambda d: d.state == "finished", ref.id)
    assert not finished.elsewhere
    assert len(hub.requests(f"{REPO}/model-1.safetensors", host="content")) == 1
