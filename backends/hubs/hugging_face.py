# pyright: basic
# huggingface_hub describes most of what it returns as optional or Any.
"""Hugging Face and its mirrors: file lists, search and addresses through huggingface_hub, the library's own habits off.

Those are: tokens found in files and variables are never used (`token=False`), nothing is told about this machine,
an answer takes ten seconds at most and is not asked for again (huggingface_hub would wait for half a minute), and
HF_HUB_OFFLINE does not stop what a person asks for here. All of that holds inside this module's own calls only.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from json import JSONDecodeError

import httpx2  # huggingface_hub's HTTP client: its errors come through
from huggingface_hub import HfApi, constants, get_hf_file_metadata, hf_hub_url, set_client_factory
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import BlobLfsInfo, ExpandModelProperty_T, ModelInfo, RepoFile
from huggingface_hub.utils import HFValidationError, hf_raise_for_status
from huggingface_hub.utils._http import hf_request_event_hook

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub
from backends.hubs import refusals
from backends.hubs.addresses import checked_endpoint, checked_repo, checked_revision, checked_token, is_repo, repo_in
from backends.hubs.base import MOST_BYTES, Address, Hit, Listing, RemoteFile, wanted_files
from backends.hubs.proxied import ByProxy

DEFAULT_ENDPOINT = "https://huggingface.co"
DEFAULT_REVISION = "main"
TIMEOUT_S = 10.0

_HEADERS = {"user-agent": "minim"}
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CHAT_TASKS = {None, "text-generation", "image-text-to-text", "any-to-any", "text2text-generation"}
_EXPAND: list[ExpandModelProperty_T] = ["downloads", "gated", "library_name", "pipeline_tag", "safetensors", "tags"]
_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "BF16": 2, "F16": 2, "I16": 2, "U16": 2}
"""Bytes an element; all other types (FP8, I8, U8) have one."""

_asking: ContextVar[bool] = ContextVar("_asking", default=False)


class HuggingFace:
    """The hub, or a mirror of it (`endpoint`). `token` "" asks as nobody."""

    def __init__(self, endpoint: str = "", token: str = "") -> None:
        self._endpoint = checked_endpoint(endpoint or os.environ.get("HF_ENDPOINT", ""), DEFAULT_ENDPOINT)
        self._token = checked_token(token)
        self._api = HfApi(endpoint=self._endpoint, token=token or False, headers=_HEADERS)

    @property
    def hub(self) -> Hub:
        """Which hub's protocol and cache layout this is."""
        return "huggingface"

    @property
    def endpoint(self) -> str:
        """The address that is asked, without a slash at its end."""
        return self._endpoint

    def list_files(self, source: Source) -> Listing:
        """All files of a repository, with size and hash."""
        revision = checked_revision(source.revision)
        with self._asked_about(checked_repo(source.repo), revision):
            if source.kind == "kernel":
                return self._list_kernel(source, revision or DEFAULT_REVISION)
            info = self._ask_for(source.repo, revision)
            self._check_access(info)
            return self._listing_of(source, info.sha, self._files_of(info))

    def search(self, words: str, limit: int = 40) -> list[Hit]:
        """Repositories of chat models by name, most downloaded first; by id or address, exactly that one."""
        missing: MinimError | None = None
        if repo := repo_in(words):
            try:
                with self._asked_about(repo):
                    return [self._exact_hit(self._ask_for(repo, ""))]
            except MinimError as error:
                if error.kind not in ("not_found", "token_needed"):
                    raise
                missing = error
        try:
            hits = self._search_hits(repo or words.strip(), limit)
        except MinimError as error:
            raise missing or error from None  # a mirror may know repositories and have no search
        if missing is not None and not hits:
            raise missing
        return hits

    def address_of(self, listing: Listing, file: RemoteFile) -> Address:
        """Where the bytes of a file are asked for; large ones are redirected to another host from there."""
        source = listing.source
        address = hf_hub_url(
            source.repo, file.path, repo_type=source.kind, revision=listing.commit, endpoint=self._endpoint
        )
        return Address(address, {"Authorization": f"Bearer {self._token}"} if self._token else {})

    def token_address(self, repo: str) -> str:
        """The repository's page, where access is asked for; without a repository, the page of one's tokens."""
        return f"{self._endpoint}/{repo}" if repo else f"{self._endpoint}/settings/tokens"

    def _search_hits(self, words: str, limit: int) -> list[Hit]:
        """Half of them in MLX form, where there are so many: originals are downloaded far more often."""
        found: dict[str, list[Hit]] = {}
        with self._asked_about(""):
            for tag in ("mlx", "safetensors"):
                infos = self._api.list_models(
                    search=words or None,
                    filter=tag,
                    pipeline_tag=None if words else "text-generation",
                    sort="downloads",
                    limit=limit,
                    expand=_EXPAND,
                )
                found[tag] = [_hit(one) for one in infos if one.pipeline_tag in _CHAT_TASKS and is_repo(one.id)]
        names = {hit.source.repo for hit in found["mlx"]}
        others = [hit for hit in found["safetensors"] if hit.source.repo not in names]
        in_mlx = found["mlx"][: max((limit + 1) // 2, limit - len(others))]
        return sorted((*in_mlx, *others[: limit - len(in_mlx)]), key=lambda hit: -hit.downloads)

    def _ask_for(self, repo: str, revision: str) -> ModelInfo:
        # Always with a revision: mirrors without their hub (olah) know no other question.
        revision = revision or DEFAULT_REVISION
        return self._api.model_info(repo, revision=revision, files_metadata=True, timeout=TIMEOUT_S)

    def _check_access(self, info: ModelInfo) -> None:
        """The list of a gated repository's files is shown to all, the files are not. Raises MinimError."""
        if info.gated and info.siblings:
            if not self._token:
                raise self._token_needed(info.id, gated=True)
            name = info.siblings[0].rfilename
            address = hf_hub_url(info.id, name, revision=info.sha, endpoint=self._endpoint)
            try:
                get_hf_file_metadata(address, token=self._token, endpoint=self._endpoint, headers=_HEADERS)
            except HfHubHTTPError as error:
                if error.response.status_code in (401, 403):
                    raise self._token_needed(info.id, gated=True) from error

    def _list_kernel(self, source: Source, revision: str) -> Listing:
        """Of a kernel the hub tells the commit by itself, and the files in the tree only."""
        sha = self._api.kernel_info(source.repo, revision=revision, timeout=TIMEOUT_S).sha
        listing = self._listing_of(source, sha, ())
        return Listing(source, listing.commit, self._tree_of(source, listing.commit))

    def _listing_of(self, source: Source, sha: str | None, files: tuple[RemoteFile, ...]) -> Listing:
        if not sha or not _HASH.fullmatch(sha):
            raise refusals.unreadable(self._endpoint, source.repo, "there is no commit in it")
        return Listing(source, sha, files)

    def _files_of(self, info: ModelInfo) -> tuple[RemoteFile, ...]:
        siblings = info.siblings or []
        if all(sibling.size is not None for sibling in siblings):
            found = (_remote_file(one.rfilename, one.size, one.blob_id, one.lfs) for one in siblings)
            return self._with_sizes(info.id, found)
        # some mirrors, olah among them, tell sizes in the tree only
        return self._tree_of(Source("huggingface", info.id), info.sha or "")

    def _tree_of(self, source: Source, commit: str) -> tuple[RemoteFile, ...]:
        tree = self._api.list_repo_tree(source.repo, recursive=True, revision=commit, repo_type=source.kind)
        found = (_remote_file(one.path, one.size, one.blob_id, one.lfs) for one in tree if isinstance(one, RepoFile))
        return self._with_sizes(source.repo, found)

    def _with_sizes(self, repo: str, files: Iterable[RemoteFile]) -> tuple[RemoteFile, ...]:
        found = tuple(files)
        for file in found:
            if type(file.size) is not int or not 0 <= file.size <= MOST_BYTES:
                raise refusals.unreadable(self._endpoint, repo, f"{file.path[:200]} has no size")
        return found

    def _exact_hit(self, info: ModelInfo) -> Hit:
        size = sum(file.size for file in wanted_files(self._files_of(info)) if file.path.endswith(".safetensors"))
        hit = _hit(info)
        return Hit(hit.source, size or hit.size_bytes, hit.parameters, hit.downloads, hit.gated, hit.tags)

    @contextmanager
    def _asked_about(self, repo: str, revision: str = "") -> Generator[None, None, None]:
        """Turn what goes wrong into words."""
        mark = _asking.set(True)
        try:
            yield
        except _NoAnswer as error:
            raise refusals.offline(self._endpoint, str(error)) from error
        except RevisionNotFoundError as error:
            raise refusals.not_found(self._endpoint, repo, revision or DEFAULT_REVISION) from error
        except GatedRepoError as error:
            raise self._token_needed(repo, gated=True) from error
        except HfHubHTTPError as error:
            raise self._refusal(error, repo) from error
        except HFValidationError as error:
            raise MinimError(
                "bad_request", f"{repo!r} is no repository of a hub.", "Write it as organization/name."
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
            # Not JSON, or JSON of another shape: some proxies and hotel networks answer with a page of their own.
            what = "it is not JSON" if isinstance(error, JSONDecodeError) else "something is missing in it"
            raise refusals.unreadable(self._endpoint, repo, what) from error
        finally:
            _asking.reset(mark)

    def _refusal(self, error: HfHubHTTPError, repo: str) -> MinimError:
        status, reason = error.response.status_code, error.server_message or ""
        if isinstance(error, DisabledRepoError):
            return refusals.refused(self._endpoint, status, repo, "the hub has disabled it")
        if status in (401, 403) and not isinstance(error, RepositoryNotFoundError):
            return self._token_needed(repo, gated=False)
        if repo and (status == 404 or isinstance(error, RepositoryNotFoundError)):
            return refusals.not_found(self._endpoint, repo)
        wait = error.response.headers.get("Retry-After", "")
        return refusals.refused(self._endpoint, status, repo, reason, float(wait) if wait.isdigit() else 0.0)

    def _token_needed(self, repo: str, *, gated: bool) -> MinimError:
        page = self.token_address(repo if gated else "")
        return refusals.token_needed(self._endpoint, repo, has_token=bool(self._token), gated=gated, page=page)


class _NoAnswer(Exception):
    """Nothing came from the hub. Not one of the errors at which huggingface_hub asks again."""


class _Client(httpx2.Client):
    """huggingface_hub's client, which says at once what is wrong when this module asks."""

    def send(self, request: httpx2.Request, **options) -> httpx2.Response:
        try:
            return super().send(request, **options)
        except httpx2.TransportError as error:
            if not _asking.get():
                raise
            raise _NoAnswer(_reason(error)) from error


def _hit(info: ModelInfo) -> Hit:
    counts = (info.safetensors.parameters if info.safetensors else None) or {}
    size = sum(count * _BYTES.get(kind, 1) for kind, count in counts.items())
    total = info.safetensors.total if info.safetensors else 0
    tags = tuple(str(tag) for tag in info.tags or ())
    return Hit(Source("huggingface", info.id), size, total or 0, info.downloads or 0, bool(info.gated), tags)


def _remote_file(path: str, size: int | None, blob_id: str | None, lfs: BlobLfsInfo | None) -> RemoteFile:
    if lfs is None:
        return RemoteFile(path, size if size is not None else -1, "", _hash_or_nothing(blob_id, 40))
    return RemoteFile(path, lfs.size, _hash_or_nothing(lfs.sha256, 64))  # git's hash is of the pointer


def _hash_or_nothing(text: object, length: int) -> str:
    """A hash is believed if it looks like one: it becomes the name of a file."""
    return text.lower() if isinstance(text, str) and len(text) == length and _HASH.fullmatch(text.lower()) else ""


def _reason(error: httpx2.TransportError) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return f"no answer within {TIMEOUT_S:.0f} seconds"
    text = re.sub(r"\[Errno -?\d+\] ", "", str(error)).strip().rstrip(".")
    return text[:200] or "the connection broke off"


def _before_request(request: httpx2.Request) -> None:
    if not _asking.get():
        hf_request_event_hook(request)  # what huggingface_hub does, with its check of HF_HUB_OFFLINE
        return
    request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)


def _after_response(response: httpx2.Response) -> None:
    if _asking.get() and response.status_code >= 400:
        response.read()
        hf_raise_for_status(response)


def _make_client() -> httpx2.Client:
    hooks = {"request": [_before_request], "response": [_after_response]}
    return _Client(event_hooks=hooks, follow_redirects=True, timeout=None, transport=ByProxy())


# Read by huggingface_hub with each call, not at its import: with telemetry it asks its own host for a list of programs
# to look for on this machine, whatever the endpoint.
constants.HF_HUB_DISABLE_TELEMETRY = True
logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
set_client_factory(_make_client)
