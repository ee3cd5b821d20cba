"""The window's side of the queue: what is asked, what its answers change, and what becomes of a worker that ends."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace

from backends.contract.commands import (
    CancelDownload,
    Command,
    ListDownloads,
    StartDownload,
    VerifyModel,
)
from backends.contract.downloads import Download
from backends.contract.events import UNASKED, DownloadsChanged, Envelope, Event, RequestFailed, WorkerExited
from desktop.controllers.download_queue import DownloadQueue
from desktop.models.download_model import DownloadModel
from tests.desktop.downloads_to_show import AWQ, M2, QWEN, running


class Worker:
    """Takes commands, and says the id of each."""

    def __init__(self) -> None:
        self.sent: list[Command] = []

    def send(self, command: Command) -> int:
        self.sent.append(command)
        return len(self.sent)


class Desk:
    """A queue with its model, its worker, and what it told."""

    def __init__(self) -> None:
        self.worker, self.model = Worker(), DownloadModel()
        self.queue = DownloadQueue(self.worker, self.model)
        self.told: list[tuple[str, object]] = []
        self.queue.download_finished.connect(partial(self._tell, "download_finished"))
        self.queue.model_verified.connect(partial(self._tell, "model_verified"))
        self.queue.download_failed.connect(partial(self._tell, "download_failed"))
        self.queue.failed.connect(partial(self._tell, "failed"))

    def hear(self, event: Event, request: int = UNASKED) -> None:
        self.queue.handle(Envelope(request, event))

    def _tell(self, name: str, first: object, *_: object) -> None:
        self.told.append((name, first))

    def show(self, *downloads: Download) -> None:
        self.hear(DownloadsChanged(downloads))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def died(reason: str = "It was killed (signal 9).") -> WorkerExited:
    return WorkerExited(-9, False, reason)


def test_snapshots_are_mirrored_and_told_only_when_they_differ(desk: Desk) -> None:
    changes: list[None] = []
    desk.model.downloads_changed.connect(lambda: changes.append(None))
    desk.show(running())
    desk.show(running())
    assert desk.model.download_of(M2.id) == running()
    assert len(changes) == 1
    desk.show()
    assert desk.model.downloads == ()


def test_totals_are_of_what_is_not_finished(desk: Desk) -> None:
    desk.show(
        running(M2, 25, 100),
        running(QWEN, 50, 100),
        replace(running(AWQ, 100, 100), state="finished", bytes_per_second=0.0),
    )
    assert desk.model.fraction == 0.375
    assert desk.model.bytes_per_second == 96_000_000
    assert desk.model.seconds_left == pytest.approx(125 / 96_000_000)
    assert [download.ref for download in desk.model.open] == [M2, QWEN]


def test_an_end_is_told_once_and_not_what_the_journal_knew_before(desk: Desk) -> None:
    done = replace(running(AWQ), state="finished", path="/models/awq")
    desk.show(done, running())
    assert desk.told == []
    came = replace(running(), state="finished", path="/models/m2")
    desk.show(done, came)
    desk.show(done, came)
    assert desk.told == [("download_finished", came)]


def test_a_model_that_was_checked_has_not_come_anew(desk: Desk) -> None:
    done = replace(running(), state="finished", bytes_per_second=0.0)
    desk.show(done)
    desk.queue.verify(M2)
    desk.show(replace(done, state="verifying"))
    desk.show(done)
    assert [name for name, _ in desk.told] == ["model_verified"]


def test_no_network_is_a_state_until_something_comes(desk: Desk) -> None:
    desk.show(running())
    desk.show(replace(running(), state="failed", bytes_per_second=0.0, kind="offline", problem="No network."))
    assert desk.model.offline
    desk.show(running())
    assert not desk.model.offline


def test_a_refused_request_is_told_in_its_own_words(desk: Desk) -> None:
    desk.queue.verify(M2)
    assert desk.worker.sent == [VerifyModel(M2)]
    desk.hear(RequestFailed("disk_missing", "The disk is gone."), 1)
    desk.hear(RequestFailed("disk_missing", "Nobody asked."), 7)
    assert desk.told == [("failed", "The disk is gone.")]


def test_a_worker_that_ends_leaves_words_and_is_started_again(desk: Desk) -> None:
    another = replace(running(AWQ), elsewhere=True)
    desk.show(running(), replace(running(QWEN), state="paused", bytes_per_second=0.0), another)
    desk.hear(died())
    moved, paused, elsewhere = desk.model.downloads
    assert elsewhere == another
    assert (moved.state, moved.kind, moved.bytes_per_second) == ("failed", "worker_died", 0.0)
    assert "killed" in moved.problem
    assert "by itself" in moved.hint
    assert paused.state == "paused"
    assert desk.worker.sent == [ListDownloads(resume=True)]


def test_a_worker_that_ends_again_and_again_is_left_alone(desk: Desk) -> None:
    stalled = replace(running(), bytes_per_second=0.0)
    for _ in range(5):
        desk.show(stalled)
        desk.hear(died())
    assert desk.worker.sent == [ListDownloads(resume=True)] * 3
    assert "Try again" in desk.model.downloads[0].hint
    desk.show(running())  # bytes came: it is worth starting again
    desk.hear(died())
    assert len(desk.worker.sent) == 4


def test_a_worker_that_ends_while_idle_is_not_started(desk: Desk) -> None:
    desk.show(replace(running(), state="paused", bytes_per_second=0.0))
    desk.hear(died())
    assert desk.worker.sent == []
    assert desk.told == []


def test_what_nobody_answered_is_told(desk: Desk) -> None:
    desk.queue.cancel(M2.id)
    desk.hear(died())
    assert [name for name, _ in desk.told] == ["failed"]


def test_the_other_hub_takes_over(desk: Desk) -> None:
    other = replace(M2, source=M2.alternates[0], alternates=(M2.source,))
    assert desk.queue.use_other_hub(running()) == other
    assert desk.worker.sent == [StartDownload(other, instead_of=M2.id)]


def test_a_token_lets_go_on_what_waited_for_it_at_this_hub(desk: Desk) -> None:
    waits = {"state": "failed", "kind": "token_needed", "bytes_per_second": 0.0}
    desk.show(replace(running(), **waits), replace(running(AWQ), **waits), replace(running(QWEN), state="failed"))
    desk.queue.go_on_with_token("huggingface", "")
    assert desk.worker.sent == [StartDownload(M2)]


def test_clearing_takes_finished_ones_out(desk: Desk) -> None:
    desk.show(running(), replace(running(QWEN), state="finished"))
    desk.queue.clear_finished()
    assert desk.worker.sent == [CancelDownload(QWEN.id)]
