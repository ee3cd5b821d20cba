"""What was asked of the hub and what it sent, so that a test can look at both."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass
class Request:
    """A request and its answer. `key` is "repo/path" of a file, else the address's path; header names in lower case.

    `sent` counts the bytes of the body so far.
    """

    host: str
    method: str
    key: str
    target: str
    headers: dict[str, str]
    status: int = 0
    sent: int = 0


class Traffic:
    """All requests since the hub began, or since `forget()`."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._lock = threading.Lock()

    def add(self, request: Request) -> None:
        """Remember a request that has come."""
        with self._lock:
            self._requests.append(request)

    def forget(self) -> None:
        """Count from nothing again."""
        with self._lock:
            self._requests.clear()

    def find(self, pattern: str = "*", *, host: str = "", method: str = "") -> list[Request]:
        """The requests whose key matches, oldest first."""
        with self._lock:
            return [
                request
                for request in self._requests
                if fnmatchcase(request.key, pattern) and host in ("", request.host) and method in ("", request.method)
            ]
