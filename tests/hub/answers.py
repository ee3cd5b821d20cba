"""A question to the hub and its answer, before either is bytes on a wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Question:
    """A request: `path` is decoded, `query` holds the last value of each name, `lists` all; header names lower case."""

    host: str
    method: str
    path: str
    target: str
    query: dict[str, str]
    lists: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def token(self) -> str:
        """The token that came with it, from the header or ModelScope's cookie, else ""."""
        if bearer := self.headers.get("authorization", "").removeprefix("Bearer "):
            return bearer
        for part in self.headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == "m_session_id":
                return value
        return ""


@dataclass
class Answer:
    """What is to be sent: `body`, or the whole of `file` (`size` bytes), of which a range may be asked."""

    key: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    file: Path | None = None
    size: int = 0
    takes_ranges: bool = True

    @property
    def redirects(self) -> bool:
        """Whether the body is elsewhere."""
        return 300 <= self.status < 400


def say(key: str, told: Any, status: int = 200) -> Answer:
    """An answer in JSON."""
    body = json.dumps(told).encode()
    return Answer(key, status, {"Content-Type": "application/json; charset=utf-8"}, body, size=len(body))


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """The half-open range of bytes that a Range header asks for; None: all. Beyond the end: (size, size)."""
    unit, _, spec = header.partition("=")
    first, dash, last = spec.partition("-")
    if unit != "bytes" or not dash or "," in spec or not (first + last).isdigit():
        return None
    if not first:
        return max(0, size - int(last)), size
    if int(first) >= size:
        return size, size
    return int(first), min(size, int(last) + 1) if last else size
