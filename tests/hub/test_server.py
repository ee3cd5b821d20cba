"""The hub misbehaves exactly as it is told to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.hub.asking import Got, ask
from tests.hub.server import Hub

NAME = "org/name"
SMALL = f"/{NAME}/resolve/main/config.json"
LARGE = f"/{NAME}/resolve/main/model.safetensors"
CONTENT = bytes(range(256)) * 400


@pytest.fixture
def repository(hub: Hub, tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(CONTENT)
    (tmp_path / "config.json").write_text("{}")
    hub.add(NAME, tmp_path)
    return tmp_path


def fetch(hub: Hub, **headers: str) -> Got:
    """The large file, its redirect followed."""
    link = urlsplit(ask(hub.huggingface_endpoint, LARGE).headers["Location"])
    return ask(f"http://{link.netloc}", f"{link.path}?{link.query}", **headers)


def test_ranges(hub: Hub, repository: Path) -> None:
    size = len(CONTENT)
    for asked, start, stop in (("bytes=5-", 5, size), ("bytes=3-9", 3, 10), ("bytes=-7", size - 7, size)):
        got = fetch(hub, Range=asked)
        assert (got.status, got.body) == (206, CONTENT[start:stop])
        assert got.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
    beyond = fetch(hub, Range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    for headers in ({"Range": "bytes=5-", "If_Range": '"another"'}, {"Range": "nonsense"}):
        got = fetch(hub, **headers)
        assert (got.status, got.body) == (200, CONTENT)


def test_large_files_are_on_another_host_behind_links_that_expire(hub: Hub, repository: Path) -> None:
    answer = ask(hub.huggingface_endpoint, LARGE, "HEAD")
    assert answer.status == 302
    assert answer.headers["X-Linked-Size"] == str(len(CONTENT))
    link = urlsplit(answer.headers["Location"])
    assert link.hostname != urlsplit(hub.huggingface_endpoint).hostname
    answer = ask(f"http://{link.netloc}", f"{link.path}?{link.query}")
    assert answer.body == CONTENT
    hub.expire_links()
    answer = ask(f"http://{link.netloc}", f"{link.path}?{link.query}")
    assert answer.status == 403
    hub.misbehave("*.safetensors", expired_link=True, on=[1])
    assert [fetch(hub).status for _ in range(2)] == [403, 200]


def test_small_files_may_be_behind_a_redirect_of_the_same_host(hub: Hub, repository: Path) -> None:
    hub.caches_small_files = True
    redirect = ask(hub.huggingface_endpoint, SMALL)
    assert (redirect.status, redirect.headers["X-Linked-Size"]) == (307, "2")
    rule = hub.misbehave("*/config.json", corrupt_at=0)
    assert redirect.headers["Location"].startswith("/")
    assert ask(hub.huggingface_endpoint, redirect.headers["Location"]).body == b"\x84}"
    assert rule.hits == 1


def drops(hub: Hub) -> None:
    hub.misbehave("*.safetensors", drop_after=1000)
    assert fetch(hub).broken
    assert hub.bytes_served("*.safetensors") == 1000


def ends(hub: Hub) -> None:
    hub.misbehave("*.safetensors", end_after=1000)
    answer = fetch(hub)
    assert (answer.broken, answer.body) == (True, CONTENT[:1000])


def corrupts(hub: Hub) -> None:
    hub.misbehave("*.safetensors", corrupt_at=1000)
    answer = fetch(hub, Range="bytes=900-")
    assert answer.body == CONTENT[900:1000] + bytes([CONTENT[1000] ^ 0xFF]) + CONTENT[1001:]


def answers_with_a_status(hub: Hub) -> None:
    hub.misbehave("*.safetensors", status=429, retry_after="7")
    answer = fetch(hub)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def ignores_ranges(hub: Hub) -> None:
    hub.misbehave("*.safetensors", ignore_range=True)
    answer = fetch(hub, Range="bytes=5-")
    assert (answer.status, answer.body) == (200, CONTENT)


def sends_too_much(hub: Hub) -> None:
    hub.misbehave("*.safetensors", longer_by=9)
    answer = fetch(hub)
    assert answer.body == CONTENT + bytes(9)


def promises_too_little(hub: Hub) -> None:
    hub.misbehave("*.safetensors", length_off_by=-9)
    answer = fetch(hub)
    assert answer.body == CONTENT[:-9]


def promises_nothing(hub: Hub) -> None:
    hub.misbehave("*.safetensors", no_length=True)
    answer = fetch(hub)
    assert "Content-Length" not in answer.headers
    assert answer.body == CONTENT


def says_another_range(hub: Hub) -> None:
    hub.misbehave("*.safetensors", range_off_by=3)
    answer = fetch(hub, Range="bytes=5-9")
    assert answer.headers["Content-Range"] == f"bytes 8-12/{len(CONTENT)}"
    assert answer.body == CONTENT[5:10]


def says_another_etag(hub: Hub) -> None:
    hub.misbehave("*.safetensors", etag="other", host="huggingface")
    answer = ask(hub.huggingface_endpoint, LARGE)
    assert answer.headers["X-Linked-ETag"] == '"other"'


def trickles(hub: Hub) -> None:
    hub.misbehave("*.safetensors", bytes_per_second=10 * len(CONTENT))
    answer = fetch(hub)
    assert answer.body == CONTENT


MISHAPS = (
    drops,
    ends,
    corrupts,
    answers_with_a_status,
    ignores_ranges,
    sends_too_much,
    promises_too_little,
    promises_nothing,
    says_another_range,
    says_another_etag,
    trickles,
)


@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda mishap: mishap.__name__)
def test_mishaps(hub: Hub, repository: Path, mishap: Callable[[Hub], None]) -> None:
    mishap(hub)
    hub.behave()
    answer = fetch(hub)
    assert answer.body == CONTENT


def test_a_stall_lasts_until_it_is_released(hub: Hub, repository: Path) -> None:
    rule = hub.misbehave("*.safetensors", stall_after=1000)
    got: list[bytes] = []
    reading = threading.Thread(target=lambda: got.append(fetch(hub).body))
    reading.start()
    assert rule.reached.wait(60)
    assert hub.bytes_served("*.safetensors") == 1000
    rule.release()
    reading.join()
    assert got == [CONTENT]


def test_only_the_requests_that_are_named_misbehave(hub: Hub, repository: Path) -> None:
    rule = hub.misbehave("*/config.json", status=503, on=range(2, 4))
    assert [ask(hub.huggingface_endpoint, SMALL).status for _ in range(4)] == [200, 503, 503, 200]
    assert (rule.seen, rule.hits) == (4, 2)
    assert fetch(hub).status == 200
    hub.misbehave("/api/*", status=500)
    assert ask(hub.huggingface_endpoint, f"/api/models/{NAME}").status == 500


def test_gated_private_and_missing_repositories(hub: Hub, repository: Path) -> None:
    hub.add("org/gated", repository, gated=True)
    hub.add("org/private", repository, private=True)

    def asked(path: str, token: str) -> tuple[int, str | None]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = ask(hub.huggingface_endpoint, path, **headers)
        return answer.status, answer.headers["X-Error-Code"]

    file = "/org/gated/resolve/main/config.json"
    tokens = ("", hub.token_without_access, hub.token, "hf_unknown")
    assert [asked(file, one) for one in tokens] == [(401, "GatedRepo"), (403, "GatedRepo"), (200, None), (401, None)]
    assert asked("/api/models/org/gated", "") == (200, None)
    assert [asked("/api/models/org/private", one)[0] for one in tokens] == [401, 404, 200, 401]
    assert asked("/api/models/org/none", "") == (401, "RepoNotFound")
    assert asked(f"/{NAME}/resolve/main/none", "") == (404, "EntryNotFound")
    assert asked(f"/{NAME}/resolve/none/config.json", "") == (404, "RevisionNotFound")
    scope = [
        ask(hub.modelscope_endpoint, "/api/v1/models/org/gated/repo?FilePath=config.json", Cookie=f"m_session_id={one}")
        for one in tokens
    ]
    assert [answer.status for answer in scope] == [401, 403, 200, 401]


def test_offline_and_back_at_the_same_address(hub: Hub, repository: Path) -> None:
    hub.go_offline("huggingface")
    with pytest.raises(ConnectionRefusedError):
        ask(hub.huggingface_endpoint, SMALL)
    assert ask(hub.modelscope_endpoint, f"/api/v1/models/{NAME}/repo?FilePath=config.json").status == 200
    stall = hub.misbehave("*.json", stall_after=0, host="modelscope")
    asking = threading.Thread(
        target=lambda: ask(hub.modelscope_endpoint, f"/api/v1/models/{NAME}/repo?FilePath=config.json")
    )
    asking.start()
    assert stall.reached.wait(60)
    hub.go_offline()  # does not wait for the release
    asking.join()
    hub.go_online()
    assert ask(hub.huggingface_endpoint, SMALL).status == 200


def test_a_changed_folder_is_another_commit(hub: Hub, repository: Path) -> None:
    before = hub.repository("huggingface", NAME)
    assert before
    commit = before.commit
    (repository / "config.json").write_text('{"changed": true}')
    before.refresh()
    assert ask(hub.huggingface_endpoint, f"/{NAME}/resolve/{commit}/config.json").status == 404
    assert ask(hub.huggingface_endpoint, SMALL).headers["X-Repo-Commit"] == before.commit != commit


def test_lists_come_in_pages(hub: Hub, repository: Path) -> None:
    for number in range(5):
        hub.add(f"org/model-{number}", repository, downloads=number, tags=["mlx"])
    path, names = "/api/models?filter=mlx&sort=downloads&limit=2", list[str]()
    while path:
        answer = ask(hub.huggingface_endpoint, path)
        names += [one["id"] for one in json.loads(answer.body)]
        path = answer.headers.get("Link", "").partition(">")[0].removeprefix(f"<{hub.huggingface_endpoint}")
    assert names == [f"org/model-{number}" for number in (4, 3, 2, 1, 0)]


def test_a_tree_names_its_folders(hub: Hub, tmp_path: Path) -> None:
    face, scope = hub.huggingface_endpoint, hub.modelscope_endpoint
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.txt").write_text("c")
    hub.add(NAME, tmp_path)

    def paths(address: str, where: str) -> list[str]:
        told: Any = json.loads(ask(address, where).body)
        return [one["path"] for one in told] if address == face else [one["Path"] for one in told["Data"]["Files"]]

    assert paths(face, f"/api/models/{NAME}/tree/main") == ["a"]
    assert paths(face, f"/api/models/{NAME}/tree/main/a?recursive=True") == ["a/b", "a/b/c.txt"]
    assert paths(scope, f"/api/v1/models/{NAME}/repo/files?Recursive=False") == ["a"]
    assert paths(scope, f"/api/v1/models/{NAME}/repo/files?Recursive=True&Root=a") == ["a/b", "a/b/c.txt"]
