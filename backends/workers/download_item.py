"""One download in the eyes of this process: the journal's entry, whose it is to run, and how it is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from backends.contract.downloads import Download, DownloadRef
from backends.contract.errors import MinimError
from backends.storage.journal import HeldLock, JournalEntry
from backends.workers.download_job import Job

_log = logging.getLogger(__name__)

ACTIVE = ("queued", "asking", "running", "verifying")
"""The states of a download that some process is to work on."""

Wish = Literal["run", "pause", "cancel"]


class Item:
    """A download in this process's eyes. `lock` is held while it is this process's to run."""

    def __init__(self, entry: JournalEntry) -> None:
        self.entry = entry
        self.lock: HeldLock | None = None
        self.job: Job | None = None
        self.wish: Wish = "run"
        self.elsewhere = False
        self.asked_for = False
        """A person asked this process for it: it takes over should the other one die."""

    @property
    def current(self) -> JournalEntry:
        """How it stands now: `entry` is how it stood when its job began."""
        return self.entry if self.job is None else self.job.entry

    @property
    def waits_for_hub(self) -> bool:
        """Whether it goes on by itself as soon as its hub answers."""
        return self.lock is not None and self.entry.state == "failed" and self.entry.kind == "offline"

    @property
    def is_model(self) -> bool:
        """Whether a model is here, or was: giving the download up deletes nothing of it."""
        entry = self.entry
        return entry.state == "finished" or entry.was_whole or (entry.verifying and bool(entry.files))

    @property
    def goes_on(self) -> bool:
        """Whether it is to go on by itself after its process ended."""
        entry = self.entry
        return entry.wanted and (entry.state in ACTIVE or (entry.state == "failed" and entry.kind == "offline"))

    @property
    def works(self) -> bool:
        """Whether some process works on it, or is about to."""
        return self.job is not None or self.elsewhere or (self.lock is not None and self.entry.state in ACTIVE)

    def see(self, entry: JournalEntry, is_held: Callable[[str], bool]) -> bool:
        """Take over what another process wrote; whether that one has died over it."""
        was_elsewhere, self.entry = self.elsewhere, entry
        self.elsewhere = (entry.state in ACTIVE or entry.kind == "offline") and is_held(entry.ref.id)
        return was_elsewhere and not self.elsewhere and entry.state in ACTIVE

    def let_go(self) -> None:
        """Let other processes run it."""
        if self.lock is not None:
            self.lock.release()
            self.lock = None

    def shown(self) -> Download:
        """This download as a front end shows it."""
        entry = self.current
        state = entry.state
        if self.wish != "run" and self.job is not None:
            state = "paused"
        elif self.lock is None and not self.elsewhere and state in ACTIVE:
            state = "paused"  # its process is gone
        running = self.job if state in ACTIVE else None
        return Download(
            ref=entry.ref,
            state=state,
            done_bytes=entry.done_bytes if self.job is None else self.job.done_bytes(),
            total_bytes=entry.total_bytes,
            bytes_per_second=running.pace.bytes_per_second if running else 0.0,
            seconds_left=running.seconds_left() if running else -1.0,
            stalled=running.pace.stalled if running else False,
            elsewhere=self.elsewhere,
            kind=entry.kind,
            problem=entry.problem,
            hint=entry.hint,
            path=entry.path if state == "finished" else "",
            files=running.files() if running else (),
        )


def calm(entry: JournalEntry) -> JournalEntry:
    """The entry without what went wrong before."""
    return replace(entry, kind=None, problem="", hint="")


def as_wished(ended: JournalEntry, wish: Wish) -> JournalEntry:
    """How a download that has stopped stands, by what was wished meanwhile."""
    if wish == "run" and ended.state == "paused":  # started again while it was stopping
        ended = replace(ended, state="queued")
    elif wish == "pause" and ended.state != "finished":
        ended = replace(calm(ended), state="paused")
    return replace(ended, wanted=wish == "run")


def queued(old: JournalEntry, ref: DownloadRef, *, verify: bool) -> JournalEntry:
    """The entry as it waits for its turn; `verify`: to hash all files again."""
    ref = replace(ref, alternates=ref.alternates or old.ref.alternates)
    whole = old.was_whole or old.state == "finished"
    entry = replace(calm(old), ref=ref, state="queued", wanted=True, hidden=False)
    return replace(entry, verifying=verify or old.verifying, was_whole=whole)


def failed_by(error: Exception, entry: JournalEntry) -> JournalEntry:
    """The entry with what went wrong, in words."""
    if isinstance(error, MinimError):
        _log.info("Download %s failed", entry.ref.id, exc_info=error)
        return replace(entry, state="failed", kind=error.kind, problem=error.message, hint=error.hint)
    _log.error("Download %s failed unexpectedly", entry.ref.id, exc_info=error)
    words = f"The download of {entry.ref.model} met an error that was not expected ({error!r})."
    return replace(entry, state="failed", kind="internal", problem=words, hint="The worker's log tells where.")
