"""What a hub is to the rest of the house: file lists, search, and addresses that the transfer fetches from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Protocol

from msgspec import Struct

from backends.contract.catalog import Source, SourceKind
from backends.contract.models import Hub

_WEIGHTS = ".safetensors"
_WANTED = {".json", ".jinja", ".txt", ".model", ".tiktoken", ".md", _WEIGHTS}
MOST_BYTES = 2**50
"""A larger file is none: hubs allow far less, and not every program can count further."""
_UNWANTED_FOLDERS = {"onnx", "gguf", "original", "figures", "assets", ".git"}


class RemoteFile(Struct, frozen=True):
    """A file of a repository. `path` has forward slashes; `size` in bytes.

    `sha256` is of the content, "" where the hub does not give it; `blob_id` is git's sha1 of small files, "" likewise.
    """

    path: str
    size: int
    sha256: str = ""
    blob_id: str = ""


class Listing(Struct, frozen=True):
    """All files of a repository at one commit. `commit` is what the hub's default branch, or the revision, meant."""

    source: Source
    commit: str
    files: tuple[RemoteFile, ...]


class Hit(Struct, frozen=True):
    """A repository that a search found. `size_bytes` of its weights is 0 where the hub does not say."""

    source: Source
    size_bytes: int = 0
    parameters: int = 0
    downloads: int = 0
    gated: bool = False
    tags: tuple[str, ...] = ()


class Address(Struct, frozen=True):
    """Where a file's bytes are. `headers` go to the host of `url` and to no other."""

    url: str
    headers: dict[str, str] = {}

    def __repr__(self) -> str:
        """Without the headers: they may hold a token."""
        return f"Address({self.url!r})"


class HubClient(Protocol):
    """One hub, at one endpoint, with one token. All methods may block; they raise MinimError of the kinds "offline",
    "hub_failed", "not_found", "token_needed"."""

    @property
    def hub(self) -> Hub: ...

    @property
    def endpoint(self) -> str:
        """The address that is asked, without a slash at its end."""
        ...

    def list_files(self, source: Source) -> Listing:
        """All files of a repository."""
        ...

    def search(self, words: str, limit: int = 40) -> list[Hit]:
        """Repositories of chat models in MLX or safetensors by name or id, most downloaded first."""
        ...

    def address_of(self, listing: Listing, file: RemoteFile) -> Address:
        """Where the bytes of a file are asked for."""
        ...

    def token_address(self, repo: str) -> str:
        """The page where a person gets a token, or the right to use it."""
        ...


def wanted_files(files: Iterable[RemoteFile], kind: SourceKind = "model") -> tuple[RemoteFile, ...]:
    """The files that a model needs: safetensors, configuration, tokenizer, licence; never code or pickles.

    Of a kernel, which is code, all of its builds: which of them runs here, its own loader decides. Never bytecode.
    """
    is_wanted = _is_wanted_of_kernel if kind == "kernel" else _is_wanted
    return tuple(file for file in files if is_wanted(PurePosixPath(file.path)))


def _is_wanted_of_kernel(path: PurePosixPath) -> bool:
    return path.parts[:1] == ("build",) and path.suffix != ".pyc" and "__pycache__" not in path.parts


def _is_wanted(path: PurePosixPath) -> bool:
    if any(part in _UNWANTED_FOLDERS for part in path.parts[:-1]) or path.name.startswith("."):
        return False
    return path.suffix.lower() in _WANTED or path.name.upper().startswith(("LICENSE", "NOTICE"))
