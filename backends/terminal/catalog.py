"""`minim models`: the catalogue judged for a machine, to read or as JSON; and the import of a person's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from backends.contract.catalog import JudgedForm, JudgedModel, Offer
from backends.contract.commands import ImportCatalog, JudgeCatalog
from backends.contract.events import CatalogImported, CatalogJudged
from backends.contract.models import Hub
from backends.storage.settings import load_preferences
from backends.terminal.asking import Downloads, judge, place
from backends.terminal.forms import require_model
from backends.terminal.output import harmless, print_event, say, say_failure
from backends.terminal.words import HUB_NAMES, form_words, hardware_words, machine_words, model_words, parameter_words
from backends.terminal.workers import Workers

FINE, FAILED = 0, 1


class ModelsRequest(Struct, frozen=True):
    """What `minim models` was asked to do. `names`: these models only."""

    names: tuple[str, ...] = ()
    as_json: bool = False
    show_all: bool = False
    hardware_file: str = ""
    import_file: str = ""
    hub: Hub | None = None


def run_models(workers: Workers, request: ModelsRequest) -> int:
    """Carry out `minim models`; → exit code. Raises MinimError, and KeyboardInterrupt on Ctrl+C."""
    if request.import_file:
        return _import(workers, request.import_file, as_json=request.as_json)
    hardware_file = str(place(request.hardware_file)) if request.hardware_file else ""
    judged = judge(workers, whole_catalog(hardware_file))
    models = judged.models
    if request.names:
        models = tuple(require_model(models, name) for name in request.names)
    if request.as_json:
        objects = [row for model in models for row in rows_of(model, request.hub)]
        lines = ",\n".join(msgspec.json.encode(row).decode() for row in objects)
        sys.stdout.write(f"[\n{lines}\n]\n" if lines else "[]\n")
        return FINE
    _print_judged(judged, models, request)
    return FINE


def whole_catalog(hardware_file: str = "") -> JudgeCatalog:
    """The command that judges everything with a person's own folders."""
    preferences, words = load_preferences()
    if words:
        say_failure(words)
    return JudgeCatalog(
        folders=preferences.model_folders,
        download_folder=preferences.download_folder,
        hardware_file=hardware_file,
    )


def rows_of(model: JudgedModel, hub: Hub | None = None) -> Iterator[dict[str, Any]]:
    """The JSON objects of a model: one a form and hub, and one for each place here that is of no hub's."""
    for judged in model.forms:
        offers = [offer for offer in judged.offers if hub in (None, offer.source.hub)]
        for offer in offers:
            yield _row(model, judged, offer)
        told = {offer.path for offer in judged.offers if offer.path}
        for installed in judged.here if hub is None else ():
            if installed.ref.path in told or (judged.offers and installed.ref.source in HUB_NAMES):
                continue
            builtin = installed.ref.source == "builtin"
            yield _row(model, judged, None) | {
                "repo": "builtin" if builtin else None,
                "installed": not installed.problem,
                "presence": "damaged" if installed.problem else "here",
                "path": installed.ref.path,
                "problem": installed.problem,
            }


def _row(model: JudgedModel, judged: JudgedForm, offer: Offer | None) -> dict[str, Any]:
    form, verdict = judged.form, judged.verdict
    return {
        "model": model.spec.name,
        "format": form.format,
        "quantization": form.quantization,
        "engine": verdict.engine,
        "hub": offer.source.hub if offer else None,
        "repo": offer.source.repo if offer else None,
        "download_bytes": offer.download_bytes if offer else 0,
        "memory_bytes": verdict.memory_bytes,
        "zone": verdict.zone,
        "max_context": verdict.max_context,
        "recommended": judged.recommended,
        "installed": offer is not None and offer.presence == "here",
        "why": verdict.why,
        "is_estimate": bool(offer and offer.is_estimate),
        "presence": offer.presence if offer else "absent",
        "path": offer.path if offer else "",
        "problem": offer.problem if offer else "",
    }


