"""The wire below a file's bytes: redirects and secrets, certificates, proxies, encodings, answers that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.contract.errors import MinimError, RequestStopped
from backends.hubs import connections
from backends.hubs.base import Address, RemoteFile
from backends.hubs.transfer import fetch
from tests.hubs.fetching import QUICK, content_of, described
from tests.hubs.odd_server import CERTIFICATE, OddServer, Said, zipped

CONTENT = content_of(100_000)
FILE = described(CONTENT)
SECRET = {"Authorization": "Bearer secret"}

Answer = Callable[[str, dict[str, str]], Said | None]


@pytest.fixture(autouse=True)
def fresh_connections() -> Iterator[None]:
    """No certificates or proxies of another test's."""
    connections.forget()
    yield
    connections.forget()


def bring(folder: Path, url: str, file: RemoteFile = FILE, stopped: Callable[[], bool] = lambda: False) -> bytes:
    """Fetch it, and give its bytes."""
    target = folder / "file"
    fetch(file, lambda: [Address(url, SECRET)], target, report=lambda _: None, stopped=stopped, patience=QUICK)
    return target.read_bytes()


def failure(folder: Path, url: str, file: RemoteFile = FILE) -> MinimError:
    """Fetch it in vain."""
    with pytest.raises(MinimError) as caught:
        bring(folder, url, file)
    assert not (folder / "file").exists()
    return caught.value


def whole(path: str, headers: dict[str, str]) -> Said:
    """The file, from whatever path."""
    return Said(body=CONTENT)


def redirect(to: str) -> Answer:
    return lambda path, headers: Said(302, {"Location": to})


def test_a_secret_follows_within_a_host_and_not_to_another_port(tmp_path: Path) -> None:
    with OddServer(whole) as other:
        steps = {"/": "/within", "/within": f"{other.address}/beyond"}
        with OddServer(lambda path, headers: Said(302, {"Location": steps[path]})) as first:
            assert bring(tmp_path, f"{first.address}/") == CONTENT
    assert [headers.get("authorization") for _, headers in first.asked] == ["Bearer secret"] * 2
    assert "authorization" not in other.asked[0][1]


def test_five_redirects_are_followed_and_no_more(tmp_path: Path) -> None:
    def answer(path: str, headers: dict[str, str]) -> Said:
        left = int(path.strip("/"))
        return Said(302, {"Location": f"/{left - 1}"}) if left else Said(body=CONTENT)

    with OddServer(answer) as server:
        assert bring(tmp_path, f"{server.address}/5") == CONTENT
        (tmp_path / "file").unlink()
        assert "one address to the next" in failure(tmp_path, f"{server.address}/6").message


@pytest.mark.parametrize("place", ["", "ftp://127.0.0.1/file", "file:///etc/hosts", "http://[", "http://127.0.0.1:x/"])
def test_a_redirect_to_nowhere_is_an_error(tmp_path: Path, place: str) -> None:
    with OddServer(redirect(place)) as server:
        assert failure(tmp_path, f"{server.address}/").kind == "hub_failed"


def test_a_certificate_is_checked_and_one_may_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OddServer(whole, tls=True) as server:
        error = failure(tmp_path, f"{server.address}/")
        assert (error.kind, "certificate" in error.message) == ("hub_failed", True)
        assert not server.asked
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        connections.forget()
        assert bring(tmp_path, f"{server.address}/") == CONTENT


def test_encryption_is_not_given_up_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with OddServer(whole) as plain, OddServer(redirect(f"{plain.address}/"), tls=True) as server:
        assert "not encrypted" in failure(tmp_path, f"{server.address}/").message
    assert not plain.asked


