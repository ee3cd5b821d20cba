"""ModelScope: file lists, search and addresses, asked with `requests` in the words of the protocol that it publishes.

Not through modelscope_hub's HubApi, which is the hub's own client (1.40.2 was read): it unpickles a login that it finds
in the home folder and writes an identifier of this machine there, which it sends along; it asks eight times before it
says that nobody answers; and the cookie that holds the token follows redirects to other hosts. What its errors mean is
taken from it.
"""

from __future__ import annotations

import os
import re
from typing import Any, cast
from urllib.parse import quote, urlencode

import requests
from modelscope_hub.constants import LEGACY_API_PREFIX, OPENAPI_PREFIX, REPO_FILES_TRUNCATION_LIMIT
from modelscope_hub.errors import (
    APIError,
    AuthenticationError,
    NotExistError,
    PermissionDeniedError,
    RateLimitError,
    raise_for_status,
)
from msgspec.structs import replace

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub
from backends.hubs import refusals
from backends.hubs.addresses import checked_endpoint, checked_repo, checked_revision, checked_token, repo_in
from backends.hubs.base import MOST_BYTES, Address, Hit, Listing, RemoteFile, wanted_files
from backends.hubs.connections import proxy_for

DEFAULT_ENDPOINT = "https://www.modelscope.cn"
TIMEOUT_S = 10.0
DEFAULT_REVISION = "master"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHAT_TASKS = {"text-generation", "chat", "image-text-to-text", "any-to-any", "text2text-generation"}


