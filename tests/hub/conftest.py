"""The hub's fixtures, for its own tests."""

from __future__ import annotations

from tests.hub.fixtures import hub, mission_forms, mission_hub

__all__ = ["hub", "mission_forms", "mission_hub"]
