"""Where the bytes of a download may be had: its own hub first, and other repositories with the very same files."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from backends.contract.catalog import Source
from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError
from backends.contract.models import Hub
from backends.hubs.addresses import checked_endpoint, checked_repo, checked_revision
from backends.hubs.base import Address, HubClient, Listing, RemoteFile, wanted_files
from backends.storage.journal import JournalEntry

_log = logging.getLogger(__name__)

OpenHub = Callable[[Hub, str], HubClient]
"""Makes the client of a hub at an endpoint ("" for the hub's own), with the token that belongs there."""

_PATIENT_ATTEMPTS = 3
_MOST_FILES = 10_000
"""Of a model; the largest have some hundreds. A longer list could not be told on one line."""
_OTHERS_HELP = ("offline", "hub_failed", "not_found", "token_needed", "hash_mismatch")


class Sources:
    """All addresses of a download's files. May be asked from several threads.

    The other repositories are asked for their lists when the first hub fails, and not before.
    """

    def __init__(self, ref: DownloadRef, listing: Listing, open_hub: OpenHub) -> None:
        self._ref = ref
        self._listing = listing
        self._open_hub = open_hub
        self._client = open_hub(ref.source.hub, ref.endpoint)
        self._listing_others = threading.Lock()
        self._others: list[tuple[HubClient, Listing]] | None = None
        self._others_first = False
        self._attempts: dict[str, tuple[int, int]] = {}  # by path: bytes that were here, attempts since they came
        self._had_others: set[str] = set()  # the paths that were given the others' addresses

    def addresses(self, file: RemoteFile, done: int) -> Sequence[Address]:
        """Where to ask for a file of which `done` bytes are here, best first.

        Asked before each attempt: after some that brought nothing, the other repositories are looked at as well.
        """
        before, attempts = self._attempts.get(file.path, (-1, 0))
        self._attempts[file.path] = (done, attempts + 1 if done <= before else 1)
        if attempts >= _PATIENT_ATTEMPTS and done <= before:
            self._look_elsewhere(file)
        own = [self._client.address_of(self._listing, file)]
        others = [client.address_of(listing, twin) for client, listing, twin in self._twins(file)]
        if others:
            self._had_others.add(file.path)
        return [*others, *own] if self._others_first else [*own, *others]

    def fail_over(self, file: RemoteFile, error: MinimError) -> bool:
        """Whether another repository has the file that could not be had; from then on the others are asked first.

        Files are fetched at the same time: that one of them has turned to the others does not mean that all have.
        """
        return error.kind in _OTHERS_HELP and file.path not in self._had_others and self._look_elsewhere(file)

    def _look_elsewhere(self, file: RemoteFile) -> bool:
        """Ask the other repositories for their lists, once; whether one of them has the file."""
        if not self._ref.alternates:
            return False
        with self._listing_others:
            if self._others is None:
                self._others = [found for source in self._ref.alternates if (found := self._list(source))]
        if not self._twins(file):
            return False
        self._others_first = True
        return True

    def _twins(self, file: RemoteFile) -> list[tuple[HubClient, Listing, RemoteFile]]:
        found = ((client, listing, _twin_of(file, listing)) for client, listing in self._others or ())
        return [(client, listing, twin) for client, listing, twin in found if twin is not None]

    def _list(self, source: Source) -> tuple[HubClient, Listing] | None:
        same_hub = source.hub == self._ref.source.hub
        try:
            client = self._open_hub(source.hub, self._ref.endpoint if same_hub else "")
            return client, client.list_files(source)
        except MinimError as error:
            _log.info("%s at %s is no help: %s", source.repo, source.hub, error.message)
            return None


def check_ref(ref: DownloadRef) -> None:
    """Raises MinimError("bad_request") for what no hub can have, before any of it, or a password, is written down."""
    for source in (ref.source, *ref.alternates):
        checked_repo(source.repo)
        checked_revision(source.revision)
        if source.kind == "kernel" and (source.hub != "huggingface" or ref.folder):
            hint = "Leave the hub and the folder out."
            raise MinimError("bad_request", "Kernels come from Hugging Face into its own cache.", hint)
    if ref.endpoint:
        checked_endpoint(ref.endpoint, "")


def list_for(entry: JournalEntry, open_hub: OpenHub) -> Listing:
    """What belongs to a download, from its hub: the files that are needed of it, at one commit. Raises MinimError."""
    source = entry.ref.source
    asked = replace(source, revision=entry.commit) if entry.commit else source
    listing = open_hub(source.hub, entry.ref.endpoint).list_files(asked)
    files = wanted_files(listing.files, source.kind)
    if not files:
        what, other = ("build of a kernel", "kernel") if source.kind == "kernel" else ("model in safetensors", "model")
        raise MinimError("not_found", f"{source.repo} holds no {what}.", f"Choose another repository of this {other}.")
    if len(files) > _MOST_FILES:
        message = f"{source.repo} holds {len(files):,} files, which is no model."
        raise MinimError("hub_failed", message, "Choose another repository of this model.")
    return Listing(source, listing.commit, files)


def listing_of(entry: JournalEntry) -> Listing:
    """The same from the journal, without asking anybody."""
    files = tuple(RemoteFile(file.path, file.size, file.sha256, file.blob_id) for file in entry.files)
    return Listing(entry.ref.source, entry.commit, files)


def _twin_of(file: RemoteFile, listing: Listing) -> RemoteFile | None:
    """The file of another repository with the same content, or that may have it and is checked as it comes."""
    for other in listing.files:
        if file.sha256 and (other.sha256, other.size) == (file.sha256, file.size):
            return other
        # Hugging Face tells no sha256 of small files; whatever comes is checked against git's hash all the same.
        if not file.sha256 and file.blob_id and (other.path, other.size) == (file.path, file.size):
            return other
    return None
