"""Tests of hubs.hugging_face: the real huggingface_hub against a hub of our own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import OfflineModeIsEnabled

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.hubs import open_hub
from backends.hubs.base import HubClient
from tests.hub import hugging_face_side
from tests.hub.answers import Answer, Question, say
from tests.hub.repositories import Repository
from tests.hub.server import Hub
from tests.hubs.conftest import NAME

SOURCE = Source("huggingface", NAME)


def client(hub: Hub, token: str = "") -> HubClient:
    return open_hub("huggingface", hub.huggingface_endpoint + "/", token)


def error_of(call: Callable[[], Any]) -> MinimError:
    with pytest.raises(MinimError) as caught:
        call()
    return caught.value


def test_a_file_list_has_the_commit_and_each_size_and_hash(filled_hub: Hub, model: Path) -> None:
    listing = client(filled_hub).list_files(SOURCE)
    repository = filled_hub.repository("huggingface", NAME)
    assert repository is not None
    assert listing.commit == repository.commit
    files = {file.path: file for file in listing.files}
    assert set(files) == {"config.json", "LICENSE", "sub/notes & more.txt", "model.safetensors"}
    config, weights = (model / "config.json").read_bytes(), (model / "model.safetensors").read_bytes()
    blob_id = hashlib.sha1(b"blob %d\0" % len(config) + config).hexdigest()
    assert (files["config.json"].size, files["config.json"].blob_id) == (len(config), blob_id)
    assert files["config.json"].sha256 == ""
    found = files["model.safetensors"]
    assert (found.size, found.sha256) == (len(weights), hashlib.sha256(weights).hexdigest())
    assert found.blob_id == ""  # git's is of the pointer


def test_addresses_lead_to_the_files(filled_hub: Hub, model: Path) -> None:
    asked = client(filled_hub)
    listing = asked.list_files(SOURCE)
    for file in listing.files:
        with urllib.request.urlopen(asked.address_of(listing, file).url) as answer:
            assert answer.read() == (model / file.path).read_bytes()


def test_a_revision_is_asked_for_and_named_when_it_is_missing(filled_hub: Hub) -> None:
    commit = client(filled_hub).list_files(SOURCE).commit
    assert client(filled_hub).list_files(Source("huggingface", NAME, commit)).commit == commit
    error = error_of(lambda: client(filled_hub).list_files(Source("huggingface", NAME, "v9")))
    assert error.kind == "not_found"
    assert "v9" in error.message
    assert NAME in error.message


def test_a_missing_repository_is_named_with_the_host(filled_hub: Hub) -> None:
    for token in ("", filled_hub.token):  # without a token the hub says 401, with one 404
        asked = client(filled_hub, token)
        error = error_of(partial(asked.list_files, Source("huggingface", "org/none")))
        assert error.kind == "not_found"
        assert "org/none" in error.message
        assert filled_hub.huggingface_endpoint.removeprefix("http://") in error.message
        assert "private" in error.hint


def test_a_gated_repository_asks_for_a_token_or_for_access(hub: Hub, model: Path) -> None:
    hub.add(NAME, model, gated=True)
    page = f"{hub.huggingface_endpoint}/{NAME}"
    without = error_of(lambda: client(hub).list_files(SOURCE))
    known = error_of(lambda: client(hub, hub.token_without_access).list_files(SOURCE))
    wrong = error_of(lambda: client(hub, "hf_wrong").list_files(SOURCE))
    assert [error.kind for error in (without, known, wrong)] == ["token_needed"] * 3
    assert "enter an access token" in without.hint
    assert "has no access" in known.message
    assert "does not accept your access token" in wrong.message
    assert all(page in error.hint and NAME in error.message for error in (without, known))
    assert client(hub).token_address(NAME) == page
    pages = [getattr(error, "page", "") for error in (without, known, wrong)]
    assert pages == [page, page, f"{hub.huggingface_endpoint}/settings/tokens"]
    assert client(hub, hub.token).list_files(SOURCE).files
    assert "hf_" not in str([(error.message, error.hint) for error in (known, wrong)])


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ({"status": 403}, "token_needed", "asks for an access token"),
        ({"status": 429, "retry_after": "7"}, "hub_failed", "asked too often"),
        ({"status": 503}, "hub_failed", "503"),
        ({"status": 418}, "hub_failed", "418"),
        ({"drop_after": 0}, "offline", "cannot be reached"),
    ],
)
def test_refusals_have_a_kind_and_words_and_come_at_once(
    filled_hub: Hub, how: dict[str, Any], kind: str, words: str
) -> None:
    for ask in (lambda: client(filled_hub).list_files(SOURCE), lambda: client(filled_hub).search("some")):
        filled_hub.behave()
        filled_hub.misbehave("/api/models*", **how)
        error = error_of(ask)
        assert error.kind == kind
        assert words in error.message
        assert "127.0.0.1" in error.message
        assert len(filled_hub.requests()) == 1  # huggingface_hub itself would ask six times, and wait
    if "retry_after" in how:
        assert "7 seconds" in error.hint


def test_a_disabled_repository_is_not_taken_for_one_that_wants_a_token(
    filled_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Hub, question: Question) -> Answer:
        told = say(question.path, {"error": "Access to this resource is disabled."}, 403)
        told.headers["X-Error-Message"] = "Access to this resource is disabled."
        return told

    monkeypatch.setattr(hugging_face_side, "answer", refuse)
    error = error_of(lambda: client(filled_hub).list_files(SOURCE))
    assert (error.kind, "disabled" in error.message) == ("hub_failed", True)


def test_what_cannot_be_a_token_is_not_sent(filled_hub: Hub) -> None:
    error = error_of(lambda: client(filled_hub, "hf_one\r\nX: y"))
    assert error.kind == "bad_request"
    assert "hf_one" not in error.message


def test_nobody_there_is_offline(filled_hub: Hub) -> None:
    filled_hub.go_offline()
    for ask in (lambda: client(filled_hub).list_files(SOURCE), lambda: client(filled_hub).search("some")):
        error = error_of(ask)
        assert error.kind == "offline"
        assert "refused" in error.message


def test_a_page_of_somebody_else_is_said_to_be_unreadable(filled_hub: Hub) -> None:
    filled_hub.misbehave("/api/models/*", status=200)
    error = error_of(lambda: client(filled_hub).list_files(SOURCE))
    assert (error.kind, NAME in error.message) == ("hub_failed", True)


def test_offline_mode_of_the_library_stops_others_and_not_us(filled_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert client(filled_hub).list_files(SOURCE).files
    with pytest.raises(OfflineModeIsEnabled):
        HfApi(endpoint=filled_hub.huggingface_endpoint).model_info(NAME)


def test_no_token_is_sent_that_was_not_given(filled_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_another_program")
    assert huggingface_hub.get_token() == "hf_of_another_program"
    client(filled_hub).list_files(SOURCE)
    client(filled_hub).search("some")
    assert len(filled_hub.requests()) == 3
    assert not any("authorization" in request.headers for request in filled_hub.requests())


def test_nothing_is_told_about_this_machine(filled_hub: Hub, home: Path) -> None:
    """In a process of its own: huggingface_hub would ask its own hub, once, with the first headers that it makes."""
    script = f"""
