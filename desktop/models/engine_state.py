"""The engines beside the one that comes with Minim: what they take, how an installation fares, what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from backends.contract.events import EnginePlanned, EngineProgress
from backends.contract.models import EngineName, ModelRef

INSTALLABLE: tuple[EngineName, ...] = ("Transformers",)
"""MLX comes with Minim."""


class EngineState(QObject):
    """Plain values with one signal; changed by `EngineQueue` on the GUI thread only. One is installed at a time."""

    engines_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plans: dict[EngineName, EnginePlanned] = {}
        self._problems: dict[EngineName, str] = {}
        self.installing: EngineName | None = None
        self.progress: EngineProgress | None = None
        self.wanted: ModelRef | None = None
        """The model that an engine is being installed for, or was to be when that failed."""

    @property
    def plans(self) -> tuple[EnginePlanned, ...]:
        """All that is known of engines that can be installed."""
        return tuple(self._plans.values())

    def plan_of(self, engine: EngineName) -> EnginePlanned | None:
        """What installing an engine takes; None while that is not known."""
        return self._plans.get(engine)

    def problem_of(self, engine: EngineName) -> str:
        """Why the last attempt to install an engine failed, "" if it did not."""
        return self._problems.get(engine, "")

    def has_room(self, engine: EngineName) -> bool:
        """Whether the disk has room for an engine and for its packages beside it, as far as that is known."""
        plan = self._plans.get(engine)
        return plan is None or not plan.disk_free_bytes or room_needed(plan) <= plan.disk_free_bytes

    def lacks(self, engine: EngineName) -> bool:
        """Whether an engine is known not to be installed."""
        plan = self._plans.get(engine)
        return plan is not None and not plan.installed

    def has(self, engine: EngineName) -> bool:
        """Whether an engine is known to be installed."""
        plan = self._plans.get(engine)
        return engine not in INSTALLABLE or (plan is not None and plan.installed)

    def can_install(self, engine: EngineName) -> bool:
        """Whether installing an engine may be offered."""
        plan = self._plans.get(engine)
        return plan is not None and not plan.installed and not plan.problem and self.has_room(engine)

    def can_remove(self, engine: EngineName) -> bool:
        """Whether an engine lies in an environment of its own, whole or not, and not in Minim's."""
        plan = self._plans.get(engine)
        return plan is not None and (plan.lying_bytes > 0 or (plan.installed and bool(plan.folder)))

    def show_plan(self, plan: EnginePlanned) -> None:
        """Show what an engine takes, and whether it is installed."""
        if self._plans.get(plan.engine) != plan:
            self._plans[plan.engine] = plan
            self.engines_changed.emit()

    def show_installing(self, engine: EngineName, wanted: ModelRef | None = None) -> None:
        """Say that an engine is being installed, and for which model."""
        self.installing, self.wanted, self.progress = engine, wanted, None
        self._problems.pop(engine, None)
        self.engines_changed.emit()

    def show_progress(self, progress: EngineProgress) -> None:
        """Say how far the installation has come."""
        if self.installing == progress.engine and progress != self.progress:
            self.progress = progress
            self.engines_changed.emit()

    def show_ended(self, problem: str = "") -> None:
        """The installation is over; `problem` says why it failed, "" if it did not, or was cancelled."""
        engine, self.installing, self.progress = self.installing, None, None
        if engine is not None and problem:
            self._problems[engine] = problem
        else:
            self.wanted = None
        self.engines_changed.emit()


def room_needed(plan: EnginePlanned) -> int:
    """Bytes that must be free while an engine is installed: its packages are there twice."""
    return plan.download_bytes + plan.disk_bytes
