"""How a download goes, on one line of a terminal that is written over, or in plain lines where there is none."""

from __future__ import annotations

import shutil
import sys

from backends.contract.downloads import Download
from backends.terminal.output import harmless, say
from backends.terminal.words import size_words

_LINE_START = "\r\x1b[K"
_PLAIN_STEP = 10
_NOTHING_YET = {"queued": "Waiting for its turn", "asking": "Asking the hub for its files"}
_BEGINNINGS = {"verifying": "Checking", "paused": "Paused"}


class Progress:
    """Shows one download, or whatever else takes long. `files` is how many it has in all, 0 if unknown."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.files = 0
        self._quiet = quiet
        self._over_writes = sys.stderr.isatty() and not quiet
        self._line_open = False
        self._told: tuple[str, int] = ("", -1)

    def show(self, download: Download) -> None:
        """Show where it stands now."""
        state = "stalled" if download.stalled else download.state
        ended = download.state in ("finished", "paused") or (download.state == "failed" and not waits_for_hub(download))
        self.show_words(progress_words(download, self.files), state, _percent(download), ended=ended)

    def show_words(self, words: str, state: str, percent: int, *, ended: bool = False) -> None:
        """Show one line of words; where lines are not written over, each `state` and each ten percent once."""
        if self._quiet:
            return
        if self._over_writes:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"{_LINE_START}{harmless(words, kept='')[:width]}")
            sys.stderr.flush()
            self._line_open = True
            return
        step = percent // _PLAIN_STEP
        if (state, step) != self._told and not ended:
            self._told = (state, step)
            say(harmless(words, kept=""))

    def end_line(self) -> None:
        """Leave the line as it is: what is said next stands below it."""
        if self._line_open:
            sys.stderr.write("\n")
            sys.stderr.flush()
        self._line_open = False


def progress_words(download: Download, files: int = 0) -> str:
    """One line: "41 % · 53.1 GB of 129 GB · 92.0 MB/s · 14 min left · 17 of 26 files"."""
    if download.state in _NOTHING_YET:
        return _NOTHING_YET[download.state]
    words = [f"{_BEGINNINGS.get(download.state, '')} {_percent(download)} %".strip()]
    words.append(f"{size_words(download.done_bytes)} of {size_words(download.total_bytes)}")
    if waits_for_hub(download):
        words.append("the hub cannot be reached, trying again")
    elif download.stalled:
        words.append("nothing comes, trying again")
    elif download.bytes_per_second > 0 and download.state in ("running", "verifying"):
        words.append(f"{size_words(download.bytes_per_second)}/s")
        if download.seconds_left >= 0:
            words.append(f"{time_words(download.seconds_left)} left")
    if files and download.files:
        words.append(f"{max(0, files - len(download.files))} of {files} files")
    if download.elsewhere:
        words.append("in another Minim")
    return " · ".join(words)


def waits_for_hub(download: Download) -> bool:
    """Whether it goes on by itself as soon as its hub can be reached again."""
    return download.state == "failed" and download.kind == "offline"


def time_words(seconds: float) -> str:
    """ "40 s", "14 min", "2 h 5 min"."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _percent(download: Download) -> int:
    return int(100 * download.done_bytes / download.total_bytes) if download.total_bytes else 0
