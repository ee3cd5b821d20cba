"""The queue of downloads: what runs, what waits, what another Minim runs; told whenever it changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import DownloadsChanged, Event
from backends.hubs.transfer import Patience
from backends.storage.journal import Journal, JournalEntry
from backends.workers.download_disk import discard
from backends.workers.download_item import Item, as_wished, calm, failed_by, queued
from backends.workers.download_job import Job
from backends.workers.download_probe import PAUSES, Probe, hub_of
from backends.workers.download_sources import OpenHub, check_ref
from backends.workers.download_takeover import discard_earlier, taking_over

AT_ONCE = 1
"""How many downloads run at a time: two would halve each other's speed and both end late."""

_WATCH_SECONDS = 1.0
_USUAL = Patience()


class DownloadQueue:
    """All downloads of the journal. Public methods may be called from any thread and return at once.

    `announce` gets a `DownloadsChanged` whenever something changed. No thread runs while nothing is to be done.
    """

    def __init__(
        self,
        announce: Callable[[Event], None],
        journal: Journal,
        open_hub: OpenHub,
        *,
        at_once: int = AT_ONCE,
        probe_pauses: Sequence[float] = PAUSES,
        patience: Patience = _USUAL,
    ) -> None:
        self._announce = announce
        self._journal = journal
        self._open_hub = open_hub
        self._at_once = at_once
        self._patience = patience
        self._lock = threading.RLock()  # guards the items; never held while calling out
        self._voice = threading.Lock()  # so that no older snapshot is told after a newer one
        self._items: dict[str, Item] = {}
        self._told: DownloadsChanged | None = None
        self._watching = False
        self._probe = Probe(open_hub, self._waiting_refs, self._go_on, probe_pauses)

    def start(self, ref: DownloadRef, instead_of: str = "") -> None:
        """Put a download into the queue, or let it go on. One that runs already runs on. Raises MinimError.

        `instead_of` names the download whose place it takes, unless that one runs again, or keeps a model.
        """
        if not instead_of:
            self._begin(ref)
            return
        check_ref(ref)
        with self._lock:
            before = self._own(instead_of)
            if before.job is not None or ref.id == instead_of:
                return
            self._begin(ref, before=None if before.is_model else before.entry)
            if not before.waits_for_hub:
                before.let_go()

    def verify(self, ref: DownloadRef) -> None:
        """Hash all files of a model again, and fetch what is damaged or missing. Raises MinimError."""
        self._begin(ref, verify=True)

    def pause(self, download_id: str) -> None:
        """Stop fetching and keep what came. Raises MinimError."""
        with self._lock:
            item = self._own(download_id)
            if item.entry.state == "finished":
                return
            item.wish = "pause"
            if item.job is not None:
                item.job.stop(wanted=False)
            else:
                self._settle(item, replace(calm(item.entry), state="paused", wanted=False))

    def cancel(self, download_id: str) -> None:
        """Take a download out of the queue; what came of an unfinished one is deleted. Raises MinimError."""
        with self._lock:
            item = self._own(download_id)
            item.wish = "cancel"
            if item.job is not None:
                item.job.stop(wanted=False)
            else:
                self._discard(item)

    def resume_all(self) -> None:
        """Let go on what was queued or running when its process ended, and what waits for its hub."""
        with self._lock:
            self._refresh()
            for item in self._items.values():
                if item.lock is None and item.goes_on and self._take(item):
                    item.entry = replace(calm(item.entry), state="queued")
            self._schedule()

    def refresh(self) -> None:
        """Read what other processes wrote into the journal."""
        with self._lock:
            self._refresh()

    def answer(self, say: Callable[[DownloadsChanged], None]) -> DownloadsChanged:
        """Say the whole queue as it is now, before anything newer is announced; what was said is returned."""
        with self._voice:
            self._told = self._snapshot()
            say(self._told)
            told = self._told
        self._probe.look()
        return told

    def tell(self) -> None:
        """Announce the queue if it is another than was told last."""
        with self._voice:
            snapshot = self._snapshot()
            if snapshot != self._told:
                self._told = snapshot
                self._announce(snapshot)
        self._probe.look()

    def unfinished_in(self, path: str) -> JournalEntry | None:
        """The download that is working on this model's folder."""
        with self._lock:
            self._refresh()
            return next((i.current for i in self._items.values() if i.works and i.current.path == path), None)

    def forget(self, path: str) -> None:
        """Take the finished or idle downloads of a model's folder out of the journal: it was deleted."""
        with self._lock:
            for key, item in list(self._items.items()):
                if item.entry.path == path and not item.works:
                    self._journal.forget(key)
                    del self._items[key]
        self.tell()

    # -- one item; all of these are called with the lock held

    def _begin(self, ref: DownloadRef, *, verify: bool = False, before: JournalEntry | None = None) -> None:
        """`before` leaves the queue, and what came of it to this one: one that works already does without."""
        check_ref(ref)
        with self._lock:
            self._refresh()
            last = max((item.entry.order for item in self._items.values()), default=0.0)  # clocks are set back
            item = self._items.setdefault(ref.id, Item(JournalEntry(ref, order=max(time.time(), last + 0.001))))
            item.wish = "run"
            item.asked_for = True
            if item.job is not None or (item.lock is not None and item.entry.state == "queued"):
                return  # it runs, or will; one that is just stopping begins again when it has stopped
            if item.lock is None and not self._take(item):
                self._watch()
                return
            own = item.entry
            old = own if before is None else taking_over(own, before)
            try:
                self._settle(item, queued(old, ref if before is None else old.ref, verify=verify))
            except MinimError:
                item.entry = replace(own, state="paused")
                raise
            if before is not None:  # before it begins: what stands in the journal is nobody else's
                self._journal.forget(before.ref.id)
                self._items.pop(before.ref.id).let_go()
            self._schedule()

    def _take(self, item: Item) -> bool:
        """Hold the item's lock, and believe what its last holder wrote. False if another process holds it."""
        item.lock = self._journal.hold(item.entry.ref.id)
        item.elsewhere = item.lock is None
        if item.lock is not None:
            item.entry = self._journal.read(item.entry.ref.id) or item.entry
        return item.lock is not None

    def _own(self, download_id: str) -> Item:
        """The item, with its lock held. Raises MinimError if there is none, or another process runs it."""
        self._refresh()
        item = self._items.get(download_id)
        if item is None:
            raise MinimError("bad_request", "There is no such download.", "It may have been taken out of the queue.")
        if item.lock is None and not self._take(item):
            message = f"{item.entry.ref.model} is being fetched by another Minim."
            raise MinimError("busy", message, "Pause it there, or end that one.")
        return item

    def _settle(self, item: Item, entry: JournalEntry) -> None:
        """Keep how an item stands; unless it goes on by itself, its lock is let go."""
        item.job = None
        item.entry = entry
        self._journal.write(entry)
        if entry.state != "queued" and not item.waits_for_hub:
            item.let_go()

    def _discard(self, item: Item) -> None:
        """Take an item out of the queue. A finished or installed model stays, and its files stay known."""
        item.job = None
        entry = item.entry
        discard_earlier(entry, self._journal)
        if item.is_model:
            item.wish = "run"
            self._settle(item, replace(calm(entry), state="finished", verifying=False, hidden=True, earlier=()))
            return
        self._journal.forget(entry.ref.id)
        del self._items[entry.ref.id]
        try:
            if not entry.verifying:
                discard(entry)
        finally:
            item.let_go()

    def _schedule(self) -> None:
        """Start what is next, as far as there is room."""
        running = sum(item.job is not None for item in self._items.values())
        for item in self._in_order():
            if running >= self._at_once:
                return
            if item.lock is not None and item.job is None and item.entry.state == "queued":
                item.job = Job(item.entry, self._journal, self._open_hub, self.tell, self._patience)
                threading.Thread(target=self._run, args=(item, item.job), name="download", daemon=True).start()
                running += 1

    def _run(self, item: Item, job: Job) -> None:
        """One download from its beginning or its last stop to its end. A thread's whole life."""
        try:
            job.run()
            ended = replace(job.entry, state="finished", verifying=False)
        except RequestStopped:
            ended = replace(job.entry, state="paused")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the queue goes on
            ended = failed_by(error, job.entry)
        with self._lock:
            try:
                self._end(item, replace(ended, done_bytes=job.done_bytes()))
            except MinimError as error:  # the disk refuses: this is told, and kept when it can be
                item.entry = failed_by(error, ended)
            self._schedule()
        self.tell()

    def _end(self, item: Item, ended: JournalEntry) -> None:
        item.entry = ended
        if item.wish == "cancel":
            self._discard(item)
            return
        self._settle(item, as_wished(ended, item.wish))

    def _snapshot(self) -> DownloadsChanged:
        with self._lock:
            shown = (item.shown() for item in self._in_order() if item.wish != "cancel" and not item.entry.hidden)
            return DownloadsChanged(tuple(shown))

    def _in_order(self) -> list[Item]:
        return sorted(self._items.values(), key=lambda item: (item.entry.order, item.entry.ref.id))

    def _refresh(self) -> None:
        """Take over what other processes wrote; what one of them was asked for and died over is taken from it."""
        entries = {entry.ref.id: entry for entry in self._journal.read_all()}
        for key in [key for key, item in self._items.items() if key not in entries and item.lock is None]:
            del self._items[key]
        for key, entry in entries.items():
            item = self._items.setdefault(key, Item(entry))
            if item.lock is not None:
                continue
            died = item.see(entry, self._journal.is_held)
            if died and item.asked_for and self._take(item):
                item.entry = replace(calm(item.entry), state="queued")
                self._schedule()
        if any(item.elsewhere for item in self._items.values()):
            self._watch()

    def _watch(self) -> None:
        """Look after what other processes run, for as long as they do."""
        if not self._watching:
            self._watching = True
            threading.Thread(target=self._keep_watching, name="download-watch", daemon=True).start()

    def _keep_watching(self) -> None:
        while True:
            time.sleep(_WATCH_SECONDS)  # another process cannot wake this one
            with self._lock:
                self._refresh()
                self._watching = any(item.elsewhere for item in self._items.values())
            self.tell()
            if not self._watching:
                return

    def _waiting_refs(self) -> list[DownloadRef]:
        with self._lock:
            return [item.entry.ref for item in self._items.values() if item.waits_for_hub]

    def _go_on(self, hub: tuple[str, str]) -> None:
        """A hub answers again: what waited for it goes on."""
        with self._lock:
            for item in self._items.values():
                if item.waits_for_hub and hub_of(item.entry.ref) == hub:
                    item.entry = replace(calm(item.entry), state="queued")
            self._schedule()
        self.tell()
