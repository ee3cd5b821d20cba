"""Which models are on this machine: asks the downloads worker, and keeps the catalogue model true."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from backends.contract.commands import Command, FindModels, InspectModel
from backends.contract.events import Envelope, ModelInspected, ModelsChanged, RequestFailed, WorkerExited
from desktop.models.catalog_model import CatalogModel


class Sender(Protocol):
    """What the queue needs of a supervisor."""

    def send(self, command: Command) -> int: ...


class DownloadQueue(QObject):
    """One request at a time is open for the list; folders are inspected one by one as they are opened."""

    models_found = Signal()
    folder_inspected = Signal(object)
    """The `InstalledModel` that an opened folder holds."""
    failed = Signal(str, str)
    """What happened, and what to do."""

    def __init__(self, downloads: Sender, catalog: CatalogModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._catalog = catalog
        self._search = 0
        self._folders: tuple[str, ...] = ()
        self._inspections: set[int] = set()

    def find_models(self, folders: tuple[str, ...]) -> None:
        """Look through this machine; `folders` are those that a person opened."""
        self._folders = folders
        self._search = self._downloads.send(FindModels(folders))

    def open_folder(self, folder: str) -> None:
        """Find out what model a folder holds."""
        self._inspections.add(self._downloads.send(InspectModel(folder)))

    def handle(self, envelope: Envelope[Any]) -> None:
        """Apply an event of the downloads worker."""
        asked = envelope.request_id
        match envelope.body:
            case ModelsChanged(models=models) if asked in (0, self._search):
                self._catalog.show_found(models)
                self.models_found.emit()
            case ModelInspected(model=model) if asked in self._inspections:
                self._inspections.discard(asked)
                self._catalog.show_opened(model)
                self.folder_inspected.emit(model)
            case RequestFailed(message=message, hint=hint) if asked in (self._search, *self._inspections):
                self._inspections.discard(asked)
                self.failed.emit(message, hint)
            case WorkerExited(expected=False, reason=reason):
                waiting = bool(self._inspections) or not self._catalog.searched
                self._inspections.clear()
                if waiting:
                    message = self.tr("Minim could not look for models.")
                    self.failed.emit(message, reason)
            case _:
                pass
