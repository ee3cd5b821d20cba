"""Installs an engine into an environment of its own, and removes it: whole or not at all."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import logging
import os
import shutil
import sysconfig
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import EngineInstalled, EnginePlanned, EngineProgress, EngineRemoved
from backends.contract.models import EngineName
from backends.storage.engine_environment import (
    EngineEnvironment,
    engine_folder,
    environment_python,
    is_built_in,
    python_version,
    read_environment,
    write_marker,
)
from backends.workers.base_python import base_python
from backends.workers.download_disk import MARGIN_BYTES, free_bytes
from backends.workers.engine_command import site_folders
from backends.workers.engine_pip import BUILT, Runner, is_new_enough, own_pip, runner_in
from backends.workers.engine_place import alone, has_leftovers, put, put_away, size_of, tidied
from backends.workers.engine_progress import InstallProgress
from backends.workers.engine_recipe import (
    RECIPES,
    EngineRecipe,
    is_here,
    locked,
    packages_in,
    plain_name,
    platform_name,
    read_recipe,
)

_log = logging.getLogger(__name__)

Report = Callable[[EngineProgress], None]

_CHECK = (
    "import importlib, json; sys.path += json.loads(sys.argv[1]); "
    "[importlib.import_module(name) for name in sys.argv[2:]]"
)


class EngineInstaller:
    """Plans, installs and removes engines. `recipes` is where their packages are named."""

    def __init__(self, recipes: Path = RECIPES) -> None:
        self._recipes = recipes
        self._working = threading.Lock()  # tidying up at the start is nothing to refuse an installation for

    def plan(self, engine: EngineName) -> EnginePlanned:
        """What installing an engine takes. The network is not asked."""
        recipe = read_recipe(engine, self._recipes)
        folder = engine_folder(engine)
        sizes = recipe.sizes_here() if recipe is not None else ()
        there = read_environment(engine)
        is_whole = there is not None
        installed = is_built_in(engine) or is_whole
        problem, hint = ("", "") if installed else _problem(engine, recipe)
        lying = size_of(folder)
        return EnginePlanned(
            engine=engine,
            installed=installed,
            download_bytes=sum(size.download_bytes for size in sizes),
            disk_bytes=lying if is_whole else sum(size.disk_bytes for size in sizes),
            disk_free_bytes=free_bytes(folder),
            folder=str(folder) if is_whole or not installed else "",
            problem=problem,
            hint=hint,
            lying_bytes=lying,
            is_outdated=there is not None and recipe is not None and not recipe.is_met_by(there.packages),
        )

    def install(self, engine: EngineName, report: Report, cancelled: Callable[[], bool]) -> EngineInstalled:
        """Install an engine, if it is not there or outdated. Raises MinimError, RequestStopped if cancelled."""
        plan = self.plan(engine)
        recipe = read_recipe(engine, self._recipes)
        if plan.installed and not plan.is_outdated:
            return EngineInstalled(engine)
        if plan.problem or recipe is None:
            raise MinimError("engine_missing", plan.problem, plan.hint)
        needed = plan.download_bytes + plan.disk_bytes + MARGIN_BYTES
        if plan.disk_free_bytes < needed:
            message = f"The {engine} engine needs {_gb(needed)} on the disk while it is installed"
            message += f"; {_gb(plan.disk_free_bytes)} are free where {plan.folder} lies."
            raise MinimError("disk_full", message, "Free some space, then install it again.")
        folder = engine_folder(engine)
        with self._working, alone(folder), tidied(folder) as new:
            installation = _Installation(engine, recipe, self._recipes, new, report, cancelled)
            left_out = installation.run()
            put(new, folder)
        return EngineInstalled(engine, left_out)

    def remove(self, engine: EngineName) -> EngineRemoved:
        """Delete the environment of an engine. Raises MinimError for one that comes with Minim's own Python."""
        folder = engine_folder(engine)
        if not folder.is_dir():
            if is_built_in(engine):
                message = f"The {engine} engine belongs to the Python that Minim runs in, and is not removed by Minim."
                raise MinimError("bad_request", message, "Use the package manager that installed it.")
            return EngineRemoved(engine, 0)
        with self._working, alone(folder), tidied(folder):
            freed = size_of(folder)
            put_away(folder)
        return EngineRemoved(engine, freed)

    def remove_leftovers(self) -> None:
        """Delete what an installation left that was killed, unless another Minim works on it just now."""
        with self._working, contextlib.suppress(MinimError):
            folder = engine_folder("Transformers")
            if has_leftovers(folder):
                with alone(folder), tidied(folder):
                    _log.info("What was left of an installation in %s is removed", folder)


