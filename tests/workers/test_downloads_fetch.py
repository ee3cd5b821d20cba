"""Fetching with the real worker from a real hub on loopback: both layouts, pausing, cancelling, going on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.contract.commands import CancelDownload, FindModels, ListDownloads, PauseDownload, StartDownload
from backends.contract.events import DownloadsChanged, Envelope, ModelsChanged, RequestFailed, WorkerExited
from backends.contract.models import Hub as HubName
from backends.storage.journal import Journal
from backends.workers.protocol import encode
from backends.workers.supervisor import Supervisor
from tests.hub.server import Hub

from .conftest import PATIENCE_SECONDS, Ear, StartWorker
from .hub_models import make_repository, ref_of, same_files, wait_until


@pytest.fixture
def downloads(start_worker: StartWorker, hub: Hub, home: Path) -> Supervisor:
    return start_worker("downloads", env={**hub.environment, "MINIM_HOME": str(home)})


@pytest.mark.parametrize("side", ["huggingface", "modelscope"])
def test_a_model_is_fetched_into_its_hubs_layout_and_is_found_there(
    downloads: Supervisor, ear: Ear, hub: Hub, tmp_path: Path, side: HubName
) -> None:
    original = make_repository(tmp_path / "original")
    hub.add("org/Small-4bit", original)
    ref = ref_of("org/Small-4bit", side)
    downloads.send(StartDownload(ref))
    finished = wait_until(ear, lambda d: d.state == "finished", ref.id)
    assert finished.done_bytes == finished.total_bytes
    assert same_files(Path(finished.path), original)
    found = ear.wait_for(ModelsChanged, downloads.send(FindModels()))
    [model] = [model for model in found.models if model.ref.source == side]
    assert (model.ref.name, model.ref.path) == ("org/Small-4bit", finished.path)
    before = len(hub.requests())
    asked = downloads.send(StartDownload(ref))
    ear.wait_for(DownloadsChanged, asked)
    wait_until(ear, lambda d: d.state == "finished", ref.id)
    assert ear.wait_for(DownloadsChanged, downloads.send(ListDownloads())).downloads[0].state == "finished"
    assert len(hub.requests()) == before, "what is whole is not asked for again"


def test_a_paused_download_goes_on_where_it_was(downloads: Supervisor, ear: Ear, hub: Hub, tmp_path: Path) -> None:
    original = make_repository(tmp_path / "original", 3_000_000)
    hub.add("org/Small-4bit", original)
    ref = ref_of("org/Small-4bit")
    stalled = [hub.misbehave(f"org/*/model-{n}.safetensors", stall_after=2_000_000, on=[1]) for n in range(3)]
    downloads.send(StartDownload(ref))
    for rule in stalled:
        assert rule.reached.wait(PATIENCE_SECONDS)
    wait_until(ear, lambda d: d.state == "running" and d.done_bytes > 5_500_000, ref.id)
    paused = ear.wait_for(DownloadsChanged, downloads.send(PauseDownload(ref.id))).downloads[0]
    assert paused.state == "paused"
    assert paused.done_bytes > 5_500_000
    downloads.end()
    ear.wait_for(WorkerExited)
    [kept] = ear.wait_for(DownloadsChanged, downloads.send(ListDownloads(resume=True))).downloads
    assert (kept.state, kept.elsewhere) == ("paused", False), "what a person paused does not go on by itself"
    assert kept.done_bytes > 5_500_000
    downloads.send(StartDownload(ref))
    finished = wait_until(ear, lambda d: d.state == "finished", ref.id)
    assert same_files(Path(finished.path), original)
    assert hub.bytes_served() < 1.1 * finished.total_bytes


def test_what_is_cancelled_leaves_nothing_behind(
    downloads: Supervisor, ear: Ear, hub: Hub, tmp_path: Path, home: Path
) -> None:
    hub.add("org/Small-4bit", make_repository(tmp_path / "original"))
    ref = ref_of("org/Small-4bit")
    rule = hub.misbehave("org/*/model-1.safetensors", stall_after=200_000)
    downloads.send(StartDownload(ref))
    assert rule.reached.wait(PATIENCE_SECONDS)
    wait_until(ear, lambda d: d.state == "running" and d.done_bytes > 600_000, ref.id)
    assert ear.wait_for(DownloadsChanged, downloads.send(CancelDownload(ref.id))).downloads == ()
    journal = home / "data" / "downloads"
    ear.wait_for(DownloadsChanged, downloads.send(StartDownload(ref_of("org/absent"))))
    failed = wait_until(ear, lambda d: d.state == "failed", ref_of("org/absent").id)
    assert failed.kind == "not_found"
    assert "org/absent" in failed.problem
    assert not list((home / "huggingface" / "hub").iterdir())
    assert [file.stem for file in journal.glob("*.json") if file.name != "sizes.json"] == [ref_of("org/absent").id]
    refused = ear.wait_for(RequestFailed, downloads.send(PauseDownload(ref.id)))
    assert refused.kind == "bad_request"


def test_one_runs_while_the_others_wait_in_order(downloads: Supervisor, ear: Ear, hub: Hub, tmp_path: Path) -> None:
    refs = [ref_of(f"org/Small-{name}-4bit") for name in "cab"]
    for number, ref in enumerate(refs):
        hub.add(ref.source.repo, make_repository(tmp_path / ref.model, seed=number))
    rule = hub.misbehave("org/Small-c-4bit/model-0.safetensors", stall_after=1)
    for ref in refs:
        downloads.send(StartDownload(ref))
    assert rule.reached.wait(PATIENCE_SECONDS)
    again = ear.wait_for(DownloadsChanged, downloads.send(StartDownload(refs[0])))
    assert [(d.ref, d.state) for d in again.downloads] == list(zip(refs, ["running", "queued", "queued"], strict=True))
    assert hub.requests("*Small-a*") == []
    rule.release()
    for ref in refs:
        wait_until(ear, lambda d: d.state == "finished", ref.id)
    firsts = [
        next(d.ref.model for d in told.downloads if d.state == "running")
        for told in ear.of(DownloadsChanged)
        if any(d.state == "running" for d in told.downloads)
    ]
    assert list(dict.fromkeys(firsts)) == [ref.model for ref in refs]


def test_killed_at_any_moment_it_goes_on_and_ends_right(
    downloads: Supervisor, ear: Ear, hub: Hub, tmp_path: Path
) -> None:
    rng = random.Random(4)
    refs = [ref_of(f"org/Small-{n}-4bit") for n in range(3)]
    originals = [make_repository(tmp_path / ref.model, 8_000_000, 5, seed=n) for n, ref in enumerate(refs)]
    for ref, original in zip(refs, originals, strict=True):
        hub.add(ref.source.repo, original)
    hub.misbehave("org/*", bytes_per_second=10_000_000)
    for ref in refs:
        downloads.send(StartDownload(ref))
    kills = 0
    for ref in refs:
        for goal in sorted(rng.random() for _ in range(2)):
            wait_until(ear, lambda d, goal=goal: d.done_bytes >= goal * 40_000_000 or d.state == "finished", ref.id)
            assert downloads.pid is not None
            os.kill(downloads.pid, signal.SIGKILL)
            kills += 1
            ear.wait_for(WorkerExited, count=kills)
            ear.wait_for(DownloadsChanged, downloads.send(ListDownloads(resume=True)))
    for ref, original in zip(refs, originals, strict=True):
        assert same_files(Path(wait_until(ear, lambda d: d.state == "finished", ref.id).path), original)
    assert hub.bytes_served() < 1.1 * 3 * 40_000_000


def test_two_processes_never_run_the_same_download_and_one_takes_over_when_the_other_dies(
    downloads: Supervisor, start_worker: StartWorker, ear: Ear, hub: Hub, tmp_path: Path, home: Path
) -> None:
    original = make_repository(tmp_path / "original", 1_000_000)
    hub.add("org/Small-4bit", original)
    rule = hub.misbehave("org/*/model-1.safetensors", stall_after=500_000, on=[1])
    ref = ref_of("org/Small-4bit")
    downloads.send(StartDownload(ref))
    assert rule.reached.wait(PATIENCE_SECONDS)
    terminals_ear = Ear()
    terminal = Supervisor("downloads", terminals_ear, env={**hub.environment, "MINIM_HOME": str(home)})
    try:
        [shown] = terminals_ear.wait_for(DownloadsChanged, terminal.send(StartDownload(ref))).downloads
        assert shown.elsewhere
        assert terminals_ear.wait_for(RequestFailed, terminal.send(PauseDownload(ref.id))).kind == "busy"
        assert len(hub.requests("org/*/model-1.safetensors", host="content")) == 1
        assert downloads.pid is not None
        os.kill(downloads.pid, signal.SIGKILL)
        finished = wait_until(terminals_ear, lambda d: d.state == "finished", ref.id)
        assert not finished.elsewhere
    finally:
        terminal.close()
    assert same_files(Path(finished.path), original)
    ear.wait_for(WorkerExited)
    [told] = ear.wait_for(DownloadsChanged, downloads.send(ListDownloads(resume=True))).downloads
    assert told.state == "finished"


@pytest.mark.parametrize("how", ["sigterm", "stdin"])
def test_it_ends_at_once_in_mid_download_and_keeps_what_came(
    popen: Callable[..., subprocess.Popen[bytes]], hub: Hub, tmp_path: Path, home: Path, how: str
) -> None:
    hub.add("org/Small-4bit", make_repository(tmp_path / "original", 1_000_000))
    rule = hub.misbehave("org/*/model-1.safetensors", stall_after=500_000)
    process = popen(sys.executable, "-m", "backends.workers", "downloads", env={**os.environ, **hub.environment})
    assert process.stdin is not None
    ref = ref_of("org/Small-4bit")
    process.stdin.write(encode(Envelope(1, StartDownload(ref))))
    process.stdin.flush()
    assert rule.reached.wait(PATIENCE_SECONDS)
    if how == "sigterm":
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == (143 if how == "sigterm" else 0)
    kept = Journal().read(ref.id)
    assert kept is not None
    assert kept.state == "running"
    assert kept.wanted


def test_what_was_running_when_the_app_ended_goes_on_by_itself(
    downloads: Supervisor, ear: Ear, hub: Hub, tmp_path: Path
) -> None:
    originals = {name: make_repository(tmp_path / name, seed=number) for number, name in enumerate("ab")}
    for name, original in originals.items():
        hub.add(f"org/{name}-4bit", original)
    refs = {name: ref_of(f"org/{name}-4bit") for name in originals}
    rule = hub.misbehave("org/a-4bit/model-1.safetensors", stall_after=1, on=[1])
    for ref in refs.values():
        downloads.send(StartDownload(ref))
    assert rule.reached.wait(PATIENCE_SECONDS)
    downloads.end()
    ear.wait_for(WorkerExited)
    shown = ear.wait_for(DownloadsChanged, downloads.send(ListDownloads())).downloads
    assert [d.state for d in shown] == ["paused", "paused"], "without resume, nothing begins"
    downloads.send(ListDownloads(resume=True))
    for name, original in originals.items():
        assert same_files(Path(wait_until(ear, lambda d: d.state == "finished", refs[name].id).path), original)
