"""What can be done with a form of a model now: from the catalogue, its download, and what the engine is doing."""

from __future__ import annotations

from typing import Literal

from backends.contract.catalog import JudgedForm
from backends.contract.downloads import Download
from backends.contract.models import EngineName, InstalledModel
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
    "engine_missing",  # here, and the engine that reads it is not installed
    "engine_coming",
    "engine_failed",  # it was to be installed, and something went wrong
    "engine_refused",  # it cannot be installed on this machine
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


def lacking_engine(form: JudgedForm, catalog: CatalogModel) -> EngineName | None:
    """The engine that a form needs and that is not installed; None where there is one that reads it."""
    copy, verdict = installed(form), form.verdict
    read_by = copy.engine if copy is not None else None
    if verdict.why != "engine_missing" or verdict.engine is None:
        of_use = verdict.engine if verdict.zone in ("fits", "will_crawl") else None
        asked = read_by if copy is not None else of_use
        return asked if asked is not None and catalog.engines.lacks(asked) else None
    if catalog.engines.has(verdict.engine):
        return None
    refused = catalog.engines.plan_of(verdict.engine) is not None and not catalog.engines.can_install(verdict.engine)
    reads_too = read_by is not None and catalog.engines.has(read_by)
    return None if refused and reads_too else verdict.engine


ENGINE_STATES: tuple[FormState, ...] = ("engine_missing", "engine_failed", "engine_refused")
"""States of a form that is here and waits for its engine."""

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
        return _state_of_engine(form, catalog)
    if "damaged" in presence or (copy is not None and copy.problem and offer is not None and "here" not in presence):
        return "damaged"
    if copy is not None:
        return "unusable"
    if "disconnected" in presence:
        return "disconnected"
    return "absent" if offer is not None and form.verdict.why != "unknown_format" else "not_offered"


def _state_of_engine(form: JudgedForm, catalog: CatalogModel) -> FormState:
    engines, engine = catalog.engines, lacking_engine(form, catalog)
    wanted = engines.wanted is not None and any(copy.ref == engines.wanted for copy in form.here)
    if engines.installing is not None and (wanted or engine == engines.installing):
        return "engine_coming"
    if engine is None:
        return "here"
    if engines.plan_of(engine) is not None and not engines.can_install(engine):
        return "engine_refused"
    return "engine_failed" if engines.problem_of(engine) else "engine_missing"


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
