"""A file at the test hub, and what a test does with it: fetch it, and look at what came of that."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.hubs.base import Address, RemoteFile
from backends.hubs.transfer import Patience, fetch
from tests.hub.misbehaviour import Rule
from tests.hub.server import Hub

NAME = "org/model"
WEIGHTS = "model.safetensors"
QUICK = Patience(connect_seconds=20, attempts=3, first_wait=0.001, longest_wait=0.001)
"""For tests in which something fails on purpose."""
HASTY = replace(QUICK, stall_seconds=0.2, attempts=20)
"""For tests in which nothing comes; a busy machine may seem so as well, hence more attempts."""


def content_of(size: int, seed: int = 0) -> bytes:
    """Bytes that repeat nowhere, the same each time."""
    return random.Random(seed).randbytes(size)


def described(content: bytes, path: str = WEIGHTS) -> RemoteFile:
    """A file as a hub lists it, with its sha256."""
    return RemoteFile(path, len(content), hashlib.sha256(content).hexdigest())


class Fetching:
    """One file of NAME, at both sides of a hub, and the place it is fetched to."""

    def __init__(self, hub: Hub, folder: Path, content: bytes, path: str = WEIGHTS) -> None:
        self.hub = hub
        self.content = content
        self.file = described(content, path)
        self.source = folder / "source"
        self.target = folder / "target" / path
        self.part = folder / "target" / f"{path}.part"
        self.told: list[int] = []
        self.source.mkdir(parents=True)
        self.target.parent.mkdir()
        (self.source / path).write_bytes(content)
        hub.add(NAME, self.source)

    @property
    def address(self) -> Address:
        """At the Hugging Face side, with a token."""
        url = f"{self.hub.huggingface_endpoint}/{NAME}/resolve/main/{self.file.path}"
        return Address(url, {"Authorization": f"Bearer {Hub.token}"})

    @property
    def other_address(self) -> Address:
        """At the ModelScope side."""
        query = f"Revision=master&FilePath={self.file.path}"
        return Address(f"{self.hub.modelscope_endpoint}/api/v1/models/{NAME}/repo?{query}")

    def misbehave(self, **how: object) -> Rule:
        """Let the hub's answers with the file's bytes go wrong."""
        return self.hub.misbehave(f"{NAME}/{self.file.path}", **how)  # pyright: ignore[reportArgumentType] # passed on

    def run(
        self,
        addresses: Callable[[], Sequence[Address]] | None = None,
        *,
        stopped: Callable[[], bool] = lambda: False,
        patience: Patience = QUICK,
    ) -> None:
        """Fetch it, and see that it is whole and that no part is left."""
        fetch(
            self.file,
            addresses or (lambda: [self.address]),
            self.target,
            report=self.told.append,
            stopped=stopped,
            patience=patience,
        )
        assert self.target.read_bytes() == self.content
        assert not self.part.exists()
        assert self.told[-1] == len(self.content)

    def fail(self, addresses: Callable[[], Sequence[Address]] | None = None, patience: Patience = QUICK) -> MinimError:
        """Fetch it in vain; the error, which names the file. Nothing stands under its name."""
        with pytest.raises(MinimError) as caught:
            self.run(addresses, patience=patience)
        assert not self.target.exists()
        assert self.target.name in caught.value.message
        assert caught.value.hint
        return caught.value

    def without_sha256(self, *, blob_id: bool = False) -> None:
        """The hub gives git's id of it instead, or nothing but the size."""
        sha1 = hashlib.sha1(b"blob %d\0" % len(self.content) + self.content, usedforsecurity=False)
        self.file = replace(self.file, sha256="", blob_id=sha1.hexdigest() if blob_id else "")

    def served(self) -> int:
        """How many bytes of the file the hub has sent."""
        return sum(request.sent for request in self.hub.requests(f"{NAME}/{self.file.path}") if request.status < 300)
