"""Tells of tools and servers that change: a few times a second at most, and what holds in the end always."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from backends.contract.events import Event, ToolServersChanged, ToolsListed
from backends.workers.requests import Announce

_log = logging.getLogger(__name__)

_SECONDS_BETWEEN = 0.3


class ToolNews:
    """Looks at both lists when it is poked, and announces what is not as it was told last.

    `tools` is None while nobody asked for tools. What answers a request goes out through here as well, so that an
    older list never comes after a newer one.
    """

    def __init__(
        self, announce: Announce, tools: Callable[[], ToolsListed | None], servers: Callable[[], ToolServersChanged]
    ) -> None:
        self._announce = announce
        self._tools = tools
        self._servers = servers
        self._poked = threading.Event()
        self._voice = threading.Lock()
        self._told: dict[type[Event], Event] = {}
        threading.Thread(target=self._tell, name="tool-news", daemon=True).start()

    def poke(self) -> None:
        """Something may have changed. Cheap, on any thread, never blocks."""
        self._poked.set()

    def answer_tools(self, answer: Callable[[Event], None]) -> Event:
        """Answer with the tools as they are now."""
        return self._answer(lambda: self._tools() or ToolsListed(()), answer)

    def answer_servers(self, answer: Callable[[Event], None]) -> Event:
        """Answer with the servers as they are now."""
        return self._answer(self._servers, answer)

    def _answer(self, look: Callable[[], Event], answer: Callable[[Event], None]) -> Event:
        with self._voice:
            event = look()
            self._told[type(event)] = event
            answer(event)
            return event

    def _tell(self) -> None:
        while True:
            self._poked.wait()
            self._poked.clear()
            try:
                with self._voice:
                    for event in (self._servers(), self._tools()):
                        if event is not None and self._told.get(type(event)) != event:
                            self._announce(event)
                            self._told[type(event)] = event
            except Exception:  # noqa: BLE001 - nobody asked for it, so nobody is told; later news still come
                _log.exception("What changed about tools could not be told")
            time.sleep(_SECONDS_BETWEEN)
