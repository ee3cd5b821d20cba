"""Which models there are, judged for this machine, and which are here: what the model picker shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from PySide6.QtCore import QObject, Signal

from backends.contract.catalog import Hardware, JudgedForm, JudgedModel, ModelForm, ModelSpec, Offer, Source, Verdict
from backends.contract.downloads import DownloadRef, kernel_ref
from backends.contract.events import DownloadPlanned, TokenNeeded
from backends.contract.models import POCKET, Hub, InstalledModel, ModelRef
from desktop.models.engine_state import EngineState

FLAGSHIP = "MiniMax-M2"
"""The model that people come for: where it does not fit, the picker says what it needs."""

HubChoice = Literal["huggingface", "modelscope", "mirror"]
"""Where a person fetches from; "mirror" is the Hugging Face hub at another address."""

SearchState = Literal["idle", "searching", "found", "failed"]


class CatalogModel(QObject):
    """The judged catalogue, what a hub found, and the models on this machine; changed on the GUI thread only."""

    families_changed = Signal()
    hits_changed = Signal()
    sizes_changed = Signal()
    """A hub said how large something is."""
    hub_changed = Signal()
    token_changed = Signal()
    deleted = Signal(object)
    """A model's files are gone: how many bytes came free (an object: Qt's int is too short for them)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engines = EngineState(self)
        self._found: tuple[InstalledModel, ...] = ()
        self._opened: tuple[InstalledModel, ...] = ()
        self._judged: tuple[JudgedModel, ...] = ()
        self._families: tuple[JudgedModel, ...] | None = None
        self._plans: dict[Source, DownloadPlanned] = {}
        self._kernels: dict[Source, int] = {}
        self.searched = False
        self.hardware = Hardware()
        self.hub: HubChoice = "huggingface"
        self.mirror = ""
        self.download_folder = ""
        self.hits: tuple[JudgedModel, ...] = ()
        self.hits_words = ""
        self.search_state: SearchState = "idle"
        self.search_problem = ""
        self.token_needed: TokenNeeded | None = None

    @property
    def models(self) -> tuple[InstalledModel, ...]:
        """Every form that is here, those opened by folder included."""
        here = (model for family in self._judged for form in family.forms for model in form.here)
        known: dict[tuple[str, str], InstalledModel] = {}
        for model in (*self._found, *self._opened, *here):
            known.setdefault(identity(model.ref), model)
        return tuple(known.values())

    @property
    def source_hub(self) -> Hub:
        """The hub whose repositories are meant: a mirror has those of Hugging Face."""
        return "modelscope" if self.hub == "modelscope" else "huggingface"

    @property
    def on_mac(self) -> bool:
        """Whether it was judged for a machine with Metal."""
        return self.hardware.working_set_bytes > 0

    def families(self) -> tuple[JudgedModel, ...]:
        """All models, the catalogue's first; what only this machine's disks know after them, the built-in one first."""
        if self._families is None:
            judged = {identity(model.ref) for family in self._judged for form in family.forms for model in form.here}
            others = [model for model in self.models if identity(model.ref) not in judged]
            self._families = (*self._judged, *_families_of(others))
        return self._families

    def forms(self) -> Iterator[tuple[JudgedModel, JudgedForm]]:
        """Every form with its model, those that a hub found after the others."""
        for family in (*self.families(), *self.hits):
            for form in family.forms:
                yield family, form

    def forms_at(self, model: InstalledModel) -> list[tuple[JudgedModel, JudgedForm]]:
        """The forms that this copy is."""
        place = identity(model.ref)
        return [pair for pair in self.forms() if any(identity(copy.ref) == place for copy in pair[1].here)]

    def form_of(self, model: InstalledModel) -> tuple[JudgedModel, JudgedForm] | None:
        """The form that this copy is.

        A folder may be known by another path, as one behind a link is: what has the same weights was judged for it.
        """
        here = self.forms_at(model)
        judged = [pair for pair in here if is_judged(pair[1].verdict)]
        if not judged:
            alike = (pair for pair in self.forms() if any(_weights(copy) == _weights(model) for copy in pair[1].here))
            judged = [pair for pair in alike if is_judged(pair[1].verdict)]
        return next(iter(judged or here), None)

    def best(self) -> JudgedModel | None:
        """The model to open the picker on, if one is any better than the others."""
        return next((family for family in self._judged if family.best), None)

    def offer_of(self, form: JudgedForm) -> Offer | None:
        """Where a form would be fetched from: the hub that was chosen, else the one that has it."""
        at_hub = (offer for offer in form.offers if offer.source.hub == self.source_hub)
        return next(at_hub, form.offers[0] if form.offers else None)

    def ref_of(self, family: JudgedModel, form: JudgedForm, offer: Offer | None = None) -> DownloadRef | None:
        """What fetching a form means now, None where no hub has it. `offer`: from there, whatever hub was chosen."""
        offer = offer or self.offer_of(form)
        if offer is None:
            return None
        others = tuple(other.source for other in form.offers if other.source != offer.source)
        mirrored = self.hub == "mirror" and offer.source.hub == "huggingface"
        return DownloadRef(
            family.spec.name,
            form.form.format,
            form.form.quantization,
            offer.source,
            self.mirror if mirrored else "",
            others,
            self.download_folder,
        )

    def kernel_of(self, form: JudgedForm) -> DownloadRef | None:
        """What fetching the kernel for a form means now; None where it needs none, or has it.

        Kernels come from Hugging Face, or its mirror where that was chosen, whatever hub the model comes from.
        """
        if form.kernel is None or form.kernel.presence == "here":
            return None
        self._note_kernel(form.kernel)
        return kernel_ref(form.kernel.source, self.mirror if self.hub == "mirror" else "")

    def kernel_here(self, form: JudgedForm) -> Offer | None:
        """The kernel for a form as it lies on this machine, whole or damaged; None where it does not."""
        if form.kernel is None or not form.kernel.path:
            return None
        self._note_kernel(form.kernel)
        return form.kernel

    def kernel_bytes(self, kernel: Source) -> int:
        """How large the hub said that a kernel is, 0 until it has."""
        return self._kernels.get(kernel, 0)

    def _note_kernel(self, kernel: Offer) -> None:
        if not kernel.is_estimate:
            self._kernels.setdefault(kernel.source, kernel.download_bytes)

    def size_of(self, offer: Offer) -> tuple[int, bool]:
        """Bytes to download, and whether that is an estimate still."""
        plan = self._plans.get(offer.source)
        return (plan.total_bytes, False) if plan else (offer.download_bytes, offer.is_estimate)

    def disk_free(self) -> int:
        """Free bytes where downloads go, 0 while unknown."""
        plans = list(self._plans.values())
        return plans[-1].disk_free_bytes if plans else self.hardware.disk_free_bytes

    def find(self, ref: ModelRef) -> InstalledModel | None:
        """The installed model that `ref` means."""
        return next((model for model in self.models if identity(model.ref) == identity(ref)), None)

    def find_form(self, ref: ModelRef) -> ModelRef | None:
        """The built-in model in the quantization of `ref`, wherever the app lies now."""
        forms = (model.ref for model in self.models if model.ref.source == "builtin" and not model.problem)
        return next((form for form in forms if form.quantization == ref.quantization), None)

    def default(self) -> ModelRef | None:
        """What a first start loads: the built-in model at 4 bits, or whatever form of it is there."""
        forms = [model.ref for model in self.models if model.ref.source == "builtin" and not model.problem]
        return next((ref for ref in forms if ref.quantization == "4bit"), forms[0] if forms else None)

    def show_found(self, models: tuple[InstalledModel, ...]) -> None:
        """Show what a search of the machine found."""
        self._found, self.searched = models, True
        self._change_families()

    def show_opened(self, model: InstalledModel) -> None:
        """Add a model whose folder a person opened."""
        others = (known for known in self._opened if identity(known.ref) != identity(model.ref))
        self._opened = (*others, model)
        self._change_families()

    def show_judged(self, hardware: Hardware, models: tuple[JudgedModel, ...]) -> None:
        """Show the catalogue as it stands on this machine."""
        self.hardware, self._judged = hardware, models
        self._plans.clear()  # what hubs said is in the offers by now, and the free disk is new
        self._change_families()

    def show_plan(self, plan: DownloadPlanned) -> None:
        """Show what a hub said of a download."""
        if plan.ref.source.kind == "kernel":
            self._kernels[plan.ref.source] = plan.total_bytes
            return
        self._plans.pop(plan.ref.source, None)
        self._plans[plan.ref.source] = plan
        self.sizes_changed.emit()

    def show_choices(self, hub: HubChoice, mirror: str, download_folder: str) -> None:
        """Say which hub, which mirror and which folder a person chose."""
        if (hub, mirror, download_folder) != (self.hub, self.mirror, self.download_folder):
            if hub != self.hub or mirror != self.mirror:
                self.show_no_search()
            self.hub, self.mirror, self.download_folder = hub, mirror, download_folder
            self.hub_changed.emit()

    def show_searching(self, words: str) -> None:
        """Say that a hub is asked for models by these words."""
        self._show_search("searching", words)

    def show_hits(self, models: tuple[JudgedModel, ...]) -> None:
        """Show what the hub found; what the catalogue has itself is left out."""
        repos = {offer.source for family in self._judged for form in family.forms for offer in form.offers}
        new = (hit for hit in models if not any(offer.source in repos for form in hit.forms for offer in form.offers))
        self._show_search("found", self.hits_words, hits=tuple(new))

    def show_search_failed(self, problem: str) -> None:
        """Say why a hub could not be searched."""
        self._show_search("failed", self.hits_words, problem)

    def show_no_search(self) -> None:
        """Forget the last search on a hub."""
        if self.search_state != "idle":
            self._show_search("idle", "")

    def show_token_needed(self, needed: TokenNeeded | None) -> None:
        """Say that a hub wants an access token, or (None) no longer does."""
        if needed != self.token_needed:
            self.token_needed = needed
            self.token_changed.emit()

    def show_deleted(self, freed_bytes: int) -> None:
        """Say how much a deletion brought."""
        self.deleted.emit(freed_bytes)

    def _show_search(
        self, state: SearchState, words: str, problem: str = "", hits: tuple[JudgedModel, ...] = ()
    ) -> None:
        self.search_state, self.hits_words, self.search_problem, self.hits = state, words, problem, hits
        self.hits_changed.emit()

    def _change_families(self) -> None:
        self._families = None
        self.families_changed.emit()


