"""Tests of storage.secrets: tokens by host, with and without a keyring."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from backends.contract.errors import MinimError
from backends.storage import secrets
from backends.storage.secrets import keep_token, token_for


class MemoryKeyring(KeyringBackend):
    """A keyring that works, or is locked."""

    priority = 1  # pyright: ignore[reportAssignmentType] # a property in the base class

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def set_password(self, service: str, username: str, password: str) -> None:
        self._look()
        self.entries[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        self._look()
        return self.entries.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        self._look()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(username)

    def _look(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")


@pytest.fixture(autouse=True)
def own_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    before, ring = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ring)
    monkeypatch.setattr(secrets, "_held", {})
    for name in ("MINIM_HF_TOKEN", "MINIM_MODELSCOPE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield ring
    keyring.set_keyring(before)


def test_a_token_is_kept_in_the_keyring_for_its_host_only(own_keyring: MemoryKeyring) -> None:
    assert keep_token("HuggingFace.co", " hf_one\n") == "in the system's keyring"
    assert own_keyring.entries == {("Minim", "huggingface.co"): "hf_one"}
    assert token_for("huggingface.co") == "hf_one"
    assert token_for("hf-mirror.example") == ""
    assert token_for("huggingface.co:8443") == ""


def test_an_empty_token_forgets_it_and_forgetting_twice_is_no_error(own_keyring: MemoryKeyring) -> None:
    keep_token("huggingface.co", "hf_one")
    assert [keep_token("huggingface.co", "") for _ in range(2)] == ["nowhere", "nowhere"]
    assert token_for("huggingface.co") == ""
    assert not own_keyring.entries


def test_without_a_keyring_a_token_is_held_in_memory_and_that_is_said() -> None:
    keyring.set_keyring(NoKeyring())
    where = keep_token("huggingface.co", "hf_one")
    assert "until Minim is closed" in where
    assert "MINIM_HF_TOKEN" in where
    assert "MINIM_HF_TOKEN" not in keep_token("mirror.example", "other")
    assert token_for("huggingface.co") == "hf_one"
    assert keep_token("huggingface.co", "") == "nowhere"
    assert token_for("huggingface.co") == ""


def test_a_locked_keyring_is_no_error(own_keyring: MemoryKeyring) -> None:
    keep_token("huggingface.co", "hf_old")
    own_keyring.is_locked = True
    assert token_for("huggingface.co") == ""
    assert "did not take it" in keep_token("huggingface.co", "hf_new")
    assert token_for("huggingface.co") == "hf_new"
    assert "still" in keep_token("huggingface.co", "")


def test_the_variables_are_for_the_hubs_own_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIM_HF_TOKEN", "hf_env")
    monkeypatch.setenv("MINIM_MODELSCOPE_TOKEN", "ms_env")
    assert token_for("huggingface.co") == "hf_env"
    assert token_for("www.modelscope.cn") == "ms_env"
    assert token_for("127.0.0.1:8000") == ""
    keep_token("huggingface.co", "hf_kept")
    assert token_for("huggingface.co") == "hf_kept"


def test_what_cannot_be_a_token_is_not_kept(own_keyring: MemoryKeyring) -> None:
    for text in ("hf_one hf_two", "hf_ö", "hf_one\nX: y"):
        with pytest.raises(MinimError) as caught:
            keep_token("huggingface.co", text)
        assert text not in caught.value.message
    assert not own_keyring.entries


def test_a_keyring_with_errors_of_its_own_counts_as_empty(
    own_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BusError(Exception):
        """As jeepney's, which is no KeyringError."""

    def refuse() -> None:
        raise BusError("org.freedesktop.DBus.Error.NoReply")

    monkeypatch.setattr(own_keyring, "_look", refuse)
    assert token_for("huggingface.co") == ""
    assert "in memory" in keep_token("huggingface.co", "hf_one")
    assert token_for("huggingface.co") == "hf_one"
    assert "still" in keep_token("huggingface.co", "")
