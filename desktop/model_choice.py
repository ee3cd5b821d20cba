"""Which model is loaded at start, and what becomes of a folder that a person opened."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from backends.contract.models import InstalledModel
from desktop.models.catalog_model import CatalogModel, is_built_in
from desktop.models.preference_state import PreferenceState
from desktop.models.session_state import SessionState


class ModelChoice(QObject):
    """Loads once at start, and never by itself after that."""

    search_requested = Signal(tuple)
    """Look for models, in these folders too."""
    load_requested = Signal(object)
    """`ModelRef`"""
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

    def begin(self) -> None:
        """Load the last model, and look for all there are. The built-in one is looked for first: it may have moved."""
        model = self._preferences.value.model
        if self._due and model is not None and not is_built_in(model):
            self._due = False
            self.load_requested.emit(model)
        self.search()

    def cancel(self) -> None:
        """Load nothing at this start."""
        self._due = False

    def search(self) -> None:
        """Look for models on this machine."""
        self.search_requested.emit(self._preferences.value.model_folders)

    def load_first(self) -> None:
        """Load the built-in model as it was used last; at a first start, in its usual form."""
        if not self._due or self._state.model is not None:
            return
        self._due = False
        last = self._preferences.value.model
        model = (self._catalog.find_form(last) if last else None) or self._catalog.default()
        if model is not None:
            self.load_requested.emit(model)

    def take_folder(self, model: InstalledModel) -> None:
        """Remember a folder that was opened, and load what it holds."""
        folders = self._preferences.value.model_folders
        if model.ref.path not in folders:
            self._preferences.replace(model_folders=(*folders, model.ref.path))
        if model.problem:
            self.problem_found.emit(model.problem, model.hint)
        else:
            self.load_requested.emit(model.ref)
