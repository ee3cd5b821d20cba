"""Which model and which form a person means: names and quantizations in all the spellings in use."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from backends.contract.catalog import JudgedForm, JudgedModel, Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub
from backends.terminal.words import HUB_NAMES

_AS_PUBLISHED = {"none", "fp8", "bf16", "fp16", "original", "full"}
_CLOSE_NAMES = 5


class Wish(Struct, frozen=True):
    """What was asked for; "" for what was not said, `size_in_billions` 0 likewise."""

    name: str
    format: str = ""
    quantization: str = ""
    size_in_billions: float = 0.0
    hub: Hub | None = None


class Match(Struct, frozen=True):
    """The form that was meant. `chosen`: several were, and the recommended one, or else the first, was taken."""

    model: JudgedModel
    form: JudgedForm
    chosen: bool


def find_model(models: Sequence[JudgedModel], name: str) -> JudgedModel | None:
    """The model called `name`, in any case, or the one with a form in the repository `name`."""
    wanted = name.casefold()
    by_name = (model for model in models if model.spec.name.casefold() == wanted)
    by_repository = (model for model in models if any(_is_in(form, wanted) for form in model.forms))
    return next(by_name, None) or next(by_repository, None)


def require_model(models: Sequence[JudgedModel], name: str) -> JudgedModel:
    """As `find_model`. Raises MinimError with names that come close."""
    model = find_model(models, name)
    if model is not None:
        return model
    import difflib  # only when there is something to correct

    names = {model.spec.name.casefold(): model.spec.name for model in models}
    close = difflib.get_close_matches(name.casefold(), names, n=_CLOSE_NAMES, cutoff=0.5)
    meant = f"Is one of these meant: {', '.join(names[one] for one in close)}? " if close else ""
    raise MinimError("bad_request", f"The catalogue has no model “{name}”.", f"{meant}`minim models` lists all.")


def choose_form(model: JudgedModel, wish: Wish) -> Match:
    """The form of `model` that fits all that `wish` says. Raises MinimError with what there is instead."""
    return best_of(model, fitting_forms(model, wish))


def best_of(model: JudgedModel, forms: Sequence[JudgedForm]) -> Match:
    """Of several forms the recommended one, or else the first."""
    best = next((form for form in forms if form.recommended), forms[0])
    return Match(model, best, len(forms) > 1)


def fitting_forms(model: JudgedModel, wish: Wish) -> list[JudgedForm]:
    """All forms that fit what `wish` says, at least one. Raises MinimError with what there is instead."""
    forms = [form for form in model.forms if _is_in(form, wish.name.casefold())] or list(model.forms)
    if wish.size_in_billions:
        fitting = [form for form in forms if _same_size(form.form.size_in_billions, wish.size_in_billions)]
        forms = _some(fitting, forms, f"{model.spec.name} has not {wish.size_in_billions:g} billion parameters.")
    if wish.format:
        fitting = [form for form in forms if form.form.format.casefold() == wish.format.casefold()]
        forms = _some(fitting, forms, f"{model.spec.name} is not there in the format “{wish.format}”.")
    if wish.quantization:
        where = f" in the format “{forms[0].form.format}”" if wish.format else ""
        message = f"{model.spec.name} has no quantization “{wish.quantization}”{where}."
        forms = _some(_of_quantization(forms, wish.quantization), forms, message)
    if wish.hub is not None:
        at_hub = [form for form in forms if source_of(form, wish.hub) is not None]
        forms = _some(at_hub, forms, f"This form of {model.spec.name} is not at {HUB_NAMES[wish.hub]}.")
    return forms


def source_of(form: JudgedForm, hub: Hub) -> Source | None:
    """Where a form lies at a hub; None if it is not there."""
    return next((source for source in form.form.sources if source.hub == hub), None)


def same_quantization(one: str, other: str) -> bool:
    """Whether two spellings mean the same: "4bit", "4-bit", "Int4", "q4"; "none", "fp8", "bf16" (as published)."""
    return one.casefold() == other.casefold() or _plain(one) == _plain(other)


def _plain(quantization: str) -> str:
    short = quantization.casefold().translate({ord(sign): None for sign in "-_ "})
    if short in _AS_PUBLISHED:
        return "none"
    for prefix, suffix in (("int", ""), ("q", ""), ("", "bits"), ("", "bit"), ("", "")):
        bits = short.removeprefix(prefix).removesuffix(suffix)
        if bits.isdecimal():
            return bits
    return short


def _of_quantization(forms: Sequence[JudgedForm], wanted: str) -> list[JudgedForm]:
    """As it is spelled, if there is one; else what means the same."""
    exact = [form for form in forms if form.form.quantization.casefold() == wanted.casefold()]
    return exact or [form for form in forms if same_quantization(form.form.quantization, wanted)]


def _same_size(one: float, other: float) -> bool:
    # 228.7 B and "230": names round, and a model's sizes lie further apart than this.
    return abs(one - other) <= 0.02 * max(one, other)


def _some(fitting: list[JudgedForm], before: Sequence[JudgedForm], message: str) -> list[JudgedForm]:
    if fitting:
        return fitting
    there = dict.fromkeys(
        f"{form.form.format} {form.form.quantization} of {form.form.size_in_billions:g}B"
        f" ({', '.join(HUB_NAMES[source.hub] for source in form.form.sources) or 'on this machine'})"
        for form in before
    )
    raise MinimError("bad_request", message, f"There are: {'; '.join(there)}.")


def _is_in(form: JudgedForm, repository: str) -> bool:
    return any(source.repo.casefold() == repository for source in form.form.sources)
