"""What a row of the picker says: its size, the note below it, and the names of its buttons."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from backends.contract.catalog import JudgedForm
from backends.contract.downloads import Download
from desktop.models import download_words, fit_words
from desktop.models.catalog_model import CatalogModel
from desktop.models.form_state import MOVING, FormState, installed
from desktop.models.session_state import SessionState

translate = QCoreApplication.translate


def size(form: JudgedForm, catalog: CatalogModel) -> str:
    """What is on the disk, else what there is to download: "129 GB", "about 129 GB"."""
    offer, copy = catalog.offer_of(form), installed(form)
    if copy is not None and copy.size_bytes:
        return fit_words.memory(copy.size_bytes)
    if offer is None:
        return fit_words.memory(form.form.weights_bytes) if form.form.weights_bytes else ""
    return fit_words.size_words(*catalog.size_of(offer))


def note(
    form: JudgedForm, catalog: CatalogModel, session: SessionState, state: FormState, download: Download | None
) -> str:
    """Why a form is recommended, what it costs, its state, and what is wrong."""
    if download is not None and state in MOVING:
        problem = f"{download.problem} {download.hint}".strip()
        return "\n".join(part for part in (download_words.state(download), problem) if part)
    verdict, hardware = form.verdict, catalog.hardware
    recommended = fit_words.recommendation(form, hardware) if form.recommended else ""
    quality = fit_words.quality(verdict) if fit_words.costs_quality(verdict) else ""
    parts = (quality, _state(form, catalog, session, state), _disk(form, catalog, state))
    return "\n".join(line for line in (recommended, " · ".join(part for part in parts if part)) if line)


def actions(state: FormState) -> tuple[str, str]:
    """The words of the button and of the one beside it, "" for none."""
    match state:
        case "absent":
            return translate("row_words", "Download"), ""
        case "fetching":
            return translate("row_words", "Pause"), translate("row_words", "Cancel")
        case "verifying":
            return translate("row_words", "Pause"), ""
        case "paused" | "failed":
            return translate("row_words", "Resume"), translate("row_words", "Cancel")
        case "here" | "unusable":
            return translate("row_words", "Load"), ""
        case "loading":
            return translate("row_words", "Cancel"), ""
        case "loaded":
            return translate("row_words", "Unload"), ""
        case "damaged":
            return translate("row_words", "Verify and repair"), ""
        case "elsewhere" | "disconnected" | "not_offered":
            return "", ""


def download_warning(form: JudgedForm, catalog: CatalogModel) -> str:
    """What is to be known before a form is fetched that will be of no use here; "" where it will."""
    if form.verdict.zone not in ("will_not_load", "no_engine"):
        return ""
    why = fit_words.reason(form, catalog.hardware)
    return translate("row_words", "This machine will not run it. {0} Download {1} all the same?").format(
        why, size(form, catalog)
    )


def _state(form: JudgedForm, catalog: CatalogModel, session: SessionState, state: FormState) -> str:
    copy = installed(form)
    match state:
        case "loaded":
            return translate("row_words", "Loaded")
        case "loading" if session.load_phase == "preparing":
            return translate("row_words", "Being prepared, once")
        case "loading":
            return translate("row_words", "Loading")
        case "here" if copy is not None and copy.ref.source != "builtin":
            return translate("row_words", "On this machine")
        case "unusable" if copy is not None:
            unread = copy.problem or translate("row_words", "No engine here reads it.")
            return f"{unread} {copy.hint}".strip()
        case "damaged":
            problems = [other.problem for other in form.offers if other.problem]
            words = next(iter(problems), "") or (copy.problem if copy else "")
            return words or translate("row_words", "Its files are damaged.")
        case "disconnected":
            return translate("row_words", "On a disk that is not connected")
        case "absent" | "not_offered":
            return _absent(form, catalog)
        case _:
            return ""


def _absent(form: JudgedForm, catalog: CatalogModel) -> str:
    offer = catalog.offer_of(form)
    if form.verdict.why == "unknown_format":
        return fit_words.reason(form, catalog.hardware)
    if offer is not None and offer.source.hub != catalog.source_hub:
        other = "ModelScope" if offer.source.hub == "modelscope" else "Hugging Face"
        return translate("row_words", "Only at %s") % other
    if form.verdict.why == "engine_missing":
        return translate("row_words", "Transformers, which runs it, is not installed")
    return ""


def _disk(form: JudgedForm, catalog: CatalogModel, state: FormState) -> str:
    offer, free = catalog.offer_of(form), catalog.disk_free()
    is_of_use = form.verdict.zone in ("fits", "will_crawl")
    if state != "absent" or not is_of_use or offer is None or not free or catalog.size_of(offer)[0] <= free:
        return ""
    return translate("row_words", "The disk has %s free: too little") % fit_words.memory(free)
