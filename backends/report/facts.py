"""What the downloads worker knows of this machine: its hardware, the engines, and the models that are on it."""

from __future__ import annotations

from contextlib import suppress

from msgspec import Struct

from backends.contract.catalog import Hardware
from backends.contract.commands import Command, FindModels, JudgeCatalog, PlanEngine
from backends.contract.errors import MinimError
from backends.contract.events import CatalogJudged, EnginePlanned, ModelsChanged
from backends.contract.models import EngineName, InstalledModel
from backends.contract.preferences import Preferences
from backends.report.asking import Answer, Asked

_ENGINES: tuple[EngineName, ...] = ("MLX", "Transformers")
_SECONDS = 50.0


class Facts(Struct, frozen=True):
    """Of the person's own home, not of the one that is tested in."""

    hardware: Hardware = Hardware()
    engines: tuple[EnginePlanned, ...] = ()
    models: tuple[InstalledModel, ...] = ()
    problem: str = ""

    def has(self, engine: EngineName) -> bool:
        """Whether an engine is installed."""
        return any(plan.installed and plan.engine == engine for plan in self.engines)


def gather(preferences: Preferences) -> Facts:
    """Ask a downloads worker of its own; what it cannot say is the `problem`. Nothing is fetched or changed."""
    worker = Asked("downloads")
    problems: list[str] = []

    def ask(command: Command, kind: type[Answer]) -> list[Answer]:
        try:
            return [worker.ask(command, kind, _SECONDS)]
        except MinimError as error:
            problems.append(f"{error.message} {error.hint}".strip())
            return []

    folders = preferences.model_folders
    judged = ask(JudgeCatalog(None, folders, preferences.download_folder), CatalogJudged)
    engines = [plan for engine in _ENGINES for plan in ask(PlanEngine(engine), EnginePlanned)]
    found = ask(FindModels(folders), ModelsChanged)
    with suppress(MinimError):  # its end is a row of its own
        worker.end()
    hardware = judged[0].hardware if judged else Hardware()
    models = found[0].models if found else ()
    return Facts(hardware, tuple(engines), models, problems[0] if problems else "")
