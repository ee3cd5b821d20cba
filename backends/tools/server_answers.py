"""How a server may answer a call other than with a result. Here, so that nobody has to import the SDK for it."""

from __future__ import annotations


class ServerEnded(Exception):
    """The server ended before it answered; its own fault says why."""


class Refused(Exception):
    """The server answered with an error of the protocol: its words are the first argument."""
