"""The Hugging Face side of the hub: model pages, lists, trees and `resolve`, as huggingface_hub 2.4 asks for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.hub.answers import Answer, Question, say
from tests.hub.repositories import Entry, Repository

if TYPE_CHECKING:
    from tests.hub.server import Hub

_REPO = r"(?:models/|(?=kernels/))(?P<name>(?:kernels/)?[^/]+/[^/]+)"
_API = re.compile(rf"/api/{_REPO}(?:/(?P<what>revision|tree)/(?P<revision>[^/]+)/?(?P<path>.*))?")
_FILE = re.compile(r"/(?P<name>(?:kernels/)?[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
_CACHED = re.compile(rf"/api/resolve-cache/{_REPO}/(?P<revision>[0-9a-f]{{40}})/(?P<path>.+)")
_PAGE = 100
_ON_LISTS = ("private", "downloads", "likes", "tags", "pipeline_tag", "library_name", "createdAt", "modelId")
_ON_FULL_LISTS = (*_ON_LISTS, "author", "gated", "lastModified", "sha", "siblings")
_DATE = "2026-01-05T12:00:00.000Z"


def answer(hub: Hub, question: Question) -> Answer:
    """The answer to one request."""
    if question.path.rstrip("/") == "/api/models":
        return _list(hub, question)
    if match := _API.fullmatch(question.path):
        return _api(hub, question, match)
    if match := _CACHED.fullmatch(question.path):
        return _resolve(hub, question, match, is_cached=True)
    if match := _FILE.fullmatch(question.path):
        return _resolve(hub, question, match, is_cached=False)
    return _error(question.path, 404, "", "Not Found")


def _api(hub: Hub, question: Question, match: re.Match[str]) -> Answer:
    found = _open(hub, question, match["name"], match["revision"] or "main", question.path)
    if isinstance(found, Answer):
        return found
    if match["what"] == "tree":
        recursive = question.query.get("recursive", "").lower() == "true"
        return say(question.path, _tree(found, match["path"], recursive))
    if found.name != found.id:
        return say(question.path, _kernel(found))
    wanted = question.lists.get("expand")
    return say(question.path, _model(found, wanted, blobs=question.query.get("blobs", "").lower() == "true"))


def _open(hub: Hub, question: Question, name: str, revision: str, key: str) -> Repository | Answer:
    """The repository, or why this caller does not see it: the real hub hides what is private as if it were not."""
    repository = hub.repository("huggingface", name)
    if question.token and not hub.knows(question.token):
        return _error(key, 401, "", "Invalid credentials in Authorization header")
    if repository is None or (repository.private and not hub.grants(question.token)):
        if question.token:
            return _error(key, 404, "RepoNotFound", "Repository not found")
        return _error(key, 401, "RepoNotFound", "Invalid username or password.")
    return repository.at(revision) or _error(key, 404, "RevisionNotFound", f"Invalid rev id: {revision}")


def _resolve(hub: Hub, question: Question, match: re.Match[str], *, is_cached: bool) -> Answer:
    key = f"{match['name']}/{match['path']}"
    found = _open(hub, question, match["name"], match["revision"], key)
    if isinstance(found, Answer):
        return found
    commit = {"X-Repo-Commit": found.commit}
    if found.gated and not hub.grants(question.token):
        text = f"Access to model {found.name} is restricted"
        return _error(key, 403 if question.token else 401, "GatedRepo", text, commit)
    entry = found.entries.get(match["path"])
    if entry is None:
        return _error(key, 404, "EntryNotFound", "Entry not found", commit)
    headers = {**commit, "Accept-Ranges": "bytes", "ETag": f'"{entry.etag}"'}
    if hub.caches_small_files and not entry.large and not is_cached:
        folder = "models/" if found.name == found.id else ""
        link = f"/api/resolve-cache/{folder}{quote(found.name)}/{found.commit}/{quote(entry.path)}"
        headers |= {"X-Linked-Size": str(entry.size), "X-Linked-ETag": f'"{entry.etag}"'}
        return Answer(key, 307, {**headers, "Location": link})
    if not entry.large:
        return Answer(key, 200, headers, file=entry.file, size=entry.size)
    linked = {"X-Linked-Size": str(entry.size), "X-Linked-ETag": f'"{entry.sha256}"', "Content-Type": "text/plain"}
    link = hub.sign(found, entry)
    body = f"Found. Redirecting to {link}".encode()
    return Answer(key, 302, {**headers, **linked, "Location": link}, body, size=len(body))


def _list(hub: Hub, question: Question) -> Answer:
    ask = question.query
    words = ask.get("search", "").lower().split()
    filters = [tag for given in question.lists.get("filter", []) for tag in given.split(",")]
    found = [
        repository
        for repository in hub.all("huggingface")
        if not repository.private
        and repository.name == repository.id
        and all(word in repository.name.lower() for word in words)
        and set(filters) <= set(repository.tags)
        and ask.get("author", repository.name.split("/")[0]) == repository.name.split("/")[0]
        and ask.get("pipeline_tag", "text-generation") == "text-generation"
        and ask.get("gated", str(repository.gated)).lower() == str(repository.gated).lower()
    ]
    if ask.get("sort") in ("downloads", "likes"):
        found.sort(key=lambda repository: repository.downloads, reverse=ask.get("direction", "-1") == "-1")
    start, limit = int(ask.get("cursor", "0")), min(int(ask.get("limit", _PAGE)), 1000)
    wanted = question.lists.get("expand") or (_ON_FULL_LISTS if ask.get("full", "").lower() == "true" else _ON_LISTS)
    found_page = say(question.path, [_model(one, wanted) for one in found[start : start + limit]])
    if len(found) > start + limit:
        others = "&".join(
            f"{name}={quote(value)}" for name, values in question.lists.items() for value in values if name != "cursor"
        )
        following = f"{hub.huggingface_endpoint}/api/models?{others}&cursor={start + limit}"
        found_page.headers["Link"] = f'<{following}>; rel="next"'
    return found_page


def _model(repository: Repository, wanted: Any = None, *, blobs: bool = False) -> dict[str, Any]:
    """What the hub tells about a model: all, or the properties in `wanted`."""
    entries = repository.entries.values()
    all_of_it: dict[str, Any] = {
        "modelId": repository.name,
        "author": repository.name.split("/")[0],
        "sha": repository.commit,
        "lastModified": _DATE,
        "createdAt": _DATE,
        "private": repository.private,
        "gated": "auto" if repository.gated else False,
        "disabled": False,
        "downloads": repository.downloads,
        "likes": repository.downloads // 100,
        "tags": repository.tags,
        "pipeline_tag": "text-generation",
        "library_name": "mlx" if "mlx" in repository.tags else "transformers",
        "safetensors": {"parameters": repository.parameters, "total": sum(repository.parameters.values())},
        "siblings": [_sibling(entry, blobs) for entry in entries],
        "usedStorage": repository.size,
    }
    chosen = all_of_it if wanted is None else {name: all_of_it[name] for name in wanted if name in all_of_it}
    return {"_id": repository.commit[:24], "id": repository.name, **chosen}


def _kernel(repository: Repository) -> dict[str, Any]:
    """What the hub tells about a kernel: its files are in the tree only."""
    told = {"sha": repository.commit, "gated": False, "private": repository.private, "lastModified": _DATE}
    return {"_id": repository.commit[:24], "id": repository.id, "author": repository.id.split("/")[0], **told}


def _sibling(entry: Entry, blobs: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"rfilename": entry.path}
    if blobs:
        told |= {"blobId": entry.blob_id, "size": entry.size}
        if entry.large:
            told["lfs"] = {"sha256": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
    return told


def _tree(repository: Repository, folder: str, recursive: bool) -> list[dict[str, Any]]:
    start = f"{folder.strip('/')}/" if folder.strip("/") else ""
    told: dict[str, dict[str, Any]] = {}
    for entry in repository.entries.values():
        if not entry.path.startswith(start):
            continue
        parts = entry.path.removeprefix(start).split("/")
        for depth in range(1, len(parts) if recursive else min(2, len(parts))):
            path = start + "/".join(parts[:depth])
            told[path] = {"type": "directory", "oid": repository.commit, "size": 0, "path": path}
        if recursive or len(parts) == 1:
            told[entry.path] = {"type": "file", "oid": entry.blob_id, "size": entry.size, "path": entry.path}
            if entry.large:
                lfs = {"oid": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
                told[entry.path]["lfs"] = lfs
    return list(told.values())


def _error(key: str, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    found = say(key, {"error": message}, status)
    found.headers |= {"X-Error-Message": message, **(headers or {}), **({"X-Error-Code": code} if code else {})}
    return found
