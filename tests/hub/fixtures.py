"""Fixtures for every room that needs a hub; a room's conftest.py imports those it wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub.server import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub of one test, empty: `hub.add(name, folder)`."""
    with Hub() as hub:
        yield hub