def test_a_proxy_is_asked_but_not_for_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OddServer(whole) as proxy, OddServer(whole) as server:
        monkeypatch.setenv("http_proxy", proxy.address.replace("http://", "http://me:word@"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        bring(tmp_path, f"{server.address}/")
        assert not proxy.asked
        (tmp_path / "file").unlink()
        assert bring(tmp_path, "http://hub.invalid/file") == CONTENT
    path, headers = proxy.asked[0]
    assert path == "http://hub.invalid/file"
    assert headers["proxy-authorization"].startswith("Basic ")


def test_what_comes_compressed_all_the_same_is_unpacked(tmp_path: Path) -> None:
    def answer(path: str, headers: dict[str, str]) -> Said:
        if "range" not in headers:
            return zipped(CONTENT)
        start = int(headers["range"].removeprefix("bytes=").removesuffix("-"))
        return Said(206, {"Content-Encoding": "gzip", "Content-Range": f"bytes {start}-9/10"}, b"?")

    (tmp_path / "file.part").write_bytes(CONTENT[:5000])
    with OddServer(answer) as server:
        assert bring(tmp_path, f"{server.address}/") == CONTENT
        assert server.asked[0][1]["accept-encoding"] == "identity"


def test_what_claims_to_be_compressed_and_is_not_is_an_error(tmp_path: Path) -> None:
    with OddServer(lambda path, headers: Said(headers={"Content-Encoding": "gzip"}, body=CONTENT)) as server:
        assert failure(tmp_path, f"{server.address}/").kind == "hub_failed"


@pytest.mark.parametrize("status", [416, 206])
def test_a_range_of_a_file_of_another_size_is_refused(tmp_path: Path, status: int) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:5000])
    span = {416: "bytes */4000", 206: "bytes 5000-5999/6000"}[status]
    with OddServer(lambda path, headers: Said(status, {"Content-Range": span})) as server:
        error = failure(tmp_path, f"{server.address}/")
    assert "bytes of it, and 100000 were promised" in error.message
    assert (tmp_path / "file.part").read_bytes() == CONTENT[:5000]


def test_a_server_that_gives_no_rest_is_asked_for_all(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:5000])
    with OddServer(lambda path, headers: Said(416) if "range" in headers else Said(body=CONTENT)) as server:
        assert bring(tmp_path, f"{server.address}/") == CONTENT


def test_two_versions_are_not_joined_where_only_the_size_is_known(tmp_path: Path) -> None:
    old, cut = content_of(len(CONTENT), seed=1), 40_000

    def answer(path: str, headers: dict[str, str]) -> Said:
        if "range" not in headers:
            if len(server.asked) > 1:
                return Said(headers={"ETag": '"new"'}, body=CONTENT)
            half = {"ETag": '"old"', "Content-Length": str(len(old)), "Connection": "close"}
            return Said(headers=half, body=old[:cut])
        assert headers["if-range"] == '"old"'
        span = f"bytes {cut}-{len(CONTENT) - 1}/{len(CONTENT)}"
        return Said(206, {"ETag": '"new"', "Content-Range": span}, CONTENT[cut:])

    with OddServer(answer) as server:
        assert bring(tmp_path, f"{server.address}/", RemoteFile("file", len(CONTENT))) == CONTENT
    assert len(server.asked) == 3


def test_a_file_that_changes_all_the_time_is_an_error(tmp_path: Path) -> None:
    def answer(path: str, headers: dict[str, str]) -> Said:
        etag = {"ETag": f'"{len(server.asked)}"'}
        if "range" in headers:
            start = int(headers["range"].removeprefix("bytes=").removesuffix("-"))
            span = {"Content-Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"}
            return Said(206, etag | span, CONTENT[start:])
        return Said(headers=etag | {"Content-Length": str(len(CONTENT)), "Connection": "close"}, body=CONTENT[:40_000])

    with OddServer(answer) as server:
        error = failure(tmp_path, f"{server.address}/", RemoteFile("file", len(CONTENT)))
    assert "changed it while it was fetched" in error.message


def test_a_web_page_in_between_spoils_nothing_that_has_come(tmp_path: Path) -> None:
    page = b"<html>Please log in to this network.</html>"
    (tmp_path / "file.part").write_bytes(CONTENT[:5])
    for length in ({}, {"Content-Length": "", "Connection": "close"}):
        said = Said(headers={"Content-Type": "text/html", **length}, body=page)
        with OddServer(lambda path, headers, said=said: said) as server:
            assert failure(tmp_path, f"{server.address}/").kind == "hub_failed"
    assert (tmp_path / "file.part").read_bytes() == CONTENT[:5]


def test_stopping_does_not_wait_for_a_server_that_says_nothing(tmp_path: Path) -> None:
    with OddServer(lambda path, headers: None) as server, pytest.raises(RequestStopped):
        bring(tmp_path, f"{server.address}/", stopped=server.came.is_set)


def test_secrets_are_in_no_error(tmp_path: Path) -> None:
    with OddServer(lambda path, headers: Said(500)) as server:
        error = failure(tmp_path, f"{server.address.replace('//', '//me:word@')}/?Signature=secret")
    assert "secret" not in f"{error.message}{error.hint}"
    assert "word" not in f"{error.message}{error.hint}"
    assert "secret" not in repr(Address("https://host/file", SECRET))


def test_a_connection_is_used_again(tmp_path: Path) -> None:
    with OddServer(whole) as end, OddServer(redirect(f"{end.address}/")) as server:
        for number in range(3):
            (tmp_path / str(number)).mkdir()
            bring(tmp_path / str(number), f"{server.address}/")
        assert (server.connections, end.connections) == (1, 1)