class _Installation:
    """One installation, in the folder `new`."""

    def __init__(
        self,
        engine: EngineName,
        recipe: EngineRecipe,
        recipes: Path,
        new: Path,
        report: Report,
        cancelled: Callable[[], bool],
    ) -> None:
        self._engine: EngineName = engine
        self._recipe = recipe
        self._recipes = recipes
        self._new = new
        self._scratch = new / "tmp"
        self._cancelled = cancelled
        self._progress = InstallProgress(engine, recipe.sizes_here(), report)
        self._site = Path(sysconfig.get_path("purelib", "venv", {"base": str(new), "platbase": str(new)}))

    def run(self) -> tuple[str, ...]:
        """Make the environment, fill it, try it, and mark it as whole; → what it would be better with and lacks.

        Raises MinimError, RequestStopped.
        """
        self._progress.begin("preparing")
        base = base_python()
        assert base is not None  # the plan would have said so
        self._scratch.mkdir(parents=True)
        self._make_environment(base)
        self._runner = Runner(environment_python(self._new), self._scratch, self._progress.hear, self._cancelled)
        self._pip = self._find_pip()
        is_for_cuda = self._fill()
        self._progress.settle()
        self._progress.begin("checking")
        self._check()
        left_out = self._add_optional() if is_for_cuda else ()
        shutil.rmtree(self._scratch, ignore_errors=True)
        os.sync()  # a power failure must not leave the marker, and packages whose files are empty
        if self._cancelled():  # that takes as long as the disk does, and it may have been answered as cancelled by now
            raise RequestStopped
        write_marker(self._new, EngineEnvironment(self._engine, python_version(), packages_in(self._site)))
        return left_out

    def _make_environment(self, base: Path) -> None:
        runner = Runner(base, self._scratch, self._progress.hear, self._cancelled)
        code, output = runner.module("venv", "--without-pip", str(self._new))
        if code != 0:
            _log.info("venv failed with %d:\n%s", code, "\n".join(output))
            hint = "Install Python’s module venv (on Debian and Ubuntu: the package python3-venv), then try again."
            raise MinimError("internal", f"{base} cannot make an environment for the engine.", hint)

    def _find_pip(self) -> Path:
        """This Python's pip if it can be used, else one of the environment's own."""
        mine = own_pip()
        if mine is not None:
            return mine
        code, output = self._runner.module("ensurepip")
        if code != 0:
            _log.info("ensurepip failed with %d:\n%s", code, "\n".join(output))
            hint = "Install pip (on Debian and Ubuntu: the packages python3-pip and python3-venv), then try again."
            raise MinimError("internal", "This Python has no pip, with which engines are installed.", hint)
        pip = runner_in(self._site)
        if not is_new_enough(packages_in(self._site).get("pip", "")):
            self._runner.pip(pip, BUILT, "--upgrade", self._recipe.pip, progress="off")
        return pip

    def _fill(self) -> bool:
        """Bring what is in the recipe. Whether the torch that came was built for CUDA."""
        self._progress.begin("fetching")
        self._runner.pip(self._pip, BUILT, "--no-deps", *self._recipe.first)
        asked_for = [need for name in self._recipe.first for need in self._needs_of(plain_name(name))]
        is_for_cuda = any(plain_name(need).startswith(("nvidia-", "cuda-")) for need in asked_for)
        if not is_for_cuda:
            self._progress.leave_out(size.name for size in self._recipe.sizes_here() if size.cuda)
        if asked_for:
            self._runner.pip(self._pip, BUILT, *asked_for)
        exactly = ("--no-deps", "--require-hashes", "--no-build-isolation", "--requirement")
        self._runner.pip(self._pip, *exactly, str(locked(self._engine, folder=self._recipes)))
        more = locked(self._engine, cuda=True, folder=self._recipes)
        if is_for_cuda and more.is_file():
            self._runner.pip(self._pip, *exactly, str(more))
        return is_for_cuda

    def _add_optional(self) -> tuple[str, ...]:
        """Add what can be had and runs with the engine, which is whole without it; → what is left out."""
        left_out: list[str] = []
        for need in self._recipe.optional:
            name, place = plain_name(need), self._scratch / plain_name(need)
            into = (BUILT, "--no-deps", "--target", str(place))
            try:
                self._runner.pip(self._pip, *into, need, progress="off")
                for more in self._needs_of(name, place):
                    self._runner.pip(self._pip, *into, more, progress="off")
                self._check(name.replace("-", "_"), place=place)
            except MinimError as error:
                _log.info("The %s engine is installed without %s: %s", self._engine, need, error.message)
                left_out.append(need)
            else:
                shutil.copytree(place, self._site, dirs_exist_ok=True)
        return tuple(left_out)

    def _needs_of(self, name: str, site: Path | None = None) -> Iterator[str]:
        """What an installed package requires, and neither Minim's Python nor the locked requirements have."""
        coming = locked(self._engine, folder=self._recipes).read_text(encoding="utf-8")
        there = {plain_name(line) for line in coming.splitlines() if line[:1].isalnum()}
        for distribution in importlib.metadata.distributions(name=name, path=[str(site or self._site)]):
            for text in distribution.requires or ():
                try:
                    need = Requirement(text)
                except InvalidRequirement:
                    continue
                if need.marker is not None and not need.marker.evaluate({"extra": ""}):
                    continue
                if plain_name(need.name) not in there and not is_here(need.name):
                    need.marker = None
                    yield str(need)

    def _check(self, *more: str, place: Path | None = None) -> None:
        """Import what the engine needs, and `more` that lies in `place`."""
        folders = [*([str(place)] if place is not None else []), *site_folders()]
        code, output = self._runner.code(_CHECK, json.dumps(folders), *more, *self._recipe.checked)
        if code != 0:
            _log.info("The %s engine does not run:\n%s", self._engine, "\n".join(output))
            why = output[-1] if output else f"its Python ended with code {code}"
            message = f"The {self._engine} engine was fetched and does not run on this machine: {why}"
            raise MinimError(
                "engine_missing", message, "Nothing was left behind. The log of the downloads worker says more."
            )


def _problem(engine: EngineName, recipe: EngineRecipe | None) -> tuple[str, str]:
    """Why an engine cannot be installed here, and what to do; two empty texts if it can."""
    if recipe is None:
        return (
            f"The {engine} engine comes with Minim where it runs, and cannot be installed here.",
            "Install Minim again.",
        )
    if not recipe.sizes_here():
        message = f"Minim knows no packages of the {engine} engine for this machine ({platform_name()})."
        return message, "Where there are some, install them into the Python that Minim runs in: its extra “cuda”."
    if base_python() is None:
        message = f"Installing the {engine} engine takes Python {python_version()}, which is not on this machine."
        return message, f"Install Python {python_version()} so that `python{python_version()}` runs in a terminal."
    return "", ""


def _gb(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
