"""What `minim download` fetches: a name and a few options become a form of a model at a hub."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from backends.contract.catalog import JudgedForm, JudgedModel, Offer, Presence, Source
from backends.contract.commands import SearchHub
from backends.contract.downloads import DownloadRef, kernel_ref
from backends.contract.errors import MinimError
from backends.contract.events import CatalogJudged, HubFound, TokenNeeded
from backends.contract.models import Hub
from backends.contract.preferences import Preferences
from backends.terminal.asking import Downloads, place
from backends.terminal.catalog import whole_catalog
from backends.terminal.forms import Match, Wish, choose_form, find_model, require_model, source_of
from backends.terminal.words import HUB_NAMES, form_words, machine_words

_DISKS = (Path("/Volumes"), Path("/mnt"), Path("/media"))
_DISKS_OF_USERS = (Path("/media"), Path("/run/media"))


class DownloadRequest(Struct, frozen=True):
    """What `minim download` was asked to do; "" for what was not said. `kernel` None: the person is asked."""

    name: str
    format: str = ""
    quantization: str = ""
    size_in_billions: float = 0.0
    hub: Hub | None = None
    endpoint: str = ""
    folder: str = ""
    as_json: bool = False
    kernel: bool | None = None


class Choice(Struct, frozen=True):
    """What to fetch, whether it is here, and in which folder. `kernel` is what it needs beside it and is not here."""

    ref: DownloadRef
    presence: Presence = "absent"
    path: str = ""
    kernel: DownloadRef | None = None


class Chooser:
    """Finds out what was meant. `say` is told what was chosen and what it will be worth here."""

    def __init__(
        self, downloads: Downloads, request: DownloadRequest, preferences: Preferences, say: Callable[[str], None]
    ) -> None:
        self._downloads = downloads
        self._request = request
        self._say = say
        self._folder = str(_made(place(request.folder))) if request.folder else preferences.download_folder
        self._hub: Hub = request.hub or ("modelscope" if preferences.hub == "modelscope" else "huggingface")
        mirrored = request.hub is None and preferences.hub == "mirror"
        self._endpoint = request.endpoint or (preferences.mirror if mirrored else "")

    def choose(self) -> Choice:
        """What to fetch. Raises MinimError with what there is instead, and as `Downloads.ask` does."""
        request = self._request
        models = self._downloads.ask(whole_catalog(), CatalogJudged).models
        model = find_model(models, request.name)
        if model is None and "/" in request.name:
            model = self._searched(request.name)
            if model is None:
                # A search knows less than the hub: whether there is such a repository, the plan tells.
                source = Source(self._hub, request.name)
                return Choice(self._ref(request.name, request.format, request.quantization, source, ()))
        elif model is None:
            model = require_model(models, request.name)
        wish = Wish(request.name, request.format, request.quantization, request.size_in_billions, request.hub)
        match = choose_form(model, wish)
        source = source_of(match.form, self._hub) or next(iter(match.form.form.sources), None)
        if source is None:
            raise MinimError("bad_request", f"{model.spec.name} is at no hub: there is nothing to fetch.")
        offer = next((offer for offer in match.form.offers if offer.source == source), None)
        self._tell(match, source, offer)
        others = tuple(other for other in match.form.form.sources if other.hub != source.hub)
        form = match.form.form
        ref = self._ref(model.spec.name, form.format, form.quantization, source, others)
        kernel = self._kernel_of(match.form)
        return Choice(ref, offer.presence, offer.path, kernel) if offer is not None else Choice(ref, kernel=kernel)

    def _kernel_of(self, form: JudgedForm) -> DownloadRef | None:
        if form.kernel is None or form.kernel.presence == "here":
            return None
        return kernel_ref(form.kernel.source, self._endpoint if self._hub == form.kernel.source.hub else "")

    def _searched(self, name: str) -> JudgedModel | None:
        """A repository that the catalogue does not know."""
        found = self._downloads.ask(SearchHub(self._hub, name, self._endpoint), HubFound, TokenNeeded)
        return find_model(found.models, name) if isinstance(found, HubFound) else None

    def _tell(self, match: Match, source: Source, offer: Offer | None) -> None:
        form, verdict = match.form.form, match.form.verdict
        if match.chosen:
            which = "The recommended form" if match.form.recommended else "The first of its forms"
            self._say(f"{which} is taken: --format {form.format} --quantization {form.quantization}")
        if source.hub != self._hub:
            self._say(f"It is not at {HUB_NAMES[self._hub]}, and is fetched from {HUB_NAMES[source.hub]}.")
        self._say(f"{match.model.spec.name} · {form_words(match.form, offer)}")
        if verdict.zone in ("will_not_load", "no_engine"):
            machine = machine_words(verdict)
            self._say(f"It will not run on this machine{f': it {machine}' if machine else ''}.")
        elif verdict.zone == "will_crawl":
            self._say("On this machine it will take seconds for every token.")

    def _ref(self, model: str, form: str, quantization: str, source: Source, others: tuple[Source, ...]) -> DownloadRef:
        endpoint = self._endpoint if source.hub == self._hub else ""
        return DownloadRef(model, form, quantization, source, endpoint, others, self._folder)


def _made(folder: Path) -> Path:
    """The folder, made if only it is missing, unless it would lie where a disk is to appear that is not connected."""
    awaits_disk = folder.parent in _DISKS or folder.parent.parent in _DISKS_OF_USERS
    if not folder.exists() and folder.parent.is_dir() and not awaits_disk:
        with suppress(OSError):  # what is wrong with it, the plan tells
            folder.mkdir()
    return folder