def _import(workers: Workers, file: str, *, as_json: bool) -> int:
    imported = Downloads(workers).ask(ImportCatalog(str(place(file))), CatalogImported)
    if as_json:
        print_event(imported)
        return FINE if imported.names else FAILED
    for name in imported.names:
        sys.stdout.write(f"{harmless(name, kept='')}\n")
    for reason in imported.left_out:
        say(f"Left out: {harmless(reason, kept='')}")
    say(f"{_count(len(imported.names), 'model')} in the catalogue now, {len(imported.left_out)} left out.")
    return FINE if imported.names else FAILED


def _print_judged(judged: CatalogJudged, models: tuple[JudgedModel, ...], request: ModelsRequest) -> None:
    lines = [hardware_words(judged.hardware)]
    for model in models:
        best = " · the best for this machine" if model.best else ""
        lines += ["", model_words(model.spec) + best, *_form_lines(model, request)]
    if any(offer.is_estimate for model in models for form in model.forms for offer in form.offers):
        lines += ["", "~ is an estimate: the hub has not been asked yet."]
    sys.stdout.write("".join(f"{harmless(line, kept='')}\n" for line in lines))


def _form_lines(model: JudgedModel, request: ModelsRequest) -> list[str]:
    folded = [form for form in model.forms if _is_folded(form)] if not (request.show_all or request.names) else []
    has_sizes = len({form.form.size_in_billions for form in model.forms}) > 1
    rows: list[tuple[str, ...]] = []
    for judged in model.forms:
        offers = [offer for offer in judged.offers if request.hub in (None, offer.source.hub)]
        if judged in folded or (request.hub and not offers):
            continue
        rows.append((
            "*" if judged.recommended else " ",
            (f"{parameter_words(judged.form)} · " if has_sizes else "") + _described(judged, offers),
            judged.verdict.engine or "–",
            judged.form.format,
            _marks(judged, offers),
        ))  # fmt: skip
    lines = [f"  {line}" for line in _columns(rows)]
    if folded:
        machines = {machine_words(form.verdict) for form in folded} - {""}
        which = f" ({min(machines, key=_digits)} or more)" if machines else ""
        verb = "needs" if len(folded) == 1 else "need"
        lines.append(f"    {_count(len(folded), 'form')} {verb} another machine{which}; --all shows them")
    return lines


def _is_folded(judged: JudgedForm) -> bool:
    """Forms for other machines, unless they are here all the same."""
    present = judged.here or any(offer.presence != "absent" for offer in judged.offers)
    return judged.verdict.zone in ("will_not_load", "no_engine") and not present


def _described(judged: JudgedForm, offers: list[Offer]) -> str:
    told = (offer for offer in offers if not offer.is_estimate)
    return form_words(judged, next(told, None) or next(iter(offers), None))


def _marks(judged: JudgedForm, offers: list[Offer]) -> str:
    marks = ["recommended"] if judged.recommended else []
    for offer in offers:
        hub = HUB_NAMES[offer.source.hub]
        match offer.presence:
            case "here":
                marks.append(f"here, from {hub}")
            case "damaged":
                marks.append(f"damaged ({hub}): {offer.problem}" if offer.problem else f"damaged ({hub})")
            case "disconnected":
                marks.append(f"on a disk that is not connected ({hub})")
            case "absent":
                pass
    if not any(offer.presence == "here" for offer in offers):
        for installed in judged.here:
            where = "built in" if installed.ref.source == "builtin" else installed.ref.path
            marks.append(f"{where}: {installed.problem}" if installed.problem else f"here: {where}")
    if judged.verdict.quality in ("reduced", "poor"):
        marks.append("loses quality")
    return ", ".join(marks)


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _digits(words: str) -> int:
    return int("".join(sign for sign in words if sign.isdecimal()) or 0)
