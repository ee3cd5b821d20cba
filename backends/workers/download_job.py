"""One download from the hub's file list to the finished model: what is missing is fetched, four files at once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from backends.contract.downloads import FileProgress
from backends.contract.errors import MinimError, RequestStopped
from backends.hubs.base import Address, RemoteFile
from backends.hubs.cache_layout import CacheLayout, cache_layout
from backends.hubs.transfer import Patience, fetch, rehash
from backends.storage.journal import Journal, JournalEntry, JournalFile
from backends.workers.download_check import list_to_check
from backends.workers.download_disk import check_disk, check_room, disk_in_words, is_getting_full, no_room, twin_on_disk
from backends.workers.download_pace import Pace
from backends.workers.download_pool import Pool, Stopped
from backends.workers.download_sources import OpenHub, Sources, list_for, listing_of
from backends.workers.download_takeover import Takeover, discard_earlier

FILES_AT_ONCE = 4
"""Hubs throttle each connection; more than four are unfriendly, and no faster."""

_TICK_SECONDS = 0.25
_KEEP_SECONDS = 2.0
"""How often the journal is told how far it is: other processes read it there."""


class Job:
    """A download while it runs. `run` blocks its thread; everything else may be called from any.

    `entry` is how the download stands, kept in the journal as it changes; `tell` is called a few times a second.
    """

    def __init__(
        self,
        entry: JournalEntry,
        journal: Journal,
        open_hub: OpenHub,
        tell: Callable[[], None],
        patience: Patience,
    ) -> None:
        self.entry = entry
        self._patience = patience
        self.pace = Pace()
        self._journal = journal
        self._open_hub = open_hub
        self._tell = tell
        self._stop = threading.Event()
        self._keeping = threading.Lock()
        self._done: dict[str, int] = {}  # by path; of each file, how much is here
        self._open: list[RemoteFile] = []  # what is being fetched or waits
        self._kept = 0.0

    def run(self) -> None:
        """Do it. Raises MinimError when it cannot be done, RequestStopped when it was stopped."""
        ref = self.entry.ref
        check_disk(ref.folder)
        if not self._has_begun():
            self._keep(state="asking")
            self._tell()
            find = list_to_check if self.entry.verifying else list_for
            listing = find(replace(self.entry, commit=""), self._open_hub)
            self._journal.keep_size(ref.source.hub, ref.source.repo, sum(file.size for file in listing.files))
            files = tuple(JournalFile(file.path, file.size, file.sha256, file.blob_id) for file in listing.files)
            self._keep(commit=listing.commit, files=files)
        layout = cache_layout(listing_of(self.entry), ref.folder)
        with disk_in_words(self.entry, layout.root, self._rest):
            self._take_over(layout)
            check_room(ref.model, layout.root, self._look_at(layout))
            self._keep(state="verifying" if self.entry.verifying else "running", path=str(layout.folder))
            self._tell()
            self._bring_all(layout)
            layout.finish()
        if self.entry.earlier:
            discard_earlier(self.entry, self._journal)
            self._keep(earlier=())

    def stop(self, *, wanted: bool) -> None:
        """Ask it to stop. What has come is kept. `wanted`: whether it goes on by itself after this process's end."""
        self._stop.set()
        with self._keeping, suppress(MinimError):  # a full disk must not keep anybody from cancelling
            self.entry = replace(self.entry, wanted=wanted, done_bytes=self.done_bytes())
            self._journal.write(self.entry)

    def done_bytes(self) -> int:
        """How much is here, whole files and parts."""
        return sum(self._done.copy().values()) if self._done else self.entry.done_bytes

    def seconds_left(self) -> float:
        """How long it will still take, -1 while that cannot be said."""
        return self.pace.seconds_left(self._rest())

    def files(self) -> tuple[FileProgress, ...]:
        """What is being fetched or waits, in the order of its turn."""
        done = self._done.copy()
        return tuple(FileProgress(file.path, done.get(file.path, 0), file.size) for file in self._open.copy())

    def _look_at(self, layout: CacheLayout) -> int:
        """What is here already, and what is to be done, the largest files first. Returns the bytes that are missing.

        config.json comes last: nobody takes a folder without one for a model.
        """
        everything = layout.listing.files
        here = {file.path: _here(layout, file) for file in everything}
        again = self.entry.verifying
        rest = [file for file in everything if again or not layout.is_whole(file)]
        self._open = sorted(rest, key=lambda file: (file.path == "config.json", -file.size, file.path))
        self._done = dict.fromkeys(here, 0) if again else here
        for file in everything:
            if file not in self._open:
                layout.place(file)
        return self.entry.total_bytes - sum(here.values())

    def _take_over(self, layout: CacheLayout) -> None:
        """Bring what came from other hubs before, where it is the same."""
        takeover = Takeover(self._journal.left_to(self.entry), layout)
        takeover.take_parts()
        if not (files := takeover.files()):
            return
        self._done = {file.path: _here(layout, file) for file in layout.listing.files}
        self._keep(state="verifying", path=str(layout.folder))
        tasks = [partial(self._take, takeover, group) for group in _by_place(layout, files)]
        Pool(tasks, FILES_AT_ONCE, self._stop.is_set).run(lambda: self._tick(layout), _TICK_SECONDS)

    def _take(self, takeover: Takeover, files: list[RemoteFile], stopped: Stopped) -> None:
        for file in files:
            takeover.take(file, partial(self._done.__setitem__, file.path), stopped)

    def _has_begun(self) -> bool:
        """Whether the journal's commit is to be kept to: as long as nothing of it is here, the newest will do."""
        if not self.entry.files or self.entry.verifying:
            return bool(self.entry.files)
        layout = cache_layout(listing_of(self.entry), self.entry.ref.folder)
        return any(_here(layout, file) for file in layout.listing.files)

    def _rest(self) -> int:
        return self.entry.total_bytes - self.done_bytes()

    # -- many files at once

    def _bring_all(self, layout: CacheLayout) -> None:
        """Bring all open files; the first failure stops the others and is raised when they have stopped."""
        sources = Sources(self.entry.ref, layout.listing, self._open_hub)
        last = [file for file in self._open if file.path == "config.json"]
        for files in ([file for file in self._open if file not in last], last):
            tasks = [partial(self._bring_group, layout, sources, group) for group in _by_place(layout, files)]
            Pool(tasks, FILES_AT_ONCE, self._stop.is_set).run(lambda: self._tick(layout), _TICK_SECONDS)
        if self._stop.is_set():
            raise RequestStopped

    def _bring_group(self, layout: CacheLayout, sources: Sources, files: list[RemoteFile], stopped: Stopped) -> None:
        for file in files:
            self._bring(layout, sources, file, stopped)

    def _tick(self, layout: CacheLayout) -> None:
        """A few times a second: how fast it is, whether there is room, and telling of it."""
        done = self.done_bytes()
        self.pace.count(done)
        now = time.monotonic()
        if now - self._kept >= _KEEP_SECONDS:
            self._kept = now
            self._keep(durable=False)
            if not self.entry.verifying and is_getting_full(layout.root, self._rest()):
                raise no_room(self.entry.ref.model, layout.root, self._rest())
        self._tell()

    def _keep(self, *, durable: bool = True, **changes: Any) -> None:
        """Change the entry, and keep it with how far it is."""
        with self._keeping:
            self.entry = replace(self.entry, done_bytes=self.done_bytes(), **changes)
            self._journal.write(self.entry, durable=durable)

    # -- one file

    def _bring(self, layout: CacheLayout, sources: Sources, file: RemoteFile, stopped: Stopped) -> None:
        """Have one file whole and in its place."""

        def report(done: int) -> None:
            self._done[file.path] = done

        with disk_in_words(self.entry, layout.root, self._rest):
            if not self._is_right(layout, file, report, stopped):
                blob = layout.blob(file)
                check_disk(self.entry.ref.folder)  # it may have gone meanwhile, and is not made in its disk's place
                blob.parent.mkdir(parents=True, exist_ok=True)
                if not twin_on_disk(self.entry.ref, file, blob, report, stopped):
                    self._fetch(sources, file, blob, report, stopped)
            layout.place(file)
        report(file.size)
        self._open = [other for other in self._open if other.path != file.path]

    def _is_right(self, layout: CacheLayout, file: RemoteFile, report: Callable[[int], None], stopped: Stopped) -> bool:
        """Whether the file is whole; while verifying, a wrong one is deleted."""
        if not layout.is_whole(file):
            return False
        if not self.entry.verifying:
            return True
        layout.place(file)
        here = Path(os.path.realpath(layout.folder / file.path))
        if rehash(file, here, report, stopped):
            return True
        here.unlink(missing_ok=True)
        report(0)
        return False

    def _fetch(
        self,
        sources: Sources,
        file: RemoteFile,
        blob: Path,
        report: Callable[[int], None],
        stopped: Stopped,
    ) -> None:
        def addresses() -> Sequence[Address]:
            return sources.addresses(file, self._done.get(file.path, 0))

        try:
            fetch(file, addresses, blob, report=report, stopped=stopped, patience=self._patience)
        except MinimError as error:
            if not sources.fail_over(file, error):
                raise
            fetch(file, addresses, blob, report=report, stopped=stopped, patience=self._patience)


def _here(layout: CacheLayout, file: RemoteFile) -> int:
    """How much of a file is here."""
    if layout.is_whole(file):
        return file.size
    try:
        return min(layout.part(file).stat().st_size, file.size)
    except OSError:
        return 0


def _by_place(layout: CacheLayout, files: list[RemoteFile]) -> list[list[RemoteFile]]:
    """Files of one content share a place: they are brought one after the other, the second for nothing."""
    groups: dict[Path, list[RemoteFile]] = {}
    for file in files:
        groups.setdefault(layout.blob(file), []).append(file)
    return list(groups.values())
