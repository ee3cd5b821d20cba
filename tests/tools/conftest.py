"""What the tools' tests share: a person's servers as real processes, ended with the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.tools import server_process
from tests.tools.watched import Connect, connections


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Makes connections to servers; what they started is gone after the test, or it fails."""
    with connections(tmp_path) as make:
        yield make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that have to be killed are, sooner."""
    monkeypatch.setattr(server_process, "STDIN_SECONDS", 0.1)
    monkeypatch.setattr(server_process, "TERM_SECONDS", 0.1)
