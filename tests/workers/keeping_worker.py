"""The real engine worker with an engine that keeps caches, as files: for tests of what is done unasked.

It is `replay_worker` with the same script, and with the keys

    ahead    steps of each reading ahead, as replay_worker has them
    store    steps of putting caches on the disk; the first one may be {"write": PATH}, into a pipe that is read
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backends.contract.commands import ReadAhead
from backends.contract.events import PrefillProgress
from backends.contract.memory import KeepLimits
from backends.engines.base import CacheKeeper, Cancelled
from backends.workers import engine, lanes
from tests.workers.replay_worker import ReplayEngine


class KeepingEngine(ReplayEngine):
    """Counts in files how often its caches were put on the disk, whole or not."""

    def __init__(self, script: dict[str, Any]) -> None:
        super().__init__(script)
        self._folder = Path()

    def keep_caches(self, folder: Path, limits: KeepLimits) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "limits.json").write_text(json.dumps([limits.cache_memory_bytes, limits.cache_disk_bytes]))

    def read_ahead(self, request: ReadAhead, cancelled: Cancelled) -> Iterator[PrefillProgress]:
        yield PrefillProgress(10, 10, 20)
        for _ in self._texts(self._script.get("ahead", []), cancelled):
            pass
        if not cancelled():
            yield PrefillProgress(10, 20, 20)

    def store_caches(self, cancelled: Cancelled) -> None:
        steps = list(self._script.get("store", []))
        if steps and "write" in steps[0]:
            Path(steps.pop(0)["write"]).write_text("begun")
        for _ in self._texts(steps, cancelled):
            pass
        with (self._folder / ("dropped" if cancelled() else "stored")).open("a") as file:
            file.write("x")

    def drop_idle_caches(self) -> None:
        (self._folder / "dropped idle").touch()

    def forget_caches(self, conversations: Collection[str]) -> int:
        (self._folder / "forgotten").write_text(" ".join(conversations))
        return 7


if __name__ == "__main__":
    script = json.loads(os.environ["MINIM_REPLAY"])
    replaying = KeepingEngine(script)
    assert isinstance(replaying, CacheKeeper)
    # On a busy machine it takes longer than a person would wait for to take note of the end, and to tidy up.
    lanes.END_GRACE_SECONDS = lanes.TIDY_SECONDS = 30.0
    engine.main(lambda model, wished: replaying)
