"""`minim engines`: what runs models, what is installed of it and where, and installing and removing it."""

from __future__ import annotations

import sys

import msgspec
from msgspec import Struct

from backends.contract.commands import InstallEngine, PlanEngine, RemoveEngine
from backends.contract.errors import MinimError
from backends.contract.events import (
    EngineInstalled,
    EnginePlanned,
    EngineProgress,
    EngineRemoved,
    Event,
    RequestCancelled,
)
from backends.contract.models import EngineName
from backends.terminal.asking import Downloads
from backends.terminal.output import harmless, print_event, say, say_failure
from backends.terminal.progress import Progress
from backends.terminal.words import size_words
from backends.terminal.workers import Workers

FINE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
ENGINES: dict[str, EngineName] = {"mlx": "MLX", "transformers": "Transformers"}
_PHASES = {"preparing": "Preparing", "fetching": "Fetching", "installing": "Installing", "checking": "Trying it"}


class EnginesRequest(Struct, frozen=True):
    """What `minim engines` was asked to do; with nothing to install or remove, it lists. `yes`: without asking."""

    install: EngineName | None = None
    remove: EngineName | None = None
    yes: bool = False
    as_json: bool = False


def run_engines(workers: Workers, request: EnginesRequest) -> int:
    """Carry out `minim engines`; → exit code. Raises MinimError, and KeyboardInterrupt on Ctrl+C."""
    if request.install is not None:
        return _Installation(workers, request.install, request).run()
    downloads = Downloads(workers)
    if request.remove is not None:
        removed = downloads.ask(RemoveEngine(request.remove), EngineRemoved)
        if request.as_json:
            print_event(removed)
        elif removed.freed_bytes:
            say(f"{request.remove} is removed: {size_words(removed.freed_bytes)} are free again.")
        else:
            say(f"{request.remove} was not installed.")
        return FINE
    plans = [downloads.ask(PlanEngine(engine), EnginePlanned) for engine in ENGINES.values()]
    downloads.end()
    if request.as_json:
        lines = ",\n".join(msgspec.json.encode(_row(plan)).decode() for plan in plans)
        sys.stdout.write(f"[\n{lines}\n]\n")
    else:
        sys.stdout.writelines(f"{harmless(line)}\n" for plan in plans for line in engine_lines(plan))
    return FINE


def engine_lines(plan: EnginePlanned) -> list[str]:
    """An engine in words: whether it is here, how large it is, and where."""
    if plan.installed:
        where = f"{size_words(plan.disk_bytes)} in {plan.folder}" if plan.folder else "in Minim’s own Python"
        again = f"  An earlier Minim installed it. To install it again: minim engines --install {plan.engine.lower()}"
        return [f"{plan.engine} · installed · {where}", *([again] if plan.is_outdated else [])]
    lying = f"{size_words(plan.lying_bytes)} of an earlier installation lie in {plan.folder}"
    said = [f"  {text}" for text in (plan.problem, plan.hint, lying if plan.lying_bytes else "") if text]
    if plan.problem:
        return [f"{plan.engine} · not installed", *said]
    install = f"  minim engines --install {plan.engine.lower()}"
    return [f"{plan.engine} · not installed · {_sizes(plan)}", *said, install]


class _Installation:
    """One installation, from the question to its end."""

    def __init__(self, workers: Workers, engine: EngineName, request: EnginesRequest) -> None:
        self._workers = workers
        self._engine: EngineName = engine
        self._request = request
        self._downloads = Downloads(workers, on_progress=self._show)
        self._progress = Progress(quiet=request.as_json)
        self._interrupted = False

    def run(self) -> int:
        plan = self._downloads.ask(PlanEngine(self._engine), EnginePlanned)
        self._tell(plan)
        if plan.installed and not plan.is_outdated:
            self._say(f"{self._engine} is installed already.")
            return FINE
        if plan.problem:
            say_failure(plan.problem, plan.hint)
            return FAILED
        if not self._request.yes:
            agreed = self._ask(plan)
            if agreed != FINE:
                return agreed
        return self._install()

    def _ask(self, plan: EnginePlanned) -> int:
        """FINE if the person agrees."""
        say(harmless(f"{self._engine}: {_sizes(plan)} ({size_words(plan.disk_free_bytes)} free), in {plan.folder}"))
        if not sys.stdin.isatty():
            say_failure("Nobody can be asked here whether to fetch it.", "Add --yes to install it without asking.")
            return USAGE
        sys.stderr.write("Install it? [y/N] ")
        sys.stderr.flush()
        with self._workers.reading():
            answer = sys.stdin.readline()
        return FINE if answer.strip().casefold() in ("y", "yes") else FAILED

    def _install(self) -> int:
        self._downloads.send(InstallEngine(self._engine))
        try:
            self._downloads.watch(lambda: self._downloads.answered, self._stop)
        finally:
            self._progress.end_line()
        failure, answer = self._downloads.failure, self._downloads.answer
        if failure is not None:
            if self._request.as_json:
                print_event(failure)
            raise MinimError(failure.kind, failure.message, failure.hint)
        if answer is not None:
            self._tell(answer)
        if isinstance(answer, RequestCancelled):
            self._say("Stopped. Nothing was left behind.")
            return INTERRUPTED
        if not isinstance(answer, EngineInstalled):
            raise MinimError("internal", f"The downloads worker answered with {type(answer).__name__}.")
        self._say(f"{self._engine} is installed: the next model that needs it uses it.")
        if answer.left_out:
            self._say(f"Without {', '.join(answer.left_out)}, which could not be had: FP8 is turned into 16 bits.")
        return FINE

    def _stop(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True
        self._progress.end_line()
        self._say("Stopping…")
        self._downloads.cancel()

    def _show(self, event: EngineProgress) -> None:
        self._tell(event)
        percent = int(100 * event.done_bytes / event.total_bytes) if event.total_bytes else 0
        self._progress.show_words(progress_words(event, percent), event.phase, percent)

    def _say(self, words: str) -> None:
        self._progress.end_line()
        if not self._request.as_json:
            say(harmless(words))

    def _tell(self, event: Event) -> None:
        if self._request.as_json:
            print_event(event)


def progress_words(event: EngineProgress, percent: int) -> str:
    """One line: "Fetching torch · 41 % · 1.1 GB of 2.7 GB"."""
    words = f"{_PHASES[event.phase]} {event.package}".strip()
    if event.phase in ("fetching", "installing") and event.total_bytes:
        words += f" · {percent} % · {size_words(event.done_bytes)} of {size_words(event.total_bytes)}"
    return words


def _sizes(plan: EnginePlanned) -> str:
    if not plan.download_bytes:
        return "its size on this machine is not known"
    return f"{size_words(plan.download_bytes)} to fetch, {size_words(plan.disk_bytes)} on the disk"


def _row(plan: EnginePlanned) -> dict[str, object]:
    row = msgspec.structs.asdict(plan)
    del row["disk_free_bytes"]
    return row