class ModelScope:
    """The hub, or another address of it (`endpoint`). `token` "" asks as nobody."""

    def __init__(self, endpoint: str = "", token: str = "") -> None:
        configured = endpoint or os.environ.get("MODELSCOPE_ENDPOINT", "")
        self._endpoint = checked_endpoint(configured, DEFAULT_ENDPOINT)
        self._token = checked_token(token)

    @property
    def hub(self) -> Hub:
        """Which hub's protocol and cache layout this is."""
        return "modelscope"

    @property
    def endpoint(self) -> str:
        """The address that is asked, without a slash at its end."""
        return self._endpoint

    def list_files(self, source: Source) -> Listing:
        """All files of a repository, with size and sha256. `commit` is the revision: the hub tells no commit."""
        repo, revision = checked_repo(source.repo), checked_revision(source.revision) or DEFAULT_REVISION
        return Listing(source, revision, self._files_of(repo, revision))

    def search(self, words: str, limit: int = 40) -> list[Hit]:
        """Repositories of chat models by name, most downloaded first; by id or address, exactly that one."""
        missing: MinimError | None = None
        if repo := repo_in(words):
            try:
                return [self._exact_hit(repo)]
            except MinimError as error:
                if error.kind not in ("not_found", "token_needed"):
                    raise
                missing = error
        query = {"search": repo or words.strip(), "sort": "downloads", "page_number": 1, "page_size": min(limit, 50)}
        try:
            data = self._ask(f"{OPENAPI_PREFIX}/models", "", {key: value for key, value in query.items() if value})
        except MinimError as error:
            raise missing or error from None
        hits = [hit for entry in _objects(data, "models", "Models") if (hit := _hit(entry)) is not None]
        if missing is not None and not hits:
            raise missing
        return sorted(hits, key=lambda hit: -hit.downloads)[:limit]

    def address_of(self, listing: Listing, file: RemoteFile) -> Address:
        """Where the bytes of a file are asked for; large ones are redirected to another host from there."""
        query = urlencode({"Revision": listing.commit, "FilePath": file.path})
        repo = quote(listing.source.repo)
        return Address(f"{self._endpoint}{LEGACY_API_PREFIX}/models/{repo}/repo?{query}", self._credentials())

    def token_address(self, repo: str) -> str:
        """The repository's page, where access is asked for; without a repository, the page of one's tokens."""
        return f"{self._endpoint}/models/{repo}" if repo else f"{self._endpoint}/my/myaccesstoken"

    def _exact_hit(self, repo: str) -> Hit:
        files = wanted_files(self._files_of(repo, DEFAULT_REVISION))
        size = sum(file.size for file in files if file.path.endswith(".safetensors"))
        try:
            told = self._ask(f"{OPENAPI_PREFIX}/models/{repo}", repo, {})
        except MinimError:
            told = None  # the files are there; how often they were downloaded is not needed
        hit = _hit({**cast("dict[str, Any]", told), "tasks": ()}) if isinstance(told, dict) else None
        return replace(hit, size_bytes=size or hit.size_bytes) if hit else Hit(Source("modelscope", repo), size)

    def _files_of(self, repo: str, revision: str) -> tuple[RemoteFile, ...]:
        path = f"{LEGACY_API_PREFIX}/models/{repo}/repo/files"
        entries = _objects(self._ask(path, repo, {"Revision": revision, "Recursive": "True"}), "Files", "files")
        if len(entries) >= REPO_FILES_TRUNCATION_LIMIT:  # the hub silently ends a list there
            raise refusals.unreadable(self._endpoint, repo, "it holds more files than the hub lists")
        return tuple(self._file(repo, entry) for entry in entries if entry.get("Type") != "tree")

    def _file(self, repo: str, entry: dict[str, Any]) -> RemoteFile:
        match entry:
            case {"Path": str(path), "Size": int(size)} if path and 0 <= size <= MOST_BYTES:
                sha256 = str(entry.get("Sha256") or "").lower()
                return RemoteFile(path, size, sha256 if _SHA256.fullmatch(sha256) else "")
            case _:
                raise refusals.unreadable(self._endpoint, repo, "a file has no path or no size")

    def _ask(self, path: str, repo: str, query: dict[str, Any]) -> object:
        """The data of an answer. Raises MinimError."""
        try:
            with requests.Session() as session:
                session.auth = _as_given  # else requests looks for a password in .netrc
                session.headers["User-Agent"] = "minim"
                address = f"{self._endpoint}{path}"
                answer = session.get(
                    address,
                    params=query,
                    headers=self._credentials(),
                    timeout=TIMEOUT_S,
                    proxies=_proxies(address),
                )
            raise_for_status(answer)
            body: object = answer.json()
        except APIError as error:
            raise self._refusal(error, repo) from error
        except requests.JSONDecodeError as error:
            raise refusals.unreadable(self._endpoint, repo, "it is not JSON") from error
        except requests.RequestException as error:
            raise refusals.offline(self._endpoint, _reason(error)) from error
        fields = cast("dict[str, object]", body) if isinstance(body, dict) else {}
        if False in (fields.get("Success"), fields.get("success")):
            reason = str(fields.get("Message") or fields.get("message") or "no reason given")
            raise refusals.refused(self._endpoint, answer.status_code, repo, reason)
        data = fields.get("Data", fields.get("data"))
        if data is None:
            raise refusals.unreadable(self._endpoint, repo, "there is no data in it")
        return data

    def _refusal(self, error: APIError, repo: str) -> MinimError:
        if isinstance(error, AuthenticationError | PermissionDeniedError):
            page = self.token_address("")
            return refusals.token_needed(self._endpoint, repo, has_token=bool(self._token), gated=False, page=page)
        if repo and isinstance(error, NotExistError):
            return refusals.not_found(self._endpoint, repo)
        wait = float(error.retry_after or 0) if isinstance(error, RateLimitError) else 0.0
        return refusals.refused(self._endpoint, error.status_code or 0, repo, error.message, wait)

    def _credentials(self) -> dict[str, str]:
        """Headers with the token. A cookie as well: older parts of the hub read nothing else."""
        if not self._token:
            return {}
        return {"Authorization": f"Bearer {self._token}", "Cookie": f"m_session_id={self._token}"}


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _proxies(address: str) -> dict[str, str]:
    """The proxy for an address as requests is told of it, so that it looks for none itself."""
    proxy = proxy_for(address)
    return dict.fromkeys(("http", "https", "all"), proxy.address if proxy else "")


def _objects(data: object, *names: str) -> list[dict[str, Any]]:
    """The list of objects that an answer holds under one of these names, or is."""
    found: object = data
    if isinstance(data, dict):
        by_name = cast("dict[str, object]", data)
        found = next((by_name[name] for name in names if by_name.get(name)), None)
    entries = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]


def _hit(entry: dict[str, Any]) -> Hit | None:
    """What a search found; None for what is no chat model in safetensors. The size is of the whole repository."""
    repo = repo_in(str(entry.get("id") or entry.get("Id") or ""))
    tasks = {str(task) for task in entry.get("tasks") or ()}
    if not repo or "gguf" in repo.lower() or (tasks and not tasks & _CHAT_TASKS):
        return None
    tags = tuple(str(tag) for tag in entry.get("tags") or ())
    size, parameters, downloads = (_count(entry.get(key)) for key in ("file_size", "params", "downloads"))
    gated = bool(entry.get("gated") or entry.get("login_required"))
    return Hit(Source("modelscope", repo), size, parameters, downloads, gated, tags)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT_S:.0f} seconds"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    return "no connection"
