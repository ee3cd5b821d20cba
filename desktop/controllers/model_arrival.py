"""What becomes of a model that has come, and of one that `minim launch` asks for: look, plan, fetch, load."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from backends.contract.catalog import JudgedForm, JudgedModel
from backends.contract.downloads import Download, DownloadRef
from backends.contract.events import DownloadPlanned
from backends.contract.models import EngineName, InstalledModel, LaunchChoice, ModelRef
from desktop.models import download_words, engine_words, words
from desktop.models.catalog_model import CatalogModel, is_built_in
from desktop.models.engine_state import INSTALLABLE
from desktop.models.form_state import lacking_engine
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import Notice, SessionState


class ModelArrival(QObject):
    """Offers to load what has come; loads by itself only what is waited for, and only where it fits.

    `is_answering`: whether an answer is being written, in whichever conversation; a load would break it off.
    """

    form_requested = Signal(str, str, str, float)
    """Show this form in the picker: model, format, quantization, billions of parameters (0: of whatever size)."""
    judge_requested = Signal()
    plan_requested = Signal(object)
    """The `DownloadRef` whose files a hub is to be asked for."""
    start_requested = Signal(object)
    """`DownloadRef`"""
    kernel_question_requested = Signal(str, str, str, float)
    """Ask in the picker whether the kernel comes with this form, named as in `form_requested`; then fetch it."""
    load_question_requested = Signal(object, str, str, str, float)
    """Say in the picker what speaks against loading this `ModelRef`, of the form that the others name, and ask."""
    load_requested = Signal(object, object)
    """`ModelRef`, and the `EngineName` that was chosen for it, or None."""
    engine_plan_requested = Signal(object)
    """The `EngineName` of which it is not known whether it is installed."""
    engine_offer_requested = Signal(object, str, str, str, float)
    """Offer to install this engine (`EngineName`) beside the form that the others name as in `form_requested`."""
    problem_found = Signal(str, str)
    """What happened, and what to do."""

    def __init__(
        self,
        catalog: CatalogModel,
        state: SessionState,
        preferences: PreferenceState,
        is_answering: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._engines = catalog.engines
        self._state = state
        self._preferences = preferences
        self._is_answering = is_answering
        self._launch: LaunchChoice | None = None
        self._planned = ""
        self._coming = ""
        self._engine: EngineName | None = None
        self._engine_asked = False
        self._arrived: list[Download] = []

    def launch(self, choice: LaunchChoice) -> None:
        """Load this form if it is here and fits; else fetch it, and load it when it has come."""
        if choice.hub:
            self._preferences.replace(hub=choice.hub)
        self._launch, self._engine = choice, choice.engine
        self._engine_asked = choice.engine in INSTALLABLE
        self._show(choice)
        if self._engine_asked:
            self.engine_plan_requested.emit(choice.engine)
        self.judge_requested.emit()

    def take_engine_plan(self) -> None:
        """It is known whether the engine that was named is installed."""
        if self._engine_asked:
            self._engine_asked = False
            self.go_on()

    def go_on(self) -> None:
        """The catalogue was judged, or a token was given: go on with what `minim launch` asked for."""
        choice = self._launch
        if choice is None or self._engine_asked or not self._catalog.hardware.memory_bytes:
            return
        found = self._find(choice)
        if found is None:
            self._launch = None
            message = self.tr("The catalogue has no %s as %s %s.") % (choice.name, choice.format, choice.quantization)
            self.problem_found.emit(message, "")
            return
        family, form = found
        if not self._planned:
            self._show(choice)
        here = next((model for model in form.here if not model.problem), None)
        ref = self._catalog.ref_of(family, form)
        if here is not None:
            self._launch = None
            self._load_if_fits(here, family, form)
        elif self._engine_is_refused():
            self._launch = None
            self.problem_found.emit(engine_words.needed(choice.engine, self._engines), "")
        elif ref is None:
            self._launch = None
            self.problem_found.emit(self.tr("No hub is known to have %s.") % choice.name, "")
        elif self._planned != ref.id:
            self._planned = ref.id
            self.plan_requested.emit(ref)

    def take_plan(self, plan: DownloadPlanned) -> None:
        """The command is the consent to fetch the model, not a kernel; whether it has room is known now."""
        if self._launch is None or plan.ref.id != self._planned:
            return
        found = self._find(self._launch)
        self._launch, self._planned = None, ""
        needed = plan.total_bytes - plan.here_bytes
        if needed > plan.disk_free_bytes:
            message = self.tr("%s has no room on the disk: it takes %s, and %s are free.")
            room = words.size(needed), words.size(plan.disk_free_bytes)
            hint = self.tr("Free some space, or choose another folder in the settings.")
            self.problem_found.emit(message % (download_words.title(plan.ref), *room), hint)
            return
        self._coming = plan.ref.id
        if found is not None and self._catalog.kernel_of(found[1]) is not None:
            self.kernel_question_requested.emit(*_spelled(*found))
        else:
            self.start_requested.emit(plan.ref)

    def give_up(self, ref: DownloadRef, message: str, hint: str) -> None:
        """The hub could not say what `minim launch` would fetch."""
        if self._launch is not None and ref.id == self._planned:
            self._launch, self._planned = None, ""
            self.problem_found.emit(message, hint)

    def try_again(self) -> None:
        """A token was given: ask the hub once more."""
        self._planned = ""
        self.go_on()

    def want(self, ref: DownloadRef) -> None:
        """A person waits for this: it is loaded when it has come, where it fits and its engine is here."""
        if ref.source.kind == "model":
            self._coming, self._engine = ref.id, None

    def follow(self, ref: DownloadRef, other: DownloadRef) -> None:
        """Another hub goes on with a download: who waited for that waits for this."""
        if self._coming == ref.id:
            self._coming = other.id

    def take_choice(self, model: ModelRef) -> None:
        """A person loads another model: what comes later is offered, and does not take its place.

        The built-in one is what one talks to meanwhile.
        """
        if not is_built_in(model):
            self._coming = ""

    def take_folder(self, model: InstalledModel) -> None:
        """A person opened a folder with this model."""
        if not model.problem:
            self.take_choice(model.ref)

    def expect(self, download: Download) -> None:
        """A download is whole; where its model lies is known when this machine was looked through again."""
        if download.ref.source.kind == "model":  # a kernel is nothing to load
            self._arrived.append(download)

    def take_models(self) -> None:
        """This machine was looked through, or judged anew: offer to load what has come.

        What a judgement is to follow for waits for it: only then is it known whether the model fits as it is here.
        """
        waiting: list[Download] = []
        for download in self._arrived:
            model = self.model_at(download.path)
            if model is None or not self._is_judged(model):
                waiting.append(download)
            elif model.problem:
                continue
            elif self._is_expected(download, model) and not self._is_answering():
                self._load_or_offer(model)
            else:
                self._tell(download, model)
        self._arrived = waiting

    def load_folder(self, path: str) -> None:
        """Load the model that lies in this folder."""
        if (model := self.model_at(path)) is not None:
            self.load_model(model)
        else:
            self.problem_found.emit(self.tr("There is no model in %s any more.") % path, "")

    def load_model(self, model: InstalledModel) -> None:
        """Load a model; before one that does not fit, or an engine that is not installed, the picker asks."""
        found = self._catalog.form_of(model)
        lacking = lacking_engine(found[1], self._catalog) if found is not None else None
        if model.problem:
            self.problem_found.emit(model.problem, model.hint)
        elif found is not None and lacking is not None:
            self._offer(*found, lacking)
        elif found is not None and found[1].verdict.zone != "fits":
            self.load_question_requested.emit(model.ref, *_spelled(*found))
        else:
            self.load_requested.emit(model.ref, None)

    def take_engine(self, engine: EngineName, model: ModelRef | None) -> None:
        """An engine is installed: load what it was installed for. An answer that is being written is left in peace."""
        if model is not None and not self._is_answering():
            self.load_requested.emit(model, engine)
        else:
            message = self.tr("The %s engine is installed.") % engine
            self._state.show_notice(Notice(message, offers=model, offers_engine=engine, is_error=False))

    def model_at(self, path: str) -> InstalledModel | None:
        """The model that lies in this folder."""
        return next((model for model in self._catalog.models if model.ref.path == path), None)

    def _show(self, choice: LaunchChoice) -> None:
        self.form_requested.emit(choice.name, choice.format, choice.quantization, choice.size_in_billions)

    def _find(self, choice: LaunchChoice) -> tuple[JudgedModel, JudgedForm] | None:
        for family, form in self._catalog.forms():
            spelled = (family.spec.name, form.form.format, form.form.quantization)
            of_size = choice.size_in_billions in (0, form.form.size_in_billions)
            if spelled == (choice.name, choice.format, choice.quantization) and of_size:
                return family, form
        return None

    def _is_judged(self, model: InstalledModel) -> bool:
        """Whether a judgement knows of this copy; where nothing was judged yet, none is waited for."""
        judged = (form.verdict.memory_bytes for _, form in self._catalog.forms_at(model))
        return not self._catalog.hardware.memory_bytes or any(judged)

    def _is_expected(self, download: Download, model: InstalledModel) -> bool:
        """Whether this is what `minim launch` or a person waits for, and can be loaded."""
        expected = self._coming == download.ref.id
        if expected:
            self._coming = ""
        found = self._catalog.form_of(model) if self._engine is None else None
        lacks_engine = found is not None and lacking_engine(found[1], self._catalog) is not None
        return expected and self._fits(download.ref) and not lacks_engine

    def _fits(self, ref: DownloadRef) -> bool:
        forms = (form for _, form in self._catalog.forms() if any(offer.source == ref.source for offer in form.offers))
        return next((form.verdict.zone for form in forms), "fits") == "fits"

    def _load_if_fits(self, model: InstalledModel, family: JudgedModel, form: JudgedForm) -> None:
        """What does not fit stays shown in the picker, which warns before it loads."""
        if self._engine is not None and self._engines.lacks(self._engine) and form.verdict.zone != "no_engine":
            self._offer(family, form, self._engine)
        elif form.verdict.zone == "fits":
            self.load_requested.emit(model.ref, self._engine)

    def _load_or_offer(self, model: InstalledModel) -> None:
        found = self._catalog.form_of(model)
        if found is None:
            self.load_requested.emit(model.ref, self._engine)
        else:
            self._load_if_fits(model, *found)

    def _offer(self, family: JudgedModel, form: JudgedForm, engine: EngineName | None) -> None:
        """Offer an engine beside a form; where it cannot be installed, say why."""
        self.form_requested.emit(*_spelled(family, form))
        if engine is not None and self._engines.can_install(engine):
            self.engine_offer_requested.emit(engine, *_spelled(family, form))
        elif engine is not None:
            self.problem_found.emit(engine_words.needed(engine, self._engines), "")

    def _engine_is_refused(self) -> bool:
        """Whether the engine that was named is not here, and cannot be: what needs it is not fetched then."""
        engine = self._engine
        return engine is not None and self._engines.lacks(engine) and not self._engines.can_install(engine)

    def _tell(self, download: Download, model: InstalledModel) -> None:
        message = self.tr("%s is here.") % download_words.title(download.ref)
        if model.engine is None:
            hint = self.tr("No engine on this machine runs it.")
            self._state.show_notice(Notice(message, hint, is_error=False))
        elif (found := self._catalog.form_of(model)) and (engine := lacking_engine(found[1], self._catalog)):
            hint = self.tr("It needs the %s engine, which is not installed: open it among the models.") % engine
            self._state.show_notice(Notice(message, hint, is_error=False))
        elif not self._fits(download.ref):
            hint = self.tr("This machine is small for it: open it among the models, which say what to expect.")
            self._state.show_notice(Notice(message, hint, is_error=False))
        else:
            self._state.show_notice(Notice(message, offers=model.ref, is_error=False))


def _spelled(family: JudgedModel, form: JudgedForm) -> tuple[str, str, str, float]:
    """A form as `form_requested` names it."""
    return family.spec.name, form.form.format, form.form.quantization, form.form.size_in_billions
