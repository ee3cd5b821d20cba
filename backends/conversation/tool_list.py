"""Which tools there are: asked of the tools worker once, and again after that worker has ended."""

from __future__ import annotations

from backends.contract.commands import ListTools
from backends.contract.events import Envelope, Event, RequestCancelled, RequestFailed, ToolsListed, WorkerExited
from backends.contract.tools import ToolInfo
from backends.conversation.ports import Port


class ToolList:
    """Knows the tools. It never asks by itself, so a worker that dies at each start is not started again and again."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._tools: tuple[ToolInfo, ...] | None = None
        self._request: int | None = None

    @property
    def tools(self) -> tuple[ToolInfo, ...] | None:
        """The tools; None while they are not known."""
        return self._tools

    def ask(self) -> None:
        """Ask the worker, unless the tools are known or asked for."""
        if self._tools is None and self._request is None:
            self._request = self._port.send(ListTools())

    def handle(self, envelope: Envelope[Event]) -> bool:
        """Take an event of the tools worker; → whether an answer that was waited for has come, good or bad."""
        event = envelope.body
        if isinstance(event, WorkerExited):
            waited = self._request is not None
            self._tools, self._request = None, None
            return waited
        if self._request is None or envelope.request_id != self._request:
            return False
        if isinstance(event, ToolsListed):
            self._tools = event.tools
        elif not isinstance(event, (RequestFailed, RequestCancelled)):
            return False
        self._request = None
        return True
