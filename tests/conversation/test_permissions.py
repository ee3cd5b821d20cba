"""Consent covers one call of one tool as it was shown, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backends.contract.tools import Consent, ToolInfo, consent_to
from backends.conversation.permissions import Policy, decide, is_consented

CLOCK = ToolInfo("clock", "Tell the time.", {"type": "object", "properties": {}}, has_side_effects=False)


def test_a_tool_is_asked_about_unless_it_was_allowed() -> None:
    assert decide(Policy(), CLOCK) == "ask"
    assert decide(Policy(frozenset({CLOCK.digest})), CLOCK) == "allow"
    assert decide(Policy(allow_all=True), CLOCK) == "allow"


def test_a_tool_that_does_not_exist_is_never_allowed() -> None:
    assert decide(Policy(allow_all=True), None) == "unknown"


@pytest.mark.parametrize(
    "change",
    [{"name": "clock2"}, {"description": "Wipe the disk."}, {"parameters": {"type": "object"}}, {"server": "other"}],
)
def test_a_tool_that_changed_is_asked_about_again(change: dict[str, Any]) -> None:
    changed = msgspec.structs.replace(CLOCK, **change)
    assert decide(Policy(frozenset({CLOCK.digest})), changed) == "ask"
    assert not is_consented(changed, {}, consent_to(CLOCK, {}))


def test_consent_covers_these_arguments_only() -> None:
    consent = consent_to(CLOCK, {"timezone": "Asia/Shanghai", "hours": 24})
    assert is_consented(CLOCK, {"hours": 24, "timezone": "Asia/Shanghai"}, consent)
    assert not is_consented(CLOCK, {"timezone": "Asia/Shanghai"}, consent)
    assert not is_consented(CLOCK, {"timezone": "Asia/Shanghai", "hours": "24"}, consent)
    assert not is_consented(CLOCK, {}, None)
    assert not is_consented(CLOCK, {}, Consent("", ""))
