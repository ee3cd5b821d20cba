"""Tests of hubs.model_scope, against a hub of our own that modelscope's own client can read too."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.hubs import open_hub
from backends.hubs.base import HubClient
from tests.hub.server import Hub
from tests.hubs.conftest import NAME

SOURCE = Source("modelscope", NAME)


def client(hub: Hub, token: str = "") -> HubClient:
    return open_hub("modelscope", hub.modelscope_endpoint, token)


def error_of(call: Callable[[], Any]) -> MinimError:
    with pytest.raises(MinimError) as caught:
        call()
    return caught.value


def test_a_file_list_has_each_size_and_hash_and_no_folders(filled_hub: Hub, model: Path) -> None:
    listing = client(filled_hub).list_files(SOURCE)
    assert listing.commit == "master"
    assert {(file.path, file.size, file.sha256) for file in listing.files} == {
        (path.relative_to(model).as_posix(), path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in model.rglob("*")
        if path.is_file()
    }


def test_addresses_lead_to_the_files(filled_hub: Hub, model: Path) -> None:
    asked = client(filled_hub)
    listing = asked.list_files(SOURCE)
    for file in listing.files:
        with urllib.request.urlopen(asked.address_of(listing, file).url) as answer:
            assert answer.read() == (model / file.path).read_bytes()


def test_a_missing_repository_and_a_wrong_token_are_named(filled_hub: Hub) -> None:
    missing = error_of(lambda: client(filled_hub).list_files(Source("modelscope", "org/none")))
    assert missing.kind == "not_found"
    assert "org/none" in missing.message
    assert filled_hub.modelscope_endpoint.removeprefix("http://") in missing.message
    wrong = error_of(lambda: client(filled_hub, "wrong").list_files(SOURCE))
    assert wrong.kind == "token_needed"
    assert "does not accept your access token" in wrong.message
    assert f"{filled_hub.modelscope_endpoint}/my/myaccesstoken" in wrong.hint


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ({"status": 403}, "token_needed", "asks for an access token"),
        ({"status": 429, "retry_after": "7"}, "hub_failed", "asked too often"),
        ({"status": 503}, "hub_failed", "503"),
        ({"status": 200}, "hub_failed", "cannot be read"),
        ({"drop_after": 0}, "offline", "cannot be reached"),
    ],
)
def test_refusals_have_a_kind_and_words_and_come_at_once(
    filled_hub: Hub, how: dict[str, Any], kind: str, words: str
) -> None:
    for ask in (lambda: client(filled_hub).list_files(SOURCE), lambda: client(filled_hub).search("some")):
        filled_hub.behave()
        filled_hub.misbehave("/*", **how)
        error = error_of(ask)
        assert error.kind == kind
        assert words in error.message
        assert "127.0.0.1" in error.message
        assert len(filled_hub.requests()) == 1


def test_nobody_there_is_offline(filled_hub: Hub) -> None:
    filled_hub.go_offline()
    assert error_of(lambda: client(filled_hub).list_files(SOURCE)).kind == "offline"


def test_the_token_goes_to_the_endpoint_and_no_other_is_used(
    filled_hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password secret")
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "of_another_program")
    monkeypatch.setenv("HOME", str(home))
    client(filled_hub).list_files(SOURCE)
    client(filled_hub).search("some")
    assert not any({"authorization", "cookie"} & set(request.headers) for request in filled_hub.requests())
    assert {request.headers["user-agent"] for request in filled_hub.requests()} == {"minim"}
    assert not (home / ".modelscope").exists()
    filled_hub.behave()
    asked = client(filled_hub, filled_hub.token)
    listing = asked.list_files(SOURCE)
    expected = {"Authorization": f"Bearer {filled_hub.token}", "Cookie": f"m_session_id={filled_hub.token}"}
    assert asked.address_of(listing, listing.files[0]).headers == expected
    (request,) = filled_hub.requests()
    assert (request.headers["authorization"], request.headers["cookie"]) == tuple(expected.values())


def test_a_search_finds_chat_models_by_name_id_or_address(filled_hub: Hub, model: Path) -> None:
    filled_hub.add("org/Some-Model", model, downloads=900, gated=True)
    filled_hub.add("org/Some-Model-GGUF", model, downloads=9000)
    hits = client(filled_hub).search("some")
    assert [(hit.source.repo, hit.downloads, hit.gated) for hit in hits] == [
        ("org/Some-Model", 900, True),
        (NAME, 7, False),
    ]
    for words in (NAME, f"https://www.modelscope.cn/models/{NAME}/files"):
        (hit,) = client(filled_hub).search(words)
        assert (hit.source, hit.downloads) == (SOURCE, 7)
        assert hit.size_bytes == (model / "model.safetensors").stat().st_size
    assert error_of(lambda: client(filled_hub).search("org/none")).kind == "not_found"
    assert [hit.source.repo for hit in client(filled_hub).search("", limit=2)] == ["org/Some-Model"]


def test_a_list_that_the_hub_has_cut_off_is_no_list(filled_hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(3001):
        (tmp_path / "many" / f"{number}.json").touch()
    filled_hub.add("org/many", tmp_path / "many")
    error = error_of(lambda: client(filled_hub).list_files(Source("modelscope", "org/many")))
    assert (error.kind, "more files" in error.message) == ("hub_failed", True)


def test_a_mirror_without_a_search_finds_by_id_all_the_same(filled_hub: Hub) -> None:
    filled_hub.misbehave("/openapi/v1/models", status=200)
    assert [hit.source for hit in client(filled_hub).search(NAME)] == [SOURCE]
    assert error_of(lambda: client(filled_hub).search("org/none")).kind == "not_found"
    assert "whole name" in error_of(lambda: client(filled_hub).search("some")).hint


def test_the_endpoint_comes_from_the_call_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELSCOPE_ENDPOINT", raising=False)
    assert open_hub("modelscope").endpoint == "https://www.modelscope.cn"
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", "modelscope.example")
    assert open_hub("modelscope").endpoint == "https://modelscope.example"
    assert open_hub("modelscope").token_address(NAME) == f"https://modelscope.example/models/{NAME}"