def is_built_in(ref: ModelRef) -> bool:
    """Whether this is the model that Minim comes with."""
    return ref.source == "builtin" or ref.name == POCKET


def is_judged(verdict: Verdict) -> bool:
    """Whether a form was held against the machine: what was found on a disk is shown before that."""
    return verdict.memory_bytes > 0 or verdict.zone != "fits"


def identity(ref: ModelRef) -> tuple[str, str]:
    """What makes an installed form the same one: folder and quantization."""
    return ref.path, ref.quantization


def _weights(model: InstalledModel) -> tuple[str, str, str, int]:
    return model.model_type, model.ref.format, model.ref.quantization, model.size_bytes


def _families_of(models: list[InstalledModel]) -> list[JudgedModel]:
    groups: dict[tuple[str, str], list[InstalledModel]] = {}
    for model in models:
        groups.setdefault((model.ref.name, model.ref.source), []).append(model)
    ordered = sorted(groups.items(), key=lambda group: (group[0][1] != "builtin", group[0][0].lower()))
    return [_family_of(name, sorted(forms, key=_size_order)) for (name, _), forms in ordered]


def _family_of(name: str, forms: list[InstalledModel]) -> JudgedModel:
    context = max(form.context_length for form in forms)
    judged = tuple(_form_of(form) for form in forms)
    spec = ModelSpec(name, "", context, (), ("chat",), tuple(form.form for form in judged), origin="here")
    return JudgedModel(spec, judged)


def _form_of(model: InstalledModel) -> JudgedForm:
    """A form that is known by its folder only: nobody has held it against the machine yet."""
    form = ModelForm(model.ref.format, model.ref.quantization, 0.0, 0.0, model.size_bytes, ())
    verdict = Verdict("fits", "fits", model.engine, model.size_bytes, 0, 0, 0, 0, "", 0, 0, 0, 0.0, "")
    return JudgedForm(form, verdict, (), (model,))


def _size_order(model: InstalledModel) -> tuple[int, str]:
    bits = re.search(r"\d+", model.ref.quantization)
    return (int(bits.group()) if bits else 99, model.ref.quantization)
