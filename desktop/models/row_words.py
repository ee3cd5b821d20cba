"""What a row of the picker says: its size, the note below it, and the names of its buttons."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from backends.contract.catalog import JudgedForm, Offer, Source
from backends.contract.downloads import Download, DownloadRef
from backends.contract.models import EngineName
from desktop.models import download_words, engine_words, fit_words, words
from desktop.models.catalog_model import CatalogModel
from desktop.models.form_state import ENGINE_STATES, MOVING, FormState, installed, lacking_engine
from desktop.models.session_state import SessionState
from desktop.models.told_words import told

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
        problem = words.sentences(told(download.problem), told(download.hint))
        return "\n".join(part for part in (download_words.state(download), problem) if part)
    verdict, hardware = form.verdict, catalog.hardware
    recommended = fit_words.recommendation(form, hardware) if form.recommended else ""
    quality = fit_words.quality(verdict) if fit_words.costs_quality(verdict) else ""
    parts = (quality, _state(form, catalog, session, state), disk(form, catalog, state))
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
        case _:
            return _engine_action(state), ""


def _engine_action(state: FormState) -> str:
    match state:
        case "engine_missing":
            return translate("row_words", "Install engine…")
        case "engine_failed":
            return translate("row_words", "Try again")
        case "engine_coming":
            return translate("row_words", "Cancel")
        case _:
            return ""


def download_warning(form: JudgedForm, catalog: CatalogModel) -> str:
    """What is to be known before a form is fetched that will be of no use here; "" where it will."""
    engine = lacking_engine(form, catalog)
    planned = engine is not None and catalog.engines.plan_of(engine) is not None
    if engine is not None and planned and not catalog.engines.can_install(engine):
        why = engine_words.needed(engine, catalog.engines)
    elif form.verdict.zone in ("will_not_load", "no_engine"):
        why = fit_words.reason(form, catalog.hardware)
    else:
        return ""
    return translate("row_words", "This machine will not run it. {0} Download {1} all the same?").format(
        why, size(form, catalog)
    )


def kernel_question(kernel: DownloadRef, catalog: CatalogModel, *, alone: bool = False) -> str:
    """What is consented to: which code, from where, what it is for, and what becomes of the model without it.

    `alone`: the model is here already.
    """
    asked = translate("row_words", "Fetch the kernel for FP8 as well?")
    if alone:
        asked = translate("row_words", "Fetch the kernel for FP8?")
    text = translate(
        "row_words",
        "{0} is code that the engine runs on the GPU, from {1}, pinned to the "
        "revision that is fetched now. The engine uses it with the Python package “kernels”. Without them the weights "
        "are turned into 16 bits, which takes twice the memory.",
    )
    organization = kernel.source.repo.partition("/")[0]
    place = translate("row_words", "{0} on {1}").format(
        organization, download_words.hub_name(kernel.source.hub, kernel.endpoint)
    )
    if catalog.source_hub != kernel.source.hub:
        place = translate("row_words", "{0} (ModelScope has none)").format(place)
    return f"{asked} {text.format(_kernel_words(kernel.source, catalog), place)}"


def _kernel_words(kernel: Source, catalog: CatalogModel) -> str:
    """Its name, and its size if that is known."""
    name, size_bytes = kernel.repo.rpartition("/")[2], catalog.kernel_bytes(kernel)
    return f"{name} ({fit_words.memory(size_bytes)})" if size_bytes else name


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
            return words.sentences(told(unread), told(copy.hint))
        case "damaged":
            problems = [other.problem for other in form.offers if other.problem]
            problem = next(iter(problems), "") or (copy.problem if copy else "")
            return told(problem) or translate("row_words", "Its files are damaged.")
        case "disconnected":
            return translate("row_words", "On a disk that is not connected")
        case "absent" | "not_offered":
            return _absent(form, catalog)
        case _:
            return _engine_state(form, catalog, state)


def _absent(form: JudgedForm, catalog: CatalogModel) -> str:
    offer = catalog.offer_of(form)
    if form.verdict.why == "unknown_format":
        return fit_words.reason(form, catalog.hardware)
    if offer is not None and offer.source.hub != catalog.source_hub:
        other = "ModelScope" if offer.source.hub == "modelscope" else "Hugging Face"
        return translate("row_words", "Only at %s") % other
    return _engine(form, catalog)


def _engine_state(form: JudgedForm, catalog: CatalogModel, state: FormState) -> str:
    engines = catalog.engines
    if state in ENGINE_STATES:
        return _engine(form, catalog)
    if state != "engine_coming" or engines.installing is None:
        return ""
    return engine_words.progress(engines.installing, engines.progress)


def _engine(form: JudgedForm, catalog: CatalogModel) -> str:
    engine = lacking_engine(form, catalog)
    return engine_words.needed(engine, catalog.engines) if engine is not None else ""


def install_question(form: JudgedForm, engine: EngineName, catalog: CatalogModel) -> str:
    """What is to be known before an engine is installed for a form: also what is said before the form is loaded."""
    plan = catalog.engines.plan_of(engine)
    warning = fit_words.load_warning(form, catalog.hardware)
    return " ".join(part for part in (warning, engine_words.question(plan) if plan is not None else "") if part)


def cancel_question(download: Download) -> str:
    """What is to be known before a download is given up."""
    return translate("row_words", "%s that have come so far are deleted.") % fit_words.memory(download.done_bytes)


def delete_question(title: str, form: JudgedForm, catalog: CatalogModel) -> str:
    """What is to be known before a copy is deleted."""
    return translate("row_words", "Delete {0} from this disk? {1} come free.").format(title, size(form, catalog))


def delete_kernel_question(kernel: Offer, catalog: CatalogModel) -> str:
    """What is to be known before the kernel is deleted, which several models may use."""
    text = translate(
        "row_words",
        "Delete the FP8 kernel {0} from this disk? Without it the weights of models in FP8 are turned into 16 bits,"
        " which takes twice the memory.",
    )
    return text.format(_kernel_words(kernel.source, catalog))


def disk(form: JudgedForm, catalog: CatalogModel, state: FormState) -> str:
    """That the disk has too little room for what would be fetched, "" where it has enough."""
    offer, free = catalog.offer_of(form), catalog.disk_free()
    is_of_use = form.verdict.zone in ("fits", "will_crawl")
    if state != "absent" or not is_of_use or offer is None or not free or catalog.size_of(offer)[0] <= free:
        return ""
    return translate("row_words", "The disk has %s free: too little") % fit_words.memory(free)
