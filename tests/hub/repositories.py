"""Repositories of the hub that the tests run: folders on disk, with the hashes that a hub tells about their files."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_BLOCK = 4 * 2**20
_LARGE_SUFFIXES = {".safetensors", ".bin", ".gguf", ".pth"}
_LARGE_BYTES = 10 * 2**20
"""From this size on a hub keeps a file outside of git, whatever its name."""

_known: dict[tuple[str, int, int], tuple[str, str]] = {}
_known_lock = threading.Lock()


@dataclass(frozen=True)
class Entry:
    """A file of a repository. `blob_id` is git's; of a large file it is that of its pointer, as on the real hubs."""

    path: str
    file: Path
    size: int
    sha256: str
    blob_id: str
    large: bool

    @property
    def pointer_size(self) -> int:
        """The bytes of the pointer that git holds in a large file's place."""
        return len(_pointer(self.sha256, self.size))

    @property
    def etag(self) -> str:
        """What a hub says as the file's ETag, without its quotes."""
        return self.sha256 if self.large else self.blob_id


class Repository:
    """A folder under a name. Files and hashes are looked up once; `refresh()` after the folder has changed.

    A name that begins with "kernels/" is that of a kernel. `branch` is the one there is; `move()` makes it another
    commit, and the one before stays to be had.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        gated: bool = False,
        private: bool = False,
        downloads: int = 0,
        tags: Sequence[str] = (),
        branch: str = "main",
    ) -> None:
        self.branch = branch
        self.past: list[Repository] = []
        self.name = name
        self.folder = folder
        self.gated = gated
        self.private = private
        self.downloads = downloads
        self.tags = list(tags)

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """All files, by path."""
        files = sorted(file for file in self.folder.rglob("*") if file.is_file())
        return {entry.path: entry for entry in (self._entry(file) for file in files)}

    @cached_property
    def commit(self) -> str:
        """40 hexadecimal digits that name exactly these files."""
        told = "\n".join(f"{entry.path} {entry.sha256}" for entry in self.entries.values())
        return hashlib.sha1(f"{self.name}\n{told}".encode()).hexdigest()

    @cached_property
    def parameters(self) -> dict[str, int]:
        """How many numbers of each dtype the safetensors files hold, from their headers."""
        counts: Counter[str] = Counter()
        for entry in self.entries.values():
            if entry.path.endswith(".safetensors"):
                counts.update(_count_parameters(entry.file))
        return dict(counts)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.entries.values())

    @property
    def id(self) -> str:
        """What the hub calls it."""
        return self.name.removeprefix("kernels/")

    def at(self, revision: str) -> Repository | None:
        """The repository as it was at a commit, or as its branch is."""
        if revision == self.branch:
            return self
        return next((one for one in (self, *self.past) if one.commit == revision), None)

    def move(self, folder: Path) -> None:
        """Let the branch mean the files of another folder."""
        self.past.append(Repository(self.name, self.folder, tags=self.tags, branch=""))
        self.folder = folder
        self.refresh()

    def refresh(self) -> None:
        """Look at the folder again: another commit, if a file has changed."""
        for name in ("entries", "commit", "parameters"):
            self.__dict__.pop(name, None)

    def _entry(self, file: Path) -> Entry:
        size = file.stat().st_size
        large = size >= _LARGE_BYTES or file.suffix in _LARGE_SUFFIXES
        sha256, blob_id = _hashes(file)
        if large:
            blob_id = _git_id(_pointer(sha256, size))
        return Entry(file.relative_to(self.folder).as_posix(), file, size, sha256, blob_id, large)


def _hashes(file: Path) -> tuple[str, str]:
    stat = file.stat()
    key = (str(file.resolve()), stat.st_size, stat.st_mtime_ns)
    with _known_lock:
        if key not in _known:
            sha256, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % stat.st_size)
            with file.open("rb") as source:
                while block := source.read(_BLOCK):
                    sha256.update(block)
                    git.update(block)
            _known[key] = (sha256.hexdigest(), git.hexdigest())
        return _known[key]


def _pointer(sha256: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def _git_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _count_parameters(file: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    with file.open("rb") as source:
        length = int.from_bytes(source.read(8), "little")
        try:
            header: dict[str, Any] = json.loads(source.read(length)) if length <= file.stat().st_size else {}
        except ValueError:
            header = {}  # a file of a test that is no safetensors at all
    for name, tensor in header.items():
        if name != "__metadata__":
            counts[tensor["dtype"]] += math.prod(tensor["shape"])
    return counts
