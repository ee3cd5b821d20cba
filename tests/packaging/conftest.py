"""The forms that the tests' hub serves."""

from __future__ import annotations

from tests.hub.fixtures import mission_forms

__all__ = ["mission_forms"]
