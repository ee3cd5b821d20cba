"""Whatever a hub does on the way, a file ends up whole and right, or there is an error that says what happened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backends.contract.errors import ErrorKind, RequestStopped
from backends.hubs.base import Address
from backends.hubs.transfer import Patience
from tests.hub.misbehaviour import Rule
from tests.hub.server import Hub
from tests.hubs.fetching import HASTY, NAME, QUICK, WEIGHTS, Fetching, content_of

SIZE = 300_000


@pytest.fixture(scope="module")
def one_hub() -> Iterator[Hub]:
    """One hub for all tests here: to open and close it takes longer than they do."""
    with Hub() as hub:
        yield hub


@pytest.fixture
def hub(one_hub: Hub) -> Hub:
    """That hub, as it was when it was new."""
    one_hub.behave()
    return one_hub


@pytest.fixture
def fetching(hub: Hub, tmp_path: Path) -> Fetching:
    """300 kB of weights, behind a redirect to another host."""
    return Fetching(hub, tmp_path, content_of(SIZE))


def test_a_file_comes_over_a_redirect_and_the_token_stays_at_home(fetching: Fetching) -> None:
    fetching.run()
    hub, content = fetching.hub.requests(f"{NAME}/{WEIGHTS}")
    assert (hub.host, content.host) == ("huggingface", "content")
    assert hub.headers["authorization"] == f"Bearer {Hub.token}"
    assert "authorization" not in content.headers
    assert hub.headers["accept-encoding"] == content.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "how",
    [
        {"drop_after": 100_000, "on": [1, 2]},
        {"drop_after": 0, "on": [1, 2]},
        {"end_after": 100_000, "on": [1]},
        {"stall_after": 100_000, "on": [1]},
        {"length_off_by": 7, "on": [1]},
        {"length_off_by": -7, "on": [1]},
        {"longer_by": 7, "on": [1]},
        {"no_length": True},
        {"no_length": True, "end_after": 100_000, "on": [1]},
        {"no_length": True, "longer_by": 7},
        {"expired_link": True, "on": [1]},
        {"corrupt_at": 123_456, "on": [1]},
        {"status": 503, "on": [1, 2]},
        {"status": 429, "host": "huggingface", "on": [1, 2]},
        {"etag": "another", "drop_after": 100_000, "on": [1]},
    ],
    ids=str,
)
def test_what_goes_wrong_for_a_while_ends_in_the_right_file(fetching: Fetching, how: dict[str, Any]) -> None:
    rule = fetching.misbehave(**how)
    fetching.run(patience=HASTY if "stall_after" in how else QUICK)
    assert rule.hits


@pytest.mark.parametrize("how", [{"end_after": 100_000}, {"stall_after": 100_000}], ids=str)
def test_what_has_come_is_not_fetched_again(fetching: Fetching, how: dict[str, Any]) -> None:
    fetching.misbehave(**how, on=[1])
    fetching.run(patience=HASTY if "stall_after" in how else QUICK)
    assert fetching.served() == SIZE
    assert fetching.told == sorted(fetching.told)


def test_however_often_it_is_cut_off_it_comes_as_long_as_something_does(fetching: Fetching) -> None:
    fetching.misbehave(end_after=20_000)
    fetching.run()
    assert fetching.served() == SIZE


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ({"drop_after": 0}, "hub_failed", "broke the connection off"),
        ({"end_after": 0}, "hub_failed", "broke the connection off"),
        ({"stall_after": 0}, "hub_failed", "sent nothing for 0.2 seconds"),
        ({"longer_by": 7}, "hub_failed", f"offers {SIZE + 7} bytes"),
        ({"length_off_by": -7}, "hub_failed", f"offers {SIZE - 7} bytes"),
        ({"no_length": True, "end_after": 0}, "hub_failed", f"after 0 of {SIZE} bytes"),
        ({"corrupt_at": 5}, "hash_mismatch", "damaged twice"),
        ({"expired_link": True}, "hub_failed", "no longer gives it (403)"),
        ({"status": 500}, "hub_failed", "is in trouble (500)"),
        ({"status": 418}, "hub_failed", "refused to give it (418)"),
        ({"status": 429}, "hub_failed", "asked too often (429)"),
        ({"status": 401, "host": "huggingface"}, "token_needed", "(401)"),
        ({"status": 403, "host": "huggingface"}, "token_needed", "(403)"),
        ({"status": 404, "host": "huggingface"}, "not_found", "does not have it (404)"),
    ],
    ids=str,
)
def test_what_stays_wrong_is_said(fetching: Fetching, how: dict[str, Any], kind: ErrorKind, said: str) -> None:
    fetching.misbehave(**how)
    error = fetching.fail(patience=replace(HASTY, attempts=2) if "stall_after" in how else QUICK)
    assert error.kind == kind
    assert said in error.message or kind == "hash_mismatch"


def test_a_refusal_without_a_token_is_the_hubs_own_matter_unless_it_says_gated(fetching: Fetching) -> None:
    bare = Address(fetching.address.url)
    fetching.misbehave(status=403, host="huggingface", on=[1])
    fetching.misbehave(status=403, host="huggingface", error_code="GatedRepo", on=[2])
    assert fetching.fail(lambda: [bare]).kind == "hub_failed"
    assert fetching.fail(lambda: [bare]).kind == "token_needed"


def test_no_hub_at_all_is_being_offline(fetching: Fetching) -> None:
    fetching.hub.go_offline()
    assert fetching.fail().kind == "offline"
    nowhere = Address("https://no-such-host.invalid/file")
    error = fetching.fail(lambda: [nowhere], Patience(attempts=1))
    assert (error.kind, "no-such-host.invalid" in error.message) == ("offline", True)


def test_a_damaged_file_leaves_no_part(fetching: Fetching) -> None:
    fetching.misbehave(corrupt_at=5)
    fetching.fail()
    assert not fetching.part.exists()
    assert fetching.told[-1] == 0


def test_other_failures_keep_the_part(fetching: Fetching) -> None:
    fetching.misbehave(end_after=100_000, on=[1])
    fetching.misbehave(status=500)
    fetching.fail()
    assert 0 < fetching.part.stat().st_size <= 100_000


@pytest.mark.parametrize("moment", ["body", "wait"])
def test_stopping_interrupts_whatever_is_waited_for(fetching: Fetching, moment: str) -> None:
    how: dict[str, dict[str, Any]] = {
        "body": {"stall_after": 100_000},
        "wait": {"status": 429, "retry_after": "100"},
    }
    rule = fetching.misbehave(**how[moment])
    with pytest.raises(RequestStopped):
        fetching.run(stopped=_looked_at(rule, 3), patience=Patience())
    assert not fetching.target.exists()
    assert fetching.part.stat().st_size == fetching.told[-1]
    fetching.hub.behave()
    fetching.run()


@pytest.mark.parametrize("unit", ["seconds", "date"])
def test_a_server_is_left_alone_as_long_as_it_asks(fetching: Fetching, unit: str) -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    rule = fetching.misbehave(status=503, retry_after="3600" if unit == "seconds" else in_an_hour)
    with pytest.raises(RequestStopped):
        fetching.run(stopped=_looked_at(rule, 5))
    assert rule.hits == 1
    assert fetching.fail(patience=replace(QUICK, longest_asked=0.001)).kind == "hub_failed"


def test_nothing_goes_on_after_a_stop(fetching: Fetching) -> None:
    rule = fetching.misbehave(stall_after=100_000)
    with pytest.raises(RequestStopped):
        fetching.run(stopped=rule.reached.is_set)
    for thread in threading.enumerate():
        if thread.name == "receive":
            thread.join(10)
            assert not thread.is_alive()


def _looked_at(rule: Rule, times: int) -> Callable[[], bool]:
    """Stop once that has been asked so many times after the hub misbehaved."""
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += rule.reached.is_set()
        return asked > times

    return stopped


def test_a_signed_link_is_asked_for_anew_at_each_attempt(fetching: Fetching) -> None:
    def addresses() -> list[Address]:
        fetching.hub.expire_links()
        return [fetching.address]

    fetching.misbehave(drop_after=100_000, on=[1, 2])
    fetching.run(addresses)
    links = {request.target for request in fetching.hub.requests(host="content")}
    assert len(links) == 3


@pytest.mark.parametrize("how", [{"ignore_range": True}, {"range_off_by": 3}], ids=str)
def test_without_ranges_what_is_known_is_skipped(fetching: Fetching, how: dict[str, Any]) -> None:
    fetching.misbehave(end_after=100_000, on=[1])
    fetching.misbehave(**how)
    fetching.run()
    assert fetching.told == sorted(fetching.told)
    assert fetching.hub.requests(host="content")[-1].status == 200


def test_another_hub_goes_on_where_the_first_fails(fetching: Fetching) -> None:
    fetching.misbehave(end_after=100_000, on=[1])
    fetching.misbehave(status=404, host="huggingface", on=range(2, 100))
    fetching.run(lambda: [fetching.address, fetching.other_address])
    assert fetching.served() == SIZE
    assert fetching.hub.requests(host="modelscope")


def test_another_hub_goes_on_where_the_first_stalls_again_and_again(fetching: Fetching) -> None:
    fetching.misbehave(stall_after=0, on=[1, 2])
    fetching.run(lambda: [fetching.address, fetching.other_address], patience=HASTY)
    assert fetching.hub.requests(host="modelscope")


def test_damaged_bytes_are_fetched_again_from_another_hub(fetching: Fetching) -> None:
    fetching.misbehave(corrupt_at=5, on=[1])
    fetching.run(lambda: [fetching.address, fetching.other_address])
    assert len(fetching.hub.requests(host="modelscope")) == 1


def test_without_a_sha256_no_other_hub_is_trusted(fetching: Fetching) -> None:
    fetching.without_sha256(blob_id=True)
    fetching.misbehave(status=404, host="huggingface")
    assert fetching.fail(lambda: [fetching.address, fetching.other_address]).kind == "not_found"


def test_the_first_hubs_reason_is_said_when_all_refuse(fetching: Fetching) -> None:
    fetching.misbehave(status=401, host="huggingface")
    fetching.misbehave(status=404, host="modelscope")
    assert fetching.fail(lambda: [fetching.address, fetching.other_address]).kind == "token_needed"


def test_small_files_are_checked_by_gits_id(hub: Hub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, b'{"model_type": "minimax_m2"}', "config.json")
    fetching.without_sha256(blob_id=True)
    fetching.misbehave(corrupt_at=3, on=[1])
    fetching.run()
    assert len(hub.requests(f"{NAME}/config.json")) == 2


def test_a_version_that_changes_on_the_way_is_begun_anew_where_only_the_size_is_known(fetching: Fetching) -> None:
    fetching.without_sha256()
    newer = content_of(SIZE, seed=1)

    def addresses() -> list[Address]:
        if fetching.told[-1:] > [0]:
            (fetching.source / WEIGHTS).write_bytes(newer)
            repository = fetching.hub.repository("huggingface", NAME)
            assert repository
            repository.refresh()
            fetching.content = newer
        return [fetching.address]

    fetching.misbehave(end_after=100_000, on=[1])
    fetching.run(addresses)
    assert 0 in fetching.told


def test_more_than_was_promised_is_no_file_where_only_the_size_is_known(fetching: Fetching) -> None:
    fetching.without_sha256()
    fetching.misbehave(no_length=True, longer_by=7)
    assert "More came" in fetching.fail().message


def test_an_empty_file_needs_no_hub(hub: Hub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, b"")
    fetching.run()
    assert not hub.requests()
