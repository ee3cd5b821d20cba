"""One answer of a server to the wish for a file's bytes: redirects, statuses, ranges, proxies, certificates."""

from __future__ import annotations

import contextlib
import re
from email.utils import parsedate_to_datetime
from time import time
from typing import NoReturn
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from msgspec import Struct
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
    TimeoutError,
)
from urllib3.util import Timeout

from backends.contract.errors import ErrorKind, MinimError
from backends.hubs.base import Address, RemoteFile
from backends.hubs.connections import Proxy, connections_to, proxy_for

READ_BYTES = 256 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_REDIRECTS = 5
_SMALL_ANSWER = 64 * 1024
_LATER = "Try again later; what has come is kept."


class Failed(Exception):
    """An attempt came to nothing: `error` says why to a person, the rest what may be done about it.

    `final`: this address will not give the file. `whole`: ask for all of it, ranges do not work there. `fresh`: the
    bytes that are here belong to another version. `wait`: how many seconds the server wants to be left alone.
    """

    def __init__(
        self, error: MinimError, *, final: bool = False, whole: bool = False, fresh: bool = False, wait: float = 0.0
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.final = final
        self.whole = whole
        self.fresh = fresh
        self.wait = wait


class Wish(Struct, frozen=True):
    """What is asked for: the bytes of `file` from `start` on, of the version `validator` (an ETag) where it is known.

    `whole`: without a range, although `start` is not 0. Times in seconds.
    """

    file: RemoteFile
    address: Address
    start: int = 0
    validator: str = ""
    whole: bool = False
    connect_seconds: float = 15.0
    stall_seconds: float = 30.0


class Body:
    """Bytes on their way: those of the file from `begin` on."""

    def __init__(self, response: urllib3.BaseHTTPResponse, begin: int, wish: Wish, host: str) -> None:
        self.begin = begin
        self.host = host
        etag = response.headers.get("etag", "")
        self.validator = "" if etag.startswith("W/") else etag
        self._response = response
        self._wish = wish
        self._decode = _encoding(response) != ""

    def read(self) -> bytes:
        """What has come, at most READ_BYTES of it, b"" at the end; waits for it. Failed if the connection breaks."""
        try:
            return self._response.read1(READ_BYTES, decode_content=self._decode)
        except (HTTPError, OSError, ValueError) as error:  # ValueError: closed by `stop` in the meantime
            raise _no_connection(error, self._wish, self.host) from error

    def stop(self) -> None:
        """End a `read` that waits, from another thread."""
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # it may have ended already
            self._response.shutdown()

    def close(self) -> None:
        """Give the connection back, or end it if there are bytes left on it."""
        self._response.close()


def ask(wish: Wish) -> Body:
    """Ask for the bytes, over redirects. Failed says why none come."""
    first = parts = _parsed(wish, wish.address.url, "the hub")
    hops = 0
    while True:
        response = _send(wish, parts, with_headers=_same_origin(first, parts))
        if response.status not in _REDIRECTS:
            try:
                return _body(wish, response, host_of(parts), hops)
            except BaseException:
                response.close()
                raise
        location = response.headers.get("location")
        _let_go(response)
        hops += 1
        if not location or hops > _MOST_REDIRECTS:
            _refuse(wish, host_of(parts), "sends from one address to the next and to no file")
        before, parts = parts, _parsed(wish, location, host_of(parts), parts.geturl())
        if before.scheme == "https" and parts.scheme == "http":
            _refuse(wish, host_of(before), "leads to an address that is not encrypted")


def _parsed(wish: Wish, url: str, said_by: str, seen_from: str = "") -> SplitResult:
    try:
        parts = urlsplit(urljoin(seen_from, url))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable:
        _refuse(wish, said_by, "gives an address that cannot be used")
    return parts


def host_of(parts: SplitResult) -> str:
    """Host and port, without what else an address may hold: it may be a secret."""
    return parts.netloc.rpartition("@")[2]


def _send(wish: Wish, parts: SplitResult, *, with_headers: bool) -> urllib3.BaseHTTPResponse:
    headers = {"User-Agent": "minim", "Accept": "*/*"}
    if with_headers:
        headers |= wish.address.headers
    headers["Accept-Encoding"] = "identity"
    if wish.start and not wish.whole:
        headers["Range"] = f"bytes={wish.start}-"
        if wish.validator:
            headers["If-Range"] = wish.validator
    url = parts.geturl()
    proxy: Proxy | None = None
    try:
        proxy = proxy_for(url)
        return connections_to(url).request(
            "GET",
            url,
            headers=headers,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
            timeout=Timeout(connect=wish.connect_seconds, read=wish.stall_seconds),
        )
    except MinimError as error:
        raise Failed(error, final=True) from error
    except (HTTPError, OSError, ValueError) as error:
        raise _no_connection(error, wish, host_of(parts), proxy) from error


def _body(wish: Wish, response: urllib3.BaseHTTPResponse, host: str, hops: int) -> Body:
    """The answer as bytes of the file; Failed if it is something else."""
    status = response.status
    if status == 206:
        return Body(response, _range_start(wish, response, host), wish, host)
    if status == 416:
        there = response.headers.get("content-range", "").rpartition("/")[2]
        if there.isdigit() and int(there) != wish.file.size:
            _refuse(wish, host, f"holds {there} bytes of it, and {wish.file.size} were promised")
        raise Failed(_error("hub_failed", wish, host, "does not give the rest of it (416)"), whole=True)
    if status != 200:
        raise _bad_status(wish, response, host, hops)
    length = response.headers.get("content-length", "")
    if _encoding(response) == "":
        if length.isdigit() and int(length) != wish.file.size:
            what = f"offers {length} bytes as this file, and {wish.file.size} were promised"
            raise Failed(_error("hub_failed", wish, host, what, _LATER))
        if not length and response.headers.get("content-type", "").startswith("text/html"):
            raise Failed(_error("hub_failed", wish, host, "answered with a web page instead of it", _LATER))
    return Body(response, 0, wish, host)


def _let_go(response: urllib3.BaseHTTPResponse) -> None:
    """Keep the connection for the next question, where it costs little to come to the end of this answer."""
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length) <= _SMALL_ANSWER:
        response.drain_conn()
    response.close()


