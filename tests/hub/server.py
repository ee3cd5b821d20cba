"""A hub of our own on loopback: both hubs' protocols, a second host for large files, and mishaps on demand.

with Hub() as hub:
    hub.add("org/name", folder)
    rule = hub.misbehave("org/name/model.safetensors", stall_after=1000, on=[1])
    ... ask hub.huggingface_endpoint, hub.modelscope_endpoint ...
    assert rule.reached.wait(60)
    rule.release()
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Container, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote

from tests.hub import hugging_face_side, model_scope_side
from tests.hub.answers import Answer, Question
from tests.hub.misbehaviour import Misbehaviour, Rule, Rules
from tests.hub.repositories import Entry, Repository
from tests.hub.traffic import Request, Traffic
from tests.hub.wire import Listener, Route

Side = Literal["huggingface", "modelscope"]
Host = Literal["huggingface", "modelscope", "content", "control"]
BOTH: tuple[Side, Side] = ("huggingface", "modelscope")
_LINK_SECONDS = 3600


class Hub:
    """Serves from the moment it is made until `close()`.

    Large files (safetensors, and from 10 MiB on) are redirected to another host, with signed links. `token` opens
    gated and private repositories, `token_without_access` is known and opens none; any other token is refused.
    `caches_small_files` sends small files, too, through a redirect: one within the Hugging Face side, as the real one
    does.
    """

    token = "hf_granted"
    token_without_access = "hf_known"
    caches_small_files = False

    def __init__(self, port: int = 0) -> None:
        self.rules = Rules()
        self.traffic = Traffic()
        self._repositories: dict[tuple[str, str], Repository] = {}
        self._links: dict[str, tuple[str, Entry, float]] = {}
        self._epoch = 0
        self._lock = threading.Lock()
        self._routes: dict[str, Route] = {
            "huggingface": lambda question: hugging_face_side.answer(self, question),
            "modelscope": lambda question: model_scope_side.answer(self, question),
            "content": self._content,
        }
        self._ports: dict[str, int] = {}
        self._listeners: dict[str, Listener] = {}
        for name in self._routes:
            self.listen(name, port if name == "huggingface" else 0)

    def __enter__(self) -> Hub:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def huggingface_endpoint(self) -> str:
        """What goes into HF_ENDPOINT, or to `open_hub("huggingface", …)`."""
        return f"http://127.0.0.1:{self._ports['huggingface']}"

    @property
    def modelscope_endpoint(self) -> str:
        """What goes into MODELSCOPE_ENDPOINT, or to `open_hub("modelscope", …)`."""
        return f"http://127.0.0.1:{self._ports['modelscope']}"

    @property
    def content_endpoint(self) -> str:
        """The other host: large files are there. Its name differs too, so that cookies do not reach it."""
        return f"http://localhost:{self._ports['content']}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that bring a worker process here."""
        return {
            "HF_ENDPOINT": self.huggingface_endpoint,
            "MODELSCOPE_ENDPOINT": self.modelscope_endpoint,
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }

    def add(self, name: str, folder: Path, sides: Iterable[Side] = BOTH, **properties: Any) -> Repository:
        """Serve a folder under a name ("org/name"); `properties` are those of `Repository`."""
        repository = Repository(name, folder, **properties)
        for side in sides:
            self._repositories[side, name] = repository
        return repository

    def remove(self, name: str, sides: Iterable[Side] = BOTH) -> None:
        """Serve it no more."""
        for side in sides:
            self._repositories.pop((side, name), None)

    def misbehave(
        self,
        pattern: str,
        behaviour: Misbehaviour | None = None,
        *,
        on: Container[int] | None = None,
        host: Host | Literal[""] = "",
        method: str = "GET",
        **how: Any,
    ) -> Rule:
        """Let requests that match misbehave: all, or those whose number (1 is the first) is in `on`.

        `pattern` is of the file, "org/name/path", or of the address's path ("/api/*"), as fnmatch reads it: "*" goes
        across slashes. Without a `host`, redirects are let through and the host that gives the bytes is hit
        (`expired_link`: the redirect). `how` are the fields of `Misbehaviour`. `method` "" means any.
        """
        rule = Rule(pattern, behaviour or Misbehaviour(**how), on, host, method)
        self.rules.add(rule)
        return rule

    def behave(self) -> None:
        """Forget all misbehaviour, release all stalls, come back if offline, and count from nothing."""
        self.rules.clear()
        self.traffic.forget()
        for name in self._routes:
            self.listen(name, self._ports[name])

    def expire_links(self) -> None:
        """No link that was given so far is valid any more."""
        with self._lock:
            self._epoch += 1
            self._links.clear()

    def go_offline(self, *hosts: Host) -> None:
        """Refuse connections and cut those there are: of these hosts, or of all."""
        for name in hosts or tuple(self._routes):
            if listener := self._listeners.pop(name, None):
                listener.close()

    def go_online(self) -> None:
        """Listen again, at the same addresses."""
        for name in self._routes:
            self.listen(name, self._ports[name])

    def bytes_served(self, pattern: str = "*", host: Host | Literal[""] = "content") -> int:
        """How many bytes of bodies went out; of large files, unless another host is named ("" for all)."""
        return sum(request.sent for request in self.traffic.find(pattern, host=host))

    def requests(self, pattern: str = "*", *, host: Host | Literal[""] = "", method: str = "") -> list[Request]:
        """The requests that came, oldest first."""
        return self.traffic.find(pattern, host=host, method=method)

    def close(self) -> None:
        """Stop. Raises what failed in the hub itself, so that no test passes by a fault of its own server."""
        self.rules.clear()
        listeners = list(self._listeners.values())
        for listener in listeners:
            listener.close()
        self._listeners.clear()
        for listener in listeners:
            for failure in listener.failures:
                raise failure

    def listen(self, name: str, port: int, route: Route | None = None) -> None:
        """Open a host of the hub, if it is not open."""
        if route:
            self._routes[name] = route
        if name not in self._listeners:
            self._listeners[name] = Listener(name, port, self._routes[name], self.rules, self.traffic)
            self._ports[name] = self._listeners[name].server_port

    def address(self, name: str) -> str:
        """The address of one host."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def repository(self, side: Side, name: str) -> Repository | None:
        """The repository of that name."""
        return self._repositories.get((side, name))

    def all(self, side: Side) -> list[Repository]:
        """All repositories of one side."""
        return [repository for (where, _), repository in self._repositories.items() if where == side]

    def knows(self, token: str) -> bool:
        """Whether it is a token at all."""
        return token in (self.token, self.token_without_access)

    def grants(self, token: str) -> bool:
        """Whether it opens gated and private repositories."""
        return token == self.token

    def sign(self, repository: Repository, entry: Entry) -> str:
        """A link to a large file on the other host."""
        key = f"{repository.name}/{entry.path}"
        with self._lock:
            expires = time.time() + _LINK_SECONDS
            secret = f"{self._epoch} {key} {entry.sha256}".encode()
            signature = hmac.new(b"hub", secret, hashlib.sha256).hexdigest()
            self._links[signature] = (key, entry, expires)
        return f"{self.content_endpoint}/{quote(key)}?Expires={int(expires)}&Signature={signature}"

    def _content(self, question: Question) -> Answer:
        with self._lock:
            found = self._links.get(question.query.get("Signature", ""))
        key = question.path.strip("/")
        if found is None or found[0] != key or found[2] < time.time():
            body = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
            return Answer(key, 403, {"Content-Type": "application/xml"}, body, size=len(body))
        entry = found[1]
        headers = {"Accept-Ranges": "bytes", "ETag": f'"{entry.sha256}"', "Content-Type": "application/octet-stream"}
        return Answer(key, 200, headers, file=entry.file, size=entry.size)
