"""What an installed model should consist of: from the hub at the commit that is here, or offline from its own names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.hubs.base import Listing, RemoteFile
from backends.hubs.cache_layout import cache_root, repository_name
from backends.storage.hub_caches import snapshot_of
from backends.storage.journal import JournalEntry
from backends.workers.download_sources import OpenHub, list_for

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


def list_to_check(entry: JournalEntry, open_hub: OpenHub) -> Listing:
    """The files of a model that another program may have fetched. Raises MinimError if nobody can tell."""
    source = entry.ref.source
    if source.hub != "huggingface":
        return list_for(entry, open_hub)
    root = cache_root(source.hub, entry.ref.folder)
    here = snapshot_of(root / repository_name(source), source.revision or "main")
    try:
        return list_for(replace(entry, commit=here.name if here else ""), open_hub)
    except MinimError as error:
        named = _named_files(here) if here and error.kind == "offline" else ()
        if here is None or not named:
            raise
        return Listing(source, here.name, named)


def _named_files(snapshot: Path) -> tuple[RemoteFile, ...]:
    """The files of a snapshot as their blobs' names describe them: those are hashes. () if it has none."""
    found: list[RemoteFile] = []
    for file in sorted(snapshot.rglob("*")):
        if not file.is_symlink():
            continue
        blob = Path(os.path.realpath(file))
        name = blob.name
        if not blob.is_file() or not (_SHA256.fullmatch(name) or _SHA1.fullmatch(name)):
            continue
        size = blob.stat().st_size
        hashes = (name, "") if _SHA256.fullmatch(name) else ("", name)
        found.append(RemoteFile(file.relative_to(snapshot).as_posix(), size, *hashes))
    return tuple(found)
