"""The catalogue judged: gathers models, machine, hubs' sizes and what is on the disks for the pure `catalog.fit`."""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from backends.catalog import specs
from backends.catalog.fit import Here, judge
from backends.catalog.hardware import read_hardware, this_machine
from backends.contract.catalog import FP8_KERNEL, Hardware, JudgedModel, ModelSpec, Source
from backends.contract.errors import MinimError
from backends.contract.events import UNASKED, CatalogImported, CatalogJudged, Envelope, HubFound
from backends.contract.models import InstalledModel
from backends.hubs.base import Hit
from backends.hubs.cache_layout import cache_root, kernel_folder
from backends.storage.engine_environment import engines_here
from backends.storage.journal import Journal, JournalEntry, size_key
from backends.storage.paths import data_folder
from backends.workers.download_disk import free_bytes
from backends.workers.hub_hits import spec_of
from backends.workers.protocol import MAX_LINE_BYTES, ProtocolError, encode

_log = logging.getLogger(__name__)

_MOST_BYTES = 64 * 2**20
"""The largest catalogue file that is read: Xinference's own, with all its models, has about two."""


class Catalogue:
    """What there is to judge. May be asked from several threads."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._machine: Hardware | None = None
        self._read: dict[tuple[str, int, int], tuple[ModelSpec, ...]] = {}
        self._own: tuple[ModelSpec, ...] = ()

    def judged(
        self,
        hardware: Hardware | None,
        installed: Sequence[InstalledModel],
        download_folder: str,
        names: Iterable[str] = (),
    ) -> CatalogJudged:
        """All models, or those of `names`, on `hardware` or this machine."""
        machine = hardware or self.machine(download_folder)
        models = judge(
            self.specs(),
            machine,
            sizes=self._sizes(self.specs()),
            here=self._here(),
            installed=installed,
            engines=engines_here(),
        )
        wanted = {name.casefold() for name in names}
        return CatalogJudged(
            machine, tuple(model for model in models if not wanted or model.spec.name.casefold() in wanted)
        )

    def judged_hits(
        self, hits: Sequence[Hit], hardware: Hardware | None, installed: Sequence[InstalledModel]
    ) -> HubFound:
        """What a search found, in the hub's order."""
        found = [spec_of(hit) for hit in hits]
        names = {spec.name for spec in found}
        models = judge(
            found,
            hardware or self.machine(""),
            sizes=self._sizes(found),
            here=self._here(),
            installed=[model for model in installed if model.ref.name in names],
            engines=engines_here(),
        )
        by_name: dict[str, JudgedModel] = {model.spec.name: replace(model, best=False) for model in models}
        return HubFound(tuple(by_name[spec.name] for spec in found if spec.name in by_name))

    def machine(self, download_folder: str) -> Hardware:
        """This machine, with the free space of the disk that downloads go to. Asked of the system once."""
        with self._lock:
            if self._machine is None:
                self._machine = this_machine(None)
        folder = Path(download_folder).expanduser() if download_folder else cache_root("huggingface")
        return replace(self._machine, disk_free_bytes=free_bytes(folder))

    def specs(self) -> tuple[ModelSpec, ...]:
        """Minim's own catalogue, and what a person took in."""
        with self._lock:
            self._own = self._own or specs.built_in()
            imported = [model for file in sorted(_folder().glob("*.json")) for model in self._specs_in(file)]
        return (*self._own, *imported)

    def take_in(self, name: str) -> CatalogImported:
        """Take in the models of a file, for good; another of the same name is replaced. Raises MinimError."""
        file = Path(name).expanduser()
        data = _content(file)
        models, left_out = specs.read_specs(data, file.name, "imported")
        self._check_length(file, models)
        if models:
            _store(data, _folder() / f"{file.stem}.json")
        return CatalogImported(tuple(model.name for model in models), left_out)

    def _check_length(self, file: Path, more: Sequence[ModelSpec]) -> None:
        """Refuse what would make the judged catalogue too long to be told: it could not be shown ever again."""
        machine = self.machine("")
        told = CatalogJudged(machine, judge((*self.specs(), *more), machine))
        try:
            length = len(encode(Envelope(UNASKED, told)))
        except ProtocolError:
            length = MAX_LINE_BYTES
        if length > MAX_LINE_BYTES * 3 // 4:  # models that are found on the disks need some room too
            forms = sum(len(model.forms) for model in more)
            hint = "Import a file with fewer of them."
            raise MinimError("bad_request", f"{file} holds too many forms of models to be listed ({forms:,}).", hint)

    def _specs_in(self, file: Path) -> tuple[ModelSpec, ...]:
        """The models of a file that was taken in; read again only when it has changed."""
        try:
            status = file.stat()
            key = (file.name, status.st_mtime_ns, status.st_size)
            if key not in self._read:
                self._read[key] = specs.read_specs(_content(file), file.name, "imported")[0]
            return self._read[key]
        except (OSError, MinimError):
            _log.info("%s is left out of the catalogue", file, exc_info=True)
            return ()

    def _here(self) -> dict[Source, Here]:
        """What downloads put here, and a kernel that another program did."""
        found = here_of(self._journal.read_all())
        if FP8_KERNEL not in found and (folder := kernel_folder(FP8_KERNEL)):
            found[FP8_KERNEL] = Here("here", str(folder))
        return found

    def _sizes(self, models: Iterable[ModelSpec]) -> dict[Source, int]:
        known = self._journal.sizes()
        sources = (FP8_KERNEL, *(source for model in models for form in model.forms for source in form.sources))
        return {source: size for source in sources if (size := known.get(size_key(source.hub, source.repo)))}


