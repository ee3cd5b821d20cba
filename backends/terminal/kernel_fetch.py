"""The kernel beside a model that `minim download` fetches: code, so the person is asked, and what became of it is said.

It never keeps the model from coming: without it, FP8 becomes 16 bits.
"""

from __future__ import annotations

import sys

import msgspec

from backends.contract.commands import PauseDownload, PlanDownload, StartDownload
from backends.contract.downloads import Download, DownloadRef
from backends.contract.errors import MinimError
from backends.contract.events import DownloadPlanned, DownloadsChanged
from backends.terminal.asking import Downloads
from backends.terminal.output import harmless, print_event, say
from backends.terminal.progress import Progress
from backends.terminal.words import HUB_NAMES, size_words
from backends.terminal.workers import Workers

FINE, FAILED, INTERRUPTED = 0, 1, 130


class KernelFetch:
    """One kernel, from the question to its end, in a worker of its own."""

    def __init__(self, workers: Workers, ref: DownloadRef, progress: Progress, *, as_json: bool) -> None:
        self._workers = workers
        self._ref = ref
        self._progress = progress
        self._as_json = as_json
        self._mine: Download | None = None
        self._interrupted = False

    def is_wanted(self, said: bool | None) -> bool:
        """Whether the person wants it: as `said` with the command, else by being asked, else not."""
        if said is not None:
            return said
        self._say(
            f"In FP8 this needs a kernel: {self._ref.source.repo}, code that the engine runs on the GPU, from"
            f" {self._ref.endpoint or HUB_NAMES[self._ref.source.hub]}, pinned to the revision that is fetched now."
            " The engine uses it with the Python package “kernels”. Without them the weights are turned into 16 bits,"
            " which takes twice the memory."
        )
        if not sys.stdin.isatty():
            self._say("Nobody can be asked here, so it is not fetched: add --kernel, or --no-kernel to say so.")
            return False
        sys.stderr.write("Fetch it as well? [y/N] ")
        sys.stderr.flush()
        with self._workers.reading():
            answer = sys.stdin.readline()
        return answer.strip().casefold() in ("y", "yes")

    def run(self) -> int:
        """Fetch it; → exit code. Raises MinimError if the worker ends."""
        downloads = Downloads(self._workers, self._on_change)
        try:
            planned = downloads.ask(PlanDownload(self._ref), DownloadPlanned)
            self._say(f"{self._ref.model}: {size_words(planned.total_bytes)} in {planned.files} files")
            self._progress.files = planned.files
            downloads.send(StartDownload(self._ref))
            downloads.watch(lambda: self._is_over(downloads), lambda: self._pause(downloads))
            self._progress.end_line()
            if downloads.failure is not None:
                raise MinimError(downloads.failure.kind, downloads.failure.message, downloads.failure.hint)
        except MinimError as error:
            self._progress.end_line()
            self._tell_failure(error.message)
            return FAILED
        finally:
            downloads.end()
        return self._tell_end()

    def _is_over(self, downloads: Downloads) -> bool:
        """A hub that cannot be reached is not waited for: the model may come from another."""
        ended = self._mine is not None and self._mine.state in ("finished", "failed", "paused")
        return downloads.failure is not None or (downloads.answered and (ended or self._mine is None))

    def _pause(self, downloads: Downloads) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True
        downloads.send(PauseDownload(self._ref.id))

    def _tell_end(self) -> int:
        if self._interrupted:
            self._say("Paused. The same command goes on from there.")
            return INTERRUPTED
        if self._mine is None or self._mine.state != "finished":
            self._tell_failure(self._mine.problem if self._mine is not None else "")
            return FAILED
        self._say(f"The kernel {self._ref.model} is here.")
        return FINE

    def _tell_failure(self, why: str) -> None:
        self._say(f"The kernel could not be fetched, and the weights become 16 bits without it. {why}".rstrip())

    def _on_change(self, changed: DownloadsChanged) -> None:
        self._mine = next((download for download in changed.downloads if download.ref.id == self._ref.id), None)
        if self._mine is not None:
            self._progress.show(self._mine)
            if self._as_json:
                print_event(msgspec.structs.replace(changed, downloads=(self._mine,)))

    def _say(self, words: str) -> None:
        self._progress.end_line()
        say(harmless(words, kept=""))
