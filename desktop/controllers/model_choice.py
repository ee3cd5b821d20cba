"""Which model is loaded at start, and what becomes of a folder that a person opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from backends.contract.models import InstalledModel, ModelRef
from backends.conversation.model_choice import may_load_unasked, model_memory
from desktop.models.catalog_model import CatalogModel, is_built_in
from desktop.models.engine_state import INSTALLABLE
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState


class ModelChoice(QObject):
    """Loads once at start, and never by itself after that."""

    search_requested = Signal(tuple)
    """Look for models, in these folders too."""
    judge_requested = Signal()
    """Find out what this machine has."""
    choose_requested = Signal(object, object)
    """The `ModelRef` that answers, and is loaded with the first message; the `EngineName` chosen for it, or None."""
    load_requested = Signal(object, object)
    """`ModelRef`, and the `EngineName` that was chosen for it the last time, or None."""
    engines_requested = Signal()
    """Find out which engines are installed."""
    folder_ready = Signal(object)
    """The `InstalledModel` of a folder that was opened: all is known of it that decides whether it is loaded."""
    problem_found = Signal(str, str)
    """What is wrong with a model, and what to do."""

    def __init__(
        self,
        catalog: CatalogModel,
        state: SessionState,
        preferences: PreferenceState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._state = state
        self._preferences = preferences
        self._due = preferences.value.load_model_at_start
        self._opened: InstalledModel | None = None
        self._engines_asked = False

    def begin(self) -> None:
        """Show the last model, and look for all there are, and at the machine: what is large is not loaded unasked."""
        model = self._last()
        if self._due and model is not None:
            self.choose_requested.emit(model, self._preferences.value.engine)
            self.judge_requested.emit()
        self.search()

    def cancel(self) -> None:
        """Load nothing at this start."""
        self._due = False

    def search(self) -> None:
        """Look for models on this machine."""
        self.search_requested.emit(self._preferences.value.model_folders)

    def load_first(self) -> None:
        """Load the last model if it is small enough for that; the built-in one, which may have moved, as soon as found.

        At a first start, that is the built-in model in its usual form.
        """
        if not self._due or not self._catalog.searched:
            return
        model, engine = self._last(), self._preferences.value.engine
        if model is not None and not self._catalog.hardware.memory_bytes:
            return  # it is being looked at
        self._due = False
        if self._state.model is not None and self._state.resting != "unasked":
            return  # somebody was quicker
        if model is None:
            last = self._preferences.value.model
            model = self._catalog.find_form(last) if last else None
            if model is None:
                model, engine = self._catalog.default(), None
        elif not self._may_load(model):
            return
        if model is not None:
            self.load_requested.emit(model, engine)

    def take_folder(self, model: InstalledModel) -> None:
        """Remember a folder that was opened; what it holds is being judged, and may need an engine."""
        folders = self._preferences.value.model_folders
        if model.ref.path not in folders:
            self._preferences.replace(model_folders=(*folders, model.ref.path))
        if model.problem:
            self.problem_found.emit(model.problem, model.hint)
        elif any(self._catalog.engines.plan_of(engine) is None for engine in INSTALLABLE):
            self._engines_asked = True
            self.engines_requested.emit()

    def take_judged(self, model: InstalledModel) -> None:
        """What a folder holds was held against this machine."""
        self._opened = model
        self._go_on()

    def take_engine_plan(self) -> None:
        """It is known which engines are installed, or nobody can say."""
        self._engines_asked = False
        self._go_on()

    def _go_on(self) -> None:
        if self._opened is not None and not self._engines_asked:
            opened, self._opened = self._opened, None
            self.folder_ready.emit(opened)

    def _last(self) -> ModelRef | None:
        """The model that was used last, if it is not the built-in one."""
        model = self._preferences.value.model
        return None if model is None or is_built_in(model) else model

    def _may_load(self, model: ModelRef) -> bool:
        found = self._catalog.find(model)
        if found is None:
            return not Path(model.path).is_dir()  # to be told that it is gone costs nothing
        return may_load_unasked(found.size_bytes, model_memory(self._catalog.hardware))
