"""What the first run says of a model: why it is offered, what it is good at, what it takes, and how far it is."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication

from backends.contract.catalog import Hardware, ModelSpec
from backends.contract.downloads import Download
from backends.contract.models import EngineName
from desktop.models import download_words, engine_words, fit_words, machine_words, row_words
from desktop.models.catalog_model import FLAGSHIP, CatalogModel
from desktop.models.first_offers import FirstOffer
from desktop.models.form_state import FormState, lacking_engine
from desktop.models.session_state import SessionState

translate = QCoreApplication.translate
_SLOW = 5.0  # tokens a second


def role(offer: FirstOffer, hardware: Hardware) -> str:
    """Why it is offered: "Recommended for this Mac"."""
    match offer.role:
        case "recommended" if hardware.working_set_bytes:
            return translate("first_words", "Recommended for this Mac")
        case "recommended" if hardware.cuda:
            return translate("first_words", "Recommended for these GPUs")
        case "recommended":
            return translate("first_words", "Recommended for this machine")
        case "here":
            return translate("first_words", "Already on this machine")
        case "smaller":
            return translate("first_words", "Smaller, with more room beside it")
        case "quick":
            return translate("first_words", "Small, and here in a few minutes")
        case "flagship" if offer.can_be_had:
            return translate("first_words", "The flagship")
        case "flagship":
            return translate("first_words", "The flagship, for a larger machine")


def strengths(spec: ModelSpec) -> str:
    """What a model is good at, in a few words."""
    if spec.name == FLAGSHIP:
        return translate("first_words", "For programming and long work with tools: the model that Minim is made for")
    abilities = set(spec.abilities)
    if {"tools", "hybrid"} <= abilities:
        return translate("first_words", "Reasons where it is asked to, and uses tools")
    if {"tools", "reasoning"} <= abilities:
        return translate("first_words", "Reasons before it answers, and uses tools")
    if "tools" in abilities:
        return translate("first_words", "Answers at once, and uses tools")
    if abilities & {"reasoning", "hybrid"}:
        return translate("first_words", "Reasons before it answers")
    return translate("first_words", "For conversation and writing")


def facts(
    offer: FirstOffer, catalog: CatalogModel, session: SessionState, state: FormState, download: Download | None
) -> str:
    """What it takes, how far it is, or what is wrong: a line, or two where something is."""
    if not offer.can_be_had:
        return _out_of_reach(offer, catalog.hardware)
    if state == "absent":
        return "\n".join(part for part in (_needs(offer, catalog), _beside(offer, catalog, state)) if part)
    if state == "here":
        return " · ".join((row_words.size(offer.form, catalog), _memory(offer)))
    return row_words.note(replace(offer.form, recommended=False), catalog, session, state, download)


def engine_to_come(offer: FirstOffer, catalog: CatalogModel) -> EngineName | None:
    """The engine that is installed with a model, since it needs that; None where none is, or none can be."""
    engine = lacking_engine(offer.form, catalog)
    return engine if engine is not None and catalog.engines.can_install(engine) else None


def button(state: FormState) -> str:
    """The word on the row's button, "" for none."""
    match state:
        case "absent":
            return translate("first_words", "Get")
        case "failed":
            return translate("first_words", "Try again")
        case "loaded":
            return ""
        case _:
            return row_words.actions(state)[0]


def machine(hardware: Hardware, disk_free: int) -> str:
    """This machine in a line: "This machine: Apple M2 · 16 GB · 118 GB of disk free"."""
    parts = [machine_words.machine(hardware)]
    if not hardware.cuda and not hardware.working_set_bytes:
        parts.append(translate("first_words", "no GPU that models run on"))
    if disk_free:
        parts.append(translate("first_words", "%s of disk free") % fit_words.memory(disk_free))
    return translate("first_words", "This machine: %s") % " · ".join(parts)


def _needs(offer: FirstOffer, catalog: CatalogModel) -> str:
    """Download, memory, and where it would come from."""
    verdict, place = offer.form.verdict, catalog.offer_of(offer.form)
    download = translate("first_words", "%s to download") % row_words.size(offer.form, catalog)
    parts = [download[:1].upper() + download[1:], _memory(offer)]
    if 0 < verdict.tokens_per_second < _SLOW:
        parts.append(fit_words.speed(verdict))
    if place is not None:
        mirrored = catalog.hub == "mirror" and place.source.hub == "huggingface"
        hub = download_words.hub_name(place.source.hub, catalog.mirror if mirrored else "")
        parts.append(translate("first_words", "from %s") % hub)
    return " · ".join(parts)


def _beside(offer: FirstOffer, catalog: CatalogModel, state: FormState) -> str:
    """What else is to be known before it is fetched: it is all that is asked for consent."""
    verdict, engine = offer.form.verdict, lacking_engine(offer.form, catalog)
    parts = [fit_words.quality(verdict) if fit_words.costs_quality(verdict) else ""]
    plan = catalog.engines.plan_of(engine) if engine is not None else None
    if engine_to_come(offer, catalog) and plan is not None:
        text = translate("first_words", "The {0} engine is installed with it: {1} from Python’s package index")
        size = fit_words.size_words(plan.download_bytes or plan.disk_bytes, not plan.download_bytes)
        parts.append(text.format(engine, size))
    elif engine is not None:
        parts.append(engine_words.needed(engine, catalog.engines))
    parts.append(row_words.disk(offer.form, catalog, state))
    return "\n".join(part for part in parts if part)


def _memory(offer: FirstOffer) -> str:
    return translate("first_words", "uses %s of memory") % fit_words.memory(offer.form.verdict.memory_bytes)


def _out_of_reach(offer: FirstOffer, hardware: Hardware) -> str:
    """Why there is no button: what it needs, and what there is."""
    needed = machine_words.machine_needed(offer.family)
    reason = fit_words.reason(offer.form, hardware)
    return " · ".join(part for part in (reason.rstrip(".。"), needed) if part)
