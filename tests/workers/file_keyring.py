"""A keyring for real worker processes: a file named by MINIM_TEST_KEYRING. Chosen with PYTHON_KEYRING_BACKEND."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps everything in plain words, for tests to look at."""

    priority = 1  # pyright: ignore[reportAssignmentType] # a property in the base class

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**entries(), f"{service}: {username}": password})

    def get_password(self, service: str, username: str) -> str | None:
        return entries().get(f"{service}: {username}")

    def delete_password(self, service: str, username: str) -> None:
        kept = entries()
        if kept.pop(f"{service}: {username}", None) is None:
            raise PasswordDeleteError(username)
        self._write(kept)

    def _write(self, kept: dict[str, str]) -> None:
        _path().write_text(json.dumps(kept), "utf-8")


def entries() -> dict[str, str]:
    """All that is in it, by "service: name"."""
    return json.loads(_path().read_text("utf-8")) if _path().exists() else {}


def _path() -> Path:
    return Path(os.environ["MINIM_TEST_KEYRING"])
