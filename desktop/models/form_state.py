"""What can be done with a form of a model now: from the catalogue, its download, and what the engine is doing."""

from __future__ import annotations

from typing import Literal

from backends.contract.catalog import JudgedForm
from backends.contract.downloads import Download
from backends.contract.models import InstalledModel
from desktop.models.catalog_model import CatalogModel, identity
from desktop.models.download_model import DownloadModel
from desktop.models.session_state import SessionState

FormState = Literal[
    "absent",
    "fetching",
    "verifying",  # its files are hashed again: nothing of it is to be thrown away
    "paused",
    "failed",
    "elsewhere",  # another Minim fetches it
    "here",
    "loading",
    "loaded",
    "damaged",
    "disconnected",
    "unusable",  # here, and cannot be loaded
    "not_offered",  # no hub has it, or nothing of Minim could read it
]


def download_of(form: JudgedForm, downloads: DownloadModel | None) -> Download | None:
    """The download of a form that is not over, from whatever hub."""
    if downloads is None or not downloads.open:
        return None
    sources = {offer.source for offer in form.offers}
    return next((download for download in downloads.open if download.ref.source in sources), None)


def installed(form: JudgedForm) -> InstalledModel | None:
    """What is loaded when a form is: of all copies on this machine the first that can be."""
    usable = (model for model in form.here if not model.problem and model.engine is not None)
    return next(usable, form.here[0] if form.here else None)


MOVING: tuple[FormState, ...] = ("fetching", "verifying", "paused", "failed", "elsewhere")
"""States of which the download tells more."""


def state_of(form: JudgedForm, catalog: CatalogModel, session: SessionState, download: Download | None) -> FormState:
    """What is the case with a form now."""
    model = session.model
    if model is not None and any(identity(copy.ref) == identity(model) for copy in form.here):
        if session.model_state == "loading":
            return "loading"
        if session.model_state == "ready":
            return "loaded"
    if download is not None:
        return _state_of_download(download)
    copy = installed(form)
    offer = catalog.offer_of(form)
    presence = {other.presence for other in form.offers}
    if copy is not None and not copy.problem and copy.engine is not None:
        return "here"
    if "damaged" in presence or (copy is not None and copy.problem and offer is not None and "here" not in presence):
        return "damaged"
    if copy is not None:
        return "unusable"
    if "disconnected" in presence:
        return "disconnected"
    return "absent" if offer is not None and form.verdict.why != "unknown_format" else "not_offered"


def _state_of_download(download: Download) -> FormState:
    if download.elsewhere:
        return "elsewhere"
    match download.state:
        case "paused":
            return "paused"
        case "failed":
            return "failed"
        case "verifying":
            return "verifying"
        case _:
            return "fetching"
