"""A download as the queue holds it and a front end mirrors it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from backends.contract.catalog import Source
from backends.contract.errors import ErrorKind

DownloadState = Literal["queued", "asking", "running", "paused", "verifying", "failed", "finished"]
"""`asking`: the hub is asked for its file list; `failed` can be resumed like `paused`."""


class DownloadRef(Struct, frozen=True):
    """What to fetch: a form of a model from one hub, or a kernel (`source.kind`, see `kernel_ref`).

    `endpoint` is the address of a mirror ("" for the hub's own). `alternates` are repositories that may hold the same
    files: bytes are taken from there where the sha256 is equal and the first hub fails. `folder` is the cache folder
    to put it in, "" for the hub's usual one.
    """

    model: str
    format: str
    quantization: str
    source: Source
    endpoint: str = ""
    alternates: tuple[Source, ...] = ()
    folder: str = ""

    @property
    def id(self) -> str:
        """Names the download among all: the same form from the same hub into the same folder is the same one."""
        import hashlib  # with the first call: the window's first paint reads this module

        parts = (self.source.hub, self.source.repo, self.source.revision, self.folder)
        text = "\n".join(parts if self.source.kind == "model" else (*parts, self.source.kind))
        return f"{self.source.repo.replace('/', '--')}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def kernel_ref(source: Source, endpoint: str = "") -> DownloadRef:
    """The download of a kernel. It always goes into the hub's usual cache: engines look for it there only."""
    return DownloadRef(source.repo.rpartition("/")[2], source.kind, source.revision, source, endpoint)


class FileProgress(Struct, frozen=True):
    """One file of a download, in bytes."""

    path: str
    done_bytes: int
    total_bytes: int


class Download(Struct, frozen=True):
    """Where a download stands.

    `seconds_left` is -1 while unknown. `stalled`: nothing has come for a while, and it is tried again. `elsewhere`:
    another Minim (the app, or one in a terminal) holds it. `problem` and `hint` are words for a person, of kind `kind`.
    `path` is the model's folder once it is finished. `files` are those that are being fetched or wait; empty when
    there are none.
    """

    ref: DownloadRef
    state: DownloadState
    done_bytes: int = 0
    total_bytes: int = 0
    bytes_per_second: float = 0.0
    seconds_left: float = -1.0
    stalled: bool = False
    elsewhere: bool = False
    kind: ErrorKind | None = None
    problem: str = ""
    hint: str = ""
    path: str = ""
    files: tuple[FileProgress, ...] = ()