from backends.contract.catalog import Source
from backends.hubs import open_hub
client = open_hub("huggingface", {filled_hub.huggingface_endpoint!r})
client.list_files(Source("huggingface", {NAME!r}))
client.search("some")
"""
    unset = {"HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["HF_ENDPOINT"] = filled_hub.huggingface_endpoint
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    requests = filled_hub.requests()
    assert {request.key for request in requests} == {f"/api/models/{NAME}/revision/main", "/api/models"}
    assert {request.headers["user-agent"] for request in requests} == {"minim"}
    assert not list(home.rglob("*"))


def test_the_token_goes_along_and_into_the_address(filled_hub: Hub) -> None:
    asked = client(filled_hub, filled_hub.token)
    listing = asked.list_files(SOURCE)
    asked.search("some")
    assert all(one.headers["authorization"] == f"Bearer {filled_hub.token}" for one in filled_hub.requests())
    address = asked.address_of(listing, listing.files[0])
    assert address.headers == {"Authorization": f"Bearer {filled_hub.token}"}
    assert filled_hub.token not in repr(address)


def test_a_search_finds_chat_models_by_name_the_most_downloaded_first(filled_hub: Hub, model: Path) -> None:
    filled_hub.add("org/Some-Model", model, tags=["safetensors"], downloads=900)
    filled_hub.add("org/Some-Pickle", model, tags=["pytorch"], downloads=1000)
    hits = client(filled_hub).search(" some ")
    assert [hit.source for hit in hits] == [Source("huggingface", "org/Some-Model"), SOURCE]
    assert (hits[1].downloads, hits[1].parameters, hits[1].size_bytes) == (7, 300, 1200)
    assert "mlx" in hits[1].tags
    assert [hit.source.repo for hit in client(filled_hub).search("", limit=1)] == [NAME]
    assert client(filled_hub).search("nothing of this name") == []


def test_models_for_other_tasks_are_left_out(filled_hub: Hub, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = hugging_face_side._model  # pyright: ignore[reportPrivateUsage] # this hub knows no other tasks

    def tell_of_pictures(repository: Repository, *args: Any, **options: Any) -> dict[str, Any]:
        told = tell(repository, *args, **options)
        return {**told, "pipeline_tag": "text-to-image"} if "Image" in repository.name else told

    monkeypatch.setattr(hugging_face_side, "_model", tell_of_pictures)
    filled_hub.add("org/Some-Image-Model", model, tags=["safetensors"], downloads=900)
    assert [hit.source for hit in client(filled_hub).search("some")] == [SOURCE]


@pytest.mark.parametrize(
    "words", [NAME, f" {NAME}\n", f"https://huggingface.co/{NAME}", f"https://hf-mirror.com/{NAME}/tree/main?x=1#y"]
)
def test_an_id_or_a_pasted_address_finds_exactly_that_one(hub: Hub, model: Path, words: str) -> None:
    hub.add(NAME, model, gated=True, downloads=3)
    hub.add(f"{NAME}-DWQ", model, tags=["mlx", "safetensors"])
    (hit,) = client(hub).search(words)
    assert (hit.source, hit.gated, hit.downloads) == (SOURCE, True, 3)
    assert hit.size_bytes == (model / "model.safetensors").stat().st_size


def test_an_id_that_is_nowhere_says_so_and_a_part_of_one_is_searched_for(filled_hub: Hub) -> None:
    assert error_of(lambda: client(filled_hub).search("org/none")).kind == "not_found"
    filled_hub.add("org/Some-Model-2.5-4bit-DWQ", Path(filled_hub.all("huggingface")[0].folder), tags=["mlx"])
    assert [hit.source.repo for hit in client(filled_hub).search("org/Some-Model")] != []


def test_what_is_no_repository_is_not_asked_for(filled_hub: Hub) -> None:
    asked = client(filled_hub)
    for repo in ("../x", "org/..", "org/a/b", "org", "", "org/a b", "org/--x", "http://x/y"):
        assert error_of(partial(asked.list_files, Source("huggingface", repo))).kind == "bad_request"
    assert not filled_hub.requests()


def test_a_mirror_without_a_search_finds_by_id_all_the_same(filled_hub: Hub) -> None:
    filled_hub.misbehave("/api/models", status=200)
    assert [hit.source for hit in client(filled_hub).search(NAME)] == [SOURCE]
    assert error_of(lambda: client(filled_hub).search("org/none")).kind == "not_found"
    assert "whole name" in error_of(lambda: client(filled_hub).search("some")).hint


def test_the_endpoint_comes_from_the_call_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert open_hub("huggingface").endpoint == "https://huggingface.co"
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert open_hub("huggingface").endpoint == "https://mirror.example"
    assert open_hub("huggingface", "other.example").endpoint == "https://other.example"
    assert error_of(lambda: open_hub("huggingface", "ftp://x")).kind == "bad_request"
    assert open_hub("huggingface").token_address("") == "https://mirror.example/settings/tokens"
