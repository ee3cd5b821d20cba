"""Errors a person can act on: what happened, why, and what to do."""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal[
    "not_a_model",  # the folder holds no model that can be read
    "unsupported_model",  # a model, but of a kind that no engine here runs
    "damaged_model",  # files are missing, truncated or do not fit together
    "out_of_memory",
    "disk_full",
    "engine_missing",  # the engine that runs this form is not installed
    "no_model",  # nothing is loaded
    "context_full",  # the prompt leaves no room in the context length
    "bad_request",
    "not_allowed",  # a tool call that was not consented to
    "tool_failed",
    "newer_data",  # written by a later version of Minim
    "damaged_data",
    "worker_died",
    "offline",  # no hub can be reached
    "hub_failed",  # a hub answered, and not with what was asked for
    "not_found",  # no such repository or file at the hub
    "token_needed",  # the hub lets nobody in without a token, or not with this one
    "hash_mismatch",  # what came is not what the hub promised
    "disk_missing",  # the folder lies on a disk that is not connected
    "busy",
    "internal",
]


class MinimError(Exception):
    """An error with words for a person: `message` says what happened and names the file, `hint` what to do."""

    def __init__(self, kind: ErrorKind, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.message = message
        self.hint = hint


class RequestStopped(Exception):
    """Raised inside a worker when the request it works on was cancelled."""
