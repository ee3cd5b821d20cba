"""Chosen models → downloads: asks the downloads worker to fetch, and keeps the download model true."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from backends.contract.commands import (
    CancelDownload,
    Command,
    ListDownloads,
    PauseDownload,
    StartDownload,
    VerifyModel,
)
from backends.contract.downloads import Download, DownloadRef
from backends.contract.events import DownloadsChanged, Envelope, RequestFailed, WorkerExited
from desktop.models.download_model import DownloadModel

_RESTARTS = 3
"""How often a worker that ended unexpectedly is started again without a byte having come in between."""


class Sender(Protocol):
    """What a queue needs of a supervisor."""

    def send(self, command: Command) -> int: ...


class DownloadQueue(QObject):
    """Mirrors the worker's queue, whose snapshots come as answers and unasked."""

    download_finished = Signal(object)
    """The `Download` whose model is whole now."""
    model_verified = Signal(object)
    """The `Download` all of whose files were found right, or fetched anew."""
    download_failed = Signal(object)
    """The `Download` that cannot go on."""
    failed = Signal(str, str)
    """What happened, and what to do."""

    def __init__(self, worker: Sender, downloads: DownloadModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._downloads = downloads
        self._asked: dict[int, Command] = {}
        self._verified: set[str] = set()
        self._listed = False
        self._restarts = 0

    def resume_all(self) -> None:
        """Read the journal, and go on with what was running when the app ended."""
        self._ask(ListDownloads(resume=True))

    def start(self, ref: DownloadRef) -> None:
        """Fetch a model, or let a paused or failed download go on."""
        self._ask(StartDownload(ref))

    def pause(self, download: str) -> None:
        """Stop fetching; what came is kept."""
        self._ask(PauseDownload(download))

    def cancel(self, download: str) -> None:
        """Give a download up and delete what came of it; a finished one only leaves the queue."""
        self._ask(CancelDownload(download))

    def clear_finished(self) -> None:
        """Take the finished downloads out of the queue; their models stay."""
        for download in self._downloads.downloads:
            if download.state == "finished":
                self.cancel(download.ref.id)

    def verify(self, ref: DownloadRef) -> None:
        """Hash a model's files again, and fetch what is damaged."""
        self._verified.add(ref.id)
        self._ask(VerifyModel(ref))

    def use_other_hub(self, download: Download) -> DownloadRef:
        """Let the next place that has the model go on with it; → what is fetched now."""
        ref = download.ref
        if not ref.alternates:
            return ref
        first, *others = ref.alternates
        other = replace(ref, source=first, alternates=(*others, ref.source), endpoint="")
        self._ask(StartDownload(other, ref.id))
        return other

    def go_on_with_token(self, hub: str, endpoint: str) -> None:
        """A hub's token was given: what waited for it goes on."""
        for download in self._downloads.downloads:
            ours = (download.ref.source.hub, download.ref.endpoint) == (hub, endpoint)
            if ours and download.state == "failed" and download.kind == "token_needed":
                self.start(download.ref)

    def handle(self, envelope: Envelope[Any]) -> None:
        """Apply an event of the downloads worker."""
        asked = self._asked.pop(envelope.request_id, None)
        match envelope.body:
            case DownloadsChanged(downloads=downloads):
                self._show_downloads(downloads)
            case RequestFailed(message=message, hint=hint) if asked:
                self.failed.emit(message, hint)
            case WorkerExited(expected=False, reason=reason):
                self._worker_ended(reason)
            case _:
                pass

    def _show_downloads(self, downloads: tuple[Download, ...]) -> None:
        before = {download.ref.id: download for download in self._downloads.downloads}
        self._downloads.show(downloads)
        listed, self._listed = self._listed, True
        for download in downloads:
            if download.bytes_per_second > 0:
                self._restarts = 0
                self._downloads.show_offline(False)
            was = before.get(download.ref.id)
            if listed and (was is None or (was.state, was.kind) != (download.state, download.kind)):
                self._tell_change(download)

    def _tell_change(self, download: Download) -> None:
        if download.state == "finished":
            checked = download.ref.id in self._verified
            self._verified.discard(download.ref.id)
            (self.model_verified if checked else self.download_finished).emit(download)
        elif download.state == "failed" and not download.elsewhere:
            if download.kind == "offline":
                self._downloads.show_offline(True)
            self.download_failed.emit(download)

    def _worker_ended(self, reason: str) -> None:
        """Whatever was asked is not answered any more; what was fetched goes on in a worker that is started again."""
        lost, self._asked = tuple(self._asked.values()), {}
        moved = any(not download.elsewhere for download in self._downloads.moving)
        goes_on = (moved or bool(lost)) and self._restarts < _RESTARTS
        if moved:
            hint = self.tr("It goes on by itself.") if goes_on else self.tr("Try again: what has come is kept.")
            self._downloads.show_interrupted(self.tr("The download was interrupted: %s") % reason, hint)
        elif any(not isinstance(command, ListDownloads) for command in lost):
            self.failed.emit(self.tr("Minim could not do what was asked about a download."), reason)
        if goes_on:
            self._restarts += 1
            self.resume_all()

    def _ask(self, command: Command) -> None:
        self._asked[self._worker.send(command)] = command
