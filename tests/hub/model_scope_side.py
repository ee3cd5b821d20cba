"""The ModelScope side of the hub: models, file lists, files and search, as modelscope 1.40 asks for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.hub.answers import Answer, Question, say
from tests.hub.repositories import Repository

if TYPE_CHECKING:
    from tests.hub.server import Hub

_API = re.compile(r"/api/v1/models/(?P<name>[^/]+/[^/]+)(?:/(?P<what>repo/files|repo|revisions))?")
_OPEN_API = re.compile(r"/openapi/v1/models(?:/(?P<name>[^/]+/[^/]+))?")
_DATE = 1767614400
_MOST = 3000
"""A list of files is cut off at this many entries without a word, as the real one is."""


def answer(hub: Hub, question: Question) -> Answer:
    """The answer to one request."""
    if match := _OPEN_API.fullmatch(question.path):
        return _open_model(hub, question, match["name"]) if match["name"] else _search(hub, question)
    if match := _API.fullmatch(question.path):
        return _api(hub, question, match["name"], match["what"] or "")
    return _error(question.path, 404, 404, "Not Found")


def _api(hub: Hub, question: Question, name: str, what: str) -> Answer:
    path = question.query.get("FilePath", "")
    key = f"{name}/{path}" if what == "repo" else question.path
    repository = hub.repository("modelscope", name)
    if question.token and not hub.knows(question.token):
        return _error(key, 401, 10010103009, "AccessToken is invalid or expired")
    if repository is None or (repository.private and not hub.grants(question.token)):
        return _error(key, 404, 10010205001, f"Model {name} does not exist or is not accessible")
    if question.query.get("Revision", "master") not in ("master", repository.commit):
        return _error(key, 404, 10010205001, "The revision does not exist")
    if what == "repo/files":
        return _fine(key, {"Files": _files(repository, question.query), "IsVisual": 0, "LatestCommitter": None})
    if what == "revisions":
        branch = {"Revision": "master", "CommitId": repository.commit, "CreatedAt": _DATE}
        return _fine(key, {"RevisionMap": {"Branches": [branch], "Tags": []}})
    if what == "repo":
        return _file(hub, question, repository, key, path)
    return _fine(key, _model(repository))


def _file(hub: Hub, question: Question, repository: Repository, key: str, path: str) -> Answer:
    if repository.gated and not hub.grants(question.token):
        return _error(key, 403 if question.token else 401, 10010205002, f"{repository.name} needs approval")
    entry = repository.entries.get(path)
    if entry is None:
        return _error(key, 404, 10990101001, f"File {path} does not exist")
    linked = {"X-Linked-ETag": f'"{entry.sha256}"', "X-Linked-Size": str(entry.size)}
    if entry.large:
        return Answer(key, 302, {**linked, "Location": hub.sign(repository, entry)})
    # What is kept in git is sent whole there, whatever range was asked for.
    return Answer(key, 200, {"ETag": f'"{entry.sha256}"'}, file=entry.file, size=entry.size, takes_ranges=False)


def _files(repository: Repository, query: dict[str, str]) -> list[dict[str, Any]]:
    root = query.get("Root", "").strip("/")
    start = f"{root}/" if root else ""
    recursive = query.get("Recursive", "False").lower() == "true"
    told: dict[str, dict[str, Any]] = {}
    for entry in repository.entries.values():
        if not entry.path.startswith(start):
            continue
        parts = entry.path.removeprefix(start).split("/")
        for depth in range(1, len(parts) if recursive else min(2, len(parts))):
            path = start + "/".join(parts[:depth])
            told[path] = _entry(path, "tree", 0, "", repository.commit, False)
        if recursive or len(parts) == 1:
            told[entry.path] = _entry(entry.path, "blob", entry.size, entry.sha256, repository.commit, entry.large)
    return list(told.values())[:_MOST]


def _entry(path: str, kind: str, size: int, sha256: str, commit: str, large: bool) -> dict[str, Any]:
    return {
        "Path": path,
        "Name": path.rpartition("/")[2],
        "Type": kind,
        "Size": size,
        "Sha256": sha256,
        "Revision": commit,
        "IsLFS": large,
        "Mode": "40000" if kind == "tree" else "100644",
        "CommittedDate": _DATE,
        "InCheck": False,
    }


def _model(repository: Repository) -> dict[str, Any]:
    owner, name = repository.name.split("/")
    return {
        "Id": int(repository.commit[:6], 16),
        "Path": owner,
        "Name": name,
        "Revision": repository.commit,
        "Downloads": repository.downloads,
        "Likes": repository.downloads // 100,
        "Visibility": 1 if repository.private else 5,
        "ApprovalMode": 1 if repository.gated else 2,
        "License": "apache-2.0",
        "Tags": repository.tags,
        "StorageSize": repository.size,
        "CreatedTime": _DATE,
        "LastUpdatedTime": _DATE,
    }


def _open_model(hub: Hub, question: Question, name: str) -> Answer:
    repository = hub.repository("modelscope", name)
    if repository is None or repository.private:
        told = {"success": False, "code": "NotFound", "message": "Model not found", "request_id": "0"}
        return say(question.path, told, 404)
    return say(question.path, {"success": True, "request_id": "0", "data": _open_entry(repository)})


def _open_entry(repository: Repository) -> dict[str, Any]:
    return {
        "id": repository.name,
        "display_name": repository.name.split("/")[1],
        "description": "",
        "downloads": repository.downloads,
        "likes": repository.downloads // 100,
        "license": "apache-2.0",
        "tags": repository.tags,
        "tasks": ["text-generation"],
        "private": False,
        "gated": repository.gated,
        "file_size": repository.size,
        "params": sum(repository.parameters.values()),
        "created_at": "2026-01-05T12:00:00Z",
        "last_modified": "2026-01-05T12:00:00Z",
    }


def _search(hub: Hub, question: Question) -> Answer:
    ask = question.query
    words = ask.get("search", "").lower().split()
    found = [
        repository
        for repository in hub.all("modelscope")
        if not repository.private
        and all(word in repository.name.lower() for word in words)
        and ask.get("owner", repository.name.split("/")[0]) == repository.name.split("/")[0]
        and ask.get("filter.library", "") in ("", *repository.tags)
    ]
    if ask.get("sort", "downloads") in ("downloads", "likes", "default"):
        found.sort(key=lambda repository: repository.downloads, reverse=True)
    page, size = int(ask.get("page_number", "1")), min(int(ask.get("page_size", "10")), 50)
    models = [_open_entry(one) for one in found[(page - 1) * size : page * size]]
    data = {"models": models, "total_count": len(found), "page_number": page, "page_size": size}
    return say(question.path, {"success": True, "request_id": "0", "data": data})


def _fine(key: str, data: Any) -> Answer:
    return say(key, {"Code": 200, "Data": data, "Message": "success", "RequestId": "0", "Success": True})


def _error(key: str, status: int, code: int, message: str) -> Answer:
    return say(key, {"Code": code, "Message": message, "RequestId": "0", "Success": False}, status)
