"""Which forms of the catalogue are on this machine, and what is here that no catalogue knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backends.catalog.quantization import bits_per_weight
from backends.contract.catalog import ModelForm, ModelSpec, Offer, Presence, Source
from backends.contract.models import POCKET, Hub, InstalledModel

FormPlace = tuple[int, int]
"""Index of a model and index of a form in it."""

_HUBS: dict[str, Hub] = {"huggingface": "huggingface", "modelscope": "modelscope"}


class Here(Struct, frozen=True):
    """Whether a repository is on this machine: `path` is the folder, `problem` what is wrong, in words."""

    presence: Presence
    path: str = ""
    problem: str = ""


def installed_forms(
    specs: Sequence[ModelSpec], installed: Iterable[InstalledModel]
) -> tuple[dict[FormPlace, tuple[InstalledModel, ...]], tuple[InstalledModel, ...]]:
    """What is installed by the form that it is, and what is no form of any of `specs`."""
    by_repo: dict[str, list[FormPlace]] = defaultdict(list)
    for number, spec in enumerate(specs):
        for place, form in enumerate(spec.forms):
            names = {source.repo.casefold() for source in form.sources}
            for name in names | {repo.rpartition("/")[2] for repo in names}:
                by_repo[name].append((number, place))
            if spec.name == POCKET:
                by_repo[POCKET.casefold()].append((number, place))
    found: dict[FormPlace, tuple[InstalledModel, ...]] = {}
    unknown: list[InstalledModel] = []
    for model in installed:
        places = by_repo.get(model.ref.name.casefold(), ())
        matching = [place for place in places if _is(specs[place[0]].forms[place[1]], model, len(places) > 1)]
        for place in matching:
            found[place] = (*found.get(place, ()), model)
        if not matching:
            unknown.append(model)
    return found, tuple(unknown)


def _is(form: ModelForm, model: InstalledModel, among_others: bool) -> bool:
    """Whether a model of the right name is this form.

    One from a hub is it by its repository, if the hub has the form there. In a folder, and where several forms lie in
    one repository, format and quantization decide.
    """
    ref = model.ref
    same = ref.format == form.format and ref.quantization.casefold() == form.quantization.casefold()
    hub = _HUBS.get(ref.source)
    if hub is None:
        return same
    lies_there = any(source.hub == hub and source.repo.casefold() == ref.name.casefold() for source in form.sources)
    return lies_there and (same or not among_others)


def models_of_disk(installed: Sequence[InstalledModel]) -> tuple[tuple[ModelSpec, InstalledModel], ...]:
    """A model of origin "here" with one form for each that no catalogue knows, in the order given.

    Its size is derived from the bytes of its weights; how much of it is active is not known, so all of it counts.
    """
    return tuple((_spec_of(model), model) for model in installed)


def _spec_of(model: InstalledModel) -> ModelSpec:
    ref = model.ref
    bits = bits_per_weight(ref.format, ref.quantization)
    billions = max(model.size_bytes * 8 / bits / 1e9, 1e-6)
    hub = _HUBS.get(ref.source)
    form = ModelForm(
        format=ref.format,
        quantization=ref.quantization,
        size_in_billions=billions,
        active_in_billions=billions,
        weights_bytes=model.size_bytes,
        sources=(Source(hub, ref.name),) if hub else (),
    )
    return ModelSpec(
        name=ref.name,
        description="",
        context_length=model.context_length,
        languages=(),
        abilities=("chat",),
        forms=(form,),
        origin="here",
    )


def offers_of(
    form: ModelForm,
    installed: Sequence[InstalledModel],
    sizes: Mapping[Source, int],
    here: Mapping[Source, Here],
) -> tuple[Offer, ...]:
    """The form at each of its hubs. What is known of a download goes before what was found on the disk."""
    return tuple(_offer(source, form, installed, sizes, here) for source in form.sources)


def _offer(
    source: Source,
    form: ModelForm,
    installed: Sequence[InstalledModel],
    sizes: Mapping[Source, int],
    here: Mapping[Source, Here],
) -> Offer:
    size = sizes.get(source, 0)
    known = here.get(source, Here("absent"))
    if known.presence == "absent":
        for model in installed:
            if model.ref.source == source.hub and model.ref.name.casefold() == source.repo.casefold():
                known = Here("damaged" if model.problem else "here", model.ref.path, model.problem)
                break
    return Offer(
        source=source,
        download_bytes=size or form.weights_bytes,
        is_estimate=not size,
        presence=known.presence,
        path=known.path,
        problem=known.problem,
    )
