"""What the downloads worker knows of this machine: its hardware, the engines, and the models that are on it."""

from __future__ import annotations

from msgspec import Struct

from backends.contract.catalog import Hardware
from backends.contract.commands import FindModels, JudgeCatalog, PlanEngine
from backends.contract.events import CatalogJudged, EnginePlanned, ModelsChanged
from backends.contract.models import EngineName, InstalledModel
from backends.contract.preferences import Preferences
from backends.report.asking import Asked

_ENGINES: tuple[EngineName, ...] = ("MLX", "Transformers")
_SECONDS = 50.0


class Facts(Struct, frozen=True):
    """Of the person's own home, not of the one that is tested in."""

    hardware: Hardware = Hardware()
    engines: tuple[EnginePlanned, ...] = ()
    models: tuple[InstalledModel, ...] = ()

    def has(self, engine: EngineName) -> bool:
        """Whether an engine is installed."""
        return any(plan.installed and plan.engine == engine for plan in self.engines)


def gather(preferences: Preferences) -> Facts:
    """Ask a downloads worker of its own. Nothing is fetched and nothing changed. Raises MinimError."""
    folders = preferences.model_folders
    worker = Asked("downloads")
    try:
        judged = worker.ask(JudgeCatalog(None, folders, preferences.download_folder), CatalogJudged, _SECONDS)
        engines = tuple(worker.ask(PlanEngine(engine), EnginePlanned, _SECONDS) for engine in _ENGINES)
        models = worker.ask(FindModels(folders), ModelsChanged, _SECONDS).models
    finally:
        worker.end()
    return Facts(judged.hardware, engines, models)
