"""Hubs behind a proxy: lists and files come through SOCKS as well, and a proxy that is of no use is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from huggingface_hub import close_session
from urllib3 import ProxyManager
from urllib3.util import make_headers

from backends.contract.catalog import Source
from backends.contract.errors import MinimError
from backends.contract.models import Hub as HubName
from backends.hubs import connections, open_hub
from backends.hubs.base import Address, RemoteFile
from backends.hubs.transfer import fetch
from tests.hub.server import Hub
from tests.hubs.conftest import NAME
from tests.hubs.fetching import QUICK
from tests.hubs.socks_server import SocksServer

FILE = RemoteFile("model.safetensors", 5, "0" * 64)
HUBS = pytest.mark.parametrize("side", ["huggingface", "modelscope"])


@pytest.fixture(autouse=True)
def own_connections() -> Iterator[None]:
    """No connections of another test's, and none is left for a later one."""
    connections.forget()
    close_session()
    yield
    connections.forget()
    close_session()


def unreachable(hub: Hub, side: HubName) -> str:
    """The address of a hub by a name that only the proxy knows."""
    endpoint = hub.huggingface_endpoint if side == "huggingface" else hub.modelscope_endpoint
    return f"http://hub.invalid:{urlsplit(endpoint).port}"


@HUBS
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "SOCKS5"])
def test_a_list_and_a_file_come_through_socks(
    filled_hub: Hub, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: HubName, scheme: str
) -> None:
    with SocksServer(("me", "p@ss:word")) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:p%40ss%3Aword@{proxy.host}")
        endpoint = unreachable(filled_hub, side)
        client = open_hub(side, endpoint)
        listing = client.list_files(Source(side, NAME))
        file = next(file for file in listing.files if file.path == "config.json")
        address = client.address_of(listing, file)
        target = tmp_path / "fetched"
        fetch(file, lambda: [address], target, report=lambda _: None, stopped=lambda: False, patience=QUICK)
    assert target.read_bytes() == (model / "config.json").read_bytes()
    port = urlsplit(endpoint).port
    assert set(proxy.asked) == {("hub.invalid", port)}, "the proxy looks names up, not this machine"
    assert len(proxy.asked) >= 2, "both for the list and for the file"


def test_a_password_is_sent_to_a_proxy_as_it_is_and_not_as_an_address_spells_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:p%40ss%3Aword@127.0.0.1:9")
    pool = connections.connections_to("http://hub.invalid/file")
    assert isinstance(pool, ProxyManager)
    assert pool.proxy_headers == make_headers(proxy_basic_auth="me:p@ss:word")


def errors(tmp_path: Path, side: HubName) -> list[MinimError]:
    """What goes wrong with the list of a hub, and with a file of it."""
    with pytest.raises(MinimError) as of_list:
        open_hub(side, "http://hub.invalid").list_files(Source(side, NAME))
    with pytest.raises(MinimError) as of_file:
        fetch(
            FILE,
            lambda: [Address("http://hub.invalid/file")],
            tmp_path / "file",
            report=lambda _: None,
            stopped=lambda: False,
            patience=QUICK,
        )
    return [of_list.value, of_file.value]


@HUBS
@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_a_proxy_that_does_not_answer_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, side: HubName, scheme: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"{scheme}://me:secret@127.0.0.1:9")
    for error in errors(tmp_path, side):
        assert error.kind == "offline"
        assert "hub.invalid cannot be reached through the proxy that HTTP_PROXY names" in error.message
        assert "proxy" in error.hint
        assert "secret" not in error.message + error.hint


@HUBS
def test_a_proxy_of_an_unknown_kind_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, side: HubName
) -> None:
    monkeypatch.setenv("all_proxy", "socks://me:secret@127.0.0.1:9")
    for error in errors(tmp_path, side):
        assert error.kind == "offline"
        assert "all_proxy names a proxy of the kind socks://" in error.message
        assert "socks5://" in error.hint
        assert "secret" not in error.message + error.hint


@HUBS
@pytest.mark.parametrize("proxy", ["http://me:secret@[::1", "socks5://me:secret@127.0.0.1:many", "me:secret@:8080"])
def test_what_is_no_address_of_a_proxy_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, side: HubName, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    for error in errors(tmp_path, side):
        assert error.kind == "offline"
        assert "what HTTP_PROXY names is no address of a proxy" in error.message
        assert "secret" not in error.message + error.hint


@HUBS
def test_a_proxy_of_an_unknown_kind_that_is_not_needed_does_no_harm(
    filled_hub: Hub, monkeypatch: pytest.MonkeyPatch, side: HubName
) -> None:
    with SocksServer() as proxy:
        monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:9")
        monkeypatch.setenv("HTTP_PROXY", f"socks5://{proxy.host}")
        assert open_hub(side, unreachable(filled_hub, side)).list_files(Source(side, NAME)).files
    assert proxy.asked


@HUBS
def test_a_hub_on_this_machine_is_asked_without_a_proxy(
    filled_hub: Hub, monkeypatch: pytest.MonkeyPatch, side: HubName
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    endpoint = unreachable(filled_hub, side).replace("hub.invalid", "127.0.0.1")
    assert open_hub(side, endpoint).list_files(Source(side, NAME)).files
