"""How far an installation has come, from what pip writes while it works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Literal

from backends.contract.events import EngineProgress
from backends.contract.models import EngineName
from backends.workers.engine_recipe import PackageSize, plain_name

_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_COMING = re.compile(r"\s*(Downloading|Using cached|Processing) (\S+)")
_INSTALLING = re.compile(r"Installing collected packages: (.+)")


class InstallProgress:
    """Counts bytes of the whole download: as the table says, until pip has said a package's real size."""

    def __init__(
        self, engine: EngineName, sizes: Iterable[PackageSize], report: Callable[[EngineProgress], None]
    ) -> None:
        self._engine: EngineName = engine
        self._report = report
        self._expected = {plain_name(size.name): size.download_bytes for size in sizes}
        self._finished: set[str] = set()
        self._current = ""
        self._current_bytes = 0
        self._phase: Literal["preparing", "fetching", "installing", "checking"] = "preparing"

    def begin(self, phase: Literal["preparing", "fetching", "installing", "checking"]) -> None:
        """Tell of a new phase."""
        self._phase = phase
        self._tell("")

    def leave_out(self, names: Iterable[str]) -> None:
        """These packages are not needed after all."""
        for name in names:
            self._expected.pop(plain_name(name), None)

    def settle(self) -> None:
        """All that was expected is here."""
        self._finish_current()
        self._finished |= self._expected.keys()

    def hear(self, line: str) -> None:
        """Take one line of pip's."""
        if (counted := _PROGRESS.match(line)) is not None:
            self._count(int(counted[1]), int(counted[2]))
        elif (coming := _COMING.match(line)) is not None:
            self._take(coming[1], PurePosixPath(coming[2]).name)
        elif (installing := _INSTALLING.match(line)) is not None:
            self._finish_current()
            names = [plain_name(name.strip()) for name in installing[1].split(",")]
            self._finished.update(names)
            self._phase = "installing"
            self._tell(names[0] if len(names) == 1 else f"{names[-1]} + {len(names) - 1}")

    def _take(self, how: str, file: str) -> None:
        self._finish_current()
        self._phase = "fetching"
        if file.endswith(".metadata"):
            return
        name = plain_name(file.split("-", 1)[0])
        if how == "Downloading":
            self._current, self._current_bytes = name, 0
        else:
            self._finished.add(name)
        self._tell(name)

    def _count(self, done: int, total: int) -> None:
        if self._current:
            self._expected[self._current] = max(total, done)
            self._current_bytes = done
            self._tell(self._current)

    def _finish_current(self) -> None:
        if self._current:
            self._finished.add(self._current)
        self._current, self._current_bytes = "", 0

    def _tell(self, package: str) -> None:
        finished = sum(size for name, size in self._expected.items() if name in self._finished)
        done = finished if self._current in self._finished else finished + self._current_bytes
        total = sum(self._expected.values())
        self._report(EngineProgress(self._engine, self._phase, min(done, total), total, package))
