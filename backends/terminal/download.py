"""`minim download`: plan, fetch, show how it goes, and leave it so that the same command goes on."""

from __future__ import annotations

import getpass
import sys

import msgspec

from backends.contract.commands import KeepToken, ListDownloads, PauseDownload, PlanDownload, StartDownload, VerifyModel
from backends.contract.downloads import Download, DownloadRef
from backends.contract.errors import MinimError
from backends.contract.events import DownloadPlanned, DownloadsChanged, Event, RequestFailed, TokenKept, TokenNeeded
from backends.storage.settings import load_preferences
from backends.terminal.asking import Downloads
from backends.terminal.download_choice import Choice, Chooser, DownloadRequest
from backends.terminal.kernel_fetch import KernelFetch
from backends.terminal.output import harmless, print_event, say, say_failure
from backends.terminal.progress import Progress, waits_for_hub
from backends.terminal.words import HUB_NAMES, size_words
from backends.terminal.workers import Workers

FINE, FAILED, INTERRUPTED = 0, 1, 130
_ENDED = ("finished", "failed", "paused")


class Fetch:
    """One download, from the choice to its end."""

    def __init__(self, workers: Workers, request: DownloadRequest) -> None:
        self._workers = workers
        self._request = request
        self._downloads = Downloads(workers, self._on_change)
        self._progress = Progress(quiet=request.as_json)
        self._id = ""
        self._mine: Download | None = None
        self._interrupted = False
        self._left = False

    def run(self) -> int:
        """Fetch it; → exit code. Raises MinimError, and KeyboardInterrupt on a second Ctrl+C."""
        try:
            preferences, _ = load_preferences()
            choice = Chooser(self._downloads, self._request, preferences, self._say).choose()
            if choice.kernel is not None:
                kernel = KernelFetch(self._workers, choice.kernel, self._progress, as_json=self._request.as_json)
                if kernel.is_wanted(self._request.kernel) and kernel.run() == INTERRUPTED:
                    return INTERRUPTED
            if self._is_here(choice):
                return FINE
            self._id = choice.ref.id
            self._downloads.ask(ListDownloads(), DownloadsChanged)
            if self._is_elsewhere():
                self._say("Another Minim fetches this already: it is shown here and not disturbed.")
            elif not self._plan(choice.ref):
                return FAILED
            return self._fetch(choice)
        except MinimError as error:
            self._tell_event(RequestFailed(error.kind, error.message, error.hint))
            raise
        finally:
            self._progress.end_line()

    def _is_here(self, choice: Choice) -> bool:
        if choice.presence == "disconnected":
            self._say("It lies on a disk that is not connected.")
        if choice.presence != "here" or self._request.folder:
            return False
        self._say("It is here already.")
        self._tell_event(DownloadsChanged((Download(choice.ref, "finished", path=choice.path),)))
        self._print_path(choice.path)
        return True

    # -- planning -------------------------------------------------------------------------------------------------

    def _plan(self, ref: DownloadRef) -> bool:
        """Tell what there is to fetch; False if the hub lets nobody in. Raises MinimError if there is no room."""
        answer = self._ask_plan(ref)
        while isinstance(answer, TokenNeeded):
            if not self._give_token(answer, ref.endpoint):
                return False
            answer = self._ask_plan(ref)
        self._progress.files = answer.files
        # Of whole files the hub's plan knows, of half-fetched ones the journal.
        here_bytes = max(answer.here_bytes, self._mine.done_bytes if self._mine is not None else 0)
        missing = answer.total_bytes - here_bytes
        here = f", {size_words(here_bytes)} of it here" if here_bytes else ""
        self._say(
            f"{size_words(answer.total_bytes)} in {answer.files} files{here};"
            f" {size_words(answer.disk_free_bytes)} free on the disk"
        )
        if missing > answer.disk_free_bytes:
            message = f"There is no room: {size_words(missing)} are to be fetched."
            raise MinimError("disk_full", message, "Free some space, or choose another folder with --folder.")
        return True

    def _ask_plan(self, ref: DownloadRef) -> DownloadPlanned | TokenNeeded:
        answer = self._downloads.ask(PlanDownload(ref), DownloadPlanned, TokenNeeded)
        self._tell_event(answer)
        return answer

    def _give_token(self, needed: TokenNeeded, endpoint: str) -> bool:
        """Ask the person for a token, where there is one to ask."""
        say_failure(needed.message, f"A token is got at {needed.address}")
        if not sys.stdin.isatty():
            say("       Run the same command in a terminal: it asks for the token, which is never an argument.")
            return False
        try:
            with self._workers.reading():
                token = getpass.getpass(f"Token for {HUB_NAMES[needed.hub]} (not shown): ").strip()
        except EOFError:
            token = ""
        if not token:
            return False
        kept = self._downloads.ask(KeepToken(needed.hub, token, endpoint), TokenKept)
        self._say(f"The token is kept: {kept.where}.")
        return True

    # -- fetching -------------------------------------------------------------------------------------------------

    def _fetch(self, choice: Choice) -> int:
        if choice.presence == "damaged":
            self._say("It is damaged here: all files are checked, and what is wrong is fetched anew.")
            self._downloads.send(VerifyModel(choice.ref))
        else:
            # Of one that another Minim fetches this only says that it is wanted: it is taken over should that one die.
            self._downloads.send(StartDownload(choice.ref))
        self._downloads.watch(self._is_over, self._pause)
        return self._tell_end()

    def _is_over(self) -> bool:
        if self._downloads.failure is not None or self._left:
            return True
        mine = self._mine
        if mine is None or mine.elsewhere:
            return self._downloads.answered and mine is None
        waits = waits_for_hub(mine) and not self._interrupted
        return self._downloads.answered and mine.state in _ENDED and not waits

    def _is_elsewhere(self) -> bool:
        return self._mine is not None and self._mine.elsewhere

    def _pause(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True
        if self._is_elsewhere():
            self._left = True
            return
        self._say("Pausing…")
        self._downloads.send(PauseDownload(self._id))

    def _tell_end(self) -> int:
        self._progress.end_line()
        failure, mine = self._downloads.failure, self._mine
        if failure is not None:
            raise MinimError(failure.kind, failure.message, failure.hint)
        if mine is None:
            say_failure("The download was cancelled in another Minim.")
            return FAILED
        if mine.state == "finished":
            self._say(f"{mine.ref.model} {mine.ref.quantization} is here.".replace("  ", " "))
            self._print_path(mine.path)
            return FINE
        if mine.state == "failed":
            say_failure(harmless(mine.problem or "The download failed."), harmless(mine.hint))
            say("       The same command goes on where it ended.")
            return FAILED
        if self._interrupted:
            where = "It goes on in the other Minim" if mine.elsewhere else "The same command goes on from there"
            self._say(f"{where}: {size_words(mine.done_bytes)} of {size_words(mine.total_bytes)} are here.")
            return INTERRUPTED
        self._say("It was paused in another Minim. The same command goes on from there.")
        return FAILED

    # -- what is told ---------------------------------------------------------------------------------------------

    def _on_change(self, changed: DownloadsChanged) -> None:
        if not self._id:
            return
        self._mine = next((download for download in changed.downloads if download.ref.id == self._id), None)
        if self._mine is not None:
            self._progress.show(self._mine)
            self._tell_event(msgspec.structs.replace(changed, downloads=(self._mine,)))

    def _say(self, words: str) -> None:
        self._progress.end_line()
        say(harmless(words, kept=""))

    def _print_path(self, path: str) -> None:
        if not self._request.as_json:
            sys.stdout.write(f"{path}\n")

    def _tell_event(self, event: Event) -> None:
        if self._request.as_json:
            print_event(event)
