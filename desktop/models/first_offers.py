"""Which models the first run offers on a machine: at most three, and what each is there for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from backends.contract.catalog import JudgedForm, JudgedModel
from backends.contract.models import POCKET, Hub
from desktop.models.catalog_model import FLAGSHIP

Role = Literal["recommended", "here", "smaller", "quick", "flagship"]
"""`here`: on this machine already; `quick`: small, fetched in minutes; `flagship`: MiniMax-M2 where it is not the
recommended one, be it that it does not fit."""

_CONTEXT = 8192
_SPEED = 5.0  # tokens a second
_QUICK_BYTES = 4_000_000_000
_LOSSY = ("reduced", "poor")


class FirstOffer(Struct, frozen=True):
    """A form of a model, and what it is offered for."""

    role: Role
    family: JudgedModel
    form: JudgedForm

    @property
    def key(self) -> tuple[str, str, str, float]:
        """What makes it the same offer when the catalogue is judged anew."""
        form = self.form.form
        return self.family.spec.name, form.format, form.quantization, form.size_in_billions

    @property
    def can_be_had(self) -> bool:
        """Whether this machine runs it, and there is a place to get it from."""
        return self.form.verdict.zone == "fits" and bool(self.form.offers or self.form.here)


def first_offers(families: Sequence[JudgedModel], hub: Hub, disk_free: int = 0) -> tuple[FirstOffer, ...]:
    """What to offer of judged models, given in the catalogue's order: the most capable first.

    Recommended is the catalogue's best if `hub` has it and the disk (`disk_free` bytes, 0: unknown) has room for it,
    else the first that runs well of those for which that holds: no great loss of quality, 8,192 tokens of context, 5
    tokens a second. Beside it stand what is on this machine already, or else a small one; MiniMax-M2 in the form that
    fits, or the one that comes nearest; and where M2 is recommended itself, one of at most half its size.
    """
    place = _Place(hub, disk_free)
    found: list[FirstOffer] = []
    first = _recommended(families, place)
    if first is not None:
        found.append(FirstOffer("recommended", *first))
    if first is not None and first[0].spec.name == FLAGSHIP:
        smaller = next((pair for pair in _good(families, place) if _bytes(pair[1]) <= _bytes(first[1]) // 2), None)
        found += [FirstOffer("smaller", *smaller)] if smaller is not None else []
    known = [offer.family for offer in found]
    others = [family for family in families if family not in known]
    if (here := _here(others)) is not None:
        found.append(FirstOffer("here", *here))
    elif first is not None and (quick := _quick(others, first[1], place)) is not None:
        found.append(FirstOffer("quick", *quick))
    flagship = next((family for family in others if family.spec.name == FLAGSHIP), None)
    if flagship is not None and all(offer.family is not flagship for offer in found):
        found.append(FirstOffer("flagship", flagship, _nearest(flagship)))
    return tuple(found)


class _Place(Struct, frozen=True):
    """Where a form would come from, and how much of it there is room for."""

    hub: Hub
    disk_free: int

    def has(self, form: JudgedForm) -> bool:
        at_hub = any(offer.source.hub == self.hub for offer in form.offers)
        has_room = not self.disk_free or _bytes(form) <= self.disk_free
        return _usable(form) or (at_hub and has_room)


def _recommended(families: Sequence[JudgedModel], place: _Place) -> tuple[JudgedModel, JudgedForm] | None:
    best = next((family for family in families if family.best and family.spec.name != POCKET), None)
    form = _own_form(best) if best is not None else None
    if best is not None and form is not None and place.has(form):
        return best, form
    fitting = ((family, form) for family in _own(families) if (form := _own_form(family)) and place.has(form))
    return next(_good(families, place), None) or next(fitting, None)


def _good(families: Sequence[JudgedModel], place: _Place) -> Iterator[tuple[JudgedModel, JudgedForm]]:
    """Models that run well, each in its recommended form."""
    for family in _own(families):
        form = _own_form(family)
        if form is not None and _runs_well(family, form) and place.has(form):
            yield family, form


def _quick(families: Sequence[JudgedModel], first: JudgedForm, place: _Place) -> tuple[JudgedModel, JudgedForm] | None:
    """The most capable model that is fetched in minutes, in its smallest form that loses little."""
    most = min(_QUICK_BYTES, _bytes(first) // 2)
    for family in _own(families):
        small = [
            form
            for form in family.forms
            if _runs_well(family, form)
            and form.verdict.engine == first.verdict.engine
            and _bytes(form) <= most
            and place.has(form)
        ]
        if small:
            return family, min(small, key=_bytes)
    return None


def _here(families: Sequence[JudgedModel]) -> tuple[JudgedModel, JudgedForm] | None:
    """The largest model that is on this machine and runs on it."""
    found = [
        (family, form)
        for family in families
        if family.spec.name != POCKET
        for form in family.forms
        if form.verdict.zone == "fits" and _usable(form) and form.here[0].ref.source != "builtin"
    ]
    return max(found, key=lambda pair: pair[1].verdict.weights_bytes, default=None)


def _nearest(family: JudgedModel) -> JudgedForm:
    """The form that fits, or the one that this machine lacks the least for: in its own engine, the smallest."""
    chosen = _own_form(family)
    if chosen is not None:
        return chosen
    on_gpus = [form for form in family.forms if form.verdict.limit_kind == "cuda"]
    with_engine = [form for form in family.forms if form.verdict.engine is not None]
    return min(on_gpus or with_engine or family.forms, key=lambda form: form.verdict.memory_bytes)


def _own(families: Sequence[JudgedModel]) -> Iterator[JudgedModel]:
    """Minim's own catalogue, less M2's line, of which the flagship stands for all, and the model that is built in."""
    for family in families:
        name = family.spec.name
        if not family.spec.origin and name != POCKET and not name.startswith(FLAGSHIP):
            yield family


def _own_form(family: JudgedModel) -> JudgedForm | None:
    return next((form for form in family.forms if form.recommended), None)


def _runs_well(family: JudgedModel, form: JudgedForm) -> bool:
    verdict = form.verdict
    context = min(_CONTEXT, family.spec.context_length or _CONTEXT)
    quick_enough = not verdict.tokens_per_second or verdict.tokens_per_second >= _SPEED
    return verdict.zone == "fits" and verdict.quality not in _LOSSY and verdict.max_context >= context and quick_enough


def _bytes(form: JudgedForm) -> int:
    """What there is to fetch."""
    return form.offers[0].download_bytes if form.offers else form.form.weights_bytes


def _usable(form: JudgedForm) -> bool:
    return any(not copy.problem and copy.engine is not None for copy in form.here)
