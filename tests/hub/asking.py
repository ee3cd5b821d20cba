"""One request to the hub, and all that came back: no library between, no redirect followed."""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True)
class Got:
    """What came back; `body` is what there was of it when `broken` says that not all came."""

    status: int
    headers: Message
    body: bytes
    broken: bool


def ask(address: str, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Got:
    """One request on a connection of its own, no redirect followed; names of headers with _ for -."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    with closing(connection):
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        try:
            return Got(answer.status, answer.headers, answer.read(), False)
        except http.client.IncompleteRead as short:
            return Got(answer.status, answer.headers, short.partial, True)
        except ConnectionResetError:
            return Got(answer.status, answer.headers, b"", True)
