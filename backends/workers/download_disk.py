"""What a download asks of the disk: that it is there, that there is room, and what lies on it already."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path

from backends.contract.catalog import Source
from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError
from backends.hubs.base import Listing, RemoteFile
from backends.hubs.cache_layout import cache_layout
from backends.hubs.cache_removal import delete_model
from backends.hubs.transfer import rehash
from backends.storage.journal import JournalEntry
from backends.workers.download_sources import listing_of

MARGIN_BYTES = 256 * 10**6
"""What has to stay free: a disk that is full to the brim fails other programs, and the journal."""

_NEARLY_FULL_BYTES = 64 * 10**6


def check_disk(folder: str) -> None:
    """Raises MinimError("disk_missing") if a chosen folder is not there; Minim never makes one in a disk's place."""
    if folder and not Path(folder).expanduser().is_dir():
        message = f"The download folder {folder} is not there: its disk may not be connected."
        raise MinimError("disk_missing", message, "Connect the disk, or choose another download folder.")


def free_bytes(folder: Path) -> int:
    """Free space on the disk of a folder that need not exist yet."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return 0


def check_room(model: str, root: Path, needed: int) -> None:
    """Raises MinimError("disk_full") with both numbers unless `needed` bytes and a margin are free."""
    if needed > 0 and free_bytes(root) < needed + MARGIN_BYTES:
        raise no_room(model, root, needed)


def is_getting_full(root: Path, rest: int) -> bool:
    """Whether the disk will be full before `rest` bytes have come."""
    free = free_bytes(root)
    return free < _NEARLY_FULL_BYTES and free < rest + MARGIN_BYTES


def no_room(model: str, root: Path, needed: int) -> MinimError:
    """Words for a disk that is too small for the `needed` bytes that are still to come."""
    free = free_bytes(root)
    message = (
        f"{model} needs {_size(needed)} more, and {_size(free)} are free on the disk of {root}"
        f" (of which {_size(MARGIN_BYTES)} are left alone)."
    )
    return MinimError("disk_full", message, "Make room or choose another folder, then resume: what has come is kept.")


def _size(count: int) -> str:
    """Decimal, as disks and hubs say it."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


@contextlib.contextmanager
def disk_in_words(entry: JournalEntry, root: Path, rest: Callable[[], int]) -> Generator[None, None, None]:
    """Turn what the disk refuses into words; `rest` is how many bytes are still to come."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_room(entry.ref.model, root, rest()) from error
        check_disk(entry.ref.folder)
        message = f"{error.filename or root} cannot be written: {error.strerror or error}."
        raise MinimError("internal", message, f"Check the disk and the permissions of {root}.") from error


def twin_on_disk(
    ref: DownloadRef, file: RemoteFile, blob: Path, report: Callable[[int], None], stopped: Callable[[], bool]
) -> bool:
    """Whether the other hub's cache has this very file: then it is linked from there, or copied, and checked."""
    if not file.sha256:
        return False
    found = False
    for source in ref.alternates:
        twin = _place_at(source, file)
        if twin is None:
            continue
        found = True
        try:
            if not rehash(file, twin, report, stopped):
                continue
        except MinimError:
            continue  # one that cannot be read is no help, and no harm
        part = blob.with_name(f"{blob.name}.link")
        part.unlink(missing_ok=True)
        try:
            os.link(twin, part)
        except OSError:
            continue  # another disk: copying costs as much as fetching does where that works, and more care
        part.replace(blob)
        blob.with_name(f"{blob.name}.part").unlink(missing_ok=True)
        return True
    if found:
        report(0)
    return False


def _place_at(source: Source, file: RemoteFile) -> Path | None:
    """Where another repository's cache would have this file."""
    layout = cache_layout(Listing(source, "main", (file,)))
    place = layout.blob(file)
    with contextlib.suppress(OSError):
        if place.is_file() and place.stat().st_size == file.size:
            return Path(os.path.realpath(place))
    return None


def discard(entry: JournalEntry) -> None:
    """Delete what came of an unfinished download: its parts, and its files but those that other revisions share."""
    if not entry.files:
        return
    layout = cache_layout(listing_of(entry), entry.ref.folder)
    try:
        if layout.root.is_dir():
            layout.discard_parts()
            delete_model(entry.ref.source.hub, layout.folder, layout.root)
    except OSError as error:
        message = f"{error.filename} cannot be deleted: {error.strerror}."
        raise MinimError("internal", message, "Check its permissions, and delete it by hand if need be.") from error
