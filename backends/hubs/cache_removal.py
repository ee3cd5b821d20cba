"""Freeing the space of a model in a hub's cache: what it alone uses, and nothing outside of the cache."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from backends.contract.errors import MinimError
from backends.contract.models import Hub

_NO_ORGANIZATIONS = {"models", "hub", "datasets", "studios", "skills", "mcps", "temp"}


def delete_model(hub: Hub, folder: Path, root: Path, keep: Collection[Path] = ()) -> int:
    """Delete the model in `folder`, which lies in the cache `root` (see `cache_root`). Returns the bytes freed.

    Of a Hugging Face snapshot go the blobs that no other snapshot of the repository links to; with the last snapshot
    the whole repository goes, half-fetched files included. `keep` are files to spare, those of a download that goes on.
    Links are removed and not followed. A folder that is gone already is no error. Raises MinimError("bad_request") for
    what is no model of this cache, or lies elsewhere through a link; "internal" if the system does not allow it.
    """
    root = Path(os.path.abspath(root))  # noqa: PTH100 # resolve() would follow links, absolute() keeps ".."
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - as above
    remover = _Remover(root, {Path(os.path.abspath(path)) for path in keep})  # noqa: PTH100 - as above
    parts = _parts_of_model(hub, folder, root)
    try:
        if hub == "huggingface":
            remover.remove_snapshot(folder)
            if not _entries(folder.parent):
                remover.remove(root / ".locks" / parts[0])
        else:
            remover.remove(folder / "config.json")  # first, so that nobody finds half a model
            remover.remove(folder)
            if folder.parent.name == "snapshots" and not _entries(folder.parent):
                remover.remove(folder.parent.parent)
        for parent in folder.parents[: len(parts) - 1]:
            _remove_if_empty(parent)
    except OSError as error:
        hint = "Check its permissions, and delete it by hand if need be."
        raise MinimError("internal", f"{error.filename} cannot be deleted: {error.strerror}.", hint) from error
    return remover.freed


def _parts_of_model(hub: Hub, folder: Path, root: Path) -> tuple[str, ...]:
    """The folder's names below the root, if it is a model's, and no link is among them."""
    parts = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    if hub == "huggingface":
        is_model = len(parts) == 3 and parts[0].startswith(("models--", "kernels--")) and parts[1] == "snapshots"
    else:
        match parts:
            case ("models", repository, "snapshots", _):
                is_model = "--" in repository
            case ("hub", "models", _, _) | ("models", _, _):
                is_model = True
            case (organization, _):
                is_model = organization not in _NO_ORGANIZATIONS and not organization.startswith((".", "models--"))
            case _:
                is_model = False
    if not is_model:
        hint = "Delete it with the program that put it there, or by hand."
        raise MinimError("bad_request", f"{folder} is no model in the cache {root}.", hint)
    for above in (folder, *folder.parents[: len(parts) - 1]):
        if above.is_symlink():
            raise MinimError(
                "bad_request", f"{above} is a link: the model lies elsewhere.", f"Delete it at {above.readlink()}."
            )
    return parts


class _Remover:
    """Removes files and folders, and counts the bytes that this frees."""

    def __init__(self, root: Path, keep: set[Path]) -> None:
        self.freed = 0
        self._root = root.resolve()
        self._keep = keep

    def remove_snapshot(self, folder: Path) -> None:
        """A snapshot, its refs, and what it alone uses."""
        repository, commit = folder.parent.parent, folder.name
        others = [entry for entry in _entries(folder.parent) if entry != folder]
        for ref in _files_below(repository / "refs"):
            if ref.read_text("utf-8", "replace").strip() == commit:
                self.remove(ref)
        if not others:
            self.remove(folder)
            self.remove(repository)
            return
        blobs = repository / "blobs"
        shared = {blob for other in others for blob in _linked_by(other, blobs)}
        own = _linked_by(folder, blobs) - shared
        self.remove(folder)
        for blob in own:
            self.remove(blob)
            self.remove(blob.with_name(blob.name + ".part"))
        self.remove(repository / "trees" / f"{commit}.json")  # huggingface_hub's list of the snapshot's files
        self.remove(repository / ".no_exist" / commit)

    def remove(self, path: Path) -> None:
        """A file, a link, or a folder with all that is in it but the files to keep."""
        if path in self._keep:
            return
        if path.is_symlink() or not path.is_dir():
            self._remove_file(path)
            return
        for entry in _entries(path):
            self.remove(entry)
        _remove_if_empty(path)

    def _remove_file(self, path: Path) -> None:
        if not path.parent.resolve().is_relative_to(self._root):
            return  # somebody has put a part of the cache elsewhere
        try:
            status = path.lstat()
            path.unlink()
        except FileNotFoundError:
            return
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            self.freed += status.st_size


def _linked_by(snapshot: Path, blobs: Path) -> set[Path]:
    """The blobs that a snapshot's links lead to."""
    found: set[Path] = set()
    for file in _files_below(snapshot):
        if file.is_symlink():
            target = Path(os.path.normpath(file.parent / file.readlink()))
            if target.parent == blobs:
                found.add(target)
    return found


def _files_below(folder: Path) -> list[Path]:
    return [Path(where, name) for where, _, names in os.walk(folder) for name in names]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def _remove_if_empty(folder: Path) -> None:
    if not folder.is_symlink() and folder.is_dir() and not _entries(folder):
        folder.rmdir()
