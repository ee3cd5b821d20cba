"""What can go wrong on the way from a hub, on demand: which request is hit, and what then happens to it."""

from __future__ import annotations

import threading
from collections.abc import Container
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Misbehaviour:
    """One way to misbehave; several may be combined. Positions count the bytes of this answer's body, from 0.

    `drop_after` resets the connection there, `end_after` closes it cleanly there, `stall_after` says nothing more
    there until the rule is released. `corrupt_at` flips the bits of one byte, counted in the file. `status` answers
    with that instead (`retry_after` and `error_code` are its headers). `expired_link` redirects to a link that is no
    longer valid. `longer_by` sends and promises that many bytes too many, `length_off_by` promises that many more (or
    fewer) than are sent, `no_length` promises none. `range_off_by` moves what Content-Range says, not what is sent.
    `etag` is told in place of the true one.
    """

    drop_after: int | None = None
    end_after: int | None = None
    stall_after: int | None = None
    corrupt_at: int | None = None
    status: int = 0
    retry_after: str = ""
    error_code: str = ""
    expired_link: bool = False
    ignore_range: bool = False
    longer_by: int = 0
    length_off_by: int = 0
    no_length: bool = False
    range_off_by: int = 0
    bytes_per_second: int = 0
    etag: str = ""


class Rule:
    """A misbehaviour with whom it hits: what `Hub.misbehave` gives back.

    `reached` is set when it has happened (a stall: when it has begun); `release()` ends a stall for good.
    """

    def __init__(
        self, pattern: str, behaviour: Misbehaviour, on: Container[int] | None, host: str, method: str
    ) -> None:
        self.pattern = pattern
        self.behaviour = behaviour
        self.reached = threading.Event()
        self.seen = 0
        self.hits = 0
        self._on = on
        self._host = host
        self._method = method
        self._released = threading.Event()

    def release(self) -> None:
        """Let everything that is stalled by this rule, and will be, go on."""
        self._released.set()

    def wait_released(self, patience: float) -> bool:
        """Wait for the release, `patience` seconds at most; whether it has come."""
        return self._released.wait(patience)

    def hits_request(self, host: str, method: str, key: str, redirects: bool) -> bool:
        """Whether this request is to misbehave; counts it."""
        if not fnmatchcase(key, self.pattern) or self._method not in ("", method):
            return False
        if self._host != host and (self._host or redirects != self.behaviour.expired_link):
            return False
        self.seen += 1
        if self._on is not None and self.seen not in self._on:
            return False
        self.hits += 1
        return True


class Rules:
    """All rules of a hub; the first that hits a request decides."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def __getitem__(self, number: int) -> Rule:
        return self._rules[number]

    def add(self, rule: Rule) -> None:
        """Add a rule."""
        with self._lock:
            self._rules.append(rule)

    def number(self, rule: Rule) -> int:
        """What `[]` finds the rule by, until one is removed."""
        with self._lock:
            return self._rules.index(rule)

    def remove(self, rule: Rule) -> None:
        """Forget a rule, and let what it stalls go on."""
        with self._lock:
            self._rules.remove(rule)
        rule.release()

    def clear(self) -> None:
        """Forget all rules, and let everything go on."""
        with self._lock:
            rules, self._rules = self._rules, []
        for rule in rules:
            rule.release()

    def find(self, host: str, method: str, key: str, redirects: bool) -> Rule | None:
        """The rule that hits this request; every rule it could hit counts it."""
        with self._lock:
            hits = [rule for rule in self._rules if rule.hits_request(host, method, key, redirects)]
        return hits[0] if hits else None
