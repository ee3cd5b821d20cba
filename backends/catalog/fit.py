"""The catalogue judged for a machine: what fits, which form to take, and the model to open the picker on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from msgspec import structs

from backends.catalog.presence import Here, installed_forms, models_of_disk, offers_of
from backends.catalog.specs import merged
from backends.catalog.verdicts import USEFUL_CONTEXT, has_metal, judged, wants_fp8_kernel
from backends.contract.catalog import (
    FP8_KERNEL,
    Hardware,
    JudgedForm,
    JudgedModel,
    ModelForm,
    ModelSpec,
    Offer,
    Quality,
    Source,
    Verdict,
    Zone,
)
from backends.contract.models import POCKET, EngineName, InstalledModel

__all__ = ["Here", "judge"]

_FIRST = "minimax-m2"
_LONG_CONTEXT = 65536
_BRISK = 15.0  # tokens a second
_BEARABLE = 5.0
_BEST_CONTEXT = 8192
_ZONES: tuple[Zone, ...] = ("fits", "will_crawl", "will_not_load", "no_engine")
_WORTH: dict[Quality, int] = {"near_original": 5, "good": 4, "original": 3, "": 2, "reduced": 1, "poor": 0}
_LOSSY: tuple[Quality, ...] = ("reduced", "poor")
_WORTH_ON_CUDA: dict[Quality, int] = {**_WORTH, "original": 6}


def judge(
    specs: Sequence[ModelSpec],
    hardware: Hardware,
    *,
    sizes: Mapping[Source, int] | None = None,
    here: Mapping[Source, Here] | None = None,
    installed: Sequence[InstalledModel] = (),
    engines: Set[EngineName] = frozenset({"MLX"}),
) -> tuple[JudgedModel, ...]:
    """All models, judged for `hardware`: the best one first, then MiniMax's M2 line, then the others by how they fit.

    `sizes` are the hubs' own figures in bytes, `here` what is known of repositories on this machine. Specs of the same
    name are one model. What is `installed` and in no spec becomes a model of origin "here".

    Zones are those of the hardware, for the engines that Minim supports: a form whose engine is not in `engines` keeps
    its zone, with the reason "engine_missing". Only a format that nothing here can read is in the zone "no_engine".

    *Recommended* is one form a model, of those that fit: one that runs in the machine's own engine (Transformers on
    CUDA, MLX elsewhere), if there is one. What counts, in this order: 16,384 tokens of context (or the model's whole)
    at 5 tokens a second or more; no great loss of quality (3 bits lose much); 65,536 tokens at 15 a second; a large
    model; quality, where on CUDA the original goes first, elsewhere 8 and 6 bits before 4 and 5 and these before 16,
    which take twice the memory for what nobody notices; and at the same quality, more bits.

    *Best* is MiniMax-M2 if it has a recommended form with 16,384 tokens of context; else the first model of Minim's
    own catalogue, which lists the most capable first, whose recommended form has 8,192 tokens at 5 tokens a second and
    is not of reduced quality; else the first with any recommended form. Pocket M2 only if there is nothing else.
    """
    all_specs = merged(specs)
    places, unknown = installed_forms(all_specs, installed)
    models = [
        _model(
            spec,
            [
                _form(spec, form, hardware, places.get((number, place), ()), sizes or {}, here or {}, engines)
                for place, form in enumerate(spec.forms)
            ],
            hardware,
        )
        for number, spec in enumerate(all_specs)
    ]
    models += _models_here(unknown, hardware, sizes or {}, here or {}, engines)
    best = _best(models)
    ordered = sorted(range(len(models)), key=lambda number: (number != best, *_rank(models[number]), number))
    return tuple(structs.replace(models[number], best=True) if number == best else models[number] for number in ordered)


def _form(
    spec: ModelSpec,
    form: ModelForm,
    hardware: Hardware,
    installed: Sequence[InstalledModel],
    sizes: Mapping[Source, int],
    here: Mapping[Source, Here],
    engines: Set[EngineName],
) -> JudgedForm:
    whole = [model.size_bytes for model in installed if model.size_bytes and not model.problem]
    told = [size for source in form.sources if (size := sizes.get(source))]
    weights = (whole or told or [form.weights_bytes])[0]
    verdict = judged(spec, form, weights, hardware, engines)
    return JudgedForm(
        form=form,
        verdict=verdict,
        offers=offers_of(form, installed, sizes, here),
        here=tuple(sorted(installed, key=lambda model: bool(model.problem))),
        kernel=_kernel(sizes, here) if wants_fp8_kernel(form, verdict, hardware) else None,
    )


def _kernel(sizes: Mapping[Source, int], here: Mapping[Source, Here]) -> Offer:
    size, found = sizes.get(FP8_KERNEL, 0), here.get(FP8_KERNEL, Here("absent"))
    return Offer(FP8_KERNEL, size, not size, found.presence, found.path, found.problem)


def _model(spec: ModelSpec, forms: Sequence[JudgedForm], hardware: Hardware) -> JudgedModel:
    """A model with its recommended form, then what fits from the largest down, then the others from the smallest up."""
    chosen = _recommended(spec, forms, hardware)
    marked = [structs.replace(form, recommended=True) if form is chosen else form for form in forms]

    def rank(judged_form: JudgedForm) -> tuple[bool, int, int]:
        weights = judged_form.verdict.weights_bytes
        zone = judged_form.verdict.zone
        return not judged_form.recommended, _ZONES.index(zone), -weights if zone == "fits" else weights

    return JudgedModel(spec, tuple(sorted(marked, key=rank)))


def _recommended(spec: ModelSpec, forms: Sequence[JudgedForm], hardware: Hardware) -> JudgedForm | None:
    """See `judge`."""
    on_cuda = bool(hardware.cuda) and not has_metal(hardware)
    native: EngineName = "Transformers" if on_cuda else "MLX"
    fitting = [form for form in forms if form.verdict.zone == "fits"]
    fitting = [form for form in fitting if form.verdict.engine == native] or fitting
    worth = _WORTH_ON_CUDA if on_cuda else _WORTH
    if not fitting:
        return None

    def merit(form: JudgedForm) -> tuple[bool, bool, bool, float, int, int]:
        verdict = form.verdict
        return (
            _reaches(spec, form, USEFUL_CONTEXT, _BEARABLE),
            verdict.quality not in _LOSSY,
            _reaches(spec, form, _LONG_CONTEXT, _BRISK),
            form.form.size_in_billions,
            worth[verdict.quality],
            verdict.weights_bytes,
        )

    return max(fitting, key=merit)


def _reaches(spec: ModelSpec, judged_form: JudgedForm, context: int, speed: float) -> bool:
    """Whether a form has so much context, or the model's whole, at so many tokens a second, where these are known."""
    verdict = judged_form.verdict
    own = spec.context_length or context
    return verdict.max_context >= min(context, own) and (verdict.tokens_per_second or speed) >= speed


def _best(models: Sequence[JudgedModel]) -> int:
    """Index of the model to open the picker on, -1 if nothing fits; see `judge`."""
    chosen = [next((form for form in model.forms if form.recommended), None) for model in models]
    own = [
        number
        for number, model in enumerate(models)
        if model.spec.origin == "" and not _is_first_line(model.spec) and model.spec.name != POCKET and chosen[number]
    ]
    for number, model in enumerate(models):
        form = chosen[number]
        if model.spec.name.casefold() == _FIRST and form and _reaches(model.spec, form, USEFUL_CONTEXT, 0.0):
            return number
    for number in own:
        form = chosen[number]
        if (
            form
            and form.verdict.quality not in _LOSSY
            and _reaches(models[number].spec, form, _BEST_CONTEXT, _BEARABLE)
        ):
            return number
    pocket = [number for number, model in enumerate(models) if model.spec.name == POCKET and chosen[number]]
    return next(iter((*own, *pocket)), -1)


def _is_first_line(spec: ModelSpec) -> bool:
    return spec.name.casefold().startswith(_FIRST)


def _rank(model: JudgedModel) -> tuple[bool, int]:
    return not _is_first_line(model.spec), min(_ZONES.index(form.verdict.zone) for form in model.forms)


def _models_here(
    unknown: Sequence[InstalledModel],
    hardware: Hardware,
    sizes: Mapping[Source, int],
    here: Mapping[Source, Here],
    engines: Set[EngineName],
) -> list[JudgedModel]:
    """Models that only this machine's disks know: those of one name together."""
    found: dict[str, list[JudgedForm]] = {}
    specs: dict[str, ModelSpec] = {}
    for spec, model in models_of_disk(unknown):
        form = _form(spec, spec.forms[0], hardware, (model,), sizes, here, engines)
        if form.verdict.engine is not None and form.verdict.engine != model.engine:
            form = structs.replace(form, verdict=_as_read(form.verdict, model, engines))
        known = specs.setdefault(spec.name, spec)
        if known is not spec:
            specs[spec.name] = structs.replace(known, forms=known.forms + spec.forms)
        found.setdefault(spec.name, []).append(form)
    return [_model(spec, found[name], hardware) for name, spec in specs.items()]


def _as_read(verdict: Verdict, model: InstalledModel, engines: Set[EngineName]) -> Verdict:
    """The verdict on a model that another engine reads than its format lets expect, or none."""
    if model.engine is None:
        return structs.replace(verdict, zone="no_engine", why="unknown_format", engine=None, max_context=0)
    if verdict.engine == "Transformers":
        return verdict  # on CUDA it goes first; both read it
    why = "engine_missing" if verdict.zone == "fits" and model.engine not in engines else verdict.why
    return structs.replace(verdict, engine=model.engine, why=why)
