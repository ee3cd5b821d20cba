"""A worker as the terminal uses it, one command after the other; the downloads worker and its queue above all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from backends.contract.commands import (
    Command,
    FindModels,
    InspectModel,
    JudgeCatalog,
)
from backends.contract.errors import MinimError
from backends.contract.events import (
    UNASKED,
    CatalogJudged,
    DownloadsChanged,
    EngineProgress,
    Envelope,
    Event,
    ModelInspected,
    ModelsChanged,
    RequestFailed,
    WorkerExited,
)
from backends.contract.models import InstalledModel
from backends.storage.paths import log_folder
from backends.terminal.workers import Workers

Answer = TypeVar("Answer", bound=Event)


class Asking:
    """Asks a worker one thing after the other. `died` begins the words for its end."""

    def __init__(self, workers: Workers, name: str, died: str) -> None:
        self._workers = workers
        self._name = name
        self._died = died
        self._request = UNASKED
        self._answer: Event | None = None
        self._exited: WorkerExited | None = None
        self._worker = workers.open(name, self._take)

    def ask(self, command: Command, *kinds: type[Answer]) -> Answer:
        """The answer to a command. Raises MinimError for RequestFailed, for a worker that ended, and for an answer
        that is none of `kinds`; KeyboardInterrupt on Ctrl+C."""
        self.send(command)
        self._workers.wait(lambda: self.answered or self._exited is not None, interrupt)
        self._raise_if_exited()
        answer = self.answer
        if isinstance(answer, RequestFailed):
            raise MinimError(answer.kind, answer.message, answer.hint)
        if isinstance(answer, kinds):
            return answer
        raise MinimError("internal", f"The {self._name} worker answered with {type(answer).__name__}.")

    def watch(self, until: Callable[[], bool], interrupted: Callable[[], None]) -> None:
        """Take what the worker tells of its queue until `until` says so.

        Ctrl+C calls `interrupted`. Raises MinimError if the worker ends.
        """
        self._workers.wait(lambda: self._exited is not None or until(), interrupted)
        self._raise_if_exited()

    def send(self, command: Command) -> None:
        """Send a command whose answer is the queue, or is waited for with `watch`."""
        self._answer = None
        self._request = self._worker.send(command)

    def cancel(self) -> None:
        """Ask the worker to stop working on the last command; it is answered all the same."""
        self._worker.cancel(self._request)

    @property
    def answered(self) -> bool:
        """Whether the last command was answered."""
        return self._answer is not None

    @property
    def answer(self) -> Event | None:
        """The answer to the last command, if it has come."""
        return self._answer

    @property
    def failure(self) -> RequestFailed | None:
        """How the last command failed; None if it did not, or not yet."""
        return self._answer if isinstance(self._answer, RequestFailed) else None

    def end(self) -> None:
        """Let the worker go: nothing more is asked."""
        self._worker.end()

    def _take(self, envelope: Envelope[Event]) -> None:
        if isinstance(envelope.body, WorkerExited):
            self._exited = envelope.body
        elif envelope.request_id == self._request and not isinstance(envelope.body, EngineProgress):
            self._answer = envelope.body
        self._heard(envelope.body)

    def _heard(self, event: Event) -> None:
        """What else is to be done with any event, asked for or not."""

    def _raise_if_exited(self) -> None:
        if self._exited is not None:
            message = f"{self._died} {self._exited.reason}".rstrip()
            raise MinimError("worker_died", message, f"Its log is in {log_folder()}.")


class Downloads(Asking):
    """The downloads worker; `on_change` takes its queue whenever it is told.

    `on_progress` is told how far the installation of an engine has come.
    """

    def __init__(
        self,
        workers: Workers,
        on_change: Callable[[DownloadsChanged], None] = lambda _: None,
        on_progress: Callable[[EngineProgress], None] = lambda _: None,
    ) -> None:
        self._on_change = on_change
        self._on_progress = on_progress
        super().__init__(workers, "downloads", "The search for models ended by itself.")

    def _heard(self, event: Event) -> None:
        if isinstance(event, EngineProgress):
            self._on_progress(event)
        elif isinstance(event, DownloadsChanged):
            self._on_change(event)


def judge(workers: Workers, command: JudgeCatalog) -> CatalogJudged:
    """The catalogue, judged. Raises as `Downloads.ask` does."""
    downloads = Downloads(workers)
    judged = downloads.ask(command, CatalogJudged)
    downloads.end()
    return judged


def find(workers: Workers, command: FindModels | InspectModel) -> tuple[InstalledModel, ...]:
    """Models on this machine. Raises as `Downloads.ask` does."""
    downloads = Downloads(workers)
    answer = downloads.ask(command, ModelsChanged, ModelInspected)
    downloads.end()
    return answer.models if isinstance(answer, ModelsChanged) else (answer.model,)


def place(words: str) -> Path:
    """The file or folder that a person named, absolute. Raises MinimError for a home folder that nobody has."""
    try:
        return Path(words).expanduser().absolute()
    except RuntimeError as error:
        user = words.split("/")[0]
        raise MinimError("bad_request", f"There is no user “{user[1:]}” whose folder {user} could mean.") from error


def interrupt() -> None:
    """What Ctrl+C does where nothing is to be stopped first. Raises KeyboardInterrupt."""
    raise KeyboardInterrupt
