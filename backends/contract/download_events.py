"""What the downloads worker can report; part of `events.Event`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from backends.contract.catalog import Hardware, JudgedModel
from backends.contract.downloads import Download, DownloadRef
from backends.contract.models import EngineName, Hub, InstalledModel


class ModelsChanged(Struct, frozen=True, tag=True):
    """All models that are on this machine."""

    models: tuple[InstalledModel, ...]


class ModelInspected(Struct, frozen=True, tag=True):
    model: InstalledModel


class CatalogJudged(Struct, frozen=True, tag=True):
    """The catalogue as it stands on `hardware`: the best model first, the others in the catalogue's order."""

    hardware: Hardware
    models: tuple[JudgedModel, ...]


class CatalogImported(Struct, frozen=True, tag=True):
    """`names` were taken in; `left_out` says of each model that was not, why, in words."""

    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()


class HubFound(Struct, frozen=True, tag=True):
    """What a hub knows by the words of a search, judged, most downloaded first; one model a repository."""

    models: tuple[JudgedModel, ...]


class TokenNeeded(Struct, frozen=True, tag=True):
    """The hub wants an access token (or one with more rights), got at `address`. `message` says why, in words."""

    hub: Hub
    repo: str
    message: str
    address: str


class TokenKept(Struct, frozen=True, tag=True):
    """`where`: the keyring's name, or that it is kept until the app ends, in words."""

    where: str


class DownloadPlanned(Struct, frozen=True, tag=True):
    """What fetching would take, from the hub's own file list. `here_bytes` of `total_bytes` need not be fetched."""

    ref: DownloadRef
    total_bytes: int
    here_bytes: int
    disk_free_bytes: int
    files: int


class DownloadsChanged(Struct, frozen=True, tag=True):
    """The whole queue, in order: the last event of a request, and unasked a few times a second while it moves."""

    downloads: tuple[Download, ...]


class EnginePlanned(Struct, frozen=True, tag=True):
    """What an engine takes, in bytes: to fetch (0 where unknown), and on the disk. `folder` is where it would lie.

    `installed`: it can be used already. `problem` says in words why it cannot be installed here, "" if it can.
    `lying_bytes`: of an environment of its own, also of one that is damaged or was made for another Python.
    `is_outdated`: it is installed, by an earlier Minim, whose versions of its first packages were others.
    """

    engine: EngineName
    installed: bool
    download_bytes: int
    disk_bytes: int
    disk_free_bytes: int
    folder: str
    problem: str = ""
    hint: str = ""
    lying_bytes: int = 0
    is_outdated: bool = False


class EngineProgress(Struct, frozen=True, tag=True):
    """How far the installation has come, in bytes of its whole download; `package` is what is being worked on."""

    engine: EngineName
    phase: Literal["preparing", "fetching", "installing", "checking"]
    done_bytes: int
    total_bytes: int
    package: str = ""


class EngineInstalled(Struct, frozen=True, tag=True):
    """It runs: the next engine worker that is started can load what needs it.

    `left_out`: requirements that it would be better with, and that could not be had or did not run.
    """

    engine: EngineName
    left_out: tuple[str, ...] = ()


class EngineRemoved(Struct, frozen=True, tag=True):
    engine: EngineName
    freed_bytes: int


class ModelDeleted(Struct, frozen=True, tag=True):
    """`freed_bytes` came free on the disk."""

    path: str
    freed_bytes: int
