"""One download in the place of another: what came from the first hub and is the same is moved, and not fetched again.

Whole files are taken when their hash is right by what the new hub promises; parts when both hubs name the same sha256,
which is checked once they are whole, as with every part. The rest stays where it is until the new download ends: a
person may turn back.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.hubs.base import RemoteFile
from backends.hubs.cache_layout import CacheLayout, cache_layout
from backends.hubs.transfer import rehash
from backends.storage.journal import Journal, JournalEntry
from backends.workers.download_disk import discard
from backends.workers.download_sources import listing_of

_log = logging.getLogger(__name__)


def taking_over(entry: JournalEntry, before: JournalEntry) -> JournalEntry:
    """`entry` in the place of `before`: in its turn, and with what came of it. What came of `entry` itself earlier,
    when a person turns back, is its own again, with the mirror that it came from."""
    earlier = {one.ref.id: one for one in (*entry.earlier, *before.earlier, replace(before, earlier=()))}
    own = earlier.pop(entry.ref.id, None)
    if own is not None and not entry.files:
        ref = replace(entry.ref, endpoint=entry.ref.endpoint or own.ref.endpoint)
        entry = replace(entry, ref=ref, commit=own.commit, files=own.files, path=own.path)
    return replace(entry, order=before.order, earlier=tuple(earlier.values()))


def discard_earlier(entry: JournalEntry, journal: Journal) -> None:
    """Delete what came of the downloads whose place this one took, unless it lies where this one does, as another
    revision's may, or was begun anew since, or is whole by now: another program made a model of it.

    What cannot be deleted is only logged: the model does not depend on it.
    """
    for one in journal.left_to(entry):
        try:
            if one.files and _layout_of(one).folder != Path(entry.path) and not _is_whole(_layout_of(one)):
                discard(one)
        except MinimError as error:
            _log.info("What came from %s stays: %s", one.ref.source.repo, error.message)


class Takeover:
    """What the downloads before this one left, in the eyes of its layout."""

    def __init__(self, earlier: Sequence[JournalEntry], layout: CacheLayout) -> None:
        self._layout = layout
        places = (_layout_of(one) for one in earlier if one.files)
        self._places = [place for place in places if place.folder != layout.folder]

    def take_parts(self) -> None:
        """Move the parts of files that both hubs name the same, where they are longer than what is here."""
        for file in self._layout.listing.files:
            for place, twin in self._twins(file):
                if file.sha256 and file.sha256 == twin.sha256 and not self._layout.is_whole(file):
                    _move_longer(place.part(twin), self._layout.part(file))

    def files(self) -> list[RemoteFile]:
        """Those that lie whole in an earlier place and not here, by what the lists say."""
        wanted = [file for file in self._layout.listing.files if file.sha256 or file.blob_id]
        return [file for file in wanted if not self._layout.is_whole(file) and any(self._whole(file))]

    def take(self, file: RemoteFile, report: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        """Bring such a file here if its content is what the hub of now promises; else it is left to be fetched.

        `report` is told how much of it was read. Raises RequestStopped, OSError.
        """
        blob = self._layout.blob(file)
        for here, is_its_own in self._whole(file):
            try:
                is_right = rehash(file, here, report, stopped)
            except MinimError:
                is_right = False  # one that cannot be read is no help, and no harm
            if is_right and _bring(here, blob, may_move=is_its_own):
                self._layout.place(file)
                report(file.size)
                return
        report(0)

    def _whole(self, file: RemoteFile) -> list[tuple[Path, bool]]:
        """Where it lies whole on the same disk, and whether nothing but that download needs it there."""
        found: list[tuple[Path, bool]] = []
        for place, twin in self._twins(file):
            here = place.folder / twin.path
            with contextlib.suppress(OSError):
                blob = Path(os.path.realpath(here if here.exists() else place.blob(twin)))
                if blob.stat().st_size == file.size and blob.stat().st_dev == _device(self._layout.root):
                    found.append((blob, blob == here.parent.resolve() / here.name))
        return found

    def _twins(self, file: RemoteFile) -> list[tuple[CacheLayout, RemoteFile]]:
        return [(place, twin) for place in self._places for twin in place.listing.files if _may_be_same(file, twin)]


def _layout_of(entry: JournalEntry) -> CacheLayout:
    return cache_layout(listing_of(entry), entry.ref.folder)


def _is_whole(layout: CacheLayout) -> bool:
    return all(layout.is_whole(file) for file in layout.listing.files)


def _may_be_same(file: RemoteFile, other: RemoteFile) -> bool:
    if file.sha256 and other.sha256:
        return (file.sha256, file.size) == (other.sha256, other.size)
    return (file.path, file.size) == (other.path, other.size)  # a hub tells no sha256 of small files


def _move_longer(part: Path, to: Path) -> None:
    with contextlib.suppress(OSError):  # another disk, or nothing there
        if part.is_symlink() or (to.exists() and to.stat().st_size >= part.stat().st_size):
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        part.replace(to)


def _bring(here: Path, blob: Path, *, may_move: bool) -> bool:
    """Give a whole file its other name; on a disk without links it is moved, if only the earlier download has it."""
    blob.parent.mkdir(parents=True, exist_ok=True)
    new = blob.with_name(f"{blob.name}.link")
    new.unlink(missing_ok=True)
    try:
        os.link(here, new)
    except OSError:
        if not may_move:
            return False
        new = here
    new.replace(blob)
    blob.with_name(f"{blob.name}.part").unlink(missing_ok=True)
    return True


def _device(folder: Path) -> int:
    """The disk of a folder that need not exist yet."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.stat().st_dev
