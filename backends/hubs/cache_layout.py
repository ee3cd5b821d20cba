"""Where the files of a repository land on disk: in the folders that the hubs' own libraries look into.

What is written here is found by huggingface_hub and modelscope, and what they fetched counts here. Names come from
the hub and are not trusted: none leads out of the model's folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub
from backends.hubs.addresses import checked_repo, checked_revision
from backends.hubs.base import Listing, RemoteFile, wanted_files

_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}
"""Names that are no files on Windows, and so on disks that are shared with it."""
_LONGEST = 240
"""Bytes of a name: most disks allow 255, and ".part" is added."""
_LONGEST_PATH = 700
"""Bytes of a path in a repository: macOS allows 1,024 in all."""
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class CacheLayout(ABC):
    """The places of one repository's files. Files of equal content may share one: ask `is_whole` before each."""

    def __init__(self, listing: Listing, root: Path) -> None:
        checked_repo(listing.source.repo)
        self.listing = listing
        self.root = root

    @property
    @abstractmethod
    def folder(self) -> Path:
        """The model's folder: where its config.json is, or will be."""

    @abstractmethod
    def blob(self, file: RemoteFile) -> Path:
        """Where the bytes of a file belong, once they are all there. Raises MinimError("hub_failed") for bad names."""

    def part(self, file: RemoteFile) -> Path:
        """Where the bytes of a file are gathered. On the same disk as `blob`."""
        blob = self.blob(file)
        return blob.with_name(blob.name + ".part")

    @abstractmethod
    def is_whole(self, file: RemoteFile) -> bool:
        """Whether a file is there with the right size, in its place or still to be placed. Its hash is not read."""

    @abstractmethod
    def place(self, file: RemoteFile) -> None:
        """Make a whole file appear in `folder` under its name. Nothing happens if it is there. Raises OSError."""

    def discard_parts(self) -> int:
        """Delete what a cancelled download has gathered and not placed. Returns the bytes freed. Raises OSError."""
        freed = 0
        for file in wanted_files(self.listing.files, self.listing.source.kind):
            part = self.part(file)
            if part.is_file() and not part.is_symlink():
                freed += part.stat().st_size
                part.unlink(missing_ok=True)
        return freed

    @abstractmethod
    def finish(self) -> Path:
        """Let the hub's library find the model, after all files are placed. Returns `folder`. Raises OSError."""


