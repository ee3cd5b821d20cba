"""Soak: downloads that are killed again and again end with right hashes, and fetch hardly more than their size.

python tests/workers/soak_downloads.py --count 30 --megabytes 200 --kills 10
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backends.contract.commands import Command, ListDownloads, StartDownload  # noqa: E402 - found by the line above
from backends.contract.downloads import Download, DownloadRef  # noqa: E402
from backends.contract.events import DownloadsChanged, Envelope, Event, WorkerExited  # noqa: E402
from backends.workers.supervisor import Supervisor  # noqa: E402
from tests.workers.hub_models import make_repository, ref_of, same_files  # noqa: E402

FILES = 5
_PATIENCE_SECONDS = 120
_MOST_RSS = 150 * 10**6
_MOST_RATIO = 1.1
_BYTES_PER_SECOND = 8 * 10**6
"""A connection's, so that a line of 256 Mbit/s is played: loopback alone holds megabytes in its buffers, and a killed
process loses them."""


class Watch:
    """Hears a worker, and knows how its one download stands."""

    def __init__(self) -> None:
        self.download: Download | None = None
        self.exits = 0
        self._changed = threading.Condition()

    def __call__(self, envelope: Envelope[Event]) -> None:
        with self._changed:
            if isinstance(envelope.body, DownloadsChanged) and envelope.body.downloads:
                self.download = envelope.body.downloads[0]
            self.exits += isinstance(envelope.body, WorkerExited)
            self._changed.notify_all()

    def wait(self, goal: float) -> Download:
        """Until so many bytes are there, or all."""
        with self._changed:
            reached = self._changed.wait_for(lambda: self._has(goal), _PATIENCE_SECONDS)
            assert reached, f"not so: {self.download}"
            assert self.download is not None
            return self.download

    def _has(self, goal: float) -> bool:
        download = self.download
        if download is None:
            return False
        return download.state == "finished" or (download.state == "running" and download.done_bytes >= goal)

    def wait_exits(self, count: int) -> None:
        """Until the worker has ended so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.exits >= count, _PATIENCE_SECONDS), "it did not end"


@contextmanager
def hub(folder: Path) -> Generator[dict[str, str], None, None]:
    """The test hub as a process; gives its addresses."""
    command = [sys.executable, "-m", "tests.hub", "--port", "0", "--repository", f"org/Soak={folder}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            addresses: dict[str, str] = json.loads(process.stdout.readline())
            _control(addresses, "misbehave", {"pattern": "org/Soak/*", "bytes_per_second": _BYTES_PER_SECOND})
            yield addresses
        finally:
            process.terminate()


def main() -> None:
    """Run them all; the exit code is the count of those that did not end right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    wrong, worst, rss = 0, 0.0, 0
    with tempfile.TemporaryDirectory(prefix="minim-soak-") as name:
        scratch = Path(name)
        original = make_repository(scratch / "original", given.megabytes * 10**6 // FILES, FILES)
        for number in range(given.count):
            home = scratch / str(number)
            with hub(original) as addresses:
                right, ratio, most = kill_often(home, original, addresses, rng, given.kills)
            shutil.rmtree(home)
            wrong += not (right and ratio <= _MOST_RATIO and most < _MOST_RSS)
            worst, rss = max(worst, ratio), max(rss, most)
            words = "right" if right else "WRONG"
            print(f"{number + 1}: {words}, {ratio:.3f} of its size fetched, worker {most / 1e6:.0f} MB", flush=True)
    print(
        f"{given.count - wrong} of {given.count} right; at most {worst:.3f} of the size, {rss / 1e6:.0f} MB of memory"
    )
    sys.exit(wrong)


def kill_often(
    home: Path, original: Path, addresses: dict[str, str], rng: random.Random, kills: int
) -> tuple[bool, float, int]:
    """One download, killed so often: whether it ended right, bytes served by size, the most memory the worker held."""
    watch = Watch()
    places = {"MINIM_HOME": home, "HF_HOME": home / "hf", "HF_HUB_CACHE": home / "hf" / "hub"}
    env = {**{name: str(place) for name, place in places.items()}, "HF_ENDPOINT": addresses["huggingface"]}
    worker = Supervisor("downloads", watch, env=env)
    ref: DownloadRef = ref_of("org/Soak")
    size = sum(file.stat().st_size for file in original.iterdir() if file.suffix != ".bin")
    most = 0
    try:
        next_command: Command = StartDownload(ref)
        for kill in range(kills):
            worker.send(next_command)
            next_command = ListDownloads(resume=True)
            goal = size * (kill + rng.random()) / kills
            watch.wait(goal)
            time.sleep(rng.random() * 0.1)  # not only just after something was told
            pid = worker.pid
            assert pid is not None
            most = max(most, psutil.Process(pid).memory_info().rss)
            os.kill(pid, signal.SIGKILL)
            watch.wait_exits(kill + 1)
            watch.download = None
        worker.send(next_command)
        finished = watch.wait(float("inf"))
        right = same_files(Path(finished.path), original)
    finally:
        worker.close()
    return right, _control(addresses, "bytes_served")["bytes"] / size, most


def _control(addresses: dict[str, str], what: str, told: dict[str, object] | None = None) -> dict[str, int]:
    body = json.dumps(told).encode() if told else None
    with urllib.request.urlopen(f"{addresses['control']}/{what}", body, timeout=60) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    main()