def described_machine(name: str) -> Hardware:
    """The machine that a JSON file describes. Raises MinimError that names file and key."""
    return read_hardware(_content(Path(name), "machine"), name)


def here_of(entries: Iterable[JournalEntry]) -> dict[Source, Here]:
    """What became of the models that were fetched: here, damaged, or on a disk that is not connected."""
    found: dict[Source, Here] = {}
    for entry in entries:
        if entry.state != "finished" or not entry.path:
            continue
        here = _look_at(entry)
        if here.presence != "absent" and found.get(entry.ref.source, here).presence != "here":
            found[entry.ref.source] = here
    return found


def _look_at(entry: JournalEntry) -> Here:
    """Sizes are looked at, contents are not: they were hashed when they came."""
    chosen, folder = entry.ref.folder, Path(entry.path)
    if chosen and not Path(chosen).expanduser().is_dir():
        return Here("disconnected", entry.path, f"{chosen} is not there: its disk may not be connected.")
    if not folder.is_dir():
        return Here("absent")
    wrong: list[str] = []
    for file in entry.files:
        try:
            size = (folder / file.path).stat().st_size
        except OSError:
            wrong.append(f"{file.path} is missing")
            continue
        if size != file.size:
            wrong.append(f"{file.path} has {size:,} bytes instead of {file.size:,}")
    if not wrong:
        return Here("here", entry.path)
    more = f", and {len(wrong) - 1} more of {len(entry.files)} files are damaged" if len(wrong) > 1 else ""
    return Here("damaged", entry.path, f"{wrong[0]}{more}.")


def _folder() -> Path:
    return data_folder() / "catalog"


def _content(file: Path, what: str = "catalogue") -> bytes:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):  # a device or a pipe may never end
            raise MinimError("bad_request", f"{file} is no file that holds a {what}.", "Choose another file.")
        if status.st_size > _MOST_BYTES:
            raise MinimError("bad_request", f"{file} is too large for a {what}.", "Choose another file.")
        return file.read_bytes()
    except OSError as error:
        hint = "Choose a file that exists and that you may read."
        raise MinimError("bad_request", f"{file} cannot be read: {error.strerror}.", hint) from error


def _store(data: bytes, file: Path) -> None:
    """Whole or not at all."""
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        hint = "Make room on the disk, and check the permissions of the folder."
        raise MinimError("internal", f"The catalogue cannot be kept as {file}: {error.strerror}.", hint) from error
