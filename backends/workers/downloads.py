"""The inside of the downloads worker: which models there are, which fit, and how they come onto this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from backends.contract import commands as ask
from backends.contract.commands import Command
from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError
from backends.contract.events import (
    DownloadPlanned,
    Event,
    HubFound,
    ModelInspected,
    ModelsChanged,
    TokenKept,
    TokenNeeded,
)
from backends.contract.models import Hub, InstalledModel
from backends.hubs import open_hub
from backends.hubs.addresses import host_of
from backends.hubs.base import HubClient
from backends.hubs.cache_layout import cache_layout
from backends.storage.journal import Journal, JournalEntry
from backends.storage.library import find_models, inspect_model
from backends.workers.catalogue import Catalogue, described_machine
from backends.workers.download_disk import free_bytes
from backends.workers.download_queue import DownloadQueue
from backends.workers.download_sources import list_for
from backends.workers.engine_install import EngineInstaller
from backends.workers.installed import delete_installed
from backends.workers.requests import Announce, Request
from backends.workers.serve import serve


def main() -> NoReturn:
    """Be the downloads worker."""
    work = DownloadsWork()
    serve("downloads", work, lane_of=lane_of, at_start=work.open_mouth)


def lane_of(command: Command) -> str:
    """What may take long never holds up what may not: each hub has a lane of its own, and so has the disk."""
    match command:
        case ask.SearchHub(hub):
            return f"search {hub}"
        case ask.PlanDownload(ref):
            return f"plan {ref.source.hub}"
        case ask.FindModels() | ask.InspectModel() | ask.DeleteModel():
            return "disk"
        case ask.JudgeCatalog() | ask.ImportCatalog():
            return "catalogue"
        case ask.KeepToken():
            return "tokens"
        case ask.PlanEngine():
            return "engine plans"
        case ask.InstallEngine() | ask.RemoveEngine():
            return "engines"
        case _:
            return "queue"


class _Parts(NamedTuple):
    journal: Journal
    queue: DownloadQueue
    catalogue: Catalogue


class DownloadsWork:
    """Carries out the commands of the downloads worker; may do so on several threads, one for each lane."""

    def __init__(self, engines: EngineInstaller | None = None) -> None:
        self._announce: Announce = lambda _: None
        self._engines = engines or EngineInstaller()
        self._opened: _Parts | None = None
        self._opening = threading.Lock()
        self._chosen: dict[str, None] = {}
        """The download folders that were named, in that order."""

    def open_mouth(self, announce: Announce) -> None:
        """Take the way to say what nobody asked for, before the first command."""
        self._announce = announce
        threading.Thread(target=self._engines.remove_leftovers, name="engine-leftovers", daemon=True).start()

    def __call__(self, request: Request) -> Event:
        match request.command:
            case ask.FindModels(folders):
                return ModelsChanged(tuple(self._installed(folders)))
            case ask.InspectModel(folder):
                return ModelInspected(inspect_model(folder))
            case ask.JudgeCatalog(hardware, folders, download_folder, names, file):
                machine = described_machine(file) if file else hardware
                installed = self._installed(folders, download_folder)
                return self._parts().catalogue.judged(machine, installed, download_folder, names)
            case ask.ImportCatalog(file):
                return self._parts().catalogue.take_in(file)
            case ask.SearchHub(hub, _, endpoint) as command:
                return _or_token_needed(hub, "", endpoint, lambda: self._search(command))
            case ask.PlanDownload(ref):
                return _or_token_needed(ref.source.hub, ref.source.repo, ref.endpoint, lambda: _plan(ref))
            case ask.KeepToken() as command:
                return _keep_token(command)
            case ask.DeleteModel(path):
                parts = self._parts()
                return delete_installed(path, self._download_folders(), parts.journal, parts.queue)
            case ask.PlanEngine() | ask.InstallEngine() | ask.RemoveEngine() as command:
                return self._change_engine(command, request)
            case other:
                return self._change_queue(other, request)

    def _change_engine(self, command: ask.PlanEngine | ask.InstallEngine | ask.RemoveEngine, request: Request) -> Event:
        match command:
            case ask.PlanEngine(engine):
                return self._engines.plan(engine)
            case ask.InstallEngine(engine):
                return self._engines.install(engine, request.report, request.cancelled)
            case ask.RemoveEngine(engine):
                return self._engines.remove(engine)

    def _change_queue(self, command: Command, request: Request) -> Event:
        queue = self._parts().queue
        match command:
            case ask.StartDownload(ref, instead_of):
                queue.start(ref, instead_of)
            case ask.VerifyModel(ref):
                queue.verify(ref)
            case ask.PauseDownload(id):
                queue.pause(id)
            case ask.CancelDownload(id):
                queue.cancel(id)
            case ask.ListDownloads(resume):
                queue.resume_all() if resume else queue.refresh()
            case other:
                raise MinimError("bad_request", f"The downloads worker cannot do {type(other).__name__}.")
        return queue.answer(request.answer)

    def _installed(self, folders: Sequence[str], download_folder: str = "") -> list[InstalledModel]:
        """All models that are here; not those that are only half here because they are being fetched."""
        if download_folder:
            self._chosen[download_folder] = None
        caches = self._download_folders()
        unfinished = self._parts().journal.unfinished_paths()
        return [model for model in find_models(folders, caches=caches) if model.ref.path not in unfinished]

    def _download_folders(self) -> list[str]:
        return list(dict.fromkeys((*self._parts().journal.folders(), *self._chosen)))

    def _search(self, command: ask.SearchHub) -> HubFound:
        hits = open_with_token(command.hub, command.endpoint).search(command.words)
        return self._parts().catalogue.judged_hits(hits, command.hardware, self._installed(()))

    def _parts(self) -> _Parts:
        """Queue and catalogue, from the first command on that needs them."""
        with self._opening:
            if self._opened is None:
                journal = Journal()
                queue = DownloadQueue(self._announce, journal, open_with_token)
                self._opened = _Parts(journal, queue, Catalogue(journal))
            return self._opened


_tokens: dict[str, str] = {}
"""By host: a keyring may ask a person each time it is read."""


def open_with_token(hub: Hub, endpoint: str) -> HubClient:
    """The client of a hub, with the token that a person keeps for its host."""
    from backends.storage.secrets import token_for  # with the first hub: a keyring takes its time to be found

    client = open_hub(hub, endpoint)
    host = _owner_of_token(client.endpoint)
    token = _tokens.get(host) or token_for(host)
    if not token:
        return client  # another Minim may keep one by the next time
    _tokens[host] = token
    return open_hub(hub, endpoint, token)


def _owner_of_token(endpoint: str) -> str:
    """The host that a token is kept for. Without encryption it is another one: what was meant for https:// is never
    sent in the clear."""
    return f"{'http://' if endpoint.lower().startswith('http://') else ''}{host_of(endpoint)}"


def _or_token_needed(hub: Hub, repo: str, endpoint: str, work: Callable[[], Event]) -> Event:
    try:
        return work()
    except MinimError as error:
        if error.kind != "token_needed":
            raise
        return TokenNeeded(hub, repo, error.message, open_hub(hub, endpoint).token_address(repo))


def _plan(ref: DownloadRef) -> DownloadPlanned:
    listing = list_for(JournalEntry(ref), open_with_token)
    total = sum(file.size for file in listing.files)
    Journal().keep_size(ref.source.hub, ref.source.repo, total)
    layout = cache_layout(listing, ref.folder)
    here = sum(file.size for file in listing.files if layout.is_whole(file))
    return DownloadPlanned(ref, total, here, free_bytes(layout.root), len(listing.files))


def _keep_token(command: ask.KeepToken) -> TokenKept:
    from backends.storage.secrets import keep_token

    host = _owner_of_token(open_hub(command.hub, command.endpoint).endpoint)
    _tokens.pop(host, None)
    return TokenKept(keep_token(host, command.token))
