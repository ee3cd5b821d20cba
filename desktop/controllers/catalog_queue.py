"""Which models there are, here and at the hubs: asks the downloads worker, and keeps the catalogue model true."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from backends.contract.catalog import JudgedModel
from backends.contract.commands import (
    Command,
    DeleteModel,
    FindModels,
    ImportCatalog,
    InspectModel,
    JudgeCatalog,
    KeepToken,
    PlanDownload,
    SearchHub,
)
from backends.contract.downloads import DownloadRef
from backends.contract.errors import ErrorKind
from backends.contract.events import (
    UNASKED,
    CatalogImported,
    CatalogJudged,
    DownloadPlanned,
    Envelope,
    HubFound,
    ModelDeleted,
    ModelInspected,
    ModelsChanged,
    RequestFailed,
    TokenKept,
    TokenNeeded,
    WorkerExited,
)
from backends.contract.models import Hub, InstalledModel
from backends.contract.preferences import Preferences
from desktop.models.catalog_model import CatalogModel
from desktop.models.download_model import DownloadModel
from desktop.models.preference_state import PreferenceState


class Sender(Protocol):
    """What a queue needs of a supervisor."""

    def send(self, command: Command) -> int: ...


class CatalogQueue(QObject):
    """Every request is remembered by its id until it is answered. Everything here runs on the GUI thread."""

    models_found = Signal()
    folder_inspected = Signal(object)
    """The `InstalledModel` that an opened folder holds."""
    folder_judged = Signal(object)
    """The same, once it was held against this machine, or cannot be."""
    judged = Signal()
    planned = Signal(object)
    """`DownloadPlanned`"""
    plan_failed = Signal(object, str, str)
    """The `DownloadRef` whose files could not be listed, what happened, and what to do."""
    token_needed = Signal()
    token_kept = Signal(str, str)
    """The hub, and the address it was given for ("": its own)."""
    imported = Signal(object)
    """`CatalogImported`"""
    failed = Signal(str, str)
    """What happened, and what to do."""

    def __init__(
        self,
        worker: Sender,
        catalog: CatalogModel,
        downloads: DownloadModel,
        preferences: PreferenceState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._catalog = catalog
        self._downloads = downloads
        self._preferences = preferences
        self._asked: dict[int, Command] = {}
        self._opened: dict[int, InstalledModel] = {}
        """What was found in folders, by the judgement that it waits for."""
        self._plans: set[str] = set()
        self._unplanned: set[str] = set()
        self._sized: set[str] = set()
        self._shown: dict[type[Command], int] = {}
        self._judged: tuple[JudgedModel, ...] = ()

    # -- what is asked -------------------------------------------------------------------------------------------

    def find_models(self, folders: tuple[str, ...]) -> None:
        """Look through this machine; `folders` are those that a person opened."""
        self._ask(FindModels(folders))

    def open_folder(self, folder: str) -> None:
        """Find out what model a folder holds."""
        self._ask(InspectModel(folder))

    def judge(self, *names: str) -> int:
        """Judge these models of the catalogue for this machine, or all; → the request's id."""
        value = self._preferences.value
        return self._ask(JudgeCatalog(folders=value.model_folders, download_folder=value.download_folder, names=names))

    def look_again(self, *names: str) -> None:
        """Files came or went: what is here, and what fits on the disk, is another matter now."""
        self.find_models(self._preferences.value.model_folders)
        if self._judged:
            self.judge(*names)

    def plan(self, refs: tuple[DownloadRef, ...]) -> None:
        """Ask the hub what fetching these would take; each is asked once, until `plan_anew`."""
        for ref in refs:
            if ref.id not in self._plans:
                self._plans.add(ref.id)
                self._ask(PlanDownload(ref))

    def plan_anew(self) -> None:
        """What a hub could not tell may be asked again."""
        self._plans -= self._unplanned
        self._unplanned.clear()

    def plan_again(self, ref: DownloadRef) -> None:
        """Ask the hub anew, whatever it said before: where a token is got comes with its answer too."""
        self._plans.discard(ref.id)
        self.plan((ref,))

    def search_hub(self, words: str) -> None:
        """Find models on the hub that was chosen, by name or id."""
        self._catalog.show_searching(words)
        self._ask(SearchHub(self._catalog.source_hub, words, self._endpoint(self._catalog.source_hub)))

    def import_catalog(self, file: str) -> None:
        """Take the models of a file into the catalogue."""
        self._ask(ImportCatalog(file))

    def delete(self, path: str) -> None:
        """Delete an installed model."""
        self._ask(DeleteModel(path))

    def keep_token(self, hub: Hub, token: str) -> None:
        """Keep the access token of a hub."""
        self._ask(KeepToken(hub, token, self._endpoint(hub)))

    def keep_hub(self, hub: Hub) -> None:
        """Ask another hub from now on."""
        self._preferences.replace(hub=hub)

    def follow(self, value: Preferences) -> None:
        """Show the catalogue as these preferences want it."""
        moved = value.download_folder != self._catalog.download_folder
        self._catalog.show_choices(value.hub, value.mirror, value.download_folder)
        if moved:
            self.judge()  # another disk has other room

    # -- what is answered ----------------------------------------------------------------------------------------

    def handle(self, envelope: Envelope[Any]) -> None:
        """Apply an event of the downloads worker."""
        asked = self._asked.pop(envelope.request_id, None)
        match envelope.body:
            case RequestFailed(kind=kind, message=message, hint=hint) if asked:
                self._apply_failure(asked, kind, message, hint)
            case WorkerExited(expected=False, reason=reason):
                self._worker_ended(reason)
            case DownloadPlanned() | HubFound() | TokenNeeded() | TokenKept() if asked:
                self._apply_hub_answer(asked, envelope)
            case _:
                self._apply_library(asked, envelope)
        if (opened := self._opened.pop(envelope.request_id, None)) is not None:
            self.folder_judged.emit(opened)

    def _apply_library(self, asked: Command | None, envelope: Envelope[Any]) -> None:
        match envelope.body:
            case ModelsChanged(models=models) if self._is_new(FindModels, envelope.request_id):
                self._catalog.show_found(models)
                self.models_found.emit()
            case ModelInspected(model=model) if asked:
                self._catalog.show_opened(model)
                self.folder_inspected.emit(model)
                if not model.problem:
                    self._opened[self.judge()] = model
            case CatalogJudged() as judged if isinstance(asked, JudgeCatalog):
                if asked.names or self._is_new(JudgeCatalog, envelope.request_id):
                    self._show_judged(judged, asked)
            case CatalogImported() as imported:
                self.judge()
                self.imported.emit(imported)
            case ModelDeleted(freed_bytes=freed):
                self.look_again()
                self._catalog.show_deleted(freed)
            case _:
                pass

    def _apply_hub_answer(self, asked: Command, envelope: Envelope[Any]) -> None:
        self._downloads.show_offline(False)
        match envelope.body:
            case DownloadPlanned() as planned:
                self._catalog.show_plan(planned)
                self.planned.emit(planned)
                self._sized.add(planned.ref.model)
                self._judge_planned(planned.ref)
            case HubFound(models=models) if self._is_new(SearchHub, envelope.request_id):
                self._catalog.show_hits(models)
            case TokenNeeded() as needed:
                self._need_token(asked, needed)
            case TokenKept() if isinstance(asked, KeepToken):
                self._catalog.show_token_needed(None)
                self.plan_anew()
                if asked.token:
                    self.token_kept.emit(asked.hub, asked.endpoint)
            case _:
                pass

    def _apply_failure(self, asked: Command, kind: ErrorKind, message: str, hint: str) -> None:
        match asked:
            case PlanDownload(ref=ref):
                self._downloads.show_offline(kind == "offline")
                self._unplanned.add(ref.id)
                self.plan_failed.emit(ref, message, hint)
                self._judge_planned(ref)
            case SearchHub():
                self._downloads.show_offline(kind == "offline")
                self._catalog.show_search_failed(f"{message} {hint}".strip())
            case _:
                self.failed.emit(message, hint)

    def _need_token(self, asked: Command, needed: TokenNeeded) -> None:
        if isinstance(asked, PlanDownload):
            self._unplanned.add(asked.ref.id)
        elif isinstance(asked, SearchHub):
            self._catalog.show_search_failed(needed.message)
        self._catalog.show_token_needed(needed)
        self.token_needed.emit()

    def _show_judged(self, judged: CatalogJudged, asked: JudgeCatalog) -> None:
        """Some models that were judged anew take their places among the others."""
        if asked.names:
            anew = {(model.spec.name, model.spec.origin): model for model in judged.models}
            place = [(model, anew.get((model.spec.name, model.spec.origin), model)) for model in self._judged]
            self._judged = tuple(replace(now, best=before.best) for before, now in place)
        else:
            self._judged = judged.models
        self._catalog.show_judged(judged.hardware, self._judged)
        self.judged.emit()

    def _judge_planned(self, ref: DownloadRef) -> None:
        """When the last plan of a model came, judge it anew: the sizes are the hub's own from then on."""
        waiting = any(isinstance(a, PlanDownload) and a.ref.model == ref.model for a in self._asked.values())
        if not waiting and ref.model in self._sized:
            self._sized.discard(ref.model)
            if any(model.spec.name == ref.model for model in self._judged):
                self.judge(ref.model)

    def _worker_ended(self, reason: str) -> None:
        """Whatever was asked is not answered any more."""
        lost, self._asked, self._opened = tuple(self._asked.values()), {}, {}
        self._plans.clear()
        if any(isinstance(command, SearchHub) for command in lost):
            self._catalog.show_search_failed(reason)
        if any(isinstance(command, (FindModels, InspectModel, JudgeCatalog)) for command in lost):
            self.failed.emit(self.tr("Minim could not look for models."), reason)
        elif any(isinstance(command, (ImportCatalog, DeleteModel, KeepToken)) for command in lost):
            self.failed.emit(self.tr("Minim could not do what was asked about models."), reason)

    def _ask(self, command: Command) -> int:
        request = self._worker.send(command)
        self._asked[request] = command
        return request

    def _is_new(self, kind: type[Command], request: int) -> bool:
        """Whether this answer is no older than the last that was shown: the worker answers in whatever order."""
        is_new = request == UNASKED or request >= self._shown.get(kind, 0)
        if is_new:
            self._shown[kind] = request
        return is_new

    def _endpoint(self, hub: Hub) -> str:
        """The address that is asked for what `hub` has: a mirror's, or "" for the hub's own."""
        return self._catalog.mirror if self._catalog.hub == "mirror" and hub == "huggingface" else ""