class HuggingFaceLayout(CacheLayout):
    """models--org--name (kernels--org--name) with blobs, snapshots of links to them, and refs."""

    def __init__(self, listing: Listing, root: Path) -> None:
        super().__init__(listing, root)
        self.repository = root / repository_name(listing.source)
        _check_name(listing.commit)

    @property
    def folder(self) -> Path:
        return self.repository / "snapshots" / self.listing.commit

    def blob(self, file: RemoteFile) -> Path:
        checked_path(file.path)
        return self.repository / "blobs" / self._name_of(file)

    def is_whole(self, file: RemoteFile) -> bool:
        is_there = _has_size(self._place_of(file), file.size) or _has_size(self.blob(file), file.size)
        return is_there or self._twin_of(file) is not None

    def place(self, file: RemoteFile) -> None:
        place, blob = self._place_of(file), self.blob(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not blob.is_file():
            # Without links the file itself was moved to its place, or to that of another with the same content.
            if not _has_size(place, file.size) and (twin := self._twin_of(file)):
                shutil.copyfile(twin, place)
            return
        if place.is_symlink() and os.path.realpath(place) == os.path.realpath(blob):
            return
        place.unlink(missing_ok=True)
        try:
            place.symlink_to(os.path.relpath(blob, place.parent))
        except OSError:  # exFAT, some network disks: the file itself, as huggingface_hub does it
            blob.replace(place)

    def finish(self) -> Path:
        name = self.listing.source.revision or "main"
        if name != self.listing.commit:
            ref = self.repository / "refs" / checked_path(checked_revision(name))
            ref.parent.mkdir(parents=True, exist_ok=True)
            new = ref.with_name(ref.name + ".new")
            new.write_text(self.listing.commit, "utf-8")
            new.replace(ref)
        return self.folder

    def _place_of(self, file: RemoteFile) -> Path:
        return self.folder / checked_path(file.path)

    def _twin_of(self, file: RemoteFile) -> Path | None:
        """The place of another file with the same content, where it is there."""
        content = (file.size, file.sha256, file.blob_id)
        twins = [one for one in self.listing.files if (one.size, one.sha256, one.blob_id) == content and one != file]
        places = [self._place_of(twin) for twin in twins if file.sha256 or file.blob_id]
        return next((place for place in places if _has_size(place, file.size)), None)

    def _name_of(self, file: RemoteFile) -> str:
        name = file.sha256 or file.blob_id
        if name and not _HASH.fullmatch(name):
            raise _bad_name(name)
        # A mirror without hashes: any name does, as long as it is another for another content.
        return name or hashlib.sha1(f"{self.listing.commit}/{file.path}".encode()).hexdigest()


class ModelScopeLayout(CacheLayout):
    """The files under their names in one folder, models/org/name, with "___" for the dots in the model's name.

    This is how modelscope up to 1.37 lays them out; it knows one revision. Newer versions take such a folder if it is
    there, and models/org--name/snapshots/revision else; that one is used here where they have begun it, and for other
    revisions than the hub's own.
    """

    def __init__(self, listing: Listing, root: Path) -> None:
        super().__init__(listing, root)
        organization, name = listing.source.repo.split("/")
        models = root / "models"
        old = models / organization / name.replace(".", "___")
        older = root / "hub" / "models" / organization / old.name
        repository = models / f"{organization}--{name}"
        new = repository / "snapshots" / checked_path(listing.commit)
        if listing.source.revision in ("", "master"):
            fresh = new if _holds_something(repository) else old
            self._folder = next((place for place in (old, older) if _holds_something(place)), fresh)
        else:
            self._folder = new

    @property
    def folder(self) -> Path:
        return self._folder

    def blob(self, file: RemoteFile) -> Path:
        return self.folder / checked_path(file.path)

    def is_whole(self, file: RemoteFile) -> bool:
        return _has_size(self.blob(file), file.size)

    def place(self, file: RemoteFile) -> None:
        """Nothing is to be done: a file is fetched to where it stays."""

    def finish(self) -> Path:
        return self.folder


def cache_layout(listing: Listing, cache: str = "") -> CacheLayout:
    """Where the files of a listing belong. `cache` is a chosen folder, "" the hub's usual one. Makes no folder."""
    root = cache_root(listing.source.hub, cache)
    return HuggingFaceLayout(listing, root) if listing.source.hub == "huggingface" else ModelScopeLayout(listing, root)


def cache_root(hub: Hub, cache: str = "") -> Path:
    """The folder that a hub's models are kept in: the chosen one, else where the hub's own library keeps them."""
    if cache:
        return _absolute(cache)
    if hub == "modelscope":
        return _absolute(os.environ.get("MODELSCOPE_CACHE") or "~/.cache/modelscope")
    # As in huggingface_hub/constants.py.
    for variable, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if configured := os.environ.get(variable):
            return _absolute(os.path.expandvars(configured)) / below
    return _absolute(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def repository_name(source: Source) -> str:
    """The folder of a repository in a Hugging Face cache."""
    return f"{source.kind}s--{source.repo.replace('/', '--')}"


def kernel_folder(source: Source) -> Path | None:
    """Where a kernel lies in the hub's usual cache, whoever fetched it: its ref is written when it is whole."""
    repository = cache_root(source.hub) / repository_name(source)
    try:
        commit = (repository / "refs" / source.revision).read_text("utf-8").strip()
        _check_name(commit)
    except (OSError, ValueError, MinimError):
        return None
    folder = repository / "snapshots" / commit
    return folder if (folder / "build").is_dir() else None


def checked_path(path: str) -> PurePosixPath:
    """A path from a hub, if it is the name of a file below a folder. Raises MinimError("hub_failed")."""
    if len(path.encode("utf-8", "replace")) > _LONGEST_PATH:
        raise _bad_name(path)
    for part in path.split("/"):
        _check_name(part)
    return PurePosixPath(path)


def _absolute(words: str) -> Path:
    """`Path.expanduser` would raise for a home folder that nobody has."""
    return Path(os.path.expanduser(words)).absolute()  # noqa: PTH111 - Path.expanduser raises for an unknown user


def _check_name(name: str) -> None:
    is_device = name.partition(".")[0].rstrip().lower() in _DEVICES
    has_bad = any(ord(c) < 32 or c in '\\:*?"<>|\x7f' for c in name)
    if (
        name in ("", ".", "..")
        or has_bad
        or is_device
        or name[-1] in " ."
        or len(name.encode("utf-8", "replace")) > _LONGEST
    ):
        raise _bad_name(name)


def _bad_name(name: str) -> MinimError:
    message = f"The hub names a file {name[:100]!r}, which cannot be the name of a file here."
    return MinimError("hub_failed", message, "Choose another repository of this model.")


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False


def _holds_something(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False
