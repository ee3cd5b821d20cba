"""Waiting for hubs that cannot be reached: they are asked with growing pauses, and only while somebody waits."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence

from backends.contract.downloads import DownloadRef
from backends.contract.errors import MinimError
from backends.workers.download_sources import OpenHub

PAUSES = (5.0, 10.0, 20.0, 40.0, 60.0)
"""Seconds between the questions whether a hub can be reached again; the last goes on for ever."""


class Probe:
    """Asks the hubs of the downloads that `waiting` gives, until they answer; `answered` is told of each that does."""

    def __init__(
        self,
        open_hub: OpenHub,
        waiting: Callable[[], list[DownloadRef]],
        answered: Callable[[tuple[str, str]], None],
        pauses: Sequence[float],
    ) -> None:
        self._open_hub = open_hub
        self._waiting = waiting
        self._answered = answered
        self._pauses = pauses
        self._changed = threading.Condition()
        self._runs = False

    def look(self) -> None:
        """Who waits has changed: begin or end to ask."""
        with self._changed:
            self._changed.notify_all()
            if not self._runs and self._waiting():
                self._runs = True
                threading.Thread(target=self._ask_on, name="download-probe", daemon=True).start()

    def _ask_on(self) -> None:
        for number in itertools.count():
            pause = self._pauses[min(number, len(self._pauses) - 1)]
            with self._changed:
                self._changed.wait_for(lambda: not self._waiting(), timeout=pause)
                refs = {hub_of(ref): ref for ref in self._waiting()}
                if not refs:
                    self._runs = False
                    return
            for hub, ref in refs.items():
                if self._answers(ref):
                    self._answered(hub)

    def _answers(self, ref: DownloadRef) -> bool:
        try:
            self._open_hub(ref.source.hub, ref.endpoint).list_files(ref.source)
        except MinimError as error:
            return error.kind != "offline"
        return True


def hub_of(ref: DownloadRef) -> tuple[str, str]:
    """The hub and the endpoint that a download comes from."""
    return ref.source.hub, ref.endpoint
