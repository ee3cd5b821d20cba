"""Which tools there are, and the way to their worker, which is told what a person set before it is asked for more."""

from __future__ import annotations

from msgspec.structs import replace

from backends.contract.commands import Command, ListTools
from backends.contract.events import (
    UNASKED,
    Envelope,
    Event,
    RequestCancelled,
    RequestFailed,
    ToolsListed,
    WorkerExited,
)
from backends.contract.tools import ToolInfo, ToolSettings
from backends.conversation.ports import Port


class ToolList:
    """Knows the tools. It never asks by itself, so a worker that dies at each start is not started again and again.

    It is a port too: what is sent through it reaches a worker that knows the person's settings.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._tools: tuple[ToolInfo, ...] | None = None
        self._request: int | None = None
        self._settings = ToolSettings()
        self._told: ToolSettings | None = None
        self._has_asked = False

    @property
    def tools(self) -> tuple[ToolInfo, ...] | None:
        """The tools; None while they are not known."""
        return self._tools

    @property
    def waits(self) -> bool:
        """Whether the worker was asked and has not answered yet."""
        return self._request is not None

    def ask(self, settings: ToolSettings) -> bool:
        """Ask the worker, unless it was asked with these settings; → whether the tools are known already."""
        self._settings = settings
        if self._told != settings or (self._tools is None and self._request is None):
            self._list()
        return self._request is None

    def change(self, settings: ToolSettings, *, enabled: bool) -> None:
        """Take other settings; the worker is asked again if it was asked before and tools are `enabled`.

        While they are not, no server is approved: the worker is told so, which ends those that run.
        """
        self._settings = settings if enabled else replace(settings, approved_servers=())
        if self._has_asked and self._told != self._settings and (enabled or _takes_back(self._told, self._settings)):
            self._list()

    def send(self, command: Command) -> int:
        """Send something else to the worker, which is told the settings first if it does not know them."""
        if self._told != self._settings:
            self._list()
        return self._port.send(command)

    def cancel(self, request_id: int) -> None:
        """Ask the worker to stop working on a request."""
        self._port.cancel(request_id)

    def handle(self, envelope: Envelope[Event]) -> bool:
        """Take an event of the tools worker; → whether an answer that was waited for has come, good or bad."""
        event = envelope.body
        if isinstance(event, WorkerExited):
            waited = self._request is not None
            self._tools, self._request, self._told = None, None, None
            return waited
        if isinstance(event, ToolsListed) and envelope.request_id == UNASKED:
            self._tools = event.tools
            return False
        if self._request is None or envelope.request_id != self._request:
            return False
        if isinstance(event, ToolsListed):
            self._tools = event.tools
        elif isinstance(event, (RequestFailed, RequestCancelled)):
            # What was listed with other settings is not what may be offered with these.
            self._tools = None
        else:
            return False
        self._request = None
        return True

    def _list(self) -> None:
        self._has_asked = True
        self._told = self._settings
        self._request = self._port.send(ListTools(self._settings))


def _takes_back(told: ToolSettings | None, settings: ToolSettings) -> bool:
    """Whether a server that may be running by what the worker was told may not by `settings`."""
    if told is None:
        return False
    revoked = set(told.approved_servers) - set(settings.approved_servers)
    return bool(revoked or set(settings.servers_off) - set(told.servers_off))