def _range_start(wish: Wish, response: urllib3.BaseHTTPResponse, host: str) -> int:
    said = re.fullmatch(r"\s*bytes\s+(\d+)-(\d+)/(\d+|\*)\s*", response.headers.get("content-range", ""))
    if said is None or int(said[1]) != wish.start or _encoding(response):
        raise Failed(_error("hub_failed", wish, host, "sent another part of it than was asked for"), whole=True)
    if said[3] != "*" and int(said[3]) != wish.file.size:
        _refuse(wish, host, f"holds {said[3]} bytes of it, and {wish.file.size} were promised")
    etag = response.headers.get("etag", "")
    if wish.validator and etag and etag != wish.validator:
        raise Failed(_error("hub_failed", wish, host, "changed it while it was fetched"), fresh=True)
    return wish.start


def _bad_status(wish: Wish, response: urllib3.BaseHTTPResponse, host: str, hops: int) -> Failed:
    status = response.status
    if status in (408, 425, 429) or status >= 500:
        busy = "has been asked too often" if status == 429 else "is in trouble"
        error = _error("hub_failed", wish, host, f"{busy} ({status})", _LATER)
        return Failed(error, wait=_asked_wait(response.headers.get("retry-after", "")))
    if hops and status in (401, 403, 404, 410):  # a signed link has run out: the hub gives a new one
        return Failed(_error("hub_failed", wish, host, f"no longer gives it ({status})", _LATER))
    if status == 401 or (status == 403 and _wants_token(wish, response)):
        hint = "Get access to the model on its page at the hub, and give Minim a token that has it."
        return Failed(
            _error("token_needed", wish, host, f"asks for the right to fetch it ({status})", hint), final=True
        )
    if status in (404, 410):
        return Failed(
            _error("not_found", wish, host, f"does not have it ({status})", "Look for it elsewhere."), final=True
        )
    if status == 407:
        hint = "Check the proxy's name and password in the environment."
        return Failed(
            _error("hub_failed", wish, host, "cannot be asked: the proxy lets nobody through (407)", hint), final=True
        )
    return Failed(_error("hub_failed", wish, host, f"refused to give it ({status})", "Try another hub."), final=True)


def _wants_token(wish: Wish, response: urllib3.BaseHTTPResponse) -> bool:
    sent = any(name.lower() in ("authorization", "cookie") for name in wish.address.headers)
    return sent or "gated" in response.headers.get("x-error-code", "").lower()


def _no_connection(error: Exception, wish: Wish, host: str, proxy: Proxy | None = None) -> Failed:
    """What a broken or impossible connection means."""
    if isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        hint = "Check the clock of this machine, and whether a proxy reads along."
        return Failed(_error("hub_failed", wish, host, "shows a certificate that cannot be trusted", hint), final=True)
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return Failed(_error("hub_failed", wish, host, "has an address that cannot be used"), final=True)
    if isinstance(error, (NewConnectionError, ConnectTimeoutError, ProxyError)):
        through = f" through the proxy that {proxy.named_by} names" if proxy else ""
        message = f"{host} cannot be reached{through}, so {wish.file.path} cannot be fetched."
        hint = "Check the proxy; what has come is kept." if proxy else "Check the network; what has come is kept."
        return Failed(MinimError("offline", message, hint))
    if isinstance(error, TimeoutError):
        return Failed(_error("hub_failed", wish, host, f"has sent nothing for {wish.stall_seconds:g} seconds", _LATER))
    return Failed(_error("hub_failed", wish, host, "broke the connection off", _LATER))


def _error(kind: ErrorKind, wish: Wish, host: str, what: str, hint: str = "") -> MinimError:
    return MinimError(kind, f"{wish.file.path} could not be fetched: {host} {what}.", hint or "Try another hub.")


def _refuse(wish: Wish, host: str, what: str) -> NoReturn:
    raise Failed(_error("hub_failed", wish, host, what), final=True)


def _encoding(response: urllib3.BaseHTTPResponse) -> str:
    said = response.headers.get("content-encoding", "").strip().lower()
    return "" if said == "identity" else said


def _asked_wait(said: str) -> float:
    """Seconds of a Retry-After, which gives them or a date; 0 if it says neither."""
    if said.strip().isdigit():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time())
    except ValueError:
        return 0.0


def _same_origin(one: SplitResult, other: SplitResult) -> bool:
    """Whether what is secret at `one` may be told at `other`: the same, or the same host grown safer."""
    if one.hostname != other.hostname:
        return False
    ports = {"http": 80, "https": 443}
    here, there = one.port or ports.get(one.scheme), other.port or ports.get(other.scheme)
    return (one.scheme, here) == (other.scheme, there) or (one.scheme, here, other.scheme, there) == (
        "http",
        80,
        "https",
        443,
    )
