"""The hub's fixtures, for its own tests."""

from __future__ import annotations

from tests.hub.fixtures import hub

__all__ = ["hub"]
