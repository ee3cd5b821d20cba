"""Models that are on this machine, as far as downloads put them there: where they lie, and how they go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backends.contract.errors import MinimError
from backends.contract.events import ModelDeleted
from backends.contract.models import Hub
from backends.hubs.cache_layout import cache_root
from backends.hubs.cache_removal import delete_model
from backends.storage.journal import Journal
from backends.workers.download_queue import DownloadQueue


def delete_installed(path: str, folders: Sequence[str], journal: Journal, queue: DownloadQueue) -> ModelDeleted:
    """Delete a model or a kernel of a hub's cache or of a download folder, and forget its download. Raises MinimError.

    `folders` are the download folders; what lies elsewhere is a person's own and never deleted.
    """
    folder = Path(path)
    busy = queue.unfinished_in(path)
    if busy is not None:
        hint = "Cancel the download to delete what has come of it."
        raise MinimError("busy", f"{busy.ref.model} is being fetched or checked just now.", hint)
    hub, root = _cache_of(folder, folders, fetched=journal.fetched(path))
    if not root.is_dir():
        message = f"{root} is not there: its disk may not be connected."
        raise MinimError("disk_missing", message, "Connect the disk, then delete the model.")
    freed = delete_model(hub, folder, root)
    queue.forget(path)
    return ModelDeleted(path, freed)


def _cache_of(folder: Path, chosen: Sequence[str], *, fetched: bool) -> tuple[Hub, Path]:
    """The hub in whose layout a model lies, and the cache's folder.

    ModelScope's layout is any folder in a folder: in a chosen one, which may hold a person's own work, only what is
    known to have been `fetched` belongs to it.
    """
    repository = folder.parent.parent.name
    is_snapshot = folder.parent.name == "snapshots" and repository.startswith(("models--", "kernels--"))
    hub: Hub = "huggingface" if is_snapshot else "modelscope"
    elsewhere = chosen if is_snapshot or fetched else ()
    for root in (cache_root(hub), *(Path(one).expanduser().absolute() for one in elsewhere)):
        if folder.is_relative_to(root):
            return hub, root
    message = f"{folder} is in no cache and in no download folder of Minim: it is yours, and is left alone."
    raise MinimError("bad_request", message, "Delete it by hand, or take its folder out of the settings.")
