"""Fetching a large file from loopback, checked: against curl and sha256sum, against huggingface_hub, and its memory.

`python -m tests.bench.bench_transfer 500` does it with 500 MB instead of 2,000.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measured import report

MEGABYTES = 2000
SLOW_MEGABYTES = 30
SLOW_BYTES_PER_SECOND = 5_000_000
RUNS = 3
AT_ONCE = 4
_NAME = "org/model"

# Fetches as the downloads worker does, so many files at once; prints the seconds and the most memory it had.
_OURS = """
import json, re, resource, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from backends.hubs.base import Address, RemoteFile
from backends.hubs.transfer import fetch

url, size, sha256, folder, at_once = sys.argv[1:]
file = RemoteFile("model.safetensors", int(size), sha256)

def one(number):
    fetch(file, lambda: [Address(url)], Path(folder) / str(number), report=lambda _: None, stopped=lambda: False)

began = time.perf_counter()
with ThreadPoolExecutor(int(at_once)) as pool:
    list(pool.map(one, range(int(at_once))))
seconds = time.perf_counter() - began
status = Path("/proc/self/status")  # getrusage also counts what the process that started this one held
if status.exists():
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, peak]))
"""

_THEIRS = """
import sys, time
from huggingface_hub import snapshot_download

began = time.perf_counter()
snapshot_download(sys.argv[1], endpoint=sys.argv[2], cache_dir=sys.argv[3])
print(time.perf_counter() - began)
"""


class Bench:
    """One file at one hub, fetched in several ways into a folder that is emptied each time."""

    def __init__(self, source: Path, endpoint: str, folder: Path) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self.url = f"{endpoint}/{_NAME}/resolve/main/model.safetensors"
        self.size = source.stat().st_size
        with source.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()

    def ours(self, at_once: int = 1) -> tuple[float, int]:
        """Seconds, and bytes of memory."""
        said = self._python(_OURS, self.url, str(self.size), self.sha256, str(self.folder), str(at_once))
        seconds, peak = json.loads(said)
        return seconds, peak

    def curl(self) -> float:
        """Seconds of curl, and sha256sum after it."""
        target = self.folder / "curl"
        began = time.perf_counter()
        subprocess.run(["curl", "--silent", "--fail", "--location", "-o", str(target), self.url], check=True)
        said = subprocess.run(["sha256sum", str(target)], check=True, capture_output=True, text=True).stdout
        seconds = time.perf_counter() - began
        assert said.split()[0] == self.sha256
        self._empty()
        return seconds

    def theirs(self) -> float:
        """Seconds of huggingface_hub's snapshot_download, which does not check what it got."""
        return float(self._python(_THEIRS, _NAME, self.endpoint, str(self.folder)))

    def _python(self, code: str, *arguments: str) -> str:
        environment = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        command = [sys.executable, "-c", code, *arguments]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
        self._empty()
        return said

    def _empty(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()


@contextmanager
def served(folder: Path) -> Generator[dict[str, str]]:
    """The test hub in a process of its own: its addresses."""
    command = [sys.executable, "-m", "tests.hub", "--repository", f"{_NAME}={folder}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdout is not None
        yield json.loads(hub.stdout.readline())
        hub.terminate()


@contextmanager
def bench(megabytes: int) -> Generator[tuple[Bench, str]]:
    """A bench with a file of random bytes, and the address that steers the hub."""
    with tempfile.TemporaryDirectory() as base:
        source, target = Path(base, "source"), Path(base, "target")
        source.mkdir()
        target.mkdir()
        with (source / "model.safetensors").open("wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1_000_000))
        with served(source) as addresses:
            yield Bench(source / "model.safetensors", addresses["huggingface"], target), addresses["control"]


def main(megabytes: int = MEGABYTES) -> None:
    """Print the four ratios."""
    with bench(megabytes) as (fast, _):
        runs = [(*fast.ours(), fast.curl(), fast.theirs()) for _ in range(RUNS)][1:]
        ours, peak, curl, theirs = (statistics.median(column) for column in zip(*runs, strict=True))
    what, detail = f"{megabytes} MB from loopback", f"{ours:.2f} s"
    report(f"{what} with sha256 / curl, then sha256sum", ours / curl, "at most 0.80", f"{detail} / {curl:.2f} s")
    report(f"{what} with sha256 / snapshot_download", ours / theirs, "at most 1.00", f"{detail} / {theirs:.2f} s")
    report("peak memory of the fetching process, MB", peak / 1e6, "at most 150")
    with bench(SLOW_MEGABYTES) as (slow, control):
        how = json.dumps({"pattern": "*", "bytes_per_second": SLOW_BYTES_PER_SECOND}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{control}/misbehave", data=how, method="POST")).close()
        one = slow.ours()[0]
        four = slow.ours(AT_ONCE)[0]
    gain = AT_ONCE * one / four
    report("four files at once / one, of a hub that slows each connection", gain, "at least 3.50")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES)
